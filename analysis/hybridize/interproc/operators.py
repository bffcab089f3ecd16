"""Operators, truth values, and what tests say of a name."""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hybridize.domains.atoms import (
    Atom,
    Bound,
    Class,
    Const,
    Function,
    Generic,
    Lib,
    Module,
    Object,
    Partial,
    PyType,
    Stream,
    Tensor,
    Tuple,
    Unknown,
    Wrapped,
    const,
    generic_of,
    object_of,
    py_type,
    tensor,
    tuple_of,
    unknown,
)
from hybridize.domains.constants import widen_constants
from hybridize.domains.value import BOTTOM, NONE, Value, absorb, join, type_value, unknown_value, value_of, widen
from hybridize.interproc import arrays, containers, protocols, static_shapes
from hybridize.interproc.tensors import note_coercion, operand, type_name
from hybridize.models import dtypes, shapes
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

_FOLD: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": python.add, "-": python.sub, "*": python.mul, "/": python.truediv, "//": python.floordiv, "%": python.mod,
    "&": python.and_, "|": python.or_, "^": python.xor,
    "==": python.eq, "!=": python.ne, "<": python.lt, "<=": python.le, ">": python.gt, ">=": python.ge,
}  # fmt: skip

DUNDER: Final = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor",
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}  # fmt: skip
_UNARY_DUNDER: Final = {"-": "__neg__", "+": "__pos__", "~": "__invert__"}

MAX_PAIRS: Final = 64
"""Pairs of atoms evaluated one by one; more are answered by type alone."""

NUMBERS: Final = ("bool", "int", "float", "complex")


def slice_value(parts: tuple[Value, ...]) -> Value:
    """The slice object of three parts."""
    return value_of(generic_of("slice", parts))


# -- truth -------------------------------------------------------------------------------------------------------------


def truth(value: Value) -> bool | None:
    """Whether a value is true, false, or either."""
    answer: bool | None = None
    for atom in value.atoms:
        one = _atom_truth(atom)
        if one is None or (answer is not None and one is not answer):
            return None
        answer = one
    return answer


def _atom_truth(atom: Atom) -> bool | None:
    if isinstance(atom, Const):
        return bool(atom.constant)
    if atom is static_shapes.OPEN:
        return False
    if isinstance(atom, Tuple) and atom.elements is not None:
        return bool(atom.elements)
    if isinstance(atom, (Function, Class, Module, Bound, Partial, Wrapped)):
        return True
    return None


def is_none(atom: Atom) -> bool | None:
    """Whether an atom is None: yes, no, or nobody knows."""
    if isinstance(atom, Const):
        return atom.constant is None
    if atom is static_shapes.OPEN:
        return True
    return None if isinstance(atom, Unknown) else False


def refine(frame: Frame, value: Value, test: str, classes: Value, polarity: bool) -> Value:
    """What is left of a value where a test on it came out as ``polarity``."""
    kept: list[Atom] = []
    for atom in value.atoms:
        if test == "none":
            answer = is_none(atom)
        elif test == "truth":
            answer = _atom_truth(atom)
        else:
            answer = protocols.is_instance(frame, atom, classes)
        if answer is None or answer is polarity:
            kept.append(atom)
    if test == "isinstance" and polarity and kept and all(isinstance(atom, Unknown) for atom in kept):
        named = protocols.instances_of(frame, classes)
        if named is not None:
            return named
    # An empty rest means that the branch is dead for what is known now; keeping the value costs only precision.
    return value_of(*kept) if kept else value


def caught(frame: Frame, kinds: Value) -> Value:
    """The exception an ``except`` clause binds."""
    result = BOTTOM
    for atom in kinds.atoms:
        if isinstance(atom, Class):
            result = join(result, value_of(object_of(atom.id, "caught")))
        else:
            result = join(result, type_value("exception"))
    return result if result is not BOTTOM else type_value("exception")


# -- binary operators --------------------------------------------------------------------------------------------------


def binary(frame: Frame, operator: str, left: Value, right: Value, position: Position) -> Value:
    """``left operator right``."""
    if len(left.atoms) * len(right.atoms) > MAX_PAIRS:
        left, right = _by_type(left), _by_type(right)
    if frame.machine.probing:
        left, right = _numbers(frame, operator, (left, right), position)
    result = BOTTOM
    for a in left.atoms:
        for b in right.atoms:
            result = join(result, _binary(frame, operator, a, b, position))
    return result


def _numbers(frame: Frame, operator: str, operands: tuple[Value, Value], position: Position) -> tuple[Value, Value]:
    """The operands of an operator in a probe; it goes on as if an open axis were a number."""
    for value in operands:
        static_shapes.needs_number(frame, value, f"`{operator}`", position)
    left, right = map(static_shapes.as_number, operands)
    return left, right


def _by_type(value: Value) -> Value:
    return widen(absorb(widen_constants(value)), 4)


def _binary(frame: Frame, operator: str, a: Atom, b: Atom, position: Position) -> Value:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        if isinstance(a, Object) or isinstance(b, Object):
            found = _user_operator(frame, operator, a, b, position)
            if found is not None:
                return found
        return _tensor_operator(frame, operator, a, b, position)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return value_of(a if isinstance(a, Unknown) else b)
    name_a, name_b = type_name(a), type_name(b)
    if isinstance(a, Const) and isinstance(b, Const):
        folded = _fold(operator, a.constant, b.constant)
        if folded is not None:
            return folded
    if name_a in NUMBERS and name_b in NUMBERS:
        return type_value(_number_result(operator, str(name_a), str(name_b)))
    if name_a in ("str", "bytes") and (operator in "%*" or name_b == name_a):
        return type_value(str(name_a))
    if operator == "*" and name_b in ("str", "bytes"):
        return type_value(str(name_b))
    sequence = _sequence_operator(frame, operator, a, b, position)
    if sequence is not None:
        return sequence
    if operator == "|" and isinstance(a, (Class, Lib, Generic, Const)) and isinstance(b, (Class, Lib, Generic, Const)):
        return join(value_of(a), value_of(b))  # a union of types
    if static_shapes.OPEN in (a, b):
        return type_value("int")  # raises; what follows is analyzed as if it did not
    found = _user_operator(frame, operator, a, b, position)
    return found if found is not None else unknown_value(Reason.UNMODELED_LIBRARY)


def _fold(operator: str, a: Any, b: Any) -> Value | None:
    function = _FOLD.get(operator)
    if operator == "**" and isinstance(a, int) and isinstance(b, int) and 0 <= b <= 64 and abs(a) < 1 << 16:
        return value_of(const(a**b))
    if function is None or not isinstance(a, (int, float, str, bool)) or not isinstance(b, (int, float, str, bool)):
        return None
    if isinstance(a, str) != isinstance(b, str):
        return None
    if isinstance(a, str) and isinstance(b, str) and len(a) + len(b) > 1000:
        return None
    try:
        result = function(a, b)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if isinstance(result, int) and abs(result) > 1 << 64:
        return type_value("int")
    return value_of(const(result))


def _number_result(operator: str, a: str, b: str) -> str:
    if operator in DUNDER and operator in ("==", "!=", "<", "<=", ">", ">="):
        return "bool"
    highest = max(NUMBERS.index(a), NUMBERS.index(b))
    if operator == "/" and highest < 2:
        return "float"
    if operator in "&|^" and highest == 0:
        return "bool"
    return NUMBERS[max(highest, 1)]


def _sequence_operator(frame: Frame, operator: str, a: Atom, b: Atom, position: Position) -> Value | None:
    if operator == "+" and isinstance(a, Tuple) and isinstance(b, Tuple):
        if a.elements is not None and b.elements is not None and len(a.elements) + len(b.elements) <= 64:
            return containers.tuple_value([*a.elements, *b.elements])
        parts = join(containers.element(frame, value_of(a), position), containers.element(frame, value_of(b), position))
        return value_of(tuple_of(None, parts))
    if operator == "*" and (isinstance(a, Tuple) or isinstance(b, Tuple)):
        sequence, times = (a, b) if isinstance(a, Tuple) else (b, a)
        assert isinstance(sequence, Tuple)
        known = isinstance(times, Const) and isinstance(times.constant, int) and sequence.elements is not None
        if known and len(sequence.elements or ()) * max(times.constant, 0) <= 64:  # type: ignore[attr-defined]
            return containers.tuple_value(list(sequence.elements or ()) * times.constant)  # type: ignore[attr-defined]
        return value_of(tuple_of(None, containers.element(frame, value_of(sequence), position)))
    lists = [x for x in (a, b) if isinstance(x, Object) and x.cls in containers.LISTS]
    if lists and operator in ("+", "*", "|", "&", "-", "^"):
        exact_a, exact_b = containers.exact_items(frame, value_of(a)), containers.exact_items(frame, value_of(b))
        if operator == "+" and exact_a is not None and exact_b is not None:
            made = frame.machine.allocate(frame.activation, "list", frame.site(position))
            containers.fill_list(frame, made, [*exact_a, *exact_b], True)
            return value_of(made)
        contents = BOTTOM
        for atom in (a, b):
            if isinstance(atom, (Object, Tuple, Stream, Unknown)):
                contents = join(contents, containers.element(frame, value_of(atom), position))
        return containers.new_list(frame, lists[0].cls, contents, position)
    return None


def _user_operator(frame: Frame, operator: str, a: Atom, b: Atom, position: Position) -> Value | None:
    name = DUNDER.get(operator)
    if name is None:
        return None
    for receiver, argument, method in ((a, b, f"__{name}__"), (b, a, f"__r{name}__")):
        if isinstance(receiver, Object) and protocols.has_method(frame, receiver, method):
            return protocols.call_method(frame, receiver, method, [value_of(argument)], position)
    return None


def _tensor_operator(frame: Frame, operator: str, a: Atom, b: Atom, position: Position) -> Value:
    key = (operator, a, b)
    known = _combined.get(key)
    if known is None:
        known = _combined[key] = _combine(operator, a, b)
    on_arrays, tensors, result = known
    if on_arrays:
        frame.use("array-op", f"`{operator}` on an array", position)
    else:
        frame.use("op", f"`{operator}` on a tensor", position, tensors)
        note_coercion(frame, [a, b], f"`{operator}`", position)
        if frame.machine.arrays_as_tensors:
            arrays.note_operator(frame, operator, a, b, position)
    return result


_combined: Final[dict[tuple[str, Atom, Atom], tuple[bool, Value, Value]]] = {}
"""Operator and operands to whether only arrays are among them, the tensors among them, and what comes of it."""


def _combine(operator: str, a: Atom, b: Atom) -> tuple[bool, Value, Value]:
    tensors = [x for x in (a, b) if isinstance(x, Tensor)]
    kinds = {x.kind for x in tensors}
    if kinds == {"ndarray"}:
        kind = "ndarray"
    else:
        kind = next((k for k in ("symbolic", "ragged", "sparse") if k in kinds), "dense")
    dtype = _operator_dtype(operator, a, b, kind)
    shape: Any = None
    if kind in ("dense", "ndarray", "symbolic"):
        name = "matmul" if operator == "@" else "broadcast"
        shape = shapes.FUNCTIONS[name].run(_shape_of(a), _shape_of(b))
    return kind == "ndarray", value_of(*tensors), value_of(tensor(kind, dtype, shape))


def _operator_dtype(operator: str, a: Atom, b: Atom, kind: str) -> str | None:
    if operator in ("==", "!=", "<", "<=", ">", ">="):
        return "bool"
    if kind == "ndarray":
        dtype = dtypes.promote_numpy([operand(a, "numpy"), operand(b, "numpy")])
        integral = dtype is not None and dtypes.kind(dtype) in ("int", "uint", "bool")
        return "float64" if operator == "/" and integral else dtype
    dtype = dtypes.promote_tensorflow([operand(a, "tensorflow"), operand(b, "tensorflow")])
    return dtypes.divided(dtype) if operator == "/" else dtype


def _shape_of(atom: Atom) -> Any:
    if isinstance(atom, Tensor):
        return atom.shape
    return () if type_name(atom) in NUMBERS else None


def inplace(
    frame: Frame, operator: str, left: Value, right: Value, position: Position, origin: str | None = None
) -> Value:
    """``left operator= right``: lists, sets, dicts and arrays change in place, everything else is a new value."""
    result = BOTTOM
    for atom in left.atoms:
        if isinstance(atom, Object) and (atom.cls in containers.LISTS or atom.cls in containers.DICTS):
            contents = containers.element(frame, right, position)
            if atom.cls in containers.LISTS:
                containers.add_item(frame, atom, contents)
            frame.effect("mutates", "extends a container in place", position, (atom,))
            result = join(result, value_of(atom))
            continue
        if isinstance(atom, Tensor) and atom.kind == "ndarray" and origin is not None:
            frame.effect("writes-array", "changes a NumPy array in place", position, (atom,), cell=("origin", origin))
        if isinstance(atom, Object):
            method = f"__i{DUNDER.get(operator, '?')}__"
            if protocols.has_method(frame, atom, method):
                result = join(result, protocols.call_method(frame, atom, method, [right], position))
                continue
        result = join(result, binary(frame, operator, value_of(atom), right, position))
    return result


def unary(frame: Frame, operator: str, value: Value, position: Position) -> Value:
    """``operator value``."""
    if operator == "not":
        answer = truth(value)
        if any(isinstance(atom, Tensor) and atom.kind != "ndarray" for atom in value.atoms):
            return value_of(py_type("bool"), tensor("dense", "bool", ()))
        return type_value("bool") if answer is None else value_of(const(not answer))
    if frame.machine.probing:
        value, _ = _numbers(frame, operator, (value, BOTTOM), position)
    result = BOTTOM
    for atom in value.atoms:
        if isinstance(atom, Tensor):
            if atom.kind != "ndarray":
                frame.use("op", f"`{operator}` on a tensor", position, value_of(atom))
                if frame.machine.arrays_as_tensors:
                    arrays.note_unary(frame, operator, atom, position)
            kind = "dense" if atom.kind == "variable" else atom.kind
            result = join(result, value_of(tensor(kind, atom.dtype, atom.shape)))
        elif isinstance(atom, Const) and isinstance(atom.constant, (int, float)):
            folded = -atom.constant if operator == "-" else +atom.constant
            if operator == "~":
                folded = ~atom.constant if isinstance(atom.constant, int) else atom.constant
            result = join(result, value_of(const(folded)))
        elif isinstance(atom, Object):
            result = join(result, protocols.call_method(frame, atom, _UNARY_DUNDER[operator], [], position))
        elif isinstance(atom, (PyType, Unknown)):
            result = join(result, value_of(atom))
        else:
            result = join(result, unknown_value(Reason.UNMODELED_LIBRARY))
    return result


def compare(frame: Frame, operator: str, left: Value, right: Value, position: Position) -> Value:
    """A comparison; ``is``, ``in`` and their negations give plain booleans."""
    if frame.machine.probing and operator not in ("is", "is not"):
        left, right = _numbers(frame, operator, (left, right), position)
    if operator in ("is", "is not"):
        return _identity(left, right, operator == "is")
    if operator in ("in", "not in"):
        for atom in right.atoms:
            if isinstance(atom, Object) and protocols.has_method(frame, atom, "__contains__"):
                protocols.call_method(frame, atom, "__contains__", [left], position)
        return type_value("bool")
    if len(left.atoms) == 1 and len(right.atoms) == 1:
        a, b = left.atoms[0], right.atoms[0]
        if isinstance(a, Const) and isinstance(b, Const):
            return _fold(operator, a.constant, b.constant) or type_value("bool")
    result = BOTTOM
    for a in left.atoms:
        for b in right.atoms:
            if (isinstance(a, Tensor) or isinstance(b, Tensor)) and not (is_none(a) or is_none(b)):
                result = join(result, _tensor_operator(frame, operator, a, b, position))
            elif isinstance(a, Unknown) or isinstance(b, Unknown):
                result = join(result, value_of(unknown(Reason.UNKNOWN_TEST)))
            else:
                found = _user_operator(frame, operator, a, b, position)
                result = join(result, found if found is not None else type_value("bool"))
    return result


def _identity(left: Value, right: Value, positive: bool) -> Value:
    if right is not NONE:
        return type_value("bool")
    answers = {is_none(atom) for atom in left.atoms}
    if len(answers) != 1 or None in answers:
        return type_value("bool")
    return value_of(const(answers.pop() is positive))
