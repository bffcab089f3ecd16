"""What TensorFlow 2 says of its own mode: eagerly, while tracing, and in an ``init_scope``."""

from __future__ import annotations

import tensorflow as tf


def modes():
    with tf.init_scope():
        inside = tf.executing_eagerly()
    return inside, tf.executing_eagerly()


def test_an_init_scope_is_eager_also_while_tracing():
    seen = []

    @tf.function
    def inner(x):
        seen.append(modes())
        return x

    @tf.function
    def outer(x):
        seen.append(modes())
        return inner(x)

    assert modes() == (True, True)
    outer(tf.constant(1.0))
    assert seen == [(True, False), (True, False)]


def test_an_init_scope_is_eager_in_what_tf_data_and_control_flow_trace():
    seen = []

    def element(x):
        seen.append(modes())
        return x

    for _ in tf.data.Dataset.range(1).map(element):
        pass
    tf.function(lambda x: tf.cond(x > 0, lambda: element(x), lambda: element(x)))(tf.constant(1.0))
    assert set(seen) == {(True, False)}


def test_a_function_defined_in_an_init_scope_is_not_called_in_it():
    @tf.function
    def step(x):
        with tf.init_scope():

            def later():
                return tf.executing_eagerly()

        assert not later()
        return x

    step(tf.constant(1.0))


def test_tensorflow_2_is_eager_outside_of_functions_and_has_resource_variables():
    @tf.function
    def step(x):
        assert tf.compat.v1.executing_eagerly_outside_functions()
        assert tf.compat.v1.resource_variables_enabled()
        return x

    step(tf.constant(1.0))
    assert tf.compat.v1.executing_eagerly_outside_functions()
    assert tf.compat.v1.resource_variables_enabled()
