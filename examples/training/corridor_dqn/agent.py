"""Deep Q-learning with a target network and a replay buffer."""

import random
from collections import deque

import numpy as np
import tensorflow as tf


class QNetwork(tf.keras.Model):
    def __init__(self, actions, hidden=32):
        super().__init__()
        self.dense1 = tf.keras.layers.Dense(hidden, activation="relu")
        self.dense2 = tf.keras.layers.Dense(hidden, activation="relu")
        self.value = tf.keras.layers.Dense(1)
        self.advantage = tf.keras.layers.Dense(actions)

    def call(self, states):
        x = self.dense2(self.dense1(states))
        advantage = self.advantage(x)
        return self.value(x) + advantage - tf.reduce_mean(advantage, axis=1, keepdims=True)


class Agent:
    def __init__(self, observation, actions, gamma=0.95, learning_rate=2e-3, batch_size=32, sync_every=50):
        self.actions = actions
        self.gamma = gamma
        self.batch_size = batch_size
        self.sync_every = sync_every
        self.model = QNetwork(actions)
        self.target = QNetwork(actions)
        self.model(tf.zeros([1, observation]))
        self.target(tf.zeros([1, observation]))
        self.target.set_weights(self.model.get_weights())
        self.optimizer = tf.keras.optimizers.Adam(learning_rate)
        self.huber = tf.keras.losses.Huber()
        self.memory = deque(maxlen=5000)
        self.updates = 0

    def act(self, state, epsilon):
        if random.random() < epsilon:
            return random.randrange(self.actions)
        return int(np.argmax(self.values(tf.constant(state[np.newaxis]))[0]))

    def values(self, states):
        return self.model(states)

    def remember(self, *transition):
        self.memory.append(transition)

    def learn(self):
        if len(self.memory) < self.batch_size:
            return None
        states, actions, rewards, next_states, done = zip(*random.sample(self.memory, self.batch_size))
        loss = self.train_step(
            tf.convert_to_tensor(np.array(states), dtype=tf.float32),
            tf.convert_to_tensor(np.array(actions), dtype=tf.int32),
            tf.convert_to_tensor(np.array(rewards), dtype=tf.float32),
            tf.convert_to_tensor(np.array(next_states), dtype=tf.float32),
            tf.convert_to_tensor(np.array(done), dtype=tf.float32),
        )
        self.updates += 1
        if self.updates % self.sync_every == 0:
            self.target.set_weights(self.model.get_weights())
        return float(loss)

    def train_step(self, states, actions, rewards, next_states, done):
        best = tf.argmax(self.model(next_states), axis=1, output_type=tf.int32)
        next_values = tf.gather(self.target(next_states), best, axis=1, batch_dims=1)
        targets = rewards + self.gamma * (1.0 - done) * next_values
        with tf.GradientTape() as tape:
            q = tf.reduce_sum(self.model(states) * tf.one_hot(actions, self.actions), axis=1)
            loss = self.huber(targets, q)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        gradients = [tf.clip_by_value(gradient, -1.0, 1.0) for gradient in gradients]
        self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables))
        return loss
