"""Generator and discriminator for points in the plane."""

import tensorflow as tf

NOISE = 8


def make_generator():
    return tf.keras.Sequential([
        tf.keras.Input([NOISE]),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(2),
    ])


def make_discriminator():
    return tf.keras.Sequential([
        tf.keras.Input([2]),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(1),
    ])
