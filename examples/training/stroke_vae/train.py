"""A variational autoencoder for pictures of single strokes.

Run it: python examples/training/stroke_vae/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

from model import VAE

SIZE = 10


def make_strokes(count, seed):
    rng = np.random.default_rng(seed)
    angles = rng.uniform(0, np.pi, size=(count, 1, 1))
    offsets = rng.uniform(-2, 2, size=(count, 1, 1))
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] - (SIZE - 1) / 2
    distances = np.abs(rows * np.cos(angles) + columns * np.sin(angles) - offsets)
    return (distances < 1.0).astype(np.float32).reshape(count, SIZE * SIZE)


def kl_divergence(mean, log_variance):
    return -0.5 * tf.reduce_sum(1.0 + log_variance - tf.square(mean) - tf.exp(log_variance), axis=1)


def compute_loss(model, x, beta=0.5):
    logits, mean, log_variance = model(x)
    cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
    reconstruction = tf.reduce_sum(cross_entropy, axis=1)
    return tf.reduce_mean(reconstruction + beta * kl_divergence(mean, log_variance))


def train_step(model, x, optimizer):
    """One step; the loss is returned to be averaged over the epoch."""
    with tf.GradientTape() as tape:
        loss = compute_loss(model, x)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


def pixel_accuracy(model, x):
    mean, _ = model.encoder(x)
    predicted = tf.cast(model.decoder(mean) > 0.0, tf.float32)
    return tf.reduce_mean(tf.cast(tf.equal(predicted, x), tf.float32))


def train(epochs=4, steps=80, seed=0, batch_size=32):
    tf.keras.utils.set_random_seed(seed)
    model = VAE(SIZE * SIZE)
    optimizer = tf.keras.optimizers.Adam(3e-3)
    dataset = tf.data.Dataset.from_tensor_slices(make_strokes(steps * batch_size, seed)).batch(batch_size)
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        loss = tf.keras.metrics.Mean()
        for x in dataset:
            loss(train_step(model, x, optimizer))
        losses.append(float(loss.result()))
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    return losses, float(pixel_accuracy(model, tf.constant(make_strokes(256, seed + 1))))


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
