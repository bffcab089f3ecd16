"""Points around a plane, as a dataset of batches."""

import numpy as np
import tensorflow as tf

TRUE_WEIGHTS = np.array([[2.0], [-3.4], [0.5]], dtype=np.float32)
TRUE_BIAS = 4.2


def make_points(count, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 3)).astype(np.float32)
    noise = rng.normal(scale=0.01, size=(count, 1)).astype(np.float32)
    return features, features @ TRUE_WEIGHTS + TRUE_BIAS + noise


def load(count=512, batch_size=64):
    features, targets = make_points(count)
    split = count * 3 // 4
    train = tf.data.Dataset.from_tensor_slices((features[:split], targets[:split]))
    test = tf.data.Dataset.from_tensor_slices((features[split:], targets[split:]))
    return train.shuffle(split, seed=1).batch(batch_size), test.batch(batch_size)
