"""What makes traces: literal and tensor arguments, recursion, decorators without use."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

ONE = tf.constant(1.0)


def traces(function):
    return function.experimental_get_tracing_count()


def scaled(x, k):
    return x * tf.cast(k, tf.float32)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4], 4),
        ([0.1, 0.2, 0.3], 3),
        ([(1, 2), (1, 3)], 2),
        ([np.float32(1), np.float32(2), np.float32(3)], 1),
        ([tf.constant(1), tf.constant(2), tf.constant(3)], 1),
        (list(tf.range(4)), 1),
    ],
    ids=["ints", "floats", "tuples", "numpy scalars", "tensors", "tf.range"],
)
def test_each_new_literal_is_a_new_trace_and_tensors_are_not(values, expected):
    hybrid = tf.function(lambda x, k: x * tf.reduce_sum(tf.cast(k, tf.float32)))
    for value in values:
        hybrid(ONE, value)
    assert traces(hybrid) == expected


def test_strings_retrace_too():
    hybrid = tf.function(lambda x, mode: x * float(len(mode)))
    for mode in ("train", "test", "predict", "test"):
        hybrid(ONE, mode)
    assert traces(hybrid) == 3


def test_none_and_booleans_make_at_most_two_traces():
    @tf.function
    def step(x, training, mask=None):
        return x * 2.0 if training and mask is None else x

    for i in range(10):
        step(ONE, training=i % 2 == 0)
    assert traces(step) == 2


def test_a_default_that_nobody_supplies_makes_one_trace():
    hybrid = tf.function(lambda x, rate=0.1: x * rate)
    for i in range(5):
        hybrid(tf.constant(float(i)))
    assert traces(hybrid) == 1


def test_a_literal_passed_on_retraces_the_outer_function_only():
    @tf.function
    def inner(x, k):
        return x * tf.cast(k, tf.float32)

    @tf.function
    def outer(x, k):
        return inner(x, tf.constant(k))

    for k in range(3):
        outer(ONE, k)
    assert (traces(outer), traces(inner)) == (3, 1)


def test_shapes_retrace_until_a_signature_opens_them():
    closed = tf.function(tf.reduce_sum)
    opened = tf.function(tf.reduce_sum, input_signature=[tf.TensorSpec([None], tf.float32)])
    for size in (1, 2, 3):
        closed(tf.zeros([size]))
        opened(tf.zeros([size]))
    assert traces(opened) == 1
    assert traces(closed) > 1


def test_a_signature_rejects_what_does_not_fit():
    hybrid = tf.function(tf.reduce_sum, input_signature=[tf.TensorSpec([2], tf.float32)])
    hybrid(tf.zeros([2]))
    for argument in (tf.zeros([3]), tf.zeros([2], tf.int32)):
        with pytest.raises((TypeError, ValueError)):
            hybrid(argument)


# --------------------------------------------------------------------------- recursion


def test_recursion_on_a_tensor_never_ends():
    def countdown(n):
        if n <= 0:
            return n
        return countdown(n - 1)

    assert int(countdown(tf.constant(3))) == 0
    with pytest.raises(Exception, match="recursion"):
        tf.function(countdown)(tf.constant(3))


def test_recursion_on_a_number_traces_each_depth():
    @tf.function
    def power(x, n):
        return x if n < 2 else x * power(x, n - 1)

    assert float(power(tf.constant(2.0), 5)) == 32.0
    assert traces(power) == 5


def test_recursion_through_a_helper_never_ends_either():
    def helper(n):
        return countdown(n - 1)

    @tf.function
    def countdown(n):
        return tf.cond(n <= 0, lambda: n, lambda: helper(n))

    with pytest.raises(Exception, match="recursion"):
        countdown(tf.constant(3))


# --------------------------------------------------------------------------- decorators without use


def test_a_graph_without_tensor_parameter_is_baked_with_what_it_reads():
    scale = [2.0]

    @tf.function
    def make():
        return tf.constant(1.0) * scale[0]

    assert float(make()) == 2.0
    scale[0] = 5.0
    assert float(make()) == 2.0, "the graph keeps the first value"
    assert traces(make) == 1


def test_a_graph_without_computation_holds_no_operation():
    hybrid = tf.function(lambda x, y: x)
    graph = hybrid.get_concrete_function(ONE, ONE).graph
    assert {operation.type for operation in graph.get_operations()} <= {"Placeholder", "Identity", "NoOp"}


def test_a_helper_of_a_graph_is_traced_with_it():
    runs = []

    def helper(x):
        runs.append(1)
        return x * 2.0

    @tf.function
    def step(x):
        return helper(x)

    for _ in range(3):
        step(ONE)
    assert len(runs) == 1


# --------------------------------------------------------------------------- what tracing refuses


def numpy_value(x):
    return tf.constant(x.numpy())


def unpacked(x):
    a, b = x
    return a + b


def comprehended(x):
    return tf.add_n([v * 2.0 for v in x])


def numpy_mean(x):
    return tf.constant(np.mean(x))


def dtype_as_name(x):
    return tf.sqrt(x, tf.float32)


REFUSED = [
    (numpy_value, "has no attribute 'numpy'"),
    (comprehended, "[Ii]terating"),
    (numpy_mean, "NotImplementedError|Cannot convert|numpy"),
    (dtype_as_name, "string|str"),
]


@pytest.mark.parametrize(("function", "message"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_works_eagerly_and_raises_under_tracing(function, message):
    x = tf.constant([1.0, 2.0])
    function(x)
    with pytest.raises(Exception, match=message):
        tf.function(function, input_signature=[tf.TensorSpec([None], tf.float32)])(x)


def test_unpacking_needs_a_known_length():
    x = tf.constant([1.0, 2.0])
    assert float(unpacked(x)) == 3.0
    with pytest.raises(Exception, match="Iterating over a symbolic"):
        tf.function(unpacked, input_signature=[tf.TensorSpec(None, tf.float32)])(x)


def test_a_plain_loop_over_a_tensor_is_converted():
    def total(x):
        result = tf.constant(0.0)
        for v in x:
            result += v
        return result

    hybrid = tf.function(total, input_signature=[tf.TensorSpec([None], tf.float32)])
    for size in (0, 1, 4):
        x = tf.ones([size])
        assert float(hybrid(x)) == float(total(x)) == size
    assert traces(hybrid) == 1


def test_symbolic_keras_tensors_are_refused():
    def scale(x):
        return x * 2.0

    inputs = tf.keras.Input([2])
    assert tf.keras.Model(inputs, scale(inputs))(tf.ones([1, 2])).shape == [1, 2]
    with pytest.raises(Exception, match="KerasTensor is symbolic"):
        tf.function(scale)(inputs)


def test_variables_of_an_unbuilt_model_are_not_there_yet():
    def step(model, x):
        variables = model.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(x))
        return tape.gradient(loss, variables)

    def fresh():
        return tf.keras.Sequential([tf.keras.layers.Dense(2)])

    assert step(fresh(), tf.zeros([1, 3])) == [], "the first call sees no variables"
    model = fresh()
    model(tf.zeros([1, 3]))
    assert len(step(model, tf.zeros([1, 3]))) == 2


def test_a_numpy_argument_is_converted_once_in_a_graph():
    single, double = tf.Variable([1.0, 2.0]), tf.Variable([1.0, 2.0], dtype=tf.float64)

    def mixed(a):
        return single * a, double * a

    a = np.array([1.0, 2.0])
    assert [y.dtype for y in mixed(a)] == [tf.float32, tf.float64]
    with pytest.raises(Exception, match="does not match type float32"):
        tf.function(mixed)(a)


def test_an_open_axis_cannot_be_read_statically():
    def total(x):
        result = tf.constant(0.0)
        for i in range(x.shape[0]):
            result += x[i]
        return result

    assert float(tf.function(total)(tf.ones([3]))) == 3.0
    with pytest.raises(Exception, match="cannot be interpreted as an integer"):
        tf.function(total, input_signature=[tf.TensorSpec([None], tf.float32)])(tf.ones([3]))


class Scaled:
    def __init__(self):
        self.scale = 2.0

    def __call__(self, x):
        return x * self.scale

    @tf.function
    def hybrid(self, x):
        return x * self.scale


def test_a_hybrid_method_does_not_keep_its_object_alive():
    """`tf.function` holds the receiver by a weak reference: an object that nobody else holds is gone before tracing."""
    assert float(Scaled()(ONE)) == 2.0
    kept = Scaled()
    assert float(kept.hybrid(ONE)) == 2.0
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'scale'"):
        Scaled().hybrid(ONE)


def test_what_is_no_tensor_cannot_be_returned():
    """Functions and objects are refused, Python numbers come back as tensors."""
    with pytest.raises(TypeError, match="not a Tensor or ExtensionType"):
        tf.function(lambda x: (x, lambda y: y))(ONE)
    assert isinstance(tf.function(lambda x: 3)(ONE), tf.Tensor)
    with pytest.raises(TypeError, match="not a Tensor or ExtensionType"):
        tf.function(lambda x: Scaled())(ONE)


@pytest.mark.parametrize("operation", [tf.no_op, lambda: tf.group(ONE), lambda: tf.debugging.assert_positive(ONE)])
def test_an_operation_is_none_eagerly_and_cannot_be_returned_from_a_graph(operation):
    assert operation() is None
    with pytest.raises(TypeError, match="return value of type Operation"):
        tf.function(operation)()


def test_what_does_not_fit_raises_another_error_while_tracing():
    left, right = tf.ones([2, 3]), tf.ones([2, 3])
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.matmul(left, right)
    with pytest.raises(ValueError, match="Dimensions must be equal"):
        tf.function(tf.matmul)(left, right)
