"""A small convolutional network."""

import tensorflow as tf


class DigitClassifier(tf.keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.conv = tf.keras.layers.Conv2D(16, 3, strides=2, activation="relu")
        self.flatten = tf.keras.layers.Flatten()
        self.hidden = tf.keras.layers.Dense(32, activation="relu")
        self.dropout = tf.keras.layers.Dropout(0.2)
        self.logits = tf.keras.layers.Dense(classes)

    def call(self, images, training=False):
        x = self.conv(images)
        x = self.flatten(x)
        x = self.hidden(x)
        x = self.dropout(x, training=training)
        return self.logits(x)
