"""Where a graph pays, and where it does not."""

import collections

import pytest
import tensorflow as tf
from runtime.hazards.support import UndecoratedNet, fastest_call, py, same, tanh_chain, x1


def test_opportunity_many_small_ops():
    f = tanh_chain(100)
    assert fastest_call(f, x1, n=30) > 1.5 * fastest_call(tf.function(f), x1, n=30)


def test_opportunity_train_step():
    w, b = tf.Variable(tf.ones([20, 1])), tf.Variable(tf.zeros([1]))
    xs, ys = tf.ones([32, 20]), tf.ones([32, 1])

    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.matmul(x, w) + b - y) ** 2)
        for v, g in zip((w, b), tape.gradient(loss, (w, b))):
            v.assign_sub(0.0 * g)
        return loss

    same(step, (xs, ys))
    assert fastest_call(step, xs, ys, n=30) > 1.5 * fastest_call(tf.function(step), xs, ys, n=30)


def test_opportunity_python_time_loop():
    seq, w = tf.random.normal([30, 8, 16]), tf.random.normal([16, 16]) * 0.1

    def rnn(s):
        h = tf.zeros([8, 16])
        for i in range(30):
            h = tf.tanh(tf.matmul(s[i], w) + h)
        return h

    same(rnn, (seq,))
    assert fastest_call(rnn, seq, n=10) > 1.5 * fastest_call(tf.function(rnn), seq, n=10)


def test_opportunity_eager_higher_order_ops():
    calls = []

    def body(v):
        calls.append(1)
        return v * 2

    def mapped(x):
        return tf.map_fn(body, x)

    mapped(tf.range(6))
    assert len(calls) == 6  # eager map_fn: Python per element
    calls.clear()
    g = tf.function(mapped)
    g(tf.range(6)), g(tf.range(6))
    assert len(calls) == 1
    calls.clear()
    tf.vectorized_map(body, tf.range(6))
    assert len(calls) == 1  # already traced


def test_no_opportunity_dataset_map():
    calls = []

    def plain(v):
        calls.append(1)
        if v > 1:  # AutoGraph is applied here already
            return v * 10
        return v

    assert list(tf.data.Dataset.range(4).map(plain).as_numpy_iterator()) == [0, 1, 20, 30]
    assert len(calls) == 1
    calls.clear()
    assert list(tf.data.Dataset.range(4).map(tf.function(plain)).as_numpy_iterator()) == [0, 1, 20, 30]
    assert len(calls) == 1


def test_no_opportunity_under_keras_fit():
    counts = collections.Counter()

    class Net(UndecoratedNet):
        def call(self, x):
            counts["call"] += 1
            return self.dense(x)

        def train_step(self, data):
            counts["train_step"] += 1
            return super().train_step(data)

    def loss(y, p):
        counts["loss"] += 1
        return tf.reduce_mean(tf.abs(y - p))

    model = Net()
    model.compile("sgd", loss)
    model.fit(tf.ones([16, 3]), tf.ones([16, 1]), batch_size=2, epochs=3, verbose=0)
    assert counts["train_step"] <= 2
    assert counts["loss"] <= 2
    assert counts["call"] <= 4


def test_no_opportunity_called_from_traced_code():
    f = tanh_chain(2)
    inner = tf.function(f)

    def outer_plain(x):
        for _ in range(20):
            x = f(x)
        return x

    def outer_nested(x):
        for _ in range(20):
            x = inner(x)
        return x

    a, b = tf.function(outer_plain), tf.function(outer_nested)
    assert py(a(x1)) == pytest.approx(py(b(x1)))
    plain, nested = fastest_call(a, x1, n=50), fastest_call(b, x1, n=50)
    assert nested > 0.5 * plain  # no real gain from the extra decorator
    assert fastest_call(outer_nested, x1, n=10) > fastest_call(outer_plain, x1, n=10)  # and a loss without it


def test_no_opportunity_tiny_function():
    f = tanh_chain(1)
    assert fastest_call(tf.function(f), x1) > 1.5 * fastest_call(f, x1)


def test_no_opportunity_no_tensor_op():
    def f(x):
        total = 0
        for i in range(10):
            total += i
        return x

    assert fastest_call(tf.function(f), x1) > 2 * fastest_call(f, x1)


def test_no_opportunity_single_heavy_op():
    m = tf.random.normal([1024, 1024])

    def f(a):
        return tf.matmul(a, a)

    e, g = fastest_call(f, m, n=3), fastest_call(tf.function(f), m, n=3)
    assert 0.4 < e / g < 2.5
