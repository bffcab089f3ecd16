"""A physics-informed network for the heat equation u_t = u_xx / pi^2 with u(0, x) = sin(pi x).

Run it: python examples/training/heat_pinn/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

PI = float(np.pi)


class Network(tf.Module):
    def __init__(self, layers=(2, 20, 20, 20, 1), name=None):
        super().__init__(name=name)
        self.weights = []
        self.biases = []
        for inputs, outputs in zip(layers[:-1], layers[1:]):
            stddev = np.sqrt(2.0 / (inputs + outputs))
            self.weights.append(tf.Variable(tf.random.normal([inputs, outputs], stddev=stddev)))
            self.biases.append(tf.Variable(tf.zeros([outputs])))

    def __call__(self, t, x):
        h = tf.concat([t, x], axis=1)
        for w, b in zip(self.weights[:-1], self.biases[:-1]):
            h = tf.tanh(tf.matmul(h, w) + b)
        return tf.matmul(h, self.weights[-1]) + self.biases[-1]


def exact(t, x):
    return tf.exp(-t) * tf.sin(PI * x)


class Solver:
    def __init__(self, learning_rate=3e-3):
        self.network = Network()
        self.optimizer = tf.keras.optimizers.Adam(learning_rate)

    def residual(self, t, x):
        """u_t - u_xx / pi^2, which is zero for a solution."""
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([t, x])
            u = self.network(t, x)
            u_x = tape.gradient(u, x)
        u_t = tape.gradient(u, t)
        u_xx = tape.gradient(u_x, x)
        del tape
        return u_t - u_xx / PI**2

    def loss(self, t, x):
        zeros = tf.zeros_like(t)
        equation = tf.reduce_mean(tf.square(self.residual(t, x)))
        start = tf.reduce_mean(tf.square(self.network(zeros, x) - exact(zeros, x)))
        left = tf.reduce_mean(tf.square(self.network(t, zeros)))
        right = tf.reduce_mean(tf.square(self.network(t, zeros + 1.0)))
        return equation + start + left + right

    def gradients(self, t, x):
        with tf.GradientTape() as tape:
            loss = self.loss(t, x)
        return loss, tape.gradient(loss, self.network.trainable_variables)

    def train_step(self, step, t, x):
        loss, gradients = self.gradients(t, x)
        self.optimizer.apply_gradients(zip(gradients, self.network.trainable_variables))
        if step % 50 == 0:
            print(f"step {step}: {loss.numpy():.5f}")
        return loss


def train(epochs=4, steps=60, seed=0, points=64):
    tf.keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    solver = Solver()
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        total = 0.0
        for step in range(steps):
            t = tf.constant(rng.uniform(size=(points, 1)), tf.float32)
            x = tf.constant(rng.uniform(size=(points, 1)), tf.float32)
            total += float(solver.train_step(epoch * steps + step, t, x))
        losses.append(total / steps)
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    t = tf.constant(rng.uniform(size=(500, 1)), tf.float32)
    x = tf.constant(rng.uniform(size=(500, 1)), tf.float32)
    errors = tf.abs(solver.network(t, x) - exact(t, x))
    return losses, float(tf.reduce_mean(tf.cast(errors < 0.1, tf.float32)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=60, help="steps per epoch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    losses, accuracy = train(args.epochs, args.steps, args.seed)
    print(f"loss={losses[-1]:.6f} accuracy={accuracy:.4f}")


if __name__ == "__main__":
    main()
