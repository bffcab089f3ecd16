"""A multilayer perceptron without Keras."""

import tensorflow as tf


class Dense(tf.Module):
    def __init__(self, inputs, outputs, activation=None, name=None):
        super().__init__(name=name)
        scale = (2.0 / inputs) ** 0.5
        self.w = tf.Variable(tf.random.normal([inputs, outputs], stddev=scale), name="w")
        self.b = tf.Variable(tf.zeros([outputs]), name="b")
        self.activation = activation

    def __call__(self, x):
        x = tf.matmul(x, self.w) + self.b
        return self.activation(x) if self.activation is not None else x


class MLP(tf.Module):
    def __init__(self, sizes, name=None):
        super().__init__(name=name)
        self.layers = []
        for inputs, outputs in zip(sizes[:-2], sizes[1:-1]):
            self.layers.append(Dense(inputs, outputs, tf.nn.relu))
        self.layers.append(Dense(sizes[-2], sizes[-1]))

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Momentum:
    """Stochastic gradient descent with momentum."""

    def __init__(self, variables, learning_rate=0.05, momentum=0.9):
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.velocities = [tf.Variable(tf.zeros_like(variable)) for variable in variables]

    def apply(self, gradients, variables):
        for gradient, variable, velocity in zip(gradients, variables, self.velocities):
            velocity.assign(self.momentum * velocity - self.learning_rate * gradient)
            variable.assign_add(velocity)
