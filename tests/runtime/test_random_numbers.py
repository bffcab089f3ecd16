"""From the same seed, TensorFlow's own generators give other numbers in a graph than eagerly; Keras 3's do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from hybridize.models.library import library

pytestmark = pytest.mark.runtime

IMAGE = tf.reshape(tf.range(48, dtype=tf.float32), [4, 4, 3]) / 48.0
BATCH = tf.reshape(tf.range(4 * 8 * 8 * 3, dtype=tf.float32), [4, 8, 8, 3])
CALLS = 6
"""Calls of each function: a draw of one of two ways may come out the same by chance."""

DRAWING: dict[str, Callable[[], Any]] = {
    "tensorflow.random.uniform": lambda: tf.random.uniform([2]),
    "tensorflow.random.normal": lambda: tf.random.normal([2]),
    "tensorflow.random.truncated_normal": lambda: tf.random.truncated_normal([2]),
    "tensorflow.random.gamma": lambda: tf.random.gamma([2], 1.0),
    "tensorflow.random.poisson": lambda: tf.random.poisson([9], 10.0),
    "tensorflow.random.categorical": lambda: tf.random.categorical([[0.0] * 8], 9),
    "tensorflow.random.shuffle": lambda: tf.random.shuffle(tf.range(9)),
    "tensorflow.nn.dropout": lambda: tf.nn.dropout(tf.ones([9]), 0.5),
    "tensorflow.image.random_flip_left_right": lambda: tf.image.random_flip_left_right(IMAGE),
    "tensorflow.image.random_flip_up_down": lambda: tf.image.random_flip_up_down(IMAGE),
    "tensorflow.image.random_brightness": lambda: tf.image.random_brightness(IMAGE, 0.5),
    "tensorflow.image.random_contrast": lambda: tf.image.random_contrast(IMAGE, 0.2, 0.9),
    "tensorflow.image.random_hue": lambda: tf.image.random_hue(IMAGE, 0.4),
    "tensorflow.image.random_saturation": lambda: tf.image.random_saturation(IMAGE, 0.2, 0.9),
    "tensorflow.image.random_crop": lambda: tf.image.random_crop(IMAGE, [2, 2, 3]),
    "tensorflow.compat.v1.random_uniform": lambda: tf.compat.v1.random_uniform([2]),
}


def layer(made: Callable[[], Any]) -> Callable[[], Callable[[], Any]]:
    def make() -> Callable[[], Any]:
        one = made()
        return lambda: one(BATCH, training=True)

    return make


def generator() -> Callable[[], Any]:
    one = tf.random.Generator.from_seed(1)
    return lambda: one.normal([2])


def initializer() -> Callable[[], Any]:
    one = keras.initializers.GlorotUniform()
    return lambda: one([2, 2])


SAME: dict[str, Callable[[], Callable[[], Any]]] = {
    "tensorflow.random.stateless_uniform": lambda: lambda: tf.random.stateless_uniform([2], [1, 2]),
    "tensorflow.random.Generator.normal": generator,
    "keras.random.uniform": lambda: lambda: keras.random.uniform([2]),
    "keras.random.dropout": lambda: lambda: keras.random.dropout(tf.ones([9]), 0.5),
    "keras.initializers.Initializer.__call__": initializer,
    "keras.layers.Dropout.__call__": layer(lambda: keras.layers.Dropout(0.5)),
    "keras.layers.GaussianNoise.__call__": layer(lambda: keras.layers.GaussianNoise(0.5)),
    "keras.layers.RandomFlip.__call__": layer(keras.layers.RandomFlip),
}


def drawn(make: Callable[[], Callable[[], Any]], graph: bool) -> list[Any]:
    """What some calls draw after the seed is set."""
    keras.utils.set_random_seed(7)
    function = tf.function(make()) if graph else make()
    return [np.asarray(function()).tolist() for _ in range(CALLS)]


def draws(name: str) -> bool:
    row = library().row(name)
    assert row is not None
    return "random" in row.does


@pytest.mark.parametrize("name", DRAWING)
def test_marked_functions_draw_other_numbers_in_a_graph(name: str) -> None:
    assert draws(name)
    assert drawn(lambda: DRAWING[name], graph=False) == drawn(lambda: DRAWING[name], graph=False)
    assert drawn(lambda: DRAWING[name], graph=False) != drawn(lambda: DRAWING[name], graph=True)


@pytest.mark.parametrize("name", SAME)
def test_others_draw_the_same(name: str) -> None:
    assert not draws(name)
    assert drawn(SAME[name], graph=False) == drawn(SAME[name], graph=True)


def test_a_seed_of_the_operation_does_not_help_where_it_stands_twice() -> None:
    def twice() -> tf.Tensor:
        return tf.stack([tf.random.uniform([2], seed=3), tf.random.uniform([2], seed=3)])

    assert drawn(lambda: twice, graph=False) != drawn(lambda: twice, graph=True)
