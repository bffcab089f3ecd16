"""A normalizing flow of affine coupling layers (RealNVP) for points in the plane."""

import math

import tensorflow as tf


class Coupling(tf.Module):
    """Scales and shifts one coordinate by what a small network makes of the other."""

    def __init__(self, swap, hidden=24, name=None):
        super().__init__(name=name)
        self.swap = swap
        self.w1 = tf.Variable(tf.random.normal([1, hidden], stddev=1.0))
        self.b1 = tf.Variable(tf.zeros([hidden]))
        self.w2 = tf.Variable(tf.random.normal([hidden, hidden], stddev=hidden**-0.5))
        self.b2 = tf.Variable(tf.zeros([hidden]))
        self.w3 = tf.Variable(tf.zeros([hidden, 2]))
        self.b3 = tf.Variable(tf.zeros([2]))

    def network(self, x):
        h = tf.tanh(tf.matmul(x, self.w1) + self.b1)
        h = tf.tanh(tf.matmul(h, self.w2) + self.b2)
        log_scale, shift = tf.split(tf.matmul(h, self.w3) + self.b3, 2, axis=1)
        return tf.tanh(log_scale), shift

    def __call__(self, x):
        kept, changed = tf.split(x, 2, axis=1)
        if self.swap:
            kept, changed = changed, kept
        log_scale, shift = self.network(kept)
        changed = changed * tf.exp(log_scale) + shift
        if self.swap:
            kept, changed = changed, kept
        return tf.concat([kept, changed], axis=1), tf.squeeze(log_scale, axis=1)

    def inverse(self, y):
        kept, changed = tf.split(y, 2, axis=1)
        if self.swap:
            kept, changed = changed, kept
        log_scale, shift = self.network(kept)
        changed = (changed - shift) * tf.exp(-log_scale)
        if self.swap:
            kept, changed = changed, kept
        return tf.concat([kept, changed], axis=1)


class Flow(tf.Module):
    def __init__(self, depth=6, name=None):
        super().__init__(name=name)
        self.couplings = [Coupling(swap=index % 2 == 1) for index in range(depth)]

    def log_prob(self, x):
        log_determinant = tf.zeros([tf.shape(x)[0]])
        for coupling in self.couplings:
            x, log_scale = coupling(x)
            log_determinant += log_scale
        log_normal = -0.5 * tf.reduce_sum(tf.square(x), axis=1) - math.log(2 * math.pi)
        return log_normal + log_determinant

    def sample(self, z):
        for coupling in reversed(self.couplings):
            z = coupling.inverse(z)
        return z
