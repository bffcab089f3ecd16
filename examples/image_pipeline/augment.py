"""Augmentation in TensorFlow operations, which draw anew for every image."""

import tensorflow as tf


def flip(image):
    return tf.image.random_flip_left_right(image)


def jitter(image):
    image = tf.image.random_brightness(image, 0.2)
    return tf.clip_by_value(image, 0.0, 1.0)


def augment(image, label):
    return jitter(flip(image)), label
