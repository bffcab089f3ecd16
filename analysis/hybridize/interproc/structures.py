"""Structures of tensors: tuples, lists and dicts of them, and the specs that describe such structures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeGuard

from hybridize.domains.atoms import Atom, Dtype, Object, Tensor, Tuple, Unknown, tensor, tuple_of
from hybridize.domains.value import BOTTOM, Value, const_value, is_py, join, type_value, value_of
from hybridize.interproc import containers
from hybridize.interproc.tensors import as_dtype, as_shape, is_number_list, value_dtype, value_shape
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame


MAX_NESTING: Final = 4
"""Structures in structures that are looked into; what lies deeper counts as a leaf."""


def map_leaves(
    frame: Frame,
    value: Value,
    leaf: Callable[[Atom], Value],
    position: Position,
    depth: int = 0,
    done: dict[tuple[Value, int], Value] | None = None,
    tag: str = "",
    lists: bool = True,
) -> Value:
    """The same structure of tuples, lists and dicts, with each leaf replaced; ``done`` remembers parts that recur.

    ``tag`` keeps the dicts made apart from those of another replacement in the same call. Without ``lists``, lists are
    leaves, as they are in `tf.data`.
    """
    done = {} if done is None else done
    result = done.get((value, depth))
    if result is not None:
        return result

    def inner(part: Value) -> Value:
        return map_leaves(frame, part, leaf, position, depth + 1, done, tag, lists)

    result = BOTTOM
    for atom in value.atoms:
        if depth > MAX_NESTING or not _is_structure(atom, frame) or (_is_list(atom) and not lists):
            one = leaf(atom)
        elif isinstance(atom, Tuple):
            if atom.elements is not None:
                one = containers.tuple_value([inner(part) for part in atom.elements])
            else:
                one = value_of(tuple_of(None, inner(atom.element)))
        elif atom.cls in containers.DICTS:
            made = frame.machine.allocate(frame.activation, "dict", f"{frame.site(position)}:{tag}{depth}")
            known, other = containers.mapping_items(frame, value_of(atom))
            for key, item in known.items():
                containers.put(frame, made, const_value(key), inner(item))
            if other is not BOTTOM:
                containers.put(frame, made, type_value("str"), inner(other))
            one = value_of(made)
        else:
            exact = containers.exact_items(frame, value_of(atom))
            if exact is not None:
                one = containers.tuple_value([inner(part) for part in exact])
            else:
                one = value_of(tuple_of(None, inner(containers.element(frame, value_of(atom), position))))
        result = join(result, one)
    done[(value, depth)] = result
    return result


def of_data(frame: Frame, value: Value, position: Position) -> Value:
    """What `tf.data` makes of the result of a function: arrays, Python's numbers, texts and lists become tensors.

    A list that is the result itself is taken as a tuple.
    """

    def tensors(atom: Atom) -> Value:
        array = isinstance(atom, Tensor) and atom.kind == "ndarray"
        if not array and not is_py(atom, *_SCALARS) and not _is_list(atom):
            return value_of(atom)
        one = value_of(atom)
        return value_of(tensor("dense", value_dtype(frame, one), value_shape(frame, one)))

    def inner(part: Value) -> Value:
        return map_leaves(frame, part, tensors, position, tag="converted", lists=False)

    result = BOTTOM
    for atom in value.atoms:
        one = value_of(atom)
        if not _is_list(atom):
            one = inner(one)
        elif (exact := containers.exact_items(frame, one)) is not None:
            one = containers.tuple_value([inner(part) for part in exact])
        else:
            one = value_of(tuple_of(None, inner(containers.element(frame, one, position))))
        result = join(result, one)
    return result


_SCALARS: Final = ("bool", "bytes", "complex", "float", "int", "str")


def _is_list(atom: Atom) -> bool:
    return isinstance(atom, Object) and atom.cls == "list"


def leaf_atoms(frame: Frame, value: Value, position: Position) -> dict[Atom, None]:
    """What `map_leaves` would replace, each once."""
    found: dict[Atom, None] = {}
    seen: set[tuple[Value, int]] = set()

    def visit(part: Value, depth: int) -> None:
        if (part, depth) in seen:
            return
        seen.add((part, depth))
        for atom in part.atoms:
            if depth > MAX_NESTING or not _is_structure(atom, frame):
                found[atom] = None
                continue
            if isinstance(atom, Tuple):
                inner = atom.elements if atom.elements is not None else (atom.element,)
            elif atom.cls in containers.DICTS:
                known, other = containers.mapping_items(frame, value_of(atom))
                inner = (*known.values(), other)
            else:
                inner = (containers.element(frame, value_of(atom), position),)
            for item in inner:
                visit(item, depth + 1)

    visit(value, 0)
    return found


def _is_structure(atom: Atom, frame: Frame) -> TypeGuard[Tuple | Object]:
    """Whether TensorFlow looks into it for leaves; a list of numbers is one tensor."""
    if isinstance(atom, Tuple):
        return True
    if not isinstance(atom, Object):
        return False
    return atom.cls in containers.DICTS or (atom.cls == "list" and not is_number_list(frame, value_of(atom)))


def structure(frame: Frame, specs: Value, position: Position) -> Value:
    """The tensors that specs (or dtypes) in any structure describe."""
    return map_leaves(frame, specs, lambda atom: _described(frame, atom), position)


_SPECS: Final = {
    "tensorflow.RaggedTensorSpec": "ragged",
    "tensorflow.SparseTensorSpec": "sparse",
    "tensorflow.io.RaggedFeature": "ragged",
    "tensorflow.io.VarLenFeature": "sparse",
}
_SEQUENCES: Final = ("tensorflow.io.VarLenFeature", "tensorflow.io.FixedLenSequenceFeature")
"""Features of any number of values."""


def _described(frame: Frame, atom: Atom) -> Value:
    if isinstance(atom, Dtype):
        return value_of(tensor("dense", atom.name))
    if isinstance(atom, Object):
        kind = _SPECS.get(atom.cls, "dense")
        watch, reader = frame.machine.watch, frame.point
        dtype = as_dtype(watch(("a", atom, "init dtype"), reader))
        shape = as_shape(frame, watch(("a", atom, "init shape"), reader))
        if atom.cls in _SEQUENCES:
            shape = (None, *(shape or ())) if shape is not None or kind == "sparse" else None
        return value_of(tensor(kind, dtype, shape))
    if isinstance(atom, Unknown):
        return value_of(atom)
    return value_of(tensor("dense", as_dtype(value_of(atom))))
