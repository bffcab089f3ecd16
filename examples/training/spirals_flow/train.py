"""One flow for each of two spirals; a point belongs to the spiral under which it is likelier.

Run it: python examples/training/spirals_flow/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

from flow import Flow


def make_spirals(count, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size=count)
    turn = np.sqrt(rng.uniform(size=count)) * 1.2 * np.pi
    angles = turn + np.pi * labels
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * turn[:, None] / 2
    points += rng.normal(scale=0.1, size=points.shape)
    return points.astype(np.float32), labels


class Adam:
    """Adam as in the paper, without Keras."""

    def __init__(self, variables, rate=5e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.rate, self.beta1, self.beta2, self.epsilon = rate, beta1, beta2, epsilon
        self.variables = variables
        self.m = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self.v = [tf.Variable(tf.zeros_like(variable)) for variable in variables]
        self.t = tf.Variable(0.0)

    def update(self, gradients):
        self.t.assign_add(1.0)
        rate = self.rate * tf.sqrt(1.0 - self.beta2**self.t) / (1.0 - self.beta1**self.t)
        for variable, gradient, m, v in zip(self.variables, gradients, self.m, self.v):
            m.assign(self.beta1 * m + (1.0 - self.beta1) * gradient)
            v.assign(self.beta2 * v + (1.0 - self.beta2) * tf.square(gradient))
            variable.assign_sub(rate * m / (tf.sqrt(v) + self.epsilon))


def train_step(flow, optimizer, x):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(flow.log_prob(x))
    optimizer.update(tape.gradient(loss, optimizer.variables))
    return loss


def classify(flows, x):
    return tf.argmax(tf.stack([flow.log_prob(x) for flow in flows], axis=1), axis=1)


def train(epochs=4, steps=40, seed=0, batch_size=64):
    tf.keras.utils.set_random_seed(seed)
    flows = [Flow(), Flow()]
    optimizers = [Adam(list(flow.trainable_variables)) for flow in flows]
    points, labels = make_spirals(4000, seed)
    datasets = []
    for label in range(2):
        dataset = tf.data.Dataset.from_tensor_slices(points[labels == label])
        datasets.append(iter(dataset.shuffle(4000, seed=seed).repeat().batch(batch_size)))
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        total = 0.0
        for _ in range(steps):
            for flow, optimizer, batches in zip(flows, optimizers, datasets):
                total += float(train_step(flow, optimizer, next(batches))) / 2
        losses.append(total / steps)
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    points, labels = make_spirals(500, seed + 1)
    return losses, float(np.mean(classify(flows, tf.constant(points)).numpy() == labels))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=40, help="steps per epoch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    losses, accuracy = train(args.epochs, args.steps, args.seed)
    print(f"loss={losses[-1]:.6f} accuracy={accuracy:.4f}")


if __name__ == "__main__":
    main()
