"""A transformer that learns to write a row of numbers backwards.

Run it: python examples/training/reverse_transformer/train.py
"""

import argparse
import time

import numpy as np
import tensorflow as tf

from model import Encoder

VOCABULARY = 10
LENGTH = 8

loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


class WarmUp(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, warmup_steps=100):
        super().__init__()
        self.peak = peak
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        step = tf.cast(step, tf.float32) + 1.0
        return self.peak * tf.minimum(step / self.warmup_steps, tf.math.rsqrt(step / self.warmup_steps))

    def get_config(self):
        return {"peak": self.peak, "warmup_steps": self.warmup_steps}


def make_dataset(count, batch_size, seed):
    tokens = np.random.default_rng(seed).integers(0, VOCABULARY, size=(count, LENGTH))
    dataset = tf.data.Dataset.from_tensor_slices((tokens, tokens[:, ::-1]))
    return dataset.batch(batch_size, drop_remainder=True)


def train_step(model, optimizer, tokens, targets):
    with tf.GradientTape() as tape:
        logits = model(tokens)
        loss = loss_object(targets, logits)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


def token_accuracy(model, tokens, targets):
    predictions = tf.argmax(model(tokens), axis=-1)
    return tf.reduce_mean(tf.cast(predictions == targets, tf.float32))


def train(epochs=4, steps=80, seed=0, batch_size=32):
    tf.keras.utils.set_random_seed(seed)
    model = Encoder(VOCABULARY, LENGTH)
    optimizer = tf.keras.optimizers.Adam(WarmUp(3e-3), beta_2=0.98, epsilon=1e-9)
    dataset = make_dataset(steps * batch_size, batch_size, seed)
    losses = []
    for epoch in range(epochs):
        start = time.perf_counter()
        mean = tf.keras.metrics.Mean()
        for tokens, targets in dataset:
            mean.update_state(train_step(model, optimizer, tokens, targets))
        losses.append(float(mean.result()))
        print(f"epoch {epoch}: loss={losses[-1]:.6f} seconds={time.perf_counter() - start:.4f}")
    accuracies = [token_accuracy(model, *batch) for batch in make_dataset(256, batch_size, seed + 1)]
    return losses, float(np.mean(accuracies))


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
