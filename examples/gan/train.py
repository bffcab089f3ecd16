"""A generative adversarial network that learns points on a circle.

Run it: python examples/gan/train.py
"""

import numpy as np
import tensorflow as tf

from losses import discriminator_loss, generator_loss
from networks import NOISE, make_discriminator, make_generator

EPOCHS = 5
BATCH_SIZE = 64

generator = make_generator()
discriminator = make_discriminator()
generator_optimizer = tf.keras.optimizers.Adam(1e-3)
discriminator_optimizer = tf.keras.optimizers.Adam(1e-3)

steps = 0


def circle(count, seed=0):
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, size=count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@tf.function
def blur(points, epoch):
    """Noise on the discriminator's input, less of it with every epoch."""
    return points + tf.random.normal(tf.shape(points), stddev=0.2 / (1 + epoch))


@tf.function
def train_step(points):
    global steps
    steps += 1
    noise = tf.random.normal([tf.shape(points)[0], NOISE])
    with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
        fakes = generator(noise, training=True)
        real_scores = discriminator(points, training=True)
        fake_scores = discriminator(fakes, training=True)
        g_loss = generator_loss(fake_scores)
        d_loss = discriminator_loss(real_scores, fake_scores)
    generator_gradients = generator_tape.gradient(g_loss, generator.trainable_variables)
    discriminator_gradients = discriminator_tape.gradient(d_loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(generator_gradients, generator.trainable_variables))
    discriminator_optimizer.apply_gradients(zip(discriminator_gradients, discriminator.trainable_variables))
    return g_loss, d_loss


def train(dataset):
    for epoch in range(EPOCHS):
        for points in dataset:
            g_loss, d_loss = train_step(blur(points, epoch))
        print(f"epoch {epoch}: generator {float(g_loss):.3f}, discriminator {float(d_loss):.3f}")


def main():
    tf.keras.utils.set_random_seed(0)
    dataset = tf.data.Dataset.from_tensor_slices(circle(512)).shuffle(512).batch(BATCH_SIZE)
    train(dataset)
    print(f"{steps} steps taken")


if __name__ == "__main__":
    main()
