"""A symbolic tensor has no value: no `numpy`, no truth, no items. What AutoGraph converts, and what it leaves alone."""

from __future__ import annotations

import pytest
import tensorflow as tf
from runtime.proofs import agrees, raises_only_in_a_graph

ONE = tf.constant(1.0)
TWO = tf.constant(2)
PAIR = tf.constant([1.0, 2.0])
NOT_ALLOWED = tf.errors.OperatorNotAllowedInGraphError

variable = tf.Variable(2.0)


# -- HYB110 ------------------------------------------------------------------------------------------------------------


def numpy_of_an_argument(x):
    return x.numpy()


def numpy_of_a_result(x):
    return (x * 2.0).numpy()


def test_numpy_of_a_symbolic_tensor_raises() -> None:
    for function in (numpy_of_an_argument, numpy_of_a_result):
        raises_only_in_a_graph(function, AttributeError, ONE, match="'SymbolicTensor' object has no attribute 'numpy'")


def test_numpy_of_a_variable_raises() -> None:
    raises_only_in_a_graph(lambda: variable.numpy(), NotImplementedError)


def test_numpy_under_keras_raises() -> None:
    class Model(tf.keras.Model):
        def call(self, x):
            return x

        def train_step(self, data):
            return {"mean": data[0].numpy().mean()}

    model = Model()
    model.compile()
    with pytest.raises(AttributeError, match="numpy"):
        model.fit(tf.ones([4, 2]), tf.ones([4, 1]), verbose=0)
    model.compile(run_eagerly=True)
    model.fit(tf.ones([4, 2]), tf.ones([4, 1]), verbose=0)


def test_numpy_in_a_dataset_raises() -> None:
    with pytest.raises(AttributeError, match="numpy"):
        tf.data.Dataset.range(3).map(lambda v: v.numpy())


def test_a_tensor_from_outside_has_a_value() -> None:
    def total(values):
        return values.numpy().sum()

    agrees(lambda x: x * total(PAIR) * float(PAIR.numpy().sum()), ONE)


def test_the_mode_can_be_asked_for_while_tracing() -> None:
    def step(x):
        return x.numpy() if tf.executing_eagerly() else x

    agrees(step, ONE)


def test_tensors_in_init_scope_are_eager() -> None:
    def step(x):
        with tf.init_scope():
            scale = PAIR.numpy().sum()
        return x * scale

    agrees(step, ONE)


# -- HYB111 ------------------------------------------------------------------------------------------------------------


def asserted(x):
    assert x > 0.0
    return x


def as_bool(x):
    return bool(x > 0.0)


def any_of(x):
    return any(x > i for i in range(3))


def member(x):
    return x in [1.0, 2.0]


def filtered(x):
    return [i for i in range(3) if x > i]


def larger(x):
    return max(x, tf.constant(0.0))


@pytest.mark.parametrize("function", [asserted, as_bool, any_of, member, filtered, larger], ids=lambda f: f.__name__)
def test_truth_outside_of_what_autograph_converts_raises(function) -> None:
    raises_only_in_a_graph(function, NOT_ALLOWED, ONE)


def branch(x):
    if x > 0:
        return x
    return -x


def conditional(x):
    return x if x > 0 else -x


def both(x):
    return x > 0 and x < 5


def negated(x):
    return not x > 0


def loop(x):
    while x > 0:
        x -= 1
    return x


CONTROL = [branch, conditional, both, negated, loop]


@pytest.mark.parametrize("function", CONTROL, ids=lambda f: f.__name__)
def test_autograph_converts_control_flow(function) -> None:
    agrees(function, ONE)
    raises_only_in_a_graph(function, NOT_ALLOWED, ONE, autograph=False)


def test_a_tensor_from_outside_is_symbolic_once_an_operation_used_it() -> None:
    def step(x):
        return x if variable > 1.0 else -x

    raises_only_in_a_graph(step, NOT_ALLOWED, ONE, autograph=False)


def test_a_conditional_expression_inside_a_comprehension_is_converted() -> None:
    agrees(lambda x: [x if x > i else -x for i in range(2)], ONE)


def with_walrus(x):
    if (y := x + 1) > 0:
        return y
    return x


def with_match(x, mode="double"):
    match mode:
        case "double":
            k = 1.0
        case _:
            k = 2.0
    return x * k if x > 0 else x


def with_loop_else(n):
    while n > 0:
        n -= 1
    else:
        n += 100
    return n


def with_generator(x):
    def numbers():
        yield x

    return next(numbers()) if x > 0 else x


class Mangled:
    def __init__(self):
        self.__k = 2.0

    def scale(self, x):
        return x * self.__k if x > 0 else x


SYNTAX = [with_walrus, with_match, with_loop_else, with_generator, Mangled().scale]


@pytest.mark.parametrize("function", SYNTAX, ids=lambda f: f.__name__)
def test_some_syntax_keeps_autograph_off(function) -> None:
    raises_only_in_a_graph(function, NOT_ALLOWED, ONE)


def with_nested_walrus(x):
    def inner(v):
        return (w := v) + w

    return inner(x) if x > 0 else x


def test_syntax_in_a_nested_function_counts() -> None:
    raises_only_in_a_graph(with_nested_walrus, NOT_ALLOWED, ONE)


def test_what_unconverted_code_calls_is_not_converted() -> None:
    def outer(x):
        return branch((y := x))

    raises_only_in_a_graph(outer, NOT_ALLOWED, ONE)
    raises_only_in_a_graph(tf.autograph.experimental.do_not_convert(conditional), NOT_ALLOWED, ONE)
    agrees(lambda x: tf.function(branch)(x), ONE, autograph=False)


class Gate(tf.keras.layers.Layer):
    def call(self, x):
        if tf.reduce_sum(x) > 0.0:
            return x
        return -x


def test_keras_calls_code_as_it_is() -> None:
    gate = Gate()
    raises_only_in_a_graph(lambda x: gate(x), NOT_ALLOWED, PAIR)
    agrees(lambda x: gate.call(x), PAIR)


# -- HYB112 ------------------------------------------------------------------------------------------------------------


def unpacked(x):
    a, b = x
    return a + b


def comprehended(x):
    return [v * 2.0 for v in x]


def listed(x):
    return list(x)


def starred(x):
    return tf.stack([*x])


def zipped(x):
    total = 0.0
    for a, b in zip(x, x, strict=True):
        total += a * b
    return total


def enumerated(x):
    total = 0.0
    for _, v in enumerate(x):
        total += v
    return total


def summed(x):
    return sum(x)


ITEMS = [unpacked, comprehended, listed, starred, zipped, enumerated, summed]


@pytest.mark.parametrize("function", ITEMS, ids=lambda f: f.__name__)
def test_items_of_a_symbolic_tensor_raise(function) -> None:
    raises_only_in_a_graph(function, NOT_ALLOWED, PAIR)


def test_membership_in_a_symbolic_tensor_raises() -> None:
    raises_only_in_a_graph(lambda x: 2.0 in x, TypeError, PAIR)


def looped(x):
    total = 0.0
    for v in x:
        total += v
    return total


def test_a_plain_loop_is_converted() -> None:
    agrees(looped, PAIR)
    raises_only_in_a_graph(looped, NOT_ALLOWED, PAIR, autograph=False)


def test_what_has_a_known_number_of_items_can_be_unpacked() -> None:
    def step(x):
        a, b = tf.unstack(x)
        (size,) = x.shape
        return a + b * size

    agrees(step, PAIR)
