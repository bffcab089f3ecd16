import numpy as np
import tensorflow as tf

from train import NOISE, WGAN, centers, near_a_mode, sample_ring, train


def test_samples_lie_near_the_ring():
    assert near_a_mode(sample_ring(np.random.default_rng(0), 200)) > 0.95
    assert near_a_mode(np.zeros([4, 2])) == 0
    assert centers().shape == (8, 2)


def test_the_generator_makes_points():
    gan = WGAN()
    assert gan.generator(tf.zeros([3, NOISE])).shape == (3, 2)
    assert gan.critic(tf.zeros([3, 2])).shape == (3, 1)


def test_a_step_changes_both_networks():
    gan = WGAN()
    before = [variable.numpy() for variable in gan.generator.trainable_variables + gan.critic.trainable_variables]
    gan.train_step(tf.constant(sample_ring(np.random.default_rng(0), 32)))
    after = gan.generator.trainable_variables + gan.critic.trainable_variables
    changed = [not np.array_equal(variable.numpy(), value) for variable, value in zip(after, before)]
    assert changed[0]
    assert changed[-2]


def test_training_runs():
    losses, accuracy = train(epochs=2, steps=5)
    assert np.isfinite(losses).all()
    assert 0 <= accuracy <= 1
