import numpy as np
import tensorflow as tf

from agent import Agent, QNetwork
from environment import Corridor
from train import train


def test_walking_right_ends_the_episode():
    environment = Corridor(length=6, seed=0)
    done, reward = False, 0.0
    while not done:
        _, reward, done = environment.step(Corridor.RIGHT)
    assert reward in (-1.0, 1.0)


def test_a_value_for_each_action():
    assert QNetwork(3)(tf.zeros([5, 4])).shape == (5, 3)


def test_learning_waits_for_a_full_batch():
    agent = Agent(4, 3, batch_size=4)
    for count in range(4):
        assert agent.learn() is None
        agent.remember(np.zeros(4, np.float32), count % 3, 1.0, np.zeros(4, np.float32), True)
    assert agent.learn() > 0
    assert agent.updates == 1


def test_training_learns():
    losses, accuracy = train(epochs=2, steps=50)
    assert np.isfinite(losses).all()
    assert 0 <= accuracy <= 1
