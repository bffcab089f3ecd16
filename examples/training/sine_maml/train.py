"""Model-agnostic meta-learning: sine waves, learned from ten points in a step of gradient descent.

Run it: python examples/training/sine_maml/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

HIDDEN = 24


def init_params():
    shapes = [(1, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1)]
    params = []
    for inputs, outputs in shapes:
        params.append(tf.Variable(tf.random.truncated_normal([inputs, outputs], stddev=(2.0 / (inputs + outputs)) ** 0.5)))
        params.append(tf.Variable(tf.zeros([outputs])))
    return params


def forward(params, x):
    w1, b1, w2, b2, w3, b3 = params
    x = tf.nn.relu(tf.matmul(x, w1) + b1)
    x = tf.nn.relu(tf.matmul(x, w2) + b2)
    return tf.matmul(x, w3) + b3


def mse(params, x, y):
    return tf.reduce_mean(tf.square(forward(params, x) - y))


def adapt(params, x, y, inner_steps=1, inner_rate=0.05):
    for _ in range(inner_steps):
        with tf.GradientTape() as tape:
            tape.watch(params)
            loss = mse(params, x, y)
        gradients = tape.gradient(loss, params)
        params = [param - inner_rate * gradient for param, gradient in zip(params, gradients)]
    return params


def meta_loss(params, support_x, support_y, query_x, query_y):
    losses = []
    for task in range(support_x.shape[0]):
        fast = adapt(params, support_x[task], support_y[task])
        losses.append(mse(fast, query_x[task], query_y[task]))
    return tf.reduce_mean(tf.stack(losses))


def meta_train_step(params, optimizer, support_x, support_y, query_x, query_y):
    with tf.GradientTape() as tape:
        loss = meta_loss(params, support_x, support_y, query_x, query_y)
    gradients = tape.gradient(loss, params)
    optimizer.apply_gradients(zip(gradients, params))
    return loss


def sample_tasks(rng, tasks, points):
    amplitude = rng.uniform(0.5, 2.0, size=(tasks, 1, 1))
    phase = rng.uniform(0, np.pi, size=(tasks, 1, 1))
    x = rng.uniform(-3, 3, size=(tasks, 2 * points, 1))
    y = amplitude * np.sin(x + phase)
    x, y = x.astype(np.float32), y.astype(np.float32)
    return x[:, :points], y[:, :points], x[:, points:], y[:, points:]


def train(epochs=4, steps=40, seed=0, tasks=4, points=10):
    tf.keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    params = init_params()
    optimizer = tf.keras.optimizers.Adam(5e-3)
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        total = 0.0
        for _ in range(steps):
            batch = [tf.constant(array) for array in sample_tasks(rng, tasks, points)]
            total += float(meta_train_step(params, optimizer, *batch))
        losses.append(total / steps)
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    return losses, improved(params, np.random.default_rng(seed + 1))


def improved(params, rng, tasks=40):
    """For how many new tasks a step of adaptation helps."""
    better = 0
    for support_x, support_y, query_x, query_y in zip(*sample_tasks(rng, tasks, 10)):
        fast = adapt(params, tf.constant(support_x), tf.constant(support_y))
        query_x, query_y = tf.constant(query_x), tf.constant(query_y)
        better += bool(mse(fast, query_x, query_y) < mse(params, query_x, query_y))
    return better / tasks


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
