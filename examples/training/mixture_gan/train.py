"""A Wasserstein GAN with gradient penalty, for eight Gaussians on a ring.

Run it: python examples/training/mixture_gan/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

NOISE = 8
MODES = 8
RADIUS = 2.0
SPREAD = 0.1


def centers():
    angles = 2 * np.pi * np.arange(MODES) / MODES
    return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def sample_ring(rng, count):
    picked = centers()[rng.integers(0, MODES, size=count)]
    return (picked + rng.normal(scale=SPREAD, size=(count, 2))).astype(np.float32)


def make_network(inputs, outputs):
    return tf.keras.Sequential([
        tf.keras.Input([inputs]),
        tf.keras.layers.Dense(48, activation="relu"),
        tf.keras.layers.Dense(48, activation="relu"),
        tf.keras.layers.Dense(outputs),
    ])


class WGAN:
    def __init__(self, penalty=1.0, critic_steps=2):
        self.generator = make_network(NOISE, 2)
        self.critic = make_network(2, 1)
        self.generator_optimizer = tf.keras.optimizers.Adam(2e-3, beta_1=0.5)
        self.critic_optimizer = tf.keras.optimizers.Adam(2e-3, beta_1=0.5)
        self.penalty = penalty
        self.critic_steps = critic_steps

    def gradient_penalty(self, real, fake):
        mix = tf.random.uniform([tf.shape(real)[0], 1])
        between = mix * real + (1.0 - mix) * fake
        with tf.GradientTape() as tape:
            tape.watch(between)
            scores = self.critic(between)
        slopes = tape.gradient(scores, between)
        norms = tf.sqrt(tf.reduce_sum(tf.square(slopes), axis=1) + 1e-12)
        return tf.reduce_mean(tf.square(norms - 1.0))

    def train_critic(self, real):
        noise = tf.random.normal([tf.shape(real)[0], NOISE])
        with tf.GradientTape() as tape:
            fake = self.generator(noise)
            loss = tf.reduce_mean(self.critic(fake)) - tf.reduce_mean(self.critic(real))
            loss += self.penalty * self.gradient_penalty(real, fake)
        gradients = tape.gradient(loss, self.critic.trainable_variables)
        self.critic_optimizer.apply_gradients(zip(gradients, self.critic.trainable_variables))
        return loss

    def train_generator(self, count):
        noise = tf.random.normal([count, NOISE])
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(self.critic(self.generator(noise)))
        gradients = tape.gradient(loss, self.generator.trainable_variables)
        self.generator_optimizer.apply_gradients(zip(gradients, self.generator.trainable_variables))
        return loss

    def train_step(self, real):
        for _ in range(self.critic_steps):
            critic_loss = self.train_critic(real)
        generator_loss = self.train_generator(tf.shape(real)[0])
        return critic_loss, generator_loss


def near_a_mode(points):
    """Which part of the points is where a Gaussian is."""
    distances = np.linalg.norm(points[:, None, :] - centers()[None], axis=2)
    return float(np.mean(distances.min(axis=1) < 5 * SPREAD))


def train(epochs=4, steps=80, seed=0, batch_size=64):
    tf.keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    gan = WGAN()
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        total = 0.0
        for _ in range(steps):
            real = tf.convert_to_tensor(sample_ring(rng, batch_size))
            critic_loss, _ = gan.train_step(real)
            total += float(critic_loss)
        losses.append(total / steps)
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    fakes = gan.generator(tf.random.normal([512, NOISE])).numpy()
    return losses, near_a_mode(fakes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=80, help="steps per epoch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    losses, accuracy = train(args.epochs, args.steps, args.seed)
    print(f"loss={losses[-1]:.6f} accuracy={accuracy:.4f}")


if __name__ == "__main__":
    main()
