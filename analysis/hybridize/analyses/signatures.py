"""Input signatures: the narrowest `tf.TypeSpec` of each parameter that admits every call seen in the program.

A signature is all or nothing. Where none can be given, `Inference.absence` says which parameter stands in the way, and
why. What TensorFlow accepts for a spec is proven in ``tests/runtime/test_input_signatures.py``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from hybridize.analyses.parameters import evidence, receiver_name, sequence_items, spec_of
from hybridize.domains.atoms import Atom, Object, Tensor, Tuple, Unknown
from hybridize.domains.value import BOTTOM, Value, join_all
from hybridize.interproc.containers import DICTS, LISTS
from hybridize.interproc.machine import Machine
from hybridize.report import Spec, Specs
from hybridize.syntax.code import Code, ParameterFact

MAX_DEPTH: Final = 6
"""Nesting of sequences that is followed."""

Pins = Mapping[str, str | None]
"""Parameter that receives NumPy arrays to the dtype that eager execution coerces them to; None: to several."""


class Absence(enum.Enum):
    """Why a parameter, and with it the function, has no signature; ``{}`` is the parameter."""

    NO_TENSORS = "it has no parameter that receives tensors"
    NOT_PASSED = "no call that is expected to succeed passes `{}`"
    NOT_A_TENSOR = "`{}` receives something else than tensors"
    UNKNOWN = "it cannot be told what `{}` receives"
    DTYPE_UNKNOWN = "the dtype of `{}` is not known"
    DTYPES_DIFFER = "`{}` receives several dtypes"
    KINDS_DIFFER = "`{}` receives tensors of several kinds, dense, ragged or sparse"
    SYMBOLIC = "`{}` receives symbolic Keras tensors"
    CONTAINER = "`{}` receives containers of tensors that no single structure of specs describes"
    DEFAULT_REPLACED = "`{}` has a default that is no tensor, and some call passes something else"
    GAP = "`{}` is left to its default, and stands before parameters that a signature has to cover"
    EXPOSED = "the function is handed to code that is not known, which may call it in other ways"
    DEFAULT_BY_KERAS = "Keras passes `{}` on from an outer call, in place of the default"
    KEYWORD_ONLY = "`{}` is keyword-only without a default, which no signature can cover"
    STARRED = "`*{}` takes a varying number of arguments"
    ASSIGNED = "`{}` receives variables that are assigned to, and under a signature they arrive as plain tensors"
    RECEIVER = "the receiver is called `{}`: TensorFlow leaves out of a signature only one called `self`"
    STATIC_AXIS = "code reads statically a size that the signature would leave open"


class Inference(NamedTuple):
    """The signature, or what stands in its way: one of the two is there."""

    signature: dict[str, Specs] | None
    absence: Absence | None = None
    parameter: str = ""

    @property
    def reason(self) -> str:
        """One clause that says why there is none; empty where there is one."""
        return "" if self.absence is None else self.absence.value.format(self.parameter)

    @property
    def leaves_open(self) -> bool:
        """Whether some axis or rank is not part of the signature."""
        return self.signature is not None and any(
            spec.shape is None or None in spec.shape for spec in flat(self.signature.values())
        )


class _NoSpecError(Exception):
    """No spec describes a value."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(absence)
        self.absence = absence


def infer(
    machine: Machine, code: Code, pins: Pins, assigned: Callable[[], frozenset[Atom]], keras_call: bool
) -> Inference:
    """The signature of one function.

    Args:
        machine: a finished run.
        code: the function.
        pins: of the parameters that receive NumPy arrays.
        assigned: the variables that the function, or what it calls, assigns to.
        keras_call: it is a layer's ``call``, which Keras calls itself.
    """
    receiver = receiver_name(machine, code)
    if receiver not in ("", "self"):
        return Inference(None, Absence.RECEIVER, receiver)
    if code.id in machine.exposed_codes:
        return Inference(None, Absence.EXPOSED)
    signature: dict[str, Specs] = {}
    omitted = ""
    for parameter in code.parameters:
        if parameter.name == receiver:
            continue
        passed = evidence(machine, code, parameter.name)
        if _may_be_left_out(parameter, passed):
            if keras_call and parameter.name in KERAS_SUPPLIES:
                return Inference(None, Absence.DEFAULT_BY_KERAS, parameter.name)
            omitted = omitted or parameter.name
            continue
        try:
            spec = _parameter_spec(machine, code, parameter, passed, pins)
        except _NoSpecError as none:
            return Inference(None, none.absence, parameter.name)
        if omitted:  # a signature covers parameters from the left, without gaps
            return Inference(None, Absence.GAP, omitted)
        if _variables(passed) & assigned():
            return Inference(None, Absence.ASSIGNED, parameter.name)
        signature[parameter.name] = spec
    return Inference(signature) if signature else Inference(None, Absence.NO_TENSORS)


KERAS_SUPPLIES: Final = frozenset({"training", "mask"})
"""Parameters of ``call`` that Keras fills in from the call of an outer layer."""


def _may_be_left_out(parameter: ParameterFact, passed: Value) -> bool:
    """Whether a signature need not cover the parameter: TensorFlow then holds every call to the default."""
    return passed is BOTTOM and (parameter.has_default or parameter.kind in ("var-positional", "var-keyword"))


def _parameter_spec(machine: Machine, code: Code, parameter: ParameterFact, passed: Value, pins: Pins) -> Specs:
    if parameter.kind in ("var-positional", "var-keyword"):
        raise _NoSpecError(Absence.STARRED)
    if parameter.kind == "keyword-only":
        raise _NoSpecError(Absence.DEFAULT_REPLACED if parameter.has_default else Absence.KEYWORD_ONLY)
    if passed is BOTTOM:
        raise _NoSpecError(Absence.NOT_PASSED)
    try:
        spec = _value_spec(machine, passed, pins.get(parameter.name, ""))
        if parameter.has_default and _omitted(machine, code, parameter.name):
            default = machine.peek(("d", code.id, parameter.name))
            spec = _value_spec(machine, join_all((passed, default)), pins.get(parameter.name, ""))
    except _NoSpecError as none:
        if parameter.has_default and none.absence is Absence.NOT_A_TENSOR:
            raise _NoSpecError(Absence.DEFAULT_REPLACED) from none
        raise
    return spec


def _omitted(machine: Machine, code: Code, name: str) -> bool:
    """Whether some call leaves the parameter to its default."""
    index = next(index for index, parameter in enumerate(code.parameters) if parameter.name == name)
    default = machine.peek(("d", code.id, name))
    return any(
        index < len(edge.passed) and edge.passed[index] is default
        for act in machine.by_code.get(code.id, ())
        for caller in act.callers
        for edge in caller.activation.edges
        if edge.target is act
    )


def _value_spec(machine: Machine, value: Value, pin: str | None, depth: int = 0) -> Specs:
    """The spec of all a value may be."""
    if all(isinstance(atom, Tensor) for atom in value.atoms):
        return _tensor_spec([atom for atom in value.atoms if isinstance(atom, Tensor)], pin)
    if any(isinstance(atom, Unknown) for atom in value.atoms):
        raise _NoSpecError(Absence.UNKNOWN)
    if not all(_holds_tensors(machine, atom) for atom in value.atoms):
        raise _NoSpecError(Absence.NOT_A_TENSOR)
    sequences = [sequence_items(machine, atom) for atom in value.atoms]
    kinds = {"tuple" if isinstance(atom, Tuple) else "list" for atom in value.atoms}
    lengths = {len(items) if items is not None else -1 for items in sequences}
    if len(lengths) > 1 or len(kinds) > 1 or -1 in lengths or depth >= MAX_DEPTH:
        raise _NoSpecError(Absence.CONTAINER)
    columns = zip(*(items for items in sequences if items is not None), strict=True)
    return [_value_spec(machine, join_all(column), pin, depth + 1) for column in columns]


def _holds_tensors(machine: Machine, atom: Atom, depth: int = 0) -> bool:
    """Whether an atom is a tensor, or a container with some."""
    if isinstance(atom, Tensor) or depth >= MAX_DEPTH:
        return isinstance(atom, Tensor)
    parts: Iterable[Value] = ()
    if isinstance(atom, Tuple):
        parts = atom.elements if atom.elements is not None else (atom.element,)
    elif isinstance(atom, Object) and (atom.cls in LISTS or atom.cls in DICTS):
        parts = (machine.peek(("e", atom, "*")),)
    return any(_holds_tensors(machine, inner, depth + 1) for part in parts for inner in part.atoms)


def _tensor_spec(atoms: list[Tensor], pin: str | None) -> Spec:
    if not atoms:
        raise _NoSpecError(Absence.UNKNOWN)
    if any(atom.kind == "symbolic" for atom in atoms):
        raise _NoSpecError(Absence.SYMBOLIC)
    specs = [spec_of(atom) for atom in atoms]
    if len({spec.spec for spec in specs}) > 1:
        raise _NoSpecError(Absence.KINDS_DIFFER)
    if pin is None and any(atom.kind == "ndarray" for atom in atoms):
        raise _NoSpecError(Absence.DTYPES_DIFFER)
    dtypes = {pin if pin and atom.kind == "ndarray" else atom.dtype for atom in atoms}
    if None in dtypes:
        raise _NoSpecError(Absence.DTYPE_UNKNOWN)
    if len(dtypes) > 1:
        raise _NoSpecError(Absence.DTYPES_DIFFER)
    shape = specs[0].shape
    for spec in specs[1:]:
        if shape is None or spec.shape is None or len(shape) != len(spec.shape):
            shape = None
            break
        shape = tuple(a if a == b else None for a, b in zip(shape, spec.shape, strict=True))
    return Spec(specs[0].spec, dtypes.pop(), shape)


def _variables(value: Value) -> set[Atom]:
    return {atom for atom in value.atoms if isinstance(atom, Tensor) and atom.kind == "variable"}


def flat(specs: Iterable[Specs]) -> list[Spec]:
    """Every single spec, in order."""
    found: list[Spec] = []
    for one in specs:
        found.extend([one] if isinstance(one, Spec) else flat(one))
    return found
