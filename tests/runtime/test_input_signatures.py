"""What an `input_signature` admits: the rules by which one is inferred, or none."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

TWO = tf.TensorSpec([2], tf.float32)
ONES = tf.ones([2])


def under(body, *specs):
    return tf.function(body, input_signature=specs)


def doubled(x):
    return x * 2.0


# -- what converts, and what does not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "passed",
    [tf.Variable([1.0, 2.0]), np.array([1.0, 2.0]), np.array([1, 2]), [1.0, 2.0]],
    ids=["variable", "float64 array", "int64 array", "list of numbers"],
)
def test_variables_arrays_and_numbers_are_converted_to_the_spec(passed):
    result = under(doubled, TWO)(passed)
    assert result.dtype == tf.float32
    assert result.numpy().tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    "passed",
    [tf.constant([1.0, 2.0], tf.float64), tf.ones([3]), tf.ones([2, 2]), tf.constant([1, 2])],
    ids=["float64", "another size", "another rank", "int32"],
)
def test_tensors_of_other_types_are_refused(passed):
    with pytest.raises(TypeError):
        under(doubled, TWO)(passed)


def test_a_variable_under_a_signature_is_a_plain_tensor_that_cannot_be_assigned_to():
    def step(v):
        return v.assign_add(ONES)

    assert tf.function(step)(tf.Variable([1.0, 2.0])).numpy().tolist() == [2.0, 3.0]
    with pytest.raises(AttributeError, match="assign_add"):
        under(step, TWO)(tf.Variable([1.0, 2.0]))


def test_dense_and_ragged_do_not_mix():
    ragged = tf.ragged.constant([[1], [2, 3]])
    dense = tf.constant([[1], [2]])
    twice = lambda x: x * 2  # noqa: E731
    assert under(twice, tf.RaggedTensorSpec([2, None], tf.int32))(ragged).to_list() == [[2], [4, 6]]
    with pytest.raises(TypeError):
        under(twice, tf.RaggedTensorSpec([2, None], tf.int32))(dense)
    with pytest.raises(TypeError):
        under(twice, tf.TensorSpec([2, None], tf.int32))(ragged)


def test_a_list_of_specs_takes_no_tuple_and_the_other_way_round():
    first = lambda xs: xs[0]  # noqa: E731
    assert under(first, [TWO, TWO])([ONES, ONES]).shape == [2]
    assert under(first, (TWO, TWO))((ONES, ONES)).shape == [2]
    with pytest.raises(TypeError):
        under(first, [TWO, TWO])((ONES, ONES))
    with pytest.raises(TypeError):
        under(first, (TWO, TWO))([ONES, ONES])


def test_a_tuple_of_specs_refuses_only_what_fails_anyway():
    def product(pair):
        return tf.matmul(pair[0], pair[1])

    matrix, vector = tf.ones([2, 2]), tf.ones([2])
    spec = tf.TensorSpec([2, 2], tf.float32)
    assert under(product, (spec, spec))((matrix, matrix)).shape == [2, 2]
    with pytest.raises(tf.errors.InvalidArgumentError):
        product(tf.stack([vector, vector]))


def test_one_signature_makes_one_trace_for_all_shapes():
    bare, one = tf.function(doubled), under(doubled, tf.TensorSpec([None], tf.float32))
    for size in range(1, 6):
        bare(tf.ones([size]))
        one(tf.ones([size]))
    assert bare.experimental_get_tracing_count() == 5
    assert one.experimental_get_tracing_count() == 1


# -- defaults ----------------------------------------------------------------------------------------------------------


def switched(x, training=True):
    return x if training else -x


def test_a_default_that_nobody_replaces_may_be_left_out():
    assert under(switched, TWO)(ONES).numpy().tolist() == [1.0, 1.0]


def test_a_default_that_is_left_out_cannot_be_replaced():
    for call in (lambda f: f(ONES, False), lambda f: f(ONES, training=False)):
        with pytest.raises(TypeError, match=r"training|Literal"):
            call(under(switched, TWO))


def test_a_covered_default_must_be_a_tensor_where_it_is_used():
    with pytest.raises(TypeError):
        under(lambda x, y=None: x if y is None else x + y, TWO, TWO)(ONES)
    assert under(lambda x, y=ONES: x + y, TWO, TWO)(ONES).numpy().tolist() == [2.0, 2.0]


def test_keyword_only_parameters_need_a_default():
    def required(x, *, y):
        return x + y

    def optional(x, *, y=1.0):
        return x + y

    with pytest.raises(TypeError, match="keyword-only"):
        under(required, TWO)(ONES, y=ONES)
    assert under(optional, TWO)(ONES).numpy().tolist() == [2.0, 2.0]


def test_the_receiver_is_left_out_only_if_it_is_called_self():
    class Named:
        @tf.function(input_signature=[TWO])
        def step(self, x):
            return x

    assert Named().step(ONES).shape == [2]
    with pytest.raises(TypeError, match="missing type constraint"):

        class Other:
            @tf.function(input_signature=[TWO])
            def step(this, x):  # noqa: N805
                return x

        Other().step(ONES)


class Inner(tf.keras.layers.Layer):
    @tf.function(input_signature=[tf.TensorSpec([2, 3], tf.float32)])
    def call(self, x, training=False):
        return x * 2.0 if training else x


class Outer(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def call(self, x, training=False):
        return self.inner(x)


def test_keras_passes_training_on_to_inner_layers():
    assert Outer()(tf.ones([2, 3])).shape == [2, 3]
    with pytest.raises(TypeError, match="training"):
        Outer()(tf.ones([2, 3]), training=True)


# -- symbolic tensors --------------------------------------------------------------------------------------------------


def test_symbolic_keras_tensors_reach_eager_functions_but_no_graph():
    def add(a, b):
        return a + b

    spec = tf.TensorSpec([None, 32], tf.float32)
    left, right = tf.keras.Input([32]), tf.keras.Input([32])
    assert add(left, right).shape == (None, 32)
    with pytest.raises(ValueError, match="KerasTensor"):
        tf.function(add)(left, right)
    with pytest.raises(TypeError, match="KerasTensor"):
        under(add, spec, spec)(left, right)


# -- NumPy arguments ---------------------------------------------------------------------------------------------------


WEIGHT = tf.Variable(1.5)
ARRAY = np.array([1.0, 2.0])


def test_an_array_takes_the_dtype_of_the_weight_that_it_meets_unless_it_is_traced():
    def scale(x):
        return WEIGHT * x

    eager = scale(ARRAY)
    assert eager.dtype == tf.float32
    with pytest.raises(TypeError, match="float64"):
        tf.function(scale)(ARRAY)
    assert under(scale, TWO)(ARRAY).numpy().tolist() == eager.numpy().tolist()


def test_an_array_that_meets_two_dtypes_fits_no_signature():
    precise = tf.Variable(2.0, dtype=tf.float64)

    def step(x):
        return tf.reduce_sum(WEIGHT * x) + tf.cast(tf.reduce_sum(precise * x), tf.float32)

    assert step(ARRAY).numpy() == 10.5
    for function in (tf.function(step), under(step, TWO), under(step, tf.TensorSpec([2], tf.float64))):
        with pytest.raises(TypeError):
            function(ARRAY)


def test_the_dtype_of_an_array_may_come_with_another_argument():
    def loss(target, prediction):
        return tf.abs(target - prediction)

    for dtype in (tf.float32, tf.float64):
        assert loss(ARRAY, tf.ones([2], dtype)).dtype == dtype
    with pytest.raises(TypeError):
        tf.function(loss)(ARRAY, ONES)
