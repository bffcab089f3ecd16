"""A residual network that names the shape in a picture.

Run it: python examples/training/shapes_cnn/train.py
"""

import argparse
import time

import tensorflow as tf

from data import CLASSES, load
from model import ShapeNet


class Trainer:
    def __init__(self, learning_rate=3e-3):
        self.model = ShapeNet(len(CLASSES))
        self.optimizer = tf.keras.optimizers.Adam(learning_rate)
        self.loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.train_loss = tf.keras.metrics.Mean()
        self.train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
        self.test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy()

    def train_step(self, images, labels):
        with tf.GradientTape() as tape:
            predictions = self.model(images, training=True)
            loss = self.loss_object(labels, predictions)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables))
        self.train_loss(loss)
        self.train_accuracy(labels, predictions)

    def test_step(self, images, labels):
        predictions = self.model(images, training=False)
        self.test_accuracy(labels, predictions)

    def fit(self, train_dataset, test_dataset, epochs):
        losses = []
        for epoch in range(epochs):
            start = time.perf_counter()
            self.train_loss.reset_state()
            self.train_accuracy.reset_state()
            for images, labels in train_dataset:
                self.train_step(images, labels)
            losses.append(float(self.train_loss.result()))
            print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
        for images, labels in test_dataset:
            self.test_step(images, labels)
        return losses, float(self.test_accuracy.result())


def train(epochs=4, steps=60, seed=0, batch_size=16):
    tf.keras.utils.set_random_seed(seed)
    trainer = Trainer()
    return trainer.fit(load(steps * batch_size, batch_size, seed), load(320, batch_size, seed + 1), epochs)


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
