"""Word vectors by skip-gram with negative sampling, from sentences of a made-up language.

Run it: python examples/training/skipgram/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

TOPICS = 5
WORDS = 12  # of each topic
VOCABULARY = TOPICS * WORDS


def make_pairs(rng, count):
    """A word and one that stands near it: mostly of the same topic."""
    centers = rng.integers(0, VOCABULARY, size=count)
    same = centers // WORDS * WORDS + rng.integers(0, WORDS, size=count)
    other = rng.integers(0, VOCABULARY, size=count)
    return centers, np.where(rng.uniform(size=count) < 0.9, same, other)


class SkipGram(tf.Module):
    def __init__(self, dimension, name=None):
        super().__init__(name=name)
        self.inputs = tf.Variable(tf.random.uniform([VOCABULARY, dimension], -0.5, 0.5), name="inputs")
        self.outputs = tf.Variable(tf.zeros([VOCABULARY, dimension]), name="outputs")

    def scores(self, centers, contexts):
        center_vectors = tf.gather(self.inputs, centers)
        context_vectors = tf.gather(self.outputs, contexts)
        return tf.einsum("bd,bkd->bk", center_vectors, context_vectors)

    def loss(self, centers, positives, negatives):
        positive = self.scores(centers, positives[:, tf.newaxis])
        negative = self.scores(centers, negatives)
        positive_loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(positive), logits=positive)
        negative_loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.zeros_like(negative), logits=negative)
        return tf.reduce_mean(tf.reduce_sum(positive_loss, axis=1) + tf.reduce_sum(negative_loss, axis=1))


class Trainer:
    def __init__(self, dimension=16, learning_rate=0.02):
        self.model = SkipGram(dimension)
        self.optimizer = tf.keras.optimizers.Adam(learning_rate)
        self.history = []

    def train_step(self, centers, positives, negatives):
        with tf.GradientTape() as tape:
            loss = self.model.loss(centers, positives, negatives)
        variables = self.model.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables))
        self.history.append(loss.numpy())


def same_topic(model):
    """How often the nearest other word is of the same topic."""
    vectors = tf.math.l2_normalize(model.inputs, axis=1)
    similarity = tf.matmul(vectors, vectors, transpose_b=True) - 2.0 * tf.eye(VOCABULARY)
    nearest = tf.argmax(similarity, axis=1).numpy()
    return float(np.mean(nearest // WORDS == np.arange(VOCABULARY) // WORDS))


def train(epochs=4, steps=120, seed=0, batch_size=64, negatives=5):
    tf.keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    trainer = Trainer()
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        for _ in range(steps):
            centers, positives = make_pairs(rng, batch_size)
            noise = rng.integers(0, VOCABULARY, size=(batch_size, negatives))
            trainer.train_step(tf.constant(centers), tf.constant(positives), tf.constant(noise))
        losses.append(float(np.mean(trainer.history[-steps:])))
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    return losses, same_topic(trainer.model)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=120, help="steps per epoch")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    losses, accuracy = train(args.epochs, args.steps, args.seed)
    print(f"loss={losses[-1]:.6f} accuracy={accuracy:.4f}")


if __name__ == "__main__":
    main()
