"""Arguments for a body that nobody in sight calls: what its annotations, its class, or else runs of it say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridize.domains.atoms import Atom, Object, PyType, Tensor, Tuple, class_of, object_of, tuple_of
from hybridize.domains.value import BOTTOM, Value, join, unknown_value, value_of
from hybridize.interproc.annotations import value_of_annotation
from hybridize.reasons import Reason
from hybridize.syntax.code import Code

if TYPE_CHECKING:
    from hybridize.interproc.machine import Machine


def outside_arguments(machine: Machine, code: Code) -> tuple[dict[str, Value], str]:
    """(value of each parameter, allocation site of the receiver)."""
    args: dict[str, Value] = {}
    receiver_site = ""
    for index, parameter in enumerate(code.parameters):
        if index == 0 and machine.program.is_method(code) and parameter.kind.startswith("positional"):
            receiver = _receiver(machine, code)
            if receiver is not None:
                args[parameter.name] = receiver
                atom = receiver.atoms[0]
                receiver_site = atom.site if isinstance(atom, Object) else ""
                continue
        value = annotated(machine, code, parameter.name)
        if value is None:
            value = machine.seen.received.get((code.id, parameter.name), unknown_value(Reason.NO_CALLER))
        if parameter.kind == "var-positional":
            value = value_of(tuple_of(None, value))
        elif parameter.kind == "var-keyword":
            value = unknown_value(Reason.NO_CALLER)
        if parameter.has_default:
            value = join(value, machine.peek(("d", code.id, parameter.name)))
        args[parameter.name] = value
    return args, receiver_site


def annotated(machine: Machine, code: Code, name: str) -> Value | None:
    """What the annotation of a parameter says, if there is one that says something."""
    annotation = machine.peek(("n", code.id, name))
    value = None if annotation is BOTTOM else value_of_annotation(machine, annotation)
    if value is not None and any(isinstance(atom, Tensor) for atom in value.atoms):
        # `TensorLike = Union[tf.Tensor, np.ndarray, float, List[float]]`: what converts to a tensor is admitted, too,
        # which is no evidence that anybody passes Python numbers.
        return value_of(*(atom for atom in value.atoms if isinstance(atom, Tensor) or not _is_plain(atom)))
    return value


def _is_plain(atom: Atom) -> bool:
    if isinstance(atom, Tuple):
        parts = atom.elements if atom.elements is not None else (atom.element,)
        return all(_is_plain(inner) for part in parts for inner in part.atoms)
    return isinstance(atom, PyType)


def _receiver(machine: Machine, code: Code) -> Value | None:
    cls = machine.program.codes[code.parent]
    if cls.id not in machine.classes.infos:
        return None
    kind = machine.method_kinds.get(code.id, "")
    if kind == "staticmethod":
        return None
    if kind == "classmethod" or code.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return value_of(class_of(cls.id))
    return value_of(object_of(cls.id, "outside", False))
