"""A variational autoencoder for flat pictures."""

import tensorflow as tf
from tensorflow.keras import layers


class Encoder(layers.Layer):
    def __init__(self, latent, hidden=64):
        super().__init__()
        self.dense1 = layers.Dense(hidden, activation="relu")
        self.dense2 = layers.Dense(hidden, activation="relu")
        self.mean = layers.Dense(latent)
        self.log_variance = layers.Dense(latent)

    def call(self, x):
        x = self.dense2(self.dense1(x))
        return self.mean(x), self.log_variance(x)


class Decoder(layers.Layer):
    def __init__(self, outputs, hidden=64):
        super().__init__()
        self.dense1 = layers.Dense(hidden, activation="relu")
        self.dense2 = layers.Dense(hidden, activation="relu")
        self.logits = layers.Dense(outputs)

    def call(self, z):
        return self.logits(self.dense2(self.dense1(z)))


class VAE(tf.keras.Model):
    def __init__(self, pixels, latent=4):
        super().__init__()
        self.encoder = Encoder(latent)
        self.decoder = Decoder(pixels)

    def reparameterize(self, mean, log_variance):
        epsilon = tf.random.normal(tf.shape(mean))
        return mean + tf.exp(0.5 * log_variance) * epsilon

    def call(self, x):
        mean, log_variance = self.encoder(x)
        z = self.reparameterize(mean, log_variance)
        return self.decoder(z), mean, log_variance
