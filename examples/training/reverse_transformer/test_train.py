import tensorflow as tf

from model import Encoder, positional_encoding, scaled_dot_product_attention
from train import LENGTH, VOCABULARY, make_dataset, train


def test_attention_weights_sum_to_one():
    x = tf.random.stateless_normal([2, 5, 4], seed=[0, 1])
    attended, weights = scaled_dot_product_attention(x, x, x)
    assert attended.shape == x.shape
    tf.debugging.assert_near(tf.reduce_sum(weights, axis=-1), tf.ones([2, 5]))


def test_positions_differ():
    encoding = positional_encoding(6, 8)[0].numpy()
    assert len({row.tobytes() for row in encoding}) == 6


def test_logits_for_each_token():
    assert Encoder(VOCABULARY, LENGTH)(tf.zeros([3, LENGTH], tf.int64)).shape == (3, LENGTH, VOCABULARY)


def test_targets_are_reversed():
    tokens, targets = next(iter(make_dataset(4, 4, seed=0)))
    assert bool(tf.reduce_all(tokens == targets[:, ::-1]))


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=8)
    assert losses[-1] < losses[0]
    assert 0 <= accuracy <= 1
