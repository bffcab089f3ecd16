"""What happens to `x.shape` where an input signature leaves an axis, or the rank, open."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from hybridize.interproc.static_shapes import ANY_RANK, SIZED_BY_LAST_AXIS

AXIS = tf.TensorSpec([2, None], tf.float32)
RANK = tf.TensorSpec(None, tf.float32)
ONES = tf.ones([2, 5])
TABLE = tf.ones([6, 3])


def last_of(shape):
    *_, last = shape
    return last


NEEDS_A_NUMBER = {
    "arithmetic": lambda x: tf.range(x.shape[1] - 1),
    "an op": lambda x: tf.range(x.shape[1]),
    "a shape": lambda x: tf.reshape(x, [-1, x.shape[1]]),
    "a whole shape": lambda x: tf.zeros(x.shape),
    "a size": lambda x: tf.image.resize(tf.ones([1, 2, 2, 3]), (x.shape[1], 4)),
    "numpy": lambda x: tf.constant(np.zeros((x.shape[1], 4))),
    "range": lambda x: tf.add_n([x for _ in range(x.shape[1])]),
    "get_shape": lambda x: tf.range(x.get_shape()[1]),
    "int_shape": lambda x: tf.range(tf.keras.backend.int_shape(x)[1]),
    "num_elements": lambda x: tf.range(x.shape.num_elements()),
    "multiplication": lambda x: x * x.shape[1],
    "a derived tensor": lambda x: tf.range(tf.pad(x, [[0, 0], [1, 0]]).shape[1]),
}
ADMITS_NONE = {
    "the other axis": lambda x: tf.reshape(x, [x.shape[0], -1]),
    "the dynamic shape": lambda x: tf.reshape(x, [-1, tf.shape(x)[1]]),
    "iteration": lambda x: (last_of(x.shape), tf.abs(x))[1],
    "the length": lambda x: tf.ones([len(x.shape)]),
    "the rank": lambda x: tf.ones([x.shape.rank + 1]),
    "as_list": lambda x: tf.ones([x.shape.as_list()[0]]),
    "ensure_shape": lambda x: tf.ensure_shape(x, [2, x.shape[1]]),
    "text": lambda x: tf.identity(x, name=f"axis_{x.shape[1]}"),
    "a test for None": lambda x: tf.range(tf.shape(x)[1] if x.shape[1] is None else x.shape[1]),
}
NEEDS_THE_RANK = {
    "as_list": lambda x: tf.ones(x.shape.as_list()),
    "len": lambda x: x if len(x.shape) == 2 else -x,
    "rank": lambda x: tf.ones([x.shape.rank + 1]),
    "ndims": lambda x: tf.ones(x.shape.ndims),
    "iteration": lambda x: (last_of(x.shape), tf.abs(x))[1],
    "an axis": lambda x: tf.ones(x.shape[0]),
    "a layer": tf.keras.layers.Dense(1),
}


def fails(body, spec):
    assert tf.function(body)(ONES) is not None  # without a signature the trace sees numbers
    with pytest.raises((TypeError, ValueError)):
        tf.function(body, input_signature=[spec])(ONES)


@pytest.mark.parametrize("body", NEEDS_A_NUMBER.values(), ids=NEEDS_A_NUMBER)
def test_an_open_axis_is_none_and_fails_where_a_number_is_needed(body):
    fails(body, AXIS)


@pytest.mark.parametrize("body", ADMITS_NONE.values(), ids=ADMITS_NONE)
def test_an_open_axis_does_no_harm_elsewhere(body):
    tf.function(body, input_signature=[AXIS])(ONES)


def test_a_slice_up_to_an_open_axis_silently_takes_everything():
    body = lambda x: TABLE[: x.shape[1]]  # noqa: E731
    assert body(ONES).shape == [5, 3]
    assert tf.function(body)(ONES).shape == [5, 3]
    assert tf.function(body, input_signature=[AXIS])(ONES).shape == [6, 3]


def test_a_comparison_with_an_open_axis_silently_fails():
    body = lambda x: x if x.shape[1] == 5 else -x  # noqa: E731
    assert tf.reduce_sum(tf.function(body)(ONES)) == 10.0
    assert tf.reduce_sum(tf.function(body, input_signature=[AXIS])(ONES)) == -10.0


@pytest.mark.parametrize("body", NEEDS_THE_RANK.values(), ids=NEEDS_THE_RANK)
def test_a_shape_of_unknown_rank_has_no_axes(body):
    body(ONES)
    with pytest.raises((TypeError, ValueError)):
        tf.function(body, input_signature=[RANK])(ONES)


LAYER_ARGUMENTS = {
    "Activation": ["relu"], "Dropout": [0.5], "GaussianDropout": [0.5], "GaussianNoise": [0.1],
    "Dense": [2],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ANY_RANK))
def test_some_layers_take_any_rank(name):
    layer = name.rpartition(".")[2]
    made = getattr(tf.keras.layers, layer)(*LAYER_ARGUMENTS.get(layer, []))
    assert tf.function(made, input_signature=[RANK])(ONES).shape == [2, 5]


@pytest.mark.parametrize("name", sorted(SIZED_BY_LAST_AXIS))
def test_layers_with_weights_by_the_last_axis_do_not_take_an_open_one(name):
    layer = name.rpartition(".")[2]
    rank = 3 if layer in ("GRU", "LSTM", "SimpleRNN") else 2
    if "Conv" in layer:
        rank = 2 + int(layer.removesuffix("Transpose")[-2])
    kernel = [1] if layer.startswith("Depthwise") else [2, 1]
    arguments = kernel if "Conv" in layer else [2] if layer in ("GRU", "LSTM", "SimpleRNN", "Dense") else []

    def made():
        return getattr(tf.keras.layers, layer)(*arguments)

    data = tf.ones([2] * rank)
    assert tf.function(made())(data) is not None
    with pytest.raises((TypeError, ValueError)):
        tf.function(made(), input_signature=[tf.TensorSpec([2] * (rank - 1) + [None])])(data)


# -- Keras builds weights by the size of the input ---------------------------------------------------------------------


class Projection(tf.keras.layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1], 3))

    def call(self, inputs):
        return tf.matmul(inputs, self.w)


class HybridProjection(Projection):
    @tf.function(input_signature=[AXIS])
    def call(self, inputs):
        return tf.matmul(inputs, self.w)


class Around(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Projection()

    @tf.function(input_signature=[AXIS])
    def call(self, inputs):
        return self.inner(inputs)


def test_a_layer_is_built_before_its_own_call_is_traced():
    for size in (4, 5):
        assert HybridProjection()(tf.ones([2, size])).shape == [2, 3]


def test_a_layer_inside_the_trace_is_built_with_the_open_axis():
    with pytest.raises(ValueError):
        Around()(ONES)


@pytest.mark.parametrize("open_axis", [0, 1])
def test_dense_needs_the_last_axis_only(open_axis):
    spec = tf.TensorSpec([None if axis == open_axis else size for axis, size in enumerate((2, 5))], tf.float32)
    hybrid = tf.function(tf.keras.layers.Dense(1), input_signature=[spec])
    if open_axis:
        with pytest.raises(ValueError):
            hybrid(ONES)
    else:
        assert hybrid(ONES).shape == [2, 1]


# -- NumPy on static shapes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [slice(-1, None), slice(None, 1), slice(None), slice(-3, None), slice(0, 0)])
def test_numpy_on_parts_of_a_static_shape_is_the_same_in_a_graph(part):
    def flat(x):
        return tf.fill([int(np.prod(x.shape.as_list()[part]))], 1.0)

    cube = tf.ones([2, 3, 4])
    assert tf.executing_eagerly()
    assert tf.function(flat)(cube).shape == flat(cube).shape


def test_a_branch_by_rank_that_is_not_taken_computes_nothing():
    @tf.function
    def as_matrix(x):
        if len(x.shape) == 2:
            return x
        return tf.reshape(x, [-1, 1])

    graph = as_matrix.get_concrete_function(ONES).graph
    assert {op.type for op in graph.get_operations()} <= {"Placeholder", "Identity"}
