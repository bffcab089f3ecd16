"""A symbolic tensor is no number and no array: NumPy, formats, indices, conditions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf
from runtime.proofs import agrees, raises_only_in_a_graph

ONE = tf.constant(1.0)
TWO = tf.constant(2)
PAIR = tf.constant([1.0, 2.0])
ARRAY = np.ones(3)


# -- HYB113 ------------------------------------------------------------------------------------------------------------


def branch(n):
    if n % 2:
        return n
    return -n


def loop(n):
    while n:
        n -= 1
    return n


def negated(n):
    return not n


def test_conditions_take_bools_only() -> None:
    raises_only_in_a_graph(branch, ValueError, TWO, match=r"expected to be `tf.bool` scalar")
    raises_only_in_a_graph(loop, ValueError, TWO)
    raises_only_in_a_graph(negated, TypeError, TWO)


def test_boolean_operators_fail_when_the_graph_runs() -> None:
    def default(y):
        return y or 2.0

    assert default(ONE) is ONE
    traced = tf.function(default)
    traced.get_concrete_function(ONE)
    with pytest.raises(tf.errors.InvalidArgumentError):
        traced(ONE)


# -- HYB114 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [np.mean, np.sum, np.array, np.size, np.zeros_like, np.sqrt, np.float32, lambda x: np.stack([x, x])],
    ids=lambda f: f.__name__,
)
def test_numpy_needs_values(function) -> None:
    raises_only_in_a_graph(lambda x: function(x), NotImplementedError, PAIR[0])


@pytest.mark.parametrize("function", [math.sqrt, math.floor, math.exp, math.isnan], ids=lambda f: f.__name__)
def test_math_needs_values(function) -> None:
    raises_only_in_a_graph(lambda x: function(x), TypeError, ONE, match="must be real number")


@pytest.mark.parametrize(
    "function", [np.shape, np.ndim, lambda x: math.prod([x[0], x[1]]), lambda x: np.ones(2, np.float32) * x]
)
def test_some_of_numpy_takes_tensors(function) -> None:
    agrees(lambda x: function(x), PAIR)


@pytest.mark.parametrize(
    "function",
    [lambda a: a.mean(), lambda a: a.T, lambda a: a.astype("int32"), lambda a: a.size, lambda a: a.__setitem__(0, 5.0)],
)
def test_an_array_argument_is_a_tensor(function) -> None:
    function(ARRAY.copy())
    with pytest.raises(AttributeError):
        tf.function(lambda a: function(a))(ARRAY)


def test_an_array_argument_cannot_be_written() -> None:
    def store(a):
        a[0] = 5.0
        return a

    with pytest.raises(TypeError):
        tf.function(store)(ARRAY)


# -- HYB115, HYB116, HYB117 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [lambda x: f"{x:.2f}", lambda x: "%d" % x, lambda x: "{:3.1f}".format(x)],  # noqa: UP031, UP032
)
def test_formats_need_numbers(function) -> None:
    function(ONE)
    with pytest.raises(TypeError):
        tf.function(lambda x: function(x))(ONE)


@pytest.mark.parametrize("function", [int, float, lambda x: range(int(x))[0]], ids=["int", "float", "range"])
def test_numbers_need_autograph(function) -> None:
    raises_only_in_a_graph(lambda x: function(x), TypeError, ONE, autograph=False)


def test_int_and_float_are_converted() -> None:
    agrees(lambda x: int(x) + len(tf.range(int(x))), ONE)


@pytest.mark.parametrize(
    "function",
    [lambda x: f"{x}", str, repr, lambda x: "%s" % x, lambda x: "{}".format(x)],  # noqa: UP031, UP032
)
def test_texts_have_the_name_of_the_symbol(function) -> None:
    assert b"x:0" in tf.function(lambda x: tf.constant(function(x)))(ONE).numpy()


@pytest.mark.parametrize("table", [[1.0, 2.0, 3.0], (1.0, 2.0, 3.0), "abc", range(3)], ids=str)
def test_python_sequences_take_numbers(table) -> None:
    raises_only_in_a_graph(lambda i: table[i], TypeError, TWO, match="indices must be integers")


def test_slices_and_arrays_take_numbers() -> None:
    raises_only_in_a_graph(lambda i: [1, 2, 3][:i], TypeError, TWO)
    raises_only_in_a_graph(lambda i: ARRAY[i], NotImplementedError, TWO)


def test_tensors_take_tensors() -> None:
    agrees(lambda i, a: PAIR[i - 1] + tf.cast(a[i], tf.float32), TWO, ARRAY)
