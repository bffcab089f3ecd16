"""Communities in a random graph, found from a few labelled nodes.

Run it: python examples/training/community_gcn/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

from layers import GCN

COMMUNITIES = 3
FEATURES = 8


def make_graph(nodes, seed, inside=0.12, between=0.02):
    """A stochastic block model: adjacency with the usual normalization, weak features, labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, COMMUNITIES, size=nodes)
    odds = np.where(labels[:, None] == labels[None], inside, between)
    upper = np.triu(rng.uniform(size=(nodes, nodes)) < odds, k=1)
    adjacency = (upper | upper.T | np.eye(nodes, dtype=bool)).astype(np.float32)
    scale = 1.0 / np.sqrt(adjacency.sum(axis=1))
    adjacency = adjacency * scale[:, None] * scale[None]
    features = rng.normal(size=(nodes, FEATURES))
    features[np.arange(nodes), labels] += 1.0
    return tf.sparse.from_dense(adjacency), tf.constant(features, tf.float32), tf.constant(labels, tf.int32)


def masked_cross_entropy(logits, labels, mask):
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    mask = tf.cast(mask, tf.float32)
    return tf.reduce_sum(losses * mask) / tf.reduce_sum(mask)


def masked_accuracy(logits, labels, mask):
    right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
    mask = tf.cast(mask, tf.float32)
    return tf.reduce_sum(tf.cast(right, tf.float32) * mask) / tf.reduce_sum(mask)


class Trainer:
    def __init__(self, adjacency, features, labels, train_mask, learning_rate=0.01, weight_decay=5e-4):
        self.adjacency = adjacency
        self.features = features
        self.labels = labels
        self.train_mask = train_mask
        self.weight_decay = weight_decay
        self.model = GCN(FEATURES, 16, COMMUNITIES)
        self.optimizer = tf.keras.optimizers.Adam(learning_rate)

    def train_step(self):
        with tf.GradientTape() as tape:
            logits = self.model(self.adjacency, self.features)
            loss = masked_cross_entropy(logits, self.labels, self.train_mask)
            for variable in self.model.layer1.trainable_variables:
                loss += self.weight_decay * tf.nn.l2_loss(variable)
        variables = self.model.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    def accuracy(self, mask):
        return masked_accuracy(self.model(self.adjacency, self.features), self.labels, mask)


def train(epochs=4, steps=80, seed=0, nodes=120):
    tf.keras.utils.set_random_seed(seed)
    adjacency, features, labels = make_graph(nodes, seed)
    train_mask = tf.constant(np.arange(nodes) < nodes // 4)
    trainer = Trainer(adjacency, features, labels, train_mask)
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        total = 0.0
        for _ in range(steps):
            total += float(trainer.train_step())
        losses.append(total / steps)
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    return losses, float(trainer.accuracy(tf.logical_not(train_mask)))


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
