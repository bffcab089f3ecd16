"""Trains the digit classifier with a custom loop.

Run it: python examples/digit_classifier/train.py
"""

import tensorflow as tf

from data import CLASSES, load
from history import History
from model import DigitClassifier

EPOCHS = 3


class Trainer:
    def __init__(self, model, optimizer):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.train_loss = tf.keras.metrics.Mean()
        self.test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
        self.history = History()

    @tf.function
    def train_step(self, images, labels):
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            loss = self.loss_fn(labels, logits)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables))
        self.train_loss.update_state(loss)
        self.history.record(loss)
        return loss

    @tf.function
    def test_step(self, images, labels):
        logits = self.model(images, training=False)
        self.test_accuracy.update_state(labels, logits)

    def fit(self, train_batches, test_batches, epochs):
        for epoch in range(epochs):
            self.train_loss.reset_state()
            self.test_accuracy.reset_state()
            for images, labels in train_batches:
                self.train_step(images, labels)
            for images, labels in test_batches:
                self.test_step(images, labels)
            print(
                f"epoch {epoch}: loss {float(self.train_loss.result()):.3f}, "
                f"test accuracy {float(self.test_accuracy.result()):.3f}"
            )


def main():
    tf.keras.utils.set_random_seed(0)
    train_batches, test_batches = load()
    model = DigitClassifier(CLASSES)
    trainer = Trainer(model, tf.keras.optimizers.Adam(0.01))
    trainer.fit(train_batches, test_batches, EPOCHS)
    print(f"{len(trainer.history)} losses recorded")


if __name__ == "__main__":
    main()
