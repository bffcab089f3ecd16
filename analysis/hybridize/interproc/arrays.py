"""Tensors in place of arrays: what a body does with them that only an array can do.

A graph receives every NumPy array as a tensor. A probe that evaluates a body with tensors in place of its arrays
(`Machine.arrays_as_tensors`) records as a use ``array-only`` what raises there, or gives something else: attributes
that tensors lack, operands that NumPy promotes and TensorFlow refuses, indices and functions for arrays alone. A use
``array-doubt`` is one of which that cannot be told. What TensorFlow does is proven in
``tests/runtime/test_array_arguments.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hybridize.domains.atoms import Atom, Object, Tensor, Tuple, Unknown, tensor
from hybridize.domains.value import Value, value_of
from hybridize.interproc import protocols, tensors
from hybridize.interproc.activation import Arguments
from hybridize.models import dtypes
from hybridize.models.rows import Row
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

ARRAY_ONLY, DOUBT = "array-only", "array-doubt"
_TAKE_TENSORS = ("tensorflow.", "keras.", "tensorflow_probability.", "numpy.", "scipy.")
"""Libraries for tensors; and those whose functions are recorded as uses of NumPy."""
_LOOK_ONLY = frozenset(
    f"builtins.{name}" for name in ("abs", "len", "isinstance", "getattr", "setattr", "callable", "id", "print")
)
"""Built-in functions that take both, alike."""
_ARITHMETIC = frozenset("+-*/%@") | {"//", "**"}
_ARRAY_OPERATORS = frozenset({"<<", ">>"})


def is_tensor(atom: Atom) -> bool:
    """Whether an atom is a tensor of the kind that stands in for an array."""
    return isinstance(atom, Tensor) and atom.kind == "dense"


def note_attribute(frame: Frame, atom: Tensor, name: str, position: Position) -> None:
    """An attribute that tensors lack is asked for."""
    if is_tensor(atom):
        frame.use(ARRAY_ONLY, f"`{name}` of an array", position, value_of(atom))


def note_operator(frame: Frame, operator: str, a: Atom, b: Atom, position: Position) -> None:
    """A binary operator: NumPy promotes what TensorFlow refuses."""
    if _is_array(a) or _is_array(b):
        return  # one is converted to the other's dtype, which is recorded in any run
    operands = [tensors.operand(a, "tensorflow"), tensors.operand(b, "tensorflow")]
    names = {dtype for dtype, _ in operands}
    refused = (
        operator in _ARRAY_OPERATORS
        or (operator in _ARITHMETIC and "bool" in names)
        or (operator == "/" and bool(names & {"int8", "uint8", "int16", "uint16"}))
        or (operator == "@" and any(isinstance(x, Tensor) and (x.shape is None or len(x.shape) < 2) for x in (a, b)))
    )
    if refused:
        frame.use(ARRAY_ONLY, f"`{operator}` on arrays", position, value_of(a, b))
    else:
        note_mixture(frame, operands, f"`{operator}`", position)


def note_mixture(frame: Frame, operands: Iterable[dtypes.Operand], what: str, position: Position) -> None:
    """The operands of an op that have to agree on a dtype."""
    known = [(dtype, strength) for dtype, strength in operands if dtype is not None]
    strong = {dtype for dtype, strength in known if strength == dtypes.STRONG}
    weak = {dtype for dtype, strength in known if strength == dtypes.WEAK}
    if len(strong) > 1 or any(dtypes.is_higher(number, dtype) for dtype in strong for number in weak):
        frame.use(ARRAY_ONLY, f"{what} on several dtypes", position)


def note_unary(frame: Frame, operator: str, atom: Tensor, position: Position) -> None:
    """A unary operator that tensors lack."""
    if operator == "+" and is_tensor(atom):
        frame.use(ARRAY_ONLY, "unary `+` on an array", position, value_of(atom))


def note_index(frame: Frame, atom: Atom, index: Value, position: Position) -> None:
    """``atom[index]``: tensors take basic indices and masks, Python containers take no tensor."""
    parts = [index]
    for part in index.atoms:
        if isinstance(part, Tuple):
            parts += [part.element] if part.elements is None else list(part.elements)
    inner = [item for part in parts for item in part.atoms]
    if is_tensor(atom):
        for item in inner:
            if isinstance(item, Unknown):
                frame.use(DOUBT, "an index that is not known", position, value_of(atom))
            elif isinstance(item, Object) or (isinstance(item, Tensor) and not _is_basic(item, len(parts) == 1)):
                frame.use(ARRAY_ONLY, "an array or list as index of an array", position, value_of(atom))
    elif any(is_tensor(item) for item in inner):
        frame.use(ARRAY_ONLY, "a number of an array as index", position)


def _is_basic(item: Tensor, alone: bool) -> bool:
    return item.shape == () if item.dtype != "bool" else alone


def note_store(frame: Frame, atom: Atom, position: Position) -> None:
    """``atom[i] = value``."""
    if is_tensor(atom):
        frame.use(ARRAY_ONLY, "a store into an array", position, value_of(atom))


def note_isinstance(frame: Frame, value: Value, classes: Value, position: Position) -> None:
    """``isinstance(value, classes)``, which may come out otherwise."""
    for atom in value.atoms:
        if isinstance(atom, Tensor) and is_tensor(atom):
            array = tensor("ndarray", atom.dtype, atom.shape)
            if protocols.is_instance(frame, atom, classes) is not protocols.is_instance(frame, array, classes):
                frame.use(ARRAY_ONLY, "a test for the type of an array", position, value)


def note_call(frame: Frame, name: str, arguments: Arguments, position: Position) -> None:
    """A library function gets arguments. What NumPy gets is recorded as a use of NumPy, in any run."""
    if name.startswith(_TAKE_TENSORS) or name in _LOOK_ONLY or (name.startswith("builtins.") and name.count(".") > 1):
        return
    if any(is_tensor(atom) for value in arguments.all_values() for atom in value.atoms):
        frame.use(ARRAY_ONLY, f"`{name.removeprefix('builtins.')}` of an array", position)


def note_row(frame: Frame, row: Row, args: dict[str, Value], position: Position) -> None:
    """A function of TensorFlow gets arguments, by the names of its parameters."""
    for index, (name, value) in enumerate(args.items()):
        for atom in tensors.leaves(frame, value):
            if not isinstance(atom, Tensor) or not is_tensor(atom):
                continue
            wanted = tensors.as_dtype(args["dtype"]) if "keeps-dtype" in row.does and "dtype" in args else None
            if "python-value" in row.does or wanted not in (None, atom.dtype):
                frame.use(ARRAY_ONLY, f"`{row.name}` of an array", position, value_of(atom))
            elif index and atom.shape in ((), None) and (atom.dtype is None or "int" in atom.dtype):
                frame.use(DOUBT, f"`{name}` of `{row.name}`, which may have to be a number", position, value_of(atom))


def _is_array(atom: Atom) -> bool:
    return isinstance(atom, Tensor) and atom.kind == "ndarray"
