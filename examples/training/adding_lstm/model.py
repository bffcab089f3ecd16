"""A long short-term memory, step by step."""

import tensorflow as tf


class LSTMCell(tf.Module):
    def __init__(self, inputs, units, name=None):
        super().__init__(name=name)
        self.units = units
        self.kernel = tf.Variable(tf.random.normal([inputs + units, 4 * units], stddev=0.2), name="kernel")
        bias = tf.concat([tf.zeros([units]), tf.ones([units]), tf.zeros([2 * units])], axis=0)
        self.bias = tf.Variable(bias, name="bias")

    def __call__(self, x, state):
        h, c = state
        gates = tf.matmul(tf.concat([x, h], axis=1), self.kernel) + self.bias
        i, f, g, o = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        h = tf.sigmoid(o) * tf.tanh(c)
        return h, (h, c)

    def initial_state(self, batch_size):
        return tf.zeros([batch_size, self.units]), tf.zeros([batch_size, self.units])


class SequenceRegressor(tf.Module):
    def __init__(self, inputs, units, name=None):
        super().__init__(name=name)
        self.cell = LSTMCell(inputs, units)
        self.w = tf.Variable(tf.random.normal([units, 1], stddev=0.2), name="w")
        self.b = tf.Variable(tf.zeros([1]), name="b")

    def __call__(self, sequences):
        state = self.cell.initial_state(tf.shape(sequences)[0])
        output = state[0]
        for t in range(sequences.shape[1]):
            output, state = self.cell(sequences[:, t], state)
        return tf.squeeze(tf.matmul(output, self.w) + self.b, axis=1)
