"""A small residual network."""

import tensorflow as tf
from tensorflow.keras import layers


class ResidualBlock(layers.Layer):
    def __init__(self, filters, strides=1):
        super().__init__()
        self.conv1 = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)
        self.norm1 = layers.BatchNormalization()
        self.conv2 = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.norm2 = layers.BatchNormalization()
        self.shortcut = layers.Conv2D(filters, 1, strides=strides)

    def call(self, inputs, training=False):
        x = tf.nn.relu(self.norm1(self.conv1(inputs), training=training))
        x = self.norm2(self.conv2(x), training=training)
        return tf.nn.relu(x + self.shortcut(inputs))


class ShapeNet(tf.keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.stem = layers.Conv2D(8, 3, padding="same", activation="relu")
        self.blocks = [ResidualBlock(8, strides=2), ResidualBlock(16, strides=2)]
        self.pool = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(classes)

    def call(self, images, training=False):
        x = self.stem(images)
        for block in self.blocks:
            x = block(x, training=training)
        return self.head(self.pool(x))
