"""Shape and dtype functions: against NumPy where it has the operation; less knowledge never gives a wrong answer."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridize.models import dtypes
from hybridize.models.shapes import FUNCTIONS, UNKNOWN, Shape

HAS_NUMPY = importlib.util.find_spec("numpy") is not None
needs_numpy = pytest.mark.skipif(not HAS_NUMPY, reason="compares with NumPy")

DIMS = st.integers(0, 4)
SHAPES = st.lists(DIMS, max_size=4).map(tuple)
UNSURE = st.lists(st.one_of(st.none(), DIMS), max_size=4).map(tuple)
CONSTANTS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.just(UNKNOWN),
    st.text(max_size=3),
    st.floats(),
    st.lists(st.one_of(st.integers(-5, 5), st.none()), max_size=4).map(tuple),
    st.sampled_from(["valid", "SAME", "NCHW", "channels_first", "ij,jk->ik"]),
)


def call(name: str, *args: object) -> Shape:
    return FUNCTIONS[name].run(*args)


def within(known: Shape, actual: tuple[int, ...]) -> bool:
    return known is None or (
        len(known) == len(actual) and all(k is None or k == a for k, a in zip(known, actual, strict=True))
    )


def blurred(shape: tuple[int, ...], mask: list[bool]) -> Shape:
    return tuple(None if hide else d for d, hide in zip(shape, mask + [False] * 4, strict=False))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_function_raises(name: str, data: st.DataObject) -> None:
    """Whatever the arguments are, the answer is a shape."""
    function = FUNCTIONS[name]
    count = data.draw(st.integers(function.least, min(function.most, 4 if function.variadic else function.most)))
    pools = {
        "shape": st.one_of(st.none(), UNSURE),
        "shapes": st.one_of(st.none(), st.lists(st.one_of(st.none(), UNSURE), max_size=3).map(tuple)),
        "value": CONSTANTS,
    }
    args = [data.draw(pools[function.kind(i) or ""]) for i in range(count)]
    result = function.run(*args)
    assert result is None or (isinstance(result, tuple) and all(d is None or type(d) is int for d in result)), (
        args,
        result,
    )


@needs_numpy
@settings(deadline=None)
@given(SHAPES, SHAPES, st.lists(st.booleans(), max_size=4))
def test_broadcast(a: tuple[int, ...], b: tuple[int, ...], mask: list[bool]) -> None:
    import numpy as np

    try:
        actual = np.broadcast_shapes(a, b)
    except ValueError:
        assert call("broadcast", a, b) is None
        return
    assert call("broadcast", a, b) == actual
    assert within(call("broadcast", blurred(a, mask), b), actual)


def _axis(rank: int) -> st.SearchStrategy[Any]:
    one = st.integers(-rank, rank - 1)
    return (
        st.none()
        if rank == 0
        else st.one_of(
            st.none(), one, st.lists(one, min_size=1, max_size=rank, unique_by=lambda a: a % rank).map(tuple)
        )
    )


@needs_numpy
@settings(deadline=None)
@given(st.data(), st.booleans())
def test_reduced(data: st.DataObject, keepdims: bool) -> None:
    import numpy as np

    shape = data.draw(SHAPES)
    axis = data.draw(_axis(len(shape)))
    actual = np.sum(np.zeros(shape), axis=axis, keepdims=keepdims).shape
    assert call("reduced", shape, axis, keepdims) == actual
    assert within(call("reduced", shape, UNKNOWN, keepdims), actual)
    assert within(call("reduced", (None,) * len(shape), axis, UNKNOWN), actual)


@needs_numpy
@settings(deadline=None)
@given(st.data())
def test_rearranging(data: st.DataObject) -> None:
    import numpy as np

    shape = data.draw(SHAPES.filter(len))
    array = np.zeros(shape)
    perm = data.draw(st.permutations(range(len(shape))))
    assert call("transpose", shape, perm) == array.transpose(perm).shape
    assert call("transpose", shape) == array.T.shape
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    assert call("expand_dims", shape, axis) == np.expand_dims(array, axis).shape
    assert call("squeeze", shape) == array.squeeze().shape
    assert call("raveled", shape) == array.ravel().shape
    times = data.draw(st.integers(0, 3))
    assert call("repeat", shape, times, None) == np.repeat(array, times).shape
    assert call("repeat", shape, times, axis % len(shape)) == np.repeat(array, times, axis % len(shape)).shape


@needs_numpy
@settings(deadline=None)
@given(SHAPES, st.integers(0, 3), st.data())
def test_reshape(shape: tuple[int, ...], position: int, data: st.DataObject) -> None:
    import numpy as np

    wanted = list(data.draw(st.permutations(shape)))
    if wanted:
        wanted[position % len(wanted)] = -1
    try:
        actual = np.zeros(shape).reshape(wanted).shape
    except ValueError:
        return
    assert call("reshape", shape, tuple(wanted)) == actual
    assert within(call("reshape", None, tuple(wanted)), actual)


@needs_numpy
@settings(deadline=None)
@given(st.data())
def test_joining(data: st.DataObject) -> None:
    import numpy as np

    shape = data.draw(SHAPES.filter(len))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    sizes = data.draw(st.lists(DIMS, min_size=1, max_size=3))
    shapes = tuple(tuple(size if i == axis % len(shape) else d for i, d in enumerate(shape)) for size in sizes)
    actual = np.concatenate([np.zeros(s) for s in shapes], axis).shape
    assert call("concat", shapes, axis) == actual
    assert within(call("concat", (None, *shapes[1:]), axis), actual)
    assert within(call("concat", shapes, UNKNOWN), actual)
    assert call("stack", (shape, shape), axis) == np.stack([np.zeros(shape)] * 2, axis).shape


@needs_numpy
@settings(deadline=None)
@given(SHAPES.filter(len), SHAPES.filter(len))
def test_products(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    import numpy as np

    try:
        actual = (np.zeros(a) @ np.zeros(b)).shape
    except ValueError:
        return
    assert call("numpy_matmul", a, b) == actual
    if len(a) > 1 and len(b) > 1:
        assert call("matmul", a, b) == actual
        assert call("matmul", (*a[:-2], a[-1], a[-2]), b, True) == actual
    assert within(call("numpy_matmul", (None,) * len(a), b), actual)


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("conv", ((2, 9, 7, 3), 5, 3, 1, "valid"), (2, 7, 5, 5)),
        ("conv", ((2, 9, 7, 3), 5, (3, 2), (2, 1), "same"), (2, 5, 7, 5)),
        ("conv", ((2, 3, 9, 7), 5, 3, 1, "valid", "channels_first"), (2, 5, 7, 5)),
        ("conv", ((None, None, 7, 3), 5, 3, 1, "valid", None, 2), (None, None, 3, 5)),
        ("conv", ((2, 9, 3), UNKNOWN, UNKNOWN, 1, "causal"), (2, 9, None)),
        ("conv_filters", ((2, 9, 7, 3), (3, 3, 3, 8), [1, 2, 2, 1], "VALID"), (2, 4, 3, 8)),
        ("pool", ((2, 9, 7, 3), 2, None), (2, 4, 3, 3)),
        ("global_pool", ((2, 9, 7, 3), True), (2, 1, 1, 3)),
        ("conv_transpose", ((2, 4, 4, 3), 5, 3, 2, "same"), (2, 8, 8, 5)),
        ("zero_padded", ((2, 4, 4, 3), ((1, 2), (0, 3))), (2, 7, 7, 3)),
        ("cropped", ((2, 4, 4, 3), 1), (2, 2, 2, 3)),
        ("upsampled", ((2, 4, None, 3), (2, 3)), (2, 8, None, 3)),
        ("gather", ((5, 6, 7), (2, 3), 1), (5, 2, 3, 7)),
        ("gather", ((5, 6, 7), (5, 3), 1, 1), (5, 3, 7)),
        ("gather_nd", ((5, 6, 7), (4, 2)), (4, 7)),
        ("one_hot", ((2, 3), 9, 0), (9, 2, 3)),
        ("arange", (7,), (7,)),
        ("arange", (1, 8, 3), (3,)),
        ("arange", (5, 1, -2), (2,)),
        ("arange", (UNKNOWN,), (None,)),
        ("einsum", ("bij,bjk->bik", ((2, 3, 4), (None, 4, 5))), (2, 3, 5)),
        ("einsum", ("ij,jk", ((2, 3), (3, 4))), None),
        ("batched", ((3,), 8, True), (8, 3)),
        ("batched", ((3,), 8, False), (None, 3)),
        ("batched", ((3,), 8, UNKNOWN), (None, 3)),
        ("masked", ((4, 5, 6), (4, 5)), (None, 6)),
        ("split", ((6, 4), 3, 0), (2, 4)),
        ("split", ((6, 4), [2, 4], 0), (None, 4)),
        ("recurrent", ((2, 7, 3), 5, True), (2, 7, 5)),
        ("recurrent", ((2, 7, 3), 5), (2, 5)),
        ("permuted", ((2, 3, 4), (2, 1)), (2, 4, 3)),
        ("tensordot", ((2, 3, 4), (4, 3, 5), 1), (2, 3, 3, 5)),
        ("tensordot", ((2, 3), (3, 2, 5), [[1, 0], [0, 1]]), (5,)),
    ],
)
def test_known_answers(name: str, args: tuple[object, ...], result: Shape) -> None:
    assert call(name, *args) == result


NUMBERS = [
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]


@needs_numpy
@pytest.mark.parametrize("a", NUMBERS)
def test_numpy_promotion(a: str) -> None:
    import numpy as np

    for b in NUMBERS:
        assert dtypes.promote_numpy([(a, dtypes.ARRAY), (b, dtypes.ARRAY)]) == np.result_type(a, b).name
    for value, name in ((True, "bool"), (1, "int64"), (1.0, "float64")):
        assert dtypes.promote_numpy([(a, dtypes.ARRAY), (name, dtypes.WEAK)]) == np.result_type(np.dtype(a), value).name
    assert dtypes.promote_numpy([(a, dtypes.ARRAY), (None, dtypes.ARRAY)]) is None


@pytest.mark.parametrize(
    ("operands", "result"),
    [
        ([("float32", dtypes.STRONG), ("int32", dtypes.WEAK)], "float32"),
        ([("int32", dtypes.WEAK), ("float64", dtypes.STRONG)], "float64"),
        ([("float32", dtypes.STRONG), ("float64", dtypes.ARRAY)], "float32"),
        ([("float32", dtypes.STRONG), ("float64", dtypes.STRONG)], None),
        ([(None, dtypes.STRONG), ("float64", dtypes.STRONG)], "float64"),
        ([("int64", dtypes.ARRAY), ("float32", dtypes.WEAK)], None),
        ([("float64", dtypes.ARRAY), ("float32", dtypes.WEAK)], "float64"),
        ([("int32", dtypes.WEAK), ("float32", dtypes.WEAK)], "float32"),
        ([], None),
    ],
)
def test_tensorflow_promotion(operands: list[dtypes.Operand], result: str | None) -> None:
    assert dtypes.promote_tensorflow(operands) == result


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("real", {"complex64": "float32", "complex128": "float64", "int32": "int32", None: None}),
        ("complex_of", {"float32": "complex64", "float64": "complex128", "int32": None, None: None}),
        ("divided", {"int8": "float32", "int32": "float64", "float16": "float16", None: None}),
        ("floating", {"int64": "float64", "float32": "float32", "int8": None, None: None}),
        ("averaged", {"bool": "float64", "float32": "float32", None: None}),
        ("summed", {"bool": "int64", "int8": "int64", "uint8": "uint64", "float32": "float32", None: None}),
        ("inexact", {"int32": None, "float32": "float32", None: None}),
        ("numeric", {"bool": None, "int32": "int32", None: None}),
    ],
)
def test_dtype_functions(name: str, answers: dict[str | None, str | None]) -> None:
    assert {given_: dtypes.FUNCTIONS[name](given_) for given_ in answers} == answers


def test_layers_cast_floats_only() -> None:
    given_ = ("float64", "int32", "bool", None)
    assert [dtypes.autocast(d, "float32") for d in given_] == ["float32", "int32", "bool", None]
    assert [dtypes.autocast(d, None) for d in given_] == [None, "int32", "bool", None]
    assert [dtypes.hinted("int32", h) for h in (None, "int32", "float32")] == ["int32", "int32", None]
