"""A transformer encoder in small."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers


def positional_encoding(length, depth):
    positions = np.arange(length)[:, np.newaxis]
    rates = 1 / 10000 ** (2 * (np.arange(depth) // 2) / depth)
    angles = positions * rates[np.newaxis, :]
    angles[:, 0::2] = np.sin(angles[:, 0::2])
    angles[:, 1::2] = np.cos(angles[:, 1::2])
    return tf.cast(angles[np.newaxis], tf.float32)


def scaled_dot_product_attention(query, key, value):
    scores = tf.matmul(query, key, transpose_b=True)
    scores = scores / tf.math.sqrt(tf.cast(tf.shape(key)[-1], tf.float32))
    weights = tf.nn.softmax(scores, axis=-1)
    return tf.matmul(weights, value), weights


class MultiHeadAttention(layers.Layer):
    def __init__(self, depth, heads):
        super().__init__()
        assert depth % heads == 0
        self.heads = heads
        self.depth = depth
        self.query = layers.Dense(depth)
        self.key = layers.Dense(depth)
        self.value = layers.Dense(depth)
        self.out = layers.Dense(depth)

    def split_heads(self, x):
        x = tf.reshape(x, [tf.shape(x)[0], -1, self.heads, self.depth // self.heads])
        return tf.transpose(x, perm=[0, 2, 1, 3])

    def call(self, x):
        query, key, value = (self.split_heads(dense(x)) for dense in (self.query, self.key, self.value))
        attended, _ = scaled_dot_product_attention(query, key, value)
        attended = tf.transpose(attended, perm=[0, 2, 1, 3])
        return self.out(tf.reshape(attended, [tf.shape(x)[0], -1, self.depth]))


class EncoderLayer(layers.Layer):
    def __init__(self, depth, heads, width):
        super().__init__()
        self.attention = MultiHeadAttention(depth, heads)
        self.wide = layers.Dense(width, activation="relu")
        self.narrow = layers.Dense(depth)
        self.norm1 = layers.LayerNormalization(epsilon=1e-6)
        self.norm2 = layers.LayerNormalization(epsilon=1e-6)

    def call(self, x):
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.narrow(self.wide(x)))


class Encoder(tf.keras.Model):
    def __init__(self, vocabulary, length, depth=32, heads=4, width=64, blocks=2):
        super().__init__()
        self.depth = depth
        self.embedding = layers.Embedding(vocabulary, depth)
        self.positions = positional_encoding(length, depth)
        self.blocks = [EncoderLayer(depth, heads, width) for _ in range(blocks)]
        self.final = layers.Dense(vocabulary)

    def call(self, tokens):
        x = self.embedding(tokens) * tf.math.sqrt(tf.cast(self.depth, tf.float32))
        x = x + self.positions[:, : tf.shape(tokens)[1], :]
        for block in self.blocks:
            x = block(x)
        return self.final(x)
