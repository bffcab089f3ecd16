"""An input pipeline over generated images, and statistics of what comes out.

Run it: python examples/image_pipeline/pipeline.py
"""

import numpy as np
import tensorflow as tf

from augment import augment

COUNT = 256
BATCH_SIZE = 32


def raw_images(count, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, size=(count, 20, 24, 3)).astype(np.uint8)
    return images, rng.integers(0, 5, size=count)


def decode(image, label):
    image = tf.image.convert_image_dtype(image, tf.float32)
    return tf.image.resize(image, [16, 16]), label


def build(images, labels, training):
    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).map(decode)
    if training:
        dataset = dataset.shuffle(len(labels)).map(augment)
    return dataset.batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)


@tf.function
def steps_per_epoch(count, batch_size):
    return -(-count // batch_size)


@tf.function
def channel_statistics(images):
    mean, variance = tf.nn.moments(images, axes=[0, 1, 2])
    return mean, tf.sqrt(variance)


def main():
    images, labels = raw_images(COUNT)
    dataset = build(images, labels, training=True)
    means = []
    for batch, _ in dataset:
        mean, deviation = channel_statistics(batch)
        means.append(mean.numpy())
    print(f"{len(means)} of {int(steps_per_epoch(COUNT, BATCH_SIZE))} batches")
    print("channel means", np.mean(means, axis=0).round(2), "last deviation", deviation.numpy().round(2))


if __name__ == "__main__":
    main()
