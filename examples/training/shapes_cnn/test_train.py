import tensorflow as tf

from data import CLASSES, SIZE, make_pictures
from model import ResidualBlock
from train import Trainer, train


def test_pictures_have_one_channel_and_a_known_label():
    images, labels = make_pictures(10, seed=3)
    assert images.shape == (10, SIZE, SIZE, 1)
    assert set(labels) <= set(range(len(CLASSES)))


def test_a_block_halves_the_picture():
    assert ResidualBlock(4, strides=2)(tf.zeros([2, 8, 8, 3])).shape == (2, 4, 4, 4)


def test_test_step_leaves_the_weights_alone():
    trainer = Trainer()
    images, labels = make_pictures(8, seed=3)
    trainer.test_step(tf.constant(images), tf.constant(labels))
    before = [weight.numpy() for weight in trainer.model.weights]
    trainer.test_step(tf.constant(images), tf.constant(labels))
    assert all((weight.numpy() == value).all() for weight, value in zip(trainer.model.weights, before))


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=8)
    assert losses[-1] < losses[0]
    assert 0 <= accuracy <= 1
