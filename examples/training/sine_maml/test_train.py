import numpy as np
import tensorflow as tf

from train import adapt, forward, init_params, mse, sample_tasks, train


def test_tasks_have_points_of_their_own():
    support_x, support_y, query_x, query_y = sample_tasks(np.random.default_rng(0), 3, 5)
    assert support_x.shape == support_y.shape == query_x.shape == query_y.shape == (3, 5, 1)


def test_adapting_fits_the_points_better():
    tf.random.set_seed(0)
    params = init_params()
    x = tf.constant([[-1.0], [0.0], [1.0]])
    assert forward(params, x).shape == (3, 1)
    assert float(mse(adapt(params, x, tf.sin(x), inner_steps=2), x, tf.sin(x))) < float(mse(params, x, tf.sin(x)))


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=10, tasks=2)
    assert losses[-1] < losses[0]
    assert 0 <= accuracy <= 1
