import tensorflow as tf

from model import MLP, Momentum
from train import compute_loss, make_moons, train, train_step


def test_logits_have_a_column_for_each_class():
    model = MLP([2, 8, 3])
    assert model(tf.zeros([5, 2])).shape == (5, 3)
    assert len(model.trainable_variables) == 4


def test_a_step_lowers_the_loss_of_its_batch():
    tf.random.set_seed(1)
    model = MLP([2, 16, 2])
    optimizer = Momentum(model.trainable_variables)
    x, y = (tf.constant(value) for value in make_moons(64, seed=1))
    before = float(train_step(model, optimizer, x, y))
    assert float(compute_loss(model, x, y)) < before


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=30)
    assert losses[-1] < losses[0]
    assert accuracy > 0.7
