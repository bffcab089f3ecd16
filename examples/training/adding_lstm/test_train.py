import numpy as np
import tensorflow as tf

from model import LSTMCell, SequenceRegressor
from train import make_batch, train


def test_two_numbers_are_marked():
    sequences, targets = make_batch(np.random.default_rng(0), 5, 8)
    assert sequences.shape == (5, 8, 2)
    np.testing.assert_allclose((sequences[..., 0] * sequences[..., 1]).sum(axis=1), targets, rtol=1e-6)


def test_the_state_keeps_its_shape():
    cell = LSTMCell(2, 6)
    output, (h, c) = cell(tf.zeros([3, 2]), cell.initial_state(3))
    assert output.shape == h.shape == c.shape == (3, 6)


def test_one_number_for_each_sequence():
    assert SequenceRegressor(2, 6)(tf.zeros([4, 5, 2])).shape == (4,)


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=12, length=6)
    assert losses[-1] < losses[0]
    assert 0 <= accuracy <= 1
