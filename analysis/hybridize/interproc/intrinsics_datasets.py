"""How many elements a dataset has, and with it the lengths of its batches.

The element of a dataset is what TensorFlow calls its spec: what a graph sees of it, where the last batch leaves the
first axis open. Eager iteration sees batches as they are. Their lengths are known if the number of elements is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hybridize.domains.atoms import DISTRIBUTED, Atom, Object, Stream, Tensor, Tuple, stream_of, tensor
from hybridize.domains.value import BOTTOM, Value, value_of
from hybridize.interproc import containers
from hybridize.interproc.activation import Arguments
from hybridize.interproc.intrinsics_base import Handler
from hybridize.interproc.library_calls import row_result
from hybridize.interproc.semantics import bind_row
from hybridize.interproc.structures import map_leaves
from hybridize.interproc.tensors import is_number_list, known_int, python_constant, value_shape
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

Size = tuple["int | None", tuple[int, ...]]
"""The number of elements, and the lengths of batches (none: not known)."""
UNKNOWN: Size = (None, ())
Sizing = Callable[["Frame", Size, dict[str, Value]], Size]
"""From the size of the receiver, if it is a dataset, and the arguments by name."""


def _sized(name: str, sizing: Sizing) -> Handler:
    """The row's dataset, with its size."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
        row = frame.machine.library.row(name)
        if row is None or BOTTOM in arguments.positional or BOTTOM in arguments.keywords.values():
            return None
        args = bind_row(row, arguments)
        count, lengths = sizing(frame, _size(args.get("self", BOTTOM)), args)
        result = row_result(frame, row, arguments, position)
        return value_of(
            *(
                stream_of(atom.kind, atom.element, atom.source, count, lengths) if isinstance(atom, Stream) else atom
                for atom in result.atoms
            )
        )

    return handler


def _size(dataset: Value) -> Size:
    atom = dataset.atoms[0] if len(dataset.atoms) == 1 else None
    return (atom.count, atom.lengths) if isinstance(atom, Stream) else UNKNOWN


def _slices(frame: Frame, own: Size, args: dict[str, Value]) -> Size:
    """As many elements as the first axis is long."""
    lengths = _first_axes(frame, args["tensors"])
    return (lengths.pop() if len(lengths) == 1 else None), ()


def _first_axes(frame: Frame, value: Value) -> set[int | None]:
    """The lengths of the first axes of all tensors in a structure."""
    found: set[int | None] = set()
    for atom in value.atoms:
        if isinstance(atom, Tuple) and atom.elements is not None and not is_number_list(frame, value):
            found.update(*(_first_axes(frame, part) for part in atom.elements))
        elif isinstance(atom, Object) and atom.cls in containers.DICTS:
            known, other = containers.mapping_items(frame, value_of(atom))
            found.update(*(_first_axes(frame, part) for part in known.values()))
            if other is not BOTTOM:
                found.add(None)
        else:
            shape = value_shape(frame, value_of(atom))
            found.add(shape[0] if shape else None)
    return found


def _same(frame: Frame, own: Size, args: dict[str, Value]) -> Size:
    """An element for each."""
    return own[0], ()


def _some(frame: Frame, own: Size, args: dict[str, Value]) -> Size:
    """Any number of the same elements."""
    return None, own[1]


def _taken(frame: Frame, own: Size, args: dict[str, Value]) -> Size:
    wanted = known_int(args["count"])
    known = own[0] is not None and wanted is not None and wanted >= 0
    return (min(own[0], wanted) if known else None), own[1]  # type: ignore[type-var]


def _batched(frame: Frame, own: Size, args: dict[str, Value]) -> Size:
    """Whole batches and what remains."""
    count, size, drop = own[0], known_int(args["batch_size"]), python_constant(frame, args["drop_remainder"])
    if count is None or size is None or size < 1 or not isinstance(drop, bool):
        return UNKNOWN
    whole, rest = divmod(count, size)
    if drop or not rest:
        return whole, (size,) if whole else ()
    return whole + 1, (size, rest) if whole else (rest,)


def batches(frame: Frame, value: Value, position: Position) -> Value:
    """Datasets as eager execution iterates them: over batches of known lengths, where the graph's have any."""
    if not any(isinstance(atom, Stream) and atom.lengths for atom in value.atoms):
        return value
    return value_of(*(_eager(frame, atom, position) for atom in value.atoms))


def _eager(frame: Frame, atom: Atom, position: Position) -> Atom:
    if not isinstance(atom, Stream) or not atom.lengths:
        return atom

    def cut(leaf: Atom) -> Value:
        if not isinstance(leaf, Tensor) or not leaf.shape:
            return value_of(leaf)
        return value_of(*(tensor(leaf.kind, leaf.dtype, (length, *leaf.shape[1:])) for length in atom.lengths))

    return stream_of(atom.kind, map_leaves(frame, atom.element, cut, position, tag="batch"), atom.source)


def _distributed(name: str) -> Handler:
    """The row's dataset, as one that a strategy distributes."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
        row = frame.machine.library.row(name)
        if row is None or BOTTOM in arguments.positional or BOTTOM in arguments.keywords.values():
            return None
        made = row_result(frame, row, arguments, position).atoms
        return value_of(*(stream_of(a.kind, a.element, DISTRIBUTED) if isinstance(a, Stream) else a for a in made))

    return handler


_STRATEGY = "tensorflow.distribute.Strategy"
INTRINSICS: dict[str, Handler] = {
    f"{_STRATEGY}.experimental_distribute_dataset": _distributed(f"{_STRATEGY}.experimental_distribute_dataset"),
    f"{_STRATEGY}.distribute_datasets_from_function": _distributed(f"{_STRATEGY}.distribute_datasets_from_function"),
} | {
    f"tensorflow.data.Dataset.{name}": _sized(f"tensorflow.data.Dataset.{name}", sizing)
    for name, sizing in {
        "from_tensor_slices": _slices,
        "map": _same,
        "enumerate": _same,
        "batch": _batched,
        "padded_batch": _batched,
        "take": _taken,
        "filter": _some,
        "take_while": _some,
        "repeat": _some,
        "skip": _some,
        "shard": _some,
        "unique": _some,
        "ignore_errors": _some,
        "concatenate": lambda frame, own, args: UNKNOWN,
    }.items()
}
"""Handlers by the library's name of what is called; the others give a dataset of unknown size, or the receiver."""
