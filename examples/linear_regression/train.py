"""Linear regression by gradient descent, written with variables and a tape.

Run it: python examples/linear_regression/train.py
"""

import tensorflow as tf

import data

LEARNING_RATE = 0.1
EPOCHS = 5


class LinearModel(tf.Module):
    def __init__(self, features):
        super().__init__()
        self.weights = tf.Variable(tf.zeros([features, 1]), name="weights")
        self.bias = tf.Variable(tf.zeros([1]), name="bias")

    def __call__(self, x):
        return x @ self.weights + self.bias


def squared_loss(predictions, targets):
    return tf.reduce_mean(tf.square(predictions - targets))


model = LinearModel(features=3)


def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = squared_loss(model(x), y)
    gradients = tape.gradient(loss, model.trainable_variables)
    for variable, gradient in zip(model.trainable_variables, gradients):
        variable.assign_sub(LEARNING_RATE * gradient)
    return loss


@tf.function
def test_step(x, y):
    return squared_loss(model(x), y)


def main():
    train_batches, test_batches = data.load()
    for epoch in range(EPOCHS):
        for x, y in train_batches:
            loss = train_step(x, y)
        test_losses = [float(test_step(x, y)) for x, y in test_batches]
        print(f"epoch {epoch}: loss {float(loss):.4f}, test loss {sum(test_losses) / len(test_losses):.4f}")
    print("weights", model.weights.numpy().ravel().round(2), "bias", model.bias.numpy().round(2))


if __name__ == "__main__":
    main()
