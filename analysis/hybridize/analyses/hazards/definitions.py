"""What makes a function unfit to be traced before anything of it runs: how it is defined and decorated."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import KERAS_OBJECTS, UNCERTAIN, Root, Traced, Tracing
from hybridize.domains.atoms import Object, Tuple, Wrapped, const
from hybridize.domains.value import BOTTOM
from hybridize.syntax.code import Code


def definitions(tracing: Tracing) -> Iterator[tuple[Traced, Seen]]:
    """Everything about the definitions of functions under `tf.function`, or of the one supposed to be."""
    machine = tracing.machine
    if tracing.supposed is not None:
        code = tracing.supposed
        root = Root("tf.function", code.path, code.name_position, supposed=True)
        yield from _definition(tracing, code, root, "decorator", "")
        return
    for id in sorted(machine.hybridized):
        event = min(machine.hybridized[id], key=lambda e: (e.form != "decorator", e.path, e.position))
        root = Root("tf.function", event.path, event.position)
        yield from _definition(tracing, machine.program.codes[id], root, event.form, event.over)


def _definition(tracing: Tracing, code: Code, root: Root, form: str, over: str) -> Iterator[tuple[Traced, Seen]]:
    activation = next((act for act in tracing.machine.by_code.get(code.id, ()) if act.evaluated), None)
    if activation is None:
        return
    traced = Traced(activation, UNCERTAIN, root, None, None)
    place = code.name_position
    if code.is_generator or code.is_async:
        detail = "generator" if code.is_generator else "coroutine"
        yield traced, Seen("generator-traced", place, detail, 0, BOTTOM)
    if over:
        yield traced, Seen("descriptor-traced", place, over, 0, BOTTOM)
    unfit = _unfit_receiver(tracing, code)
    if unfit:
        yield traced, Seen("receiver-unfit", place, unfit, 0, BOTTOM)
    if tracing.keras != 2 and _freezes(tracing, code, form):
        seen = Seen("call-traced", place, "", 0, BOTTOM, unconverted=True)
        yield traced._replace(conversion=tracing.by_keras(root)), seen


def _unfit_receiver(tracing: Tracing, code: Code) -> str:
    """Why the objects of a method's class cannot be keys of the traces, which TensorFlow keeps for each of them."""
    machine, classes = tracing.machine, tracing.machine.classes
    held = machine.peek(("k", code.parent, code.name)).atoms
    if not machine.program.is_method(code) or any(isinstance(a, Wrapped) and a.kind != "hybrid" for a in held):
        return ""  # no object is bound to a static method
    if classes.unknown_base(code.parent) is not None:
        return ""
    if set(classes.library_bases(code.parent)) & {"builtins.tuple", "typing.NamedTuple"}:
        return "cannot be referred to weakly"
    if is_unhashable(tracing, code.parent):
        return "cannot be hashed"
    info, below = classes.infos[code.parent], classes.descendants(code.parent)
    libraries = set(classes.library_bases(code.parent)) - {"builtins.object"}
    slots = machine.peek(("k", code.parent, "__slots__")).atoms if "__slots__" in info.names else ()
    names = {atom for slot in slots if isinstance(slot, Tuple) for part in slot.elements or () for atom in part.atoms}
    alone = not libraries and not below and len(classes.project_bases(code.parent)) == 1
    if slots and alone and names and const("__weakref__") not in names:
        return "cannot be referred to weakly"
    return ""


def is_unhashable(tracing: Tracing, cls: str) -> bool:
    """Whether objects of a class of the project certainly have no hash."""
    classes = tracing.machine.classes
    info, bases = classes.infos[cls], classes.project_bases(cls)
    if classes.unknown_base(cls) is not None:
        return False
    if any("__hash__" in classes.infos[id].names for id in (*bases, *classes.descendants(cls))):
        return False
    return info.dataclass or "__eq__" in info.names or bool(set(classes.library_bases(cls)) & _UNHASHABLE)


_UNHASHABLE = frozenset({"builtins.dict", "builtins.list", "builtins.set"})


def _freezes(tracing: Tracing, code: Code, form: str) -> bool:
    """Whether Keras builds a layer by running its traced ``call``: it has sublayers and no ``build``."""
    machine = tracing.machine
    if code.name != "call" or form != "decorator" or not machine.program.is_method(code):
        return False
    classes = machine.classes
    if not classes.has_library_base(code.parent, *KERAS_OBJECTS) or classes.unknown_base(code.parent) is not None:
        return False
    if any("build" in classes.infos[id].names for id in classes.project_bases(code.parent)):
        return False
    return any(
        isinstance(atom, Object) and atom.cls == code.parent and any(_holds_layer(tracing, key) for key in keys)
        for atom, keys in machine.contents.items()
    )


def _holds_layer(tracing: Tracing, key: tuple[object, ...]) -> bool:
    classes = tracing.machine.classes
    return key[0] == "a" and any(
        isinstance(atom, Object)
        and (
            atom.cls.startswith("keras.layers.")
            or atom.cls in KERAS_OBJECTS
            or (atom.cls in classes.infos and classes.has_library_base(atom.cls, *KERAS_OBJECTS))
        )
        for atom in tracing.machine.peek(key).atoms
    )
