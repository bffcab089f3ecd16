"""Lists of variables that are read before the model has made them."""

from __future__ import annotations

import pytest
import tensorflow as tf


class Tiny(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(2)

    def call(self, x):
        return self.dense(x)


def counting(model):
    def step(x):
        variables = model.trainable_variables
        return tf.reduce_sum(model(x)) * 0.0 + float(len(variables))

    return step


def test_a_list_read_too_early_differs_between_eager_and_graph():
    assert counting(Tiny())(tf.ones([2, 3])) == 0.0
    assert tf.function(counting(Tiny()))(tf.ones([2, 3])) == 2.0


@pytest.mark.parametrize("prepare", [lambda m, x: m(x), lambda m, x: m.predict(x, verbose=0)], ids=["call", "predict"])
def test_once_the_model_was_called_the_list_is_complete(prepare):
    model = Tiny()
    prepare(model, tf.ones([2, 3]))
    assert counting(model)(tf.ones([2, 3])) == 2.0


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_an_optimizer_that_gets_the_early_list_fails(wrap):
    model, optimizer = Tiny(), tf.keras.optimizers.SGD(0.1)

    @wrap
    def step(x):
        variables = model.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(x))
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    with pytest.raises(ValueError, match="unpack"):
        step(tf.ones([2, 3]))
