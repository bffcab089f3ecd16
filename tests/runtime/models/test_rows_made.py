"""Rows against calls with made inputs: shapes, dtypes and parameters drawn by Hypothesis, empty ones included."""

from __future__ import annotations

import contextlib
import zlib
from typing import Any

import hypothesis
import msgspec
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from runtime.models.calls import ALL, BLURS, PROMISING, UNSAFE, run, sampled
from runtime.models.evaluator import Evaluator
from runtime.models.promises import holds, told
from runtime.models.samples import UNSAMPLED
from runtime.models.values import Sample, candidates

from hybridize.models.rows import Row

pytestmark = pytest.mark.runtime

DTYPES = ("float32", "float64", "int32", "int64", "bool", "complex64", "float16", "uint8")
SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)
OPERANDS = frozenset(
    {"x", "y", "a", "b", "m", "v", "t", "x1", "x2", "input", "input_tensor", "tensor", "value", "params", "logits"}
    | {"labels", "features", "matrix", "condition", "arr", "array"}
)
"""Parameters that take any tensor; the others get what the table by name lists, and sizes and axes that are drawn."""
AXES = st.one_of(st.none(), st.integers(-3, 3), st.lists(st.integers(-3, 3), min_size=1, max_size=3, unique=True))
DRAWN: dict[str, st.SearchStrategy[Any]] = {
    "axis": AXES,
    "axes": AXES,
    "keepdims": st.booleans(),
    "dtype": st.sampled_from(DTYPES),
    "shape": st.lists(st.integers(-1, 4), max_size=3),
    "perm": st.permutations([0, 1, 2]) | st.permutations([0, 1]) | st.none(),
    "k": st.integers(-2, 3),
    "num": st.integers(1, 4),
    "depth": st.integers(0, 4),
    "repeats": st.integers(0, 3),
    "multiples": st.lists(st.integers(0, 3), min_size=1, max_size=3),
}


def drawn(row: Row) -> st.SearchStrategy[Sample] | None:
    """Calls of the row; None if its arguments are more than tensors, axes and the like."""
    if row.does & UNSAFE or row.is_method or row.class_ is not None or row.calls or row.name in UNSAMPLED:
        return None
    params = row.params or ()
    required = [name for name, kind, default in params if kind in {"pos", "posonly", "kwonly"} and not default]
    optional = [name for name, kind, default in params if kind in {"pos", "kwonly"} and default and name in DRAWN]
    if not any(name in OPERANDS for name in required) or len(required) > 4:
        return None
    numpy = row.name.startswith("numpy.")
    return _calls(row.name, required, optional, numpy=numpy)


@st.composite
def _calls(draw: Any, name: str, required: list[str], optional: list[str], *, numpy: bool) -> Sample:
    shape, dtype = draw(SHAPES), draw(st.sampled_from(DTYPES))
    values = [draw(_argument(parameter, shape, dtype, numpy=numpy)) for parameter in required]
    named = {parameter: draw(DRAWN[parameter]) for parameter in optional if draw(st.booleans())}
    return Sample(name, tuple(values), named)


def _argument(name: str, shape: tuple[int, ...], dtype: str, *, numpy: bool) -> st.SearchStrategy[Any]:
    """Operands of one call mostly agree in dtype, and in a part of the shape: others are refused."""
    if name in DRAWN:
        return DRAWN[name]
    if name not in OPERANDS:
        return st.sampled_from(candidates(name, numpy=numpy))
    shapes = st.integers(0, len(shape)).map(lambda skip: shape[skip:]) | st.just(shape)
    shapes |= st.lists(st.booleans(), min_size=len(shape), max_size=len(shape)).map(
        lambda ones: tuple(1 if one else size for one, size in zip(ones, shape, strict=True))
    )
    dtypes = st.just(dtype) | st.just(dtype) | st.sampled_from(DTYPES)
    kinds = st.sampled_from(["array"] if numpy else ["tensor", "tensor", "tensor", "array", "variable"])
    scalars = st.sampled_from([2, 2.5, True]) if not shape else st.nothing()
    return st.builds(_tensor, kinds, dtypes, shapes) | scalars


def _tensor(kind: str, dtype: str, shape: tuple[int, ...]) -> Any:
    size = int(np.prod(shape, dtype=int))
    array = (np.arange(size) % 3 + 1).reshape(shape).astype(dtype)
    if kind == "array":
        return array
    return tf.Variable(array) if kind == "variable" else tf.constant(array)


def refutation(row: Row, examples: int) -> tuple[str, int]:
    """What refutes the row, as text, and how many of the calls were answered."""
    calls, answered, broken = drawn(row), 0, ""
    if calls is None:
        return "", 0

    @hypothesis.seed(zlib.crc32(row.name.encode()))
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    @hypothesis.given(calls)
    def keeps_its_promise(sample: Sample) -> None:
        nonlocal answered, broken
        try:
            arguments, init, results, result = run(row, sample)
        except Exception:  # noqa: BLE001 - the arguments do not suit this function
            return
        answered += 1
        for blur in BLURS:
            promise = Evaluator(row, arguments, init, results, blur).value(row.returns)
            if not holds(promise, result):
                broken = f"{told(sample.args)} {dict(sample.named)} {blur}: {promise}, got {told(result)}"
                raise AssertionError(broken)

    with np.errstate(all="ignore"), contextlib.suppress(AssertionError):
        keeps_its_promise()  # the text of the smallest call that breaks the promise is kept
    return broken, answered


@pytest.mark.filterwarnings("ignore")
def test_made_calls_keep_the_promises() -> None:
    broken: dict[str, str] = {}
    answered = 0
    for row in sampled(PROMISING, share=6):
        text, count = refutation(row, examples=60 if ALL else 12)
        answered += count
        if text:
            broken[row.name] = text
    assert not broken, "\n".join(f"{name}: {text}" for name, text in broken.items())
    assert answered > 100


def test_a_wrong_promise_is_refuted() -> None:
    """Rows that promise too much: the operand's shape for a reduction, its dtype for a comparison."""
    rows = {row.name: row for row in PROMISING}
    x = ("param", "x")
    wrong = ("tensor", ("dtype_of", x), ("shape", x))
    for name in ("tensorflow.math.greater", "tensorflow.math.is_nan"):
        row = msgspec.structs.replace(rows[name], returns=wrong)
        assert refutation(row, examples=40)[0]
        assert not refutation(rows[name], examples=40)[0]
