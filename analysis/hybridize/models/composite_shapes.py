"""Shapes of ragged and sparse tensors. A ragged axis has no one size: None."""

from __future__ import annotations

from hybridize.models.shape_base import Dim, Shape, ints, is_int, shape_function


def _depth(value: object) -> int | None:
    """How deep lists are nested; empty ones say nothing of what is below them."""
    if not isinstance(value, (tuple, list)):
        return 0
    inner = [_depth(part) for part in value]
    return 1 + max((d for d in inner if d is not None), default=0)


@shape_function("value", "value", "value", least=1)
def ragged_literal(value: object, ragged_rank: object = None, inner_shape: object = None) -> Shape:
    """``tf.ragged.constant`` of nested lists: only the number of rows is one number."""
    if not isinstance(value, (tuple, list)) or ragged_rank is not None or inner_shape is not None:
        return None
    depth = _depth(value)
    return None if depth is None else (len(value), *(None,) * (depth - 1))


def _first(shape: Shape, more: object) -> Dim:
    size = shape[0] if shape else None
    return size + more if size is not None and is_int(more) else None


@shape_function("shape", "shape", "value", least=2)
def ragged_rows(values: Shape, partition: Shape, more: object = 0) -> Shape:
    """Values cut into as many rows as the partition has items, ``more`` added to them."""
    return None if not values else (_first(partition, more), None, *values[1:])


@shape_function("shape", "shapes", "value", least=2)
def nested_rows(values: Shape, partitions: tuple[Shape, ...] | None, more: object = 0) -> Shape:
    """Values cut by one partition in each of several levels, the outermost first."""
    if not values or partitions is None:
        return None
    if not partitions:
        return values
    return (_first(partitions[0], more), *(None,) * len(partitions), *values[1:])


@shape_function("shape", "value", "value")
def rows_by_id(values: Shape, ids: object, rows: object) -> Shape:
    """Values that name their row: as many rows as are asked for, else as the last one says."""
    if not values:
        return None
    known = ints(ids) if not is_int(ids) else None
    first = rows if is_int(rows) else known[-1] + 1 if rows is None and known else None
    return (first, None, *values[1:])


@shape_function("shape", "shapes", "value", "value")
def nested_rows_by_id(values: Shape, partitions: tuple[Shape, ...] | None, ids: object, rows: object) -> Shape:
    """The same with one level of row names inside another."""
    if not values or not partitions:
        return None
    outer = ids[0] if isinstance(ids, tuple) and ids else None
    count = rows[0] if isinstance(rows, tuple) and rows else rows
    first = rows_by_id(values, outer, count)
    return None if first is None else (first[0], *(None,) * len(partitions), *values[1:])


@shape_function("shape", "value", "value")
def uniform_rows(values: Shape, length: object, rows: object) -> Shape:
    """Values cut into rows of one length."""
    if not values or not is_int(length):
        return None
    size = values[0]
    count = rows if is_int(rows) else size // length if size is not None and length > 0 and rows is None else None
    return (count, length, *values[1:])


@shape_function("shape", "value", least=1)
def ragged_of_dense(shape: Shape, rank: object = 1) -> Shape:
    """A dense tensor whose axes after the first become ragged, ``rank`` of them."""
    if not shape or not is_int(rank) or rank < 1:
        return None
    return (shape[0], *(None,) * rank, *shape[1 + rank :])


@shape_function("shape", "value")
def padded_to(shape: Shape, wanted: object) -> Shape:
    """A ragged tensor made dense: of the shape asked for, None in it leaves the size to the rows."""
    if wanted is None or shape is None:
        return shape
    if not isinstance(wanted, tuple) or len(wanted) != len(shape):
        return (None,) * len(shape)
    return tuple(d if is_int(d) else None for d in wanted)


@shape_function("shape")
def row_borders(shape: Shape) -> Shape:
    """A vector with one item more than there are rows."""
    return (_first(shape, 1),)


@shape_function("shape")
def row_count(shape: Shape) -> Shape:
    """A vector with an item for each row."""
    return (_first(shape, 0),)


@shape_function("shape")
def pieces(shape: Shape) -> Shape:
    """Each item of a string tensor cut into any number of pieces."""
    return None if shape is None else (*shape, None)
