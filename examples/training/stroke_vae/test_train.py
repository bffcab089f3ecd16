import tensorflow as tf

from model import VAE
from train import SIZE, kl_divergence, make_strokes, train


def test_strokes_are_black_and_white():
    assert set(make_strokes(8, seed=0).ravel()) == {0.0, 1.0}


def test_divergence_from_itself_is_none():
    tf.debugging.assert_near(kl_divergence(tf.zeros([3, 4]), tf.zeros([3, 4])), tf.zeros([3]))


def test_the_model_gives_logits_and_a_distribution():
    logits, mean, log_variance = VAE(SIZE * SIZE, latent=3)(tf.zeros([2, SIZE * SIZE]))
    assert logits.shape == (2, SIZE * SIZE)
    assert mean.shape == log_variance.shape == (2, 3)


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=10)
    assert losses[-1] < losses[0]
    assert accuracy > 0.5
