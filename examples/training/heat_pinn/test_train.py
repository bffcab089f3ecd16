import tensorflow as tf

from train import Network, Solver, exact, train


def test_a_number_for_each_point():
    assert Network((2, 4, 1))(tf.zeros([3, 1]), tf.zeros([3, 1])).shape == (3, 1)


def test_the_exact_solution_has_no_residual():
    solver = Solver()
    solver.network = exact
    t, x = tf.constant([[0.2], [0.7]]), tf.constant([[0.3], [0.6]])
    tf.debugging.assert_near(solver.residual(t, x), tf.zeros([2, 1]), atol=1e-5)


def test_the_loss_is_printed_now_and_then(capsys):
    solver = Solver()
    for step in (49, 50, 51):
        solver.train_step(step, tf.fill([4, 1], 0.5), tf.fill([4, 1], 0.5))
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["step 50"]


def test_training_learns():
    losses, accuracy = train(epochs=3, steps=8)
    assert losses[-1] < losses[0]
    assert 0 <= accuracy <= 1
