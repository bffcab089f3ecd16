"""Graph convolutions on a sparse adjacency matrix."""

import tensorflow as tf


def glorot(shape):
    limit = (6.0 / (shape[0] + shape[1])) ** 0.5
    return tf.Variable(tf.random.uniform(shape, -limit, limit))


class GraphConvolution(tf.Module):
    def __init__(self, inputs, outputs, activation=tf.identity, name=None):
        super().__init__(name=name)
        self.weights = glorot([inputs, outputs])
        self.self_weights = glorot([inputs, outputs])
        self.bias = tf.Variable(tf.zeros([outputs]))
        self.activation = activation

    def __call__(self, adjacency, features):
        messages = tf.sparse.sparse_dense_matmul(adjacency, tf.matmul(features, self.weights))
        return self.activation(messages + tf.matmul(features, self.self_weights) + self.bias)


class GCN(tf.Module):
    def __init__(self, inputs, hidden, classes, name=None):
        super().__init__(name=name)
        self.layer1 = GraphConvolution(inputs, hidden, tf.nn.relu)
        self.layer2 = GraphConvolution(hidden, hidden, tf.nn.relu)
        self.layer3 = GraphConvolution(hidden, classes)

    def __call__(self, adjacency, features):
        x = self.layer1(adjacency, features)
        x = self.layer2(adjacency, x)
        return self.layer3(adjacency, x)
