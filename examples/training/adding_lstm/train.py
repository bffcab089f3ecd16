"""The adding problem: the sum of the two marked numbers of a sequence.

Run it: python examples/training/adding_lstm/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

from model import SequenceRegressor


def make_batch(rng, batch_size, length):
    values = rng.uniform(size=(batch_size, length)).astype(np.float32)
    marks = np.zeros((batch_size, length), dtype=np.float32)
    first = rng.integers(0, length // 2, size=batch_size)
    second = rng.integers(length // 2, length, size=batch_size)
    rows = np.arange(batch_size)
    marks[rows, first] = 1.0
    marks[rows, second] = 1.0
    targets = values[rows, first] + values[rows, second]
    return np.stack([values, marks], axis=2), targets


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60, help="steps per epoch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    losses, accuracy = train(args.epochs, args.steps, args.seed)
    print(f"loss={losses[-1]:.6f} accuracy={accuracy:.4f}")


class Experiment:
    def __init__(self, units=24, learning_rate=5e-3):
        self.model = SequenceRegressor(2, units)
        self.optimizer = tf.keras.optimizers.Adam(learning_rate)

    def train_step(self, sequences, targets):
        with tf.GradientTape() as tape:
            predictions = self.model(sequences)
            loss = tf.reduce_mean(tf.square(predictions - targets))
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables)
        gradients = [tf.clip_by_norm(gradient, 1.0) for gradient in gradients]
        self.optimizer.apply_gradients(zip(gradients, variables))
        return loss

    def accuracy(self, sequences, targets, tolerance=0.2):
        """How many sums are right but for ``tolerance``."""
        errors = tf.abs(self.model(sequences) - targets)
        return tf.reduce_mean(tf.cast(errors < tolerance, tf.float32))


def train(epochs=5, steps=60, seed=0, batch_size=32, length=12):
    tf.keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    experiment = Experiment()
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        total = 0.0
        for _ in range(steps):
            sequences, targets = make_batch(rng, batch_size, length)
            loss = experiment.train_step(tf.constant(sequences), tf.constant(targets))
            total += loss.numpy()
        losses.append(total / steps)
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    sequences, targets = make_batch(np.random.default_rng(seed + 1), 256, length)
    return losses, float(experiment.accuracy(tf.constant(sequences), tf.constant(targets)))


if __name__ == "__main__":
    main()
