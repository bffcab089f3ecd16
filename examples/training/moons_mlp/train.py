"""Two half moons, told apart by a small perceptron.

Run it: python examples/training/moons_mlp/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

from model import MLP, Momentum


def make_moons(count, seed, noise=0.15):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size=count)
    angles = rng.uniform(0, np.pi, size=count)
    x = np.where(labels == 0, np.cos(angles), 1 - np.cos(angles))
    y = np.where(labels == 0, np.sin(angles), 0.5 - np.sin(angles))
    points = np.stack([x, y], axis=1) + rng.normal(scale=noise, size=(count, 2))
    return points.astype(np.float32), labels.astype(np.int32)


def compute_loss(model, x, y, weight_decay=1e-4):
    logits = model(x)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    penalty = tf.add_n([tf.nn.l2_loss(v) for v in model.trainable_variables])
    return loss + weight_decay * penalty


def train_step(model, optimizer, x, y):
    with tf.GradientTape() as tape:
        loss = compute_loss(model, x, y)
    variables = model.trainable_variables
    gradients = tape.gradient(loss, variables)
    gradients, _ = tf.clip_by_global_norm(gradients, 5.0)
    optimizer.apply(gradients, variables)
    return loss


def evaluate(model, x, y):
    predictions = tf.argmax(model(x), axis=1, output_type=tf.int32)
    return tf.reduce_mean(tf.cast(tf.equal(predictions, y), tf.float32))


def train(epochs=5, steps=200, seed=0, batch_size=64):
    tf.keras.utils.set_random_seed(seed)
    model = MLP([2, 32, 32, 32, 2])
    optimizer = Momentum(model.trainable_variables)
    points, labels = make_moons(2000, seed)
    dataset = tf.data.Dataset.from_tensor_slices((points, labels))
    dataset = dataset.shuffle(2000, seed=seed).repeat().batch(batch_size)
    batches = iter(dataset)
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        total = 0.0
        for _ in range(steps):
            x, y = next(batches)
            total += float(train_step(model, optimizer, x, y))
        losses.append(total / steps)
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    test_points, test_labels = make_moons(500, seed + 1)
    accuracy = float(evaluate(model, tf.constant(test_points), tf.constant(test_labels)))
    return losses, accuracy


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200, help="steps per epoch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    losses, accuracy = train(args.epochs, args.steps, args.seed)
    print(f"loss={losses[-1]:.6f} accuracy={accuracy:.4f}")


if __name__ == "__main__":
    main()
