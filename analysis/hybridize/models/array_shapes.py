"""Shapes of array operations: broadcasting, reductions, products, joining, cutting and rearranging."""

from __future__ import annotations

from hybridize.models.shape_base import UNKNOWN, Dim, Shape, axes_of, ints, is_int, pair, product, shape_function


@shape_function("shape", variadic=True)
def broadcast(*shapes: Shape) -> Shape:
    """The common shape of operands, as NumPy and TensorFlow broadcast."""
    result: Shape = ()
    for shape in shapes:
        if shape is None or result is None:
            return None
        rank = max(len(result), len(shape))
        left, right = ((1,) * (rank - len(s)) + s for s in (result, shape))
        dims = [pair(a, b) for a, b in zip(left, right, strict=True)]
        result = tuple(d for d, _ in dims) if all(ok for _, ok in dims) else None
    return result


@shape_function("shape", "value", "value", least=2)
def reduced(shape: Shape, axis: object, keepdims: object = False) -> Shape:
    """After a reduction over ``axis``: all axes when it is None."""
    keepdims = False if keepdims is None else keepdims
    if axis is None and keepdims is False:
        return ()
    if shape is None or not isinstance(keepdims, (bool, int)):
        return None
    axes = tuple(range(len(shape))) if axis is None else axes_of(axis, len(shape))
    if axes is None:
        return (None,) * len(shape) if keepdims else (None,) * (len(shape) - 1) if is_int(axis) else None
    if keepdims:
        return tuple(1 if i in axes else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axes)


@shape_function("shape", "shape", "value", "value", least=2)
def matmul(a: Shape, b: Shape, transpose_a: object = False, transpose_b: object = False) -> Shape:
    """``tf.matmul``: matrices in the last two axes, the others broadcast."""
    if (
        a is None
        or b is None
        or len(a) < 2
        or len(b) < 2
        or not isinstance(transpose_a, bool)
        or not isinstance(transpose_b, bool)
    ):
        return None
    rows, inner = (a[-1], a[-2]) if transpose_a else (a[-2], a[-1])
    inner_b, columns = (b[-1], b[-2]) if transpose_b else (b[-2], b[-1])
    batch = broadcast(a[:-2], b[:-2])
    if batch is None or (inner is not None and inner_b is not None and inner != inner_b):
        return None
    return (*batch, rows, columns)


@shape_function("shape", "shape")
def numpy_matmul(a: Shape, b: Shape) -> Shape:
    """``@`` of NumPy: vectors are promoted to matrices."""
    if a is None or b is None or not a or not b:
        return None
    result = matmul((1, *a) if len(a) == 1 else a, (*b, 1) if len(b) == 1 else b)
    if result is None:
        return None
    if len(a) == 1:
        result = result[:-2] + result[-1:]
    return result[:-1] if len(b) == 1 else result


@shape_function("shape", "shape")
def dot(a: Shape, b: Shape) -> Shape:
    """``np.dot``."""
    if a is None or b is None:
        return None
    if not a or not b:
        return a or b
    return a[:-1] + (() if len(b) == 1 else (*b[:-2], b[-1]))


@shape_function("shape", "shape", "value")
def tensordot(a: Shape, b: Shape, axes: object) -> Shape:
    """``tensordot`` over the last ``axes`` of a and the first of b, or over two lists of axes."""
    if a is None or b is None:
        return None
    if is_int(axes):
        return a[: len(a) - axes] + b[axes:] if 0 <= axes <= min(len(a), len(b)) else None
    if not isinstance(axes, (tuple, list)) or len(axes) != 2:
        return None
    of_a, of_b = axes_of(axes[0], len(a)), axes_of(axes[1], len(b))
    if of_a is None or of_b is None:
        return None
    return tuple(d for i, d in enumerate(a) if i not in of_a) + tuple(d for i, d in enumerate(b) if i not in of_b)


@shape_function("value", "shapes")
def einsum(equation: object, shapes: tuple[Shape, ...] | None) -> Shape:
    """``einsum`` of an equation without implicit output or ellipsis."""
    if not isinstance(equation, str) or shapes is None or "->" not in equation or "." in equation:
        return None
    inputs, _, output = equation.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(shapes):
        return None
    sizes: dict[str, Dim] = {}
    for term, shape in zip(terms, shapes, strict=True):
        known = shape if shape is not None and len(shape) == len(term) else (None,) * len(term)
        for letter, dim in zip(term, known, strict=True):
            if dim is not None or letter not in sizes:
                sizes[letter] = dim
    return tuple(sizes[c] for c in output) if all(c in sizes for c in output) else None


@shape_function("shapes", "value")
def concat(shapes: tuple[Shape, ...] | None, axis: object) -> Shape:
    """``tf.concat``: the axis adds up, the others agree."""
    if not shapes:
        return None
    ranks = {len(s) for s in shapes if s is not None}
    if len(ranks) != 1:
        return None
    rank = ranks.pop()
    at = axes_of(axis, rank) if is_int(axis) else None
    if at is None:
        return (None,) * rank if rank and axis is UNKNOWN else None
    dims: list[Dim] = []
    for i in range(rank):
        sizes = [None if s is None else s[i] for s in shapes]
        dims.append(
            sum(d or 0 for d in sizes)
            if i == at[0] and None not in sizes
            else None
            if i == at[0]
            else next((d for d in sizes if d is not None), None)
        )
    return tuple(dims)


@shape_function("shapes", "value", least=1)
def stack(shapes: tuple[Shape, ...] | None, axis: object = 0) -> Shape:
    """``tf.stack``: a new axis of as many as there are."""
    if not shapes:
        return None
    known = [s for s in shapes if s is not None]
    if not known or len({len(s) for s in known}) != 1:
        return None
    merged = tuple(next((d for d in dims if d is not None), None) for dims in zip(*known, strict=True))
    at = axes_of(axis, len(merged) + 1) if is_int(axis) else None
    if at is None:
        return (None,) * (len(merged) + 1) if axis is UNKNOWN else None
    return (*merged[: at[0]], len(shapes), *merged[at[0] :])


@shape_function("shape", "value")
def expand_dims(shape: Shape, axis: object) -> Shape:
    """A new axis of size 1."""
    if shape is None:
        return None
    axes = ints(axis)
    if axes is None:
        return None
    rank = len(shape) + len(axes)
    places = axes_of(axes, rank)
    if places is None or len(set(places)) != len(places):
        return None
    rest = iter(shape)
    return tuple(1 if i in places else next(rest) for i in range(rank))


@shape_function("shape", "value")
def insert_axis(shape: Shape, axis: object) -> Shape:
    """``tf.expand_dims``: one axis, so that the rank is known even when the place is not."""
    return (None,) * (len(shape) + 1) if shape is not None and axis is UNKNOWN else expand_dims(shape, axis)


@shape_function("shape", "value", least=1)
def squeeze(shape: Shape, axis: object = None) -> Shape:
    """Without axes of size 1: those given, else all, which must be known."""
    if shape is None:
        return None
    if axis is None or (isinstance(axis, (tuple, list)) and not axis):
        return None if None in shape else tuple(d for d in shape if d != 1)
    axes = axes_of(axis, len(shape))
    if axes is None or any(shape[a] not in (1, None) for a in axes):
        return None
    return tuple(d for i, d in enumerate(shape) if i not in axes)


@shape_function("shape", "value", least=1)
def transpose(shape: Shape, perm: object = None) -> Shape:
    """Axes in another order: reversed by default."""
    if shape is None:
        return None
    if perm is None:
        return shape[::-1]
    axes = axes_of(perm, len(shape)) if isinstance(perm, (tuple, list)) else None
    if axes is None or sorted(axes) != list(range(len(shape))):
        return (None,) * len(shape)
    return tuple(shape[a] for a in axes)


@shape_function("shape")
def matrix_transpose(shape: Shape) -> Shape:
    """The last two axes swapped."""
    return None if shape is None or len(shape) < 2 else (*shape[:-2], shape[-1], shape[-2])


@shape_function("shape", "shape")
def reshape(shape: Shape, wanted: Shape) -> Shape:
    """``wanted``, with -1 worked out; a None in it stays unknown."""
    if wanted is None or -1 not in wanted:
        return wanted
    total = None if shape is None else product(shape)
    rest = product([d for d in wanted if d != -1])
    inferred = None if wanted.count(-1) > 1 or total is None or not rest or total % rest else total // rest
    return tuple(inferred if d == -1 else d for d in wanted)


@shape_function("shape", "shape")
def batch_reshape(shape: Shape, wanted: Shape) -> Shape:
    """Keras ``Reshape``: the first axis stays."""
    if shape is None or wanted is None or not shape:
        return None
    rest = reshape(shape[1:], wanted)
    return None if rest is None else (shape[0], *rest)


@shape_function("shape")
def flattened(shape: Shape) -> Shape:
    """Keras ``Flatten``: the first axis stays, the others become one."""
    return None if not shape else (shape[0], product(shape[1:]))


@shape_function("shape")
def raveled(shape: Shape) -> Shape:
    """All in one axis."""
    return (None if shape is None else product(shape),)


@shape_function("shape", "value")
def prepend(shape: Shape, dim: object) -> Shape:
    """One more axis in front."""
    return None if shape is None else (dim if is_int(dim) else None, *shape)


@shape_function("shape", "value")
def append(shape: Shape, dim: object) -> Shape:
    """One more axis at the end."""
    return None if shape is None else (*shape, dim if is_int(dim) else None)


@shape_function("shape", "value")
def with_last(shape: Shape, dim: object) -> Shape:
    """Another size of the last axis."""
    return None if not shape else (*shape[:-1], dim if is_int(dim) else None)


@shape_function("shape", "value")
def with_first(shape: Shape, dim: object) -> Shape:
    """Another size of the first axis."""
    return None if not shape else (dim if is_int(dim) else None, *shape[1:])


@shape_function("shape", "value", least=1)
def without_last(shape: Shape, count: object = 1) -> Shape:
    """Without the last axis, or the last few."""
    return shape[:-count] if shape is not None and is_int(count) and 0 < count <= len(shape) else None


@shape_function("shape")
def without_first(shape: Shape) -> Shape:
    """Without the first axis."""
    return shape[1:] if shape else None


@shape_function("shape", "shape")
def joined(a: Shape, b: Shape) -> Shape:
    """The axes of both."""
    return None if a is None or b is None else (*a, *b)


@shape_function("shape")
def any_size(shape: Shape) -> Shape:
    """The rank alone."""
    return None if shape is None else (None,) * len(shape)


@shape_function("shape")
def rank_vector(shape: Shape) -> Shape:
    """A vector with an item for each axis."""
    return (None if shape is None else len(shape),)


@shape_function("shape", "shape")
def matvec(a: Shape, b: Shape) -> Shape:
    """``tf.linalg.matvec``."""
    if a is None or b is None or len(a) < 2 or not b:
        return None
    result = matmul(a, (*b, 1))
    return None if result is None else result[:-1]


@shape_function("shape", "shape")
def solved(matrix: Shape, rhs: Shape) -> Shape:
    """The right-hand side of a linear system, its batch axes with the matrix's."""
    return None if matrix is None or rhs is None or len(rhs) < 2 or matrix[:-2] != rhs[:-2] else rhs


@shape_function("shape")
def length_one(shape: Shape) -> Shape:
    """At least a vector: a scalar becomes one of size 1."""
    return (1,) if shape == () else shape


@shape_function("shapes")
def merged(shapes: tuple[Shape, ...] | None) -> Shape:
    """A list of tensors added, multiplied, ... together, as Keras merges them."""
    return broadcast(*shapes) if shapes else None
