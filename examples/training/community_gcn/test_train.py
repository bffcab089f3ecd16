import tensorflow as tf

from layers import GraphConvolution
from train import COMMUNITIES, FEATURES, make_graph, masked_accuracy, masked_cross_entropy, train


def test_the_graph_is_symmetric():
    adjacency, features, labels = make_graph(20, seed=0)
    dense = tf.sparse.to_dense(adjacency)
    tf.debugging.assert_near(dense, tf.transpose(dense))
    assert features.shape == (20, FEATURES)
    assert int(tf.reduce_max(labels)) < COMMUNITIES


def test_a_convolution_keeps_the_nodes():
    adjacency, features, _ = make_graph(20, seed=0)
    assert GraphConvolution(FEATURES, 5)(adjacency, features).shape == (20, 5)


def test_the_mask_chooses():
    logits = tf.constant([[9.0, 0.0], [9.0, 0.0]])
    labels = tf.constant([0, 1])
    assert float(masked_accuracy(logits, labels, tf.constant([True, False]))) == 1.0
    assert float(masked_cross_entropy(logits, labels, tf.constant([False, True]))) > 8.0


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=10, nodes=60)
    assert losses[-1] < losses[0]
    assert 0 <= accuracy <= 1
