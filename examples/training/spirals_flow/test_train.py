import tensorflow as tf

from flow import Flow
from train import make_spirals, train


def test_sampling_undoes_the_flow():
    tf.random.set_seed(0)
    flow = Flow(depth=3)
    for coupling in flow.couplings:
        coupling.w3.assign(tf.random.normal(coupling.w3.shape, stddev=0.3))
    x = tf.constant(make_spirals(16, seed=0)[0])
    z = x
    for coupling in flow.couplings:
        z, _ = coupling(z)
    tf.debugging.assert_near(flow.sample(z), x, atol=1e-4)


def test_a_likelihood_for_each_point():
    assert Flow(depth=2).log_prob(tf.zeros([5, 2])).shape == (5,)


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=10)
    assert losses[-1] < losses[0]
    assert 0 <= accuracy <= 1
