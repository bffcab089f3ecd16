"""Tensors that values are or would become: dtype, shape, and Python constants that spell one.

TensorFlow and NumPy take numbers and (nested) sequences of numbers where they want a tensor; this is what they make.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from hybridize.domains.atoms import Atom, Const, Dtype, Generic, Lib, Object, PyType, Tensor, Tuple, Unknown, tuple_of
from hybridize.domains.value import BOTTOM, NONE, Value, value_of
from hybridize.interproc import containers
from hybridize.models import dtypes, shapes
from hybridize.models.rows import Row
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

PLAIN: Final = ("int", "float", "str", "bool", "bytes")
"""Python types a row may name as a result."""
_SCALARS: Final = frozenset({*PLAIN, "complex"})
"""Python types whose values have the shape ()."""


def leaves(frame: Frame, value: Value, depth: int = 0) -> list[Atom]:
    """Every atom inside tuples and lists."""
    found: list[Atom] = []
    for atom in value.atoms:
        if isinstance(atom, Tuple) and depth < 4:
            for part in atom.elements if atom.elements is not None else (atom.element,):
                found.extend(leaves(frame, part, depth + 1))
        elif isinstance(atom, Object) and atom.cls in containers.LISTS and depth < 4:
            inner = frame.machine.watch(("e", atom, "*"), frame.point)
            found.extend(leaves(frame, inner, depth + 1))
        else:
            found.append(atom)
    return found


def is_number_list(frame: Frame, value: Value) -> bool:
    """Whether a value is a (nested) list of Python scalars, which TensorFlow takes for one tensor."""
    atoms = leaves(frame, value)
    nested = all(isinstance(atom, (Object, Tuple)) for atom in value.atoms)
    return nested and bool(atoms) and all(isinstance(atom, (Const, PyType)) for atom in atoms)


MAX_ALTERNATIVES: Final = 8
"""Combinations of arguments for which a library call is answered one by one."""


def alternatives(args: dict[str, Value], row: Row) -> list[dict[str, Value]]:
    """The calls that one call stands for where an argument may be one of several tensors or sequences.

    None is no alternative for an argument that must be given: the call would raise.
    """
    choices: list[tuple[str, list[Value]]] = []
    count = 1
    for name, value in args.items():
        if len(value.atoms) < 2:
            continue
        if any(isinstance(atom, Unknown) for atom in value.atoms) or not any(
            isinstance(atom, (Tensor, Tuple, Object)) for atom in value.atoms
        ):
            continue
        none = NONE.atoms[0]
        atoms = [atom for atom in value.atoms if atom is not none or not row.needs(name)]
        count *= len(atoms)
        choices.append((name, [value_of(atom) for atom in atoms]))
    if not choices or count > MAX_ALTERNATIVES:
        return [args]
    names = [name for name, _ in choices]
    return [{**args, **dict(zip(names, values, strict=True))} for values in itertools.product(*(c for _, c in choices))]


def type_name(atom: Atom) -> str | None:
    """Name of the Python scalar type of an atom."""
    if isinstance(atom, Const):
        return type(atom.constant).__name__
    return atom.name if isinstance(atom, PyType) else None


# -- dtypes ------------------------------------------------------------------------------------------------------------


_PYTHON_DTYPES: Final = {
    "tensorflow": {
        "int": "int32", "float": "float32", "bool": "bool", "str": "string", "bytes": "string", "complex": "complex128",
    },
    "numpy": {
        "int": "int64", "float": "float64", "bool": "bool", "str": "string", "bytes": "string", "complex": "complex128",
    },
}  # fmt: skip


def operand(atom: Atom, rules: str) -> tuple[str | None, int]:
    """The dtype of an operand and how much it counts, by the rules of TensorFlow or NumPy."""
    if isinstance(atom, Tensor):
        return atom.dtype, dtypes.ARRAY if atom.kind == "ndarray" else dtypes.STRONG
    return _PYTHON_DTYPES[rules].get(type_name(atom) or ""), dtypes.WEAK


def strength(atom: Atom) -> int:
    """How much the atom's dtype counts beside others."""
    if isinstance(atom, Tensor):
        return dtypes.ARRAY if atom.kind == "ndarray" else dtypes.STRONG
    return dtypes.WEAK


def note_coercion(frame: Frame, operands: list[Atom], name: str, position: Position) -> None:
    """Record that eager execution converts arrays among the operands of an op to the dtype of tensors among them."""
    arrays = [atom for atom in operands if isinstance(atom, Tensor) and atom.kind == "ndarray"]
    if not arrays:
        return
    for partner in operands:
        if isinstance(partner, Tensor) and partner.kind in ("dense", "variable"):
            for array in arrays:
                pair = value_of(tuple_of((value_of(array), value_of(partner)), BOTTOM))
                frame.use("coerces", name, position, pair)


def value_dtype(frame: Frame, value: Value, numpy: bool = False) -> str | None:
    """The dtype of a value, or of the tensor that TensorFlow (NumPy) makes of it."""
    rules = "numpy" if numpy else "tensorflow"
    operands = [operand(atom, rules) for atom in leaves(frame, value)]
    if not operands:
        return "float64" if numpy else "float32"
    if numpy:
        return dtypes.promote_numpy(operands)
    found = {dtype for dtype, _ in operands}
    if len(found) == 1:
        return found.pop()
    return dtypes.promote_tensorflow(operands)


_PYTHON_TYPES: Final = {
    "builtins.int": "int32",
    "builtins.float": "float32",
    "builtins.bool": "bool",
    "builtins.str": "string",
}


def as_dtype(value: Value, numpy: bool = False) -> str | None:
    """The dtype a value names: a dtype object, a string or a Python type (NumPy's ``float`` is float64)."""
    if len(value.atoms) != 1:
        return None
    atom = value.atoms[0]
    if isinstance(atom, Dtype):
        return atom.name
    if isinstance(atom, Const) and isinstance(atom.constant, str):
        name = atom.constant.removeprefix("tf.")
        return name if name in dtypes.NAMES else None
    if isinstance(atom, Lib):
        last = atom.name.rpartition(".")[2]
        if atom.name.startswith("builtins."):
            python = _PYTHON_TYPES.get(atom.name)
            return {"int32": "int64", "float32": "float64"}.get(python, python) if numpy and python else python
        return last if last in dtypes.NAMES else None
    return None


# -- shapes ------------------------------------------------------------------------------------------------------------


MAX_RANK: Final = 8
"""Nesting of lists that is followed to read a shape off them."""


def value_shape(frame: Frame, value: Value, depth: int = 0) -> tuple[int | None, ...] | None:
    """The static shape of a value, or of the tensor made of it."""
    if depth > MAX_RANK:  # a list that holds itself
        return None
    found: set[Any] = set()
    for atom in value.atoms:
        if isinstance(atom, Tensor):
            found.add(atom.shape)
        elif isinstance(atom, (Const, PyType)):
            found.add(() if not isinstance(atom, PyType) or atom.name in _SCALARS else None)
        else:
            items = containers.exact_items(frame, value_of(atom))
            inner = {value_shape(frame, item, depth + 1) for item in items} if items else set()
            if items is not None and not items:
                found.add((0,))
            elif items and len(inner) == 1 and None not in inner:
                found.add((len(items), *inner.pop()))  # type: ignore[misc]
            elif isinstance(atom, Object) and atom.cls == "list" and items is None:
                element = value_shape(frame, frame.machine.watch(("e", atom, "*"), frame.point), depth + 1)
                found.add((None, *element) if element is not None else None)
            else:
                found.add(None)
    return found.pop() if len(found) == 1 else None


def item_shapes(frame: Frame, value: Value) -> tuple[Any, ...] | None:
    """The shape of each item of a sequence whose items are known."""
    items = containers.exact_items(frame, value)
    return None if items is None else tuple(value_shape(frame, item) for item in items)


def as_shape(frame: Frame, value: Value) -> tuple[int | None, ...] | None:
    """The shape a value spells: a tuple or list of ints and Nones, or one int."""
    items = containers.exact_items(frame, value)
    if items is not None:
        return tuple(known_int(item) for item in items)
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    if isinstance(atom, Object) and atom.cls == "tensorflow.TensorShape":
        return as_shape(frame, frame.machine.watch(("a", atom, "init dims"), frame.point))
    if isinstance(atom, Tensor) and atom.shape is not None and len(atom.shape) == 1 and atom.shape[0] is not None:
        return (None,) * atom.shape[0]  # as many axes as the vector has items
    number = known_int(value)
    return (number,) if number is not None else None


def known_int(value: Value) -> int | None:
    """The int a value is, if it is one that is known."""
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    return atom.constant if isinstance(atom, Const) and type(atom.constant) is int else None


# -- constants ---------------------------------------------------------------------------------------------------------


def python_constant(frame: Frame, value: Value) -> Any:
    """The Python constant a value is, `shapes.UNKNOWN` if it is not one."""
    if len(value.atoms) != 1:
        return shapes.UNKNOWN
    atom = value.atoms[0]
    if isinstance(atom, Const):
        return atom.constant
    if isinstance(atom, Generic):
        return shapes.UNKNOWN
    items = containers.exact_items(frame, value)
    if items is None:
        return shapes.UNKNOWN
    parts = [python_constant(frame, item) for item in items]
    return shapes.UNKNOWN if any(part is shapes.UNKNOWN for part in parts) else tuple(parts)
