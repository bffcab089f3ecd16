"""Shapes of operations that pick, repeat or make items: gathering, slicing, padding, sequences, batches."""

from __future__ import annotations

from hybridize.models.array_shapes import broadcast, raveled, reduced
from hybridize.models.shape_base import UNKNOWN, Dim, Shape, axes_of, ints, is_int, product, shape_function


@shape_function("shape", "value", least=1)
def arg_reduced(shape: Shape, axis: object = None) -> Shape:
    """``tf.argmax``: one axis, the first when it is not given."""
    return reduced(shape, 0 if axis is None else axis)


@shape_function("shape", "value", least=1)
def unstacked(shape: Shape, axis: object = 0) -> Shape:
    """One item of ``tf.unstack``: without the axis."""
    return reduced(shape, axis) if is_int(axis) else None if shape is None else (None,) * (len(shape) - 1)


@shape_function("shape", "value", "value", least=2)
def split(shape: Shape, sections: object, axis: object = 0) -> Shape:
    """One part of ``tf.split``: the axis divided by a number, or of unknown size for sizes that differ."""
    if shape is None or not is_int(axis):
        return None if shape is None else (None,) * len(shape)
    at = axes_of(axis, len(shape))
    if at is None:
        return None
    size, part = shape[at[0]], None
    if is_int(sections) and size is not None and sections > 0 and size % sections == 0:
        part = size // sections
    elif isinstance(sections, (tuple, list)) and len(set(sections)) == 1 and is_int(sections[0]) and sections[0] >= 0:
        part = sections[0]
    return (*shape[: at[0]], part, *shape[at[0] + 1 :])


@shape_function("shape", "value")
def tile(shape: Shape, multiples: object) -> Shape:
    """Each axis repeated."""
    if shape is None:
        return None
    if not isinstance(multiples, (tuple, list)) or len(multiples) != len(shape):
        return (None,) * len(shape)
    return tuple(d * m if d is not None and is_int(m) else None for d, m in zip(shape, multiples, strict=True))


@shape_function("shape", "value")
def pad(shape: Shape, paddings: object) -> Shape:
    """Each axis grown by a pair."""
    if shape is None:
        return None
    if not isinstance(paddings, (tuple, list)) or len(paddings) != len(shape):
        return (None,) * len(shape)
    dims: list[Dim] = []
    for dim, both in zip(shape, paddings, strict=True):
        sizes = ints(both)
        dims.append(dim + sum(sizes) if dim is not None and sizes is not None and len(sizes) == 2 else None)
    return tuple(dims)


@shape_function("shape", "shape", "value", "value", least=2)
def gather(shape: Shape, indices: Shape, axis: object = None, batch_dims: object = 0) -> Shape:
    """``tf.gather``: one axis replaced by the axes of the indices."""
    if shape is None or indices is None or not is_int(batch_dims):
        return None
    if axis is None:
        axis = batch_dims
    at = axes_of(axis, len(shape)) if is_int(axis) else None
    if at is None or not 0 <= batch_dims <= min(at[0], len(indices)):
        return None
    return (*shape[: at[0]], *indices[batch_dims:], *shape[at[0] + 1 :])


@shape_function("shape", "shape", "value", least=2)
def gather_nd(shape: Shape, indices: Shape, batch_dims: object = 0) -> Shape:
    """``tf.gather_nd``: the last axis of the indices addresses the first axes."""
    if shape is None or not indices or not is_int(batch_dims) or indices[-1] is None:
        return None
    return (*indices[:-1], *shape[batch_dims + indices[-1] :])


@shape_function("shape", "value", "value", least=2)
def one_hot(shape: Shape, depth: object, axis: object = -1) -> Shape:
    """A new axis of ``depth``, the last unless told."""
    if shape is None:
        return None
    if axis is None:
        axis = -1
    at = axes_of(axis, len(shape) + 1) if is_int(axis) else None
    if at is None:
        return (None,) * (len(shape) + 1)
    return (*shape[: at[0]], depth if is_int(depth) else None, *shape[at[0] :])


@shape_function("value", "value", "value", least=1)
def arange(start: object, limit: object = None, delta: object = 1) -> Shape:
    """A vector of the numbers from ``start`` to ``limit``; from 0 to ``start`` when there is no limit."""
    if limit is None:
        start, limit = 0, start
    if delta is None:
        delta = 1
    if is_int(start) and is_int(limit) and is_int(delta) and delta:
        return (max(0, -((start - limit) // delta)),)
    return (None,)


@shape_function("shape", "value", "value", least=2)
def repeat(shape: Shape, repeats: object, axis: object = None) -> Shape:
    """Each item ``repeats`` times along the axis, or along all of it made flat."""
    if shape is None:
        return None
    if axis is None or shape == ():
        shape, axis = (product(shape),), 0
    at = axes_of(axis, len(shape)) if is_int(axis) else None
    if at is None:
        return (None,) * len(shape)
    size = shape[at[0]]
    return (*shape[: at[0]], size * repeats if size is not None and is_int(repeats) else None, *shape[at[0] + 1 :])


@shape_function("shape", "value")
def sliced(shape: Shape, size: object) -> Shape:
    """``tf.slice`` of this size, where -1 is what is left."""
    sizes = ints(size) if isinstance(size, (tuple, list)) else None
    if sizes is None:
        return None if shape is None else (None,) * len(shape)
    return tuple(None if d == -1 else d for d in sizes)


@shape_function("shape", "value", least=1)
def diag(shape: Shape, k: object = 0) -> Shape:
    """Matrices with the last axis on their diagonal."""
    if not shape:
        return None
    side = shape[-1] if k == 0 else None
    return (*shape[:-1], side, side)


@shape_function("shape")
def diag_part(shape: Shape) -> Shape:
    """The diagonals of the matrices in the last two axes."""
    if shape is None or len(shape) < 2:
        return None
    rows, columns = shape[-2:]
    return (*shape[:-2], min(rows, columns) if rows is not None and columns is not None else None)


@shape_function("shape", "shape", "value", least=2)
def masked(shape: Shape, mask: Shape, axis: object = 0) -> Shape:
    """``tf.boolean_mask``: the masked axes become one of unknown size."""
    if shape is None or mask is None:
        return None
    start = 0 if axis is None else axis
    if not is_int(start) or not 0 <= start <= len(shape) - len(mask):
        return None
    return (*shape[:start], None, *shape[start + len(mask) :])


@shape_function("shape", "value", "value", least=2)
def batched(shape: Shape, size: object, drop_remainder: object = False) -> Shape:
    """An element of ``Dataset.batch``: the size is certain only when the remainder is dropped."""
    return None if shape is None else (size if is_int(size) and drop_remainder is True else None, *shape)


@shape_function("shape", "value", "value", "value")
def padded_batched(shape: Shape, size: object, drop_remainder: object, padded: object) -> Shape:
    """An element of ``Dataset.padded_batch``: a padded axis is as long as told, else as the longest of its batch."""
    if shape is None or padded is None:
        return batched(shape, size, drop_remainder)
    flat = isinstance(padded, tuple) and len(padded) == len(shape) and not any(isinstance(d, tuple) for d in padded)
    told = tuple(d if is_int(d) and d >= 0 else None for d in padded) if flat and isinstance(padded, tuple) else None
    return batched(told or (None,) * len(shape), size, drop_remainder)


@shape_function("shape", "value")
def resized(shape: Shape, size: object) -> Shape:
    """``tf.image.resize`` to (height, width)."""
    if shape is None or len(shape) not in (3, 4):
        return None
    sizes = size if isinstance(size, (tuple, list)) and len(size) == 2 else (None, None)
    return (*shape[:-3], *(d if is_int(d) else None for d in sizes), shape[-1])


@shape_function("shape", "shape", "shape", "value")
def selected(condition: Shape, x: Shape, y: Shape, given: object) -> Shape:
    """``tf.where``: items of two tensors, or the places where a condition holds when there are none."""
    if given is None:
        return (None, None if condition is None else len(condition))
    return broadcast(condition, x, y)


@shape_function("shape", "shape", "value")
def segments(data: Shape, ids: Shape, count: object) -> Shape:
    """One item for each segment: the axes of the ids become one."""
    if data is None or ids is None or len(ids) > len(data):
        return None
    return (count if is_int(count) else None, *data[len(ids) :])


@shape_function("shapes", "value")
def mesh(shapes: tuple[Shape, ...] | None, indexing: object) -> Shape:
    """``meshgrid`` of vectors: an axis for each, the first two swapped for ``xy``."""
    if shapes is None or any(s is None or len(s) > 1 for s in shapes):
        return None
    sizes = [s[0] if s else 1 for s in shapes if s is not None]
    if indexing not in {"xy", "ij"}:
        return (None,) * len(sizes)
    return (*sizes[1::-1], *sizes[2:]) if indexing == "xy" else tuple(sizes)


@shape_function("shape", "value")
def along(shape: Shape, axis: object) -> Shape:
    """NumPy's ``sort`` and ``cumsum``: the same shape along an axis, all in one when it is None."""
    return raveled(shape) if axis is None else None if axis is UNKNOWN else shape


@shape_function("shape")
def matrices(shape: Shape) -> Shape:
    """The same shape when it has two axes or more."""
    return shape if shape is not None and len(shape) >= 2 else None


@shape_function("shape", "value", "value")
def linspace(shape: Shape, num: object, axis: object) -> Shape:
    """A new axis of ``num`` between the items of two tensors."""
    if shape is None:
        return None
    at = axes_of(axis, len(shape) + 1) if is_int(axis) else None
    if at is None:
        return (None,) * (len(shape) + 1)
    return (*shape[: at[0]], num if is_int(num) else None, *shape[at[0] :])


@shape_function("shape", "value")
def per_example(shape: Shape, axis: object) -> Shape:
    """A loss over the classes, which are on the last axis unless told."""
    return reduced(shape, -1 if axis is None else axis)
