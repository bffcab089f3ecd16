"""The two sides of the game."""

import tensorflow as tf

cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_loss(real_scores, fake_scores):
    real = cross_entropy(tf.ones_like(real_scores), real_scores)
    fake = cross_entropy(tf.zeros_like(fake_scores), fake_scores)
    return real + fake


def generator_loss(fake_scores):
    return cross_entropy(tf.ones_like(fake_scores), fake_scores)
