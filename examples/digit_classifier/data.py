"""Synthetic digits: each class is a blurred blob at its own place in the image."""

import numpy as np
import tensorflow as tf

CLASSES = 10
SIZE = 16


def make_images(count, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, size=count)
    angles = 2 * np.pi * labels / CLASSES
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    center_row = (SIZE / 2 + 5 * np.sin(angles))[:, None, None]
    center_column = (SIZE / 2 + 5 * np.cos(angles))[:, None, None]
    distance = (rows - center_row) ** 2 + (columns - center_column) ** 2
    images = np.exp(-distance / 6.0) + rng.normal(scale=0.1, size=(count, SIZE, SIZE))
    return images[..., None].astype(np.float32), labels.astype(np.int64)


def load(batch_size=32):
    train = tf.data.Dataset.from_tensor_slices(make_images(640, seed=0))
    test = tf.data.Dataset.from_tensor_slices(make_images(160, seed=1))
    return train.shuffle(640, seed=2).batch(batch_size), test.batch(batch_size)
