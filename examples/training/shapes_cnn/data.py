"""Small pictures of squares, disks, crosses and rings."""

import numpy as np
import tensorflow as tf

CLASSES = ["square", "disk", "cross", "ring"]
SIZE = 12


def draw(kind, row, column, radius):
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    down, right = np.abs(rows - row), np.abs(columns - column)
    distance = np.hypot(down, right)
    if kind == 0:
        return np.maximum(down, right) <= radius
    if kind == 1:
        return distance <= radius
    if kind == 2:
        return (np.minimum(down, right) <= 0.6) & (np.maximum(down, right) <= radius)
    return np.abs(distance - radius) <= 0.7


def make_pictures(count, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(CLASSES), size=count)
    images = np.stack([draw(kind, *rng.uniform(4, 7, size=2), rng.uniform(2.5, 4)) for kind in labels])
    images = images + rng.normal(scale=0.25, size=images.shape)
    return images[..., np.newaxis].astype(np.float32), labels.astype(np.int64)


def load(count, batch_size, seed):
    dataset = tf.data.Dataset.from_tensor_slices(make_pictures(count, seed))
    return dataset.shuffle(count, seed=seed).batch(batch_size, drop_remainder=True)
