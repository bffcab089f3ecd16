"""Traces made anew, and other costs."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import (
    C,
    FrozenConfig,
    LogCatcher,
    Plain,
    Spec,
    UndecoratedNet,
    const,
    count_traces,
    py,
    traces,
    x1,
)


def test_retrace_python_scalar_arg():
    assert count_traces([1, 2, 3, 4, 5]) == 5
    assert count_traces([0.1, 0.2, 0.3]) == 3
    assert count_traces(["a", "b", b"c", 1j]) == 4
    assert count_traces([C(1), C(2), C(3)]) == 1  # same values as tensors
    assert count_traces([1, 1, 1]) == 1
    with LogCatcher() as log:
        count_traces(range(4), fn=lambda a: C(a))
        assert log.lines == []  # TF's own warning needs 5 in the last 10
        count_traces(range(20), fn=lambda a: C(a))
    assert "triggered tf.function retracing" in log.text
    assert len(log.lines) == 2


def test_retrace_fresh_callable_arg():
    def apply(fn, x):
        return fn(x)

    g = tf.function(apply)
    for _ in range(3):
        g(lambda t: t, x1)
    assert traces(g) == 3
    h = tf.function(apply)
    for _ in range(3):
        h(functools.partial(tf.multiply, 2.0), x1)
    assert traces(h) == 3
    k = tf.function(apply)
    for _ in range(3):
        k(tf.identity, x1)
    assert traces(k) == 1

    class Doubling:
        def double(self, t):
            return t * 2

    doubling, m = Doubling(), tf.function(apply)
    for _ in range(3):
        m(doubling.double, x1)  # equal, but the previous one is gone
    assert traces(m) == 3
    kept, n = doubling.double, tf.function(apply)
    for _ in range(3):
        n(kept, x1)
    assert traces(n) == 1


def test_retrace_fresh_object_arg():
    g = tf.function(const)
    for _ in range(3):
        g(Plain())
    assert traces(g) == 3
    h, obj = tf.function(const), Plain()
    for _ in range(3):
        h(obj)
    assert traces(h) == 1
    k = tf.function(const)
    for _ in range(3):
        k(FrozenConfig("n"))  # equal, but the previous one is gone
    assert traces(k) == 3
    keep = [FrozenConfig("n") for _ in range(3)]
    m = tf.function(const)
    for c in keep:
        m(c)
    assert traces(m) == 1


def test_retrace_shape_varies():
    shapes = [tf.zeros([i]) for i in range(1, 7)]
    assert count_traces(shapes) == 6
    assert count_traces(shapes, input_signature=[Spec([None])]) == 1
    assert count_traces(shapes, reduce_retracing=True) == 2


def test_retrace_partial_batch():
    g, h = tf.function(const), tf.function(const)
    for b in tf.data.Dataset.range(10).batch(4):
        g(b)
    for b in tf.data.Dataset.range(10).batch(4, drop_remainder=True):
        h(b)
    assert traces(g) == 2
    assert traces(h) == 1


def test_retrace_dtype_or_kind_varies():
    assert count_traces([C(1), C(1.0), C(1.0, tf.float64), tf.Variable(1.0)]) == 4
    assert count_traces([C(1.0), 1.0]) == 2
    assert count_traces([1, np.int64(1)]) == 2


def test_retrace_container_structure():
    assert count_traces([[C(1)], [C(1), C(2)], [C(1), C(2), C(3)]]) == 3
    assert count_traces([[C(1), C(2)], (C(1), C(2))]) == 2
    assert count_traces([{"a": C(1)}, {"b": C(1)}]) == 2
    assert count_traces([[1, 2], [1, 3]]) == 2

    def varargs(*a):
        return a[0]

    g = tf.function(varargs)
    g(x1), g(x1, x1), g(x1, x1, x1)
    assert traces(g) == 3


def test_retrace_ragged_or_sparse_shape():
    r = tf.ragged.constant
    assert count_traces([r([[1], [2, 3]]), r([[1, 1], [2, 3, 4]])]) == 1  # row lengths: fine
    assert count_traces([r([[1], [2, 3]]), r([[1], [2], [3]])]) == 2  # number of rows: retrace
    s = tf.sparse.from_dense
    assert count_traces([s([0, 1]), s([1, 1])]) == 1
    assert count_traces([s([0, 1]), s([0, 1, 1])]) == 2


def test_tf_function_created_in_loop():
    calls = []

    def body(x):
        calls.append(1)
        return x * 2

    for _ in range(5):
        tf.function(body)(x1)
    assert len(calls) == 5
    calls.clear()
    hoisted = tf.function(body)
    for _ in range(5):
        hoisted(x1)
    assert len(calls) == 1


def test_tf_function_created_per_call():
    calls = []

    def outer(x):
        @tf.function
        def inner(v):
            calls.append(1)
            return v * 2

        return inner(x)

    outer(x1), outer(x1), outer(x1)
    assert len(calls) == 3
    calls.clear()
    traced_outer = tf.function(outer)  # harmless when the outer one is traced
    traced_outer(x1), traced_outer(x1), traced_outer(x1)
    assert len(calls) == 1


def test_made_anew_through_a_decorator_under_a_condition():
    calls = []

    def conditional_decorator(decorator, condition):
        return lambda function: decorator(function) if condition else function

    def outer(x):
        @conditional_decorator(tf.function, True)
        def inner(v):
            calls.append(1)
            return v * 2

        return inner(x)

    outer(x1), outer(x1), outer(x1)
    assert len(calls) == 3


def test_made_anew_in_each_epoch():
    calls = []

    def train(batches):
        @tf.function
        def step(x):
            calls.append(1)
            return x * 2

        for batch in batches:
            step(batch)

    for _ in range(3):
        train([x1, x1, x1, x1])
    assert len(calls) == 3


def test_made_anew_from_a_factory():
    calls = []

    def make():
        def step(x):
            calls.append(1)
            return x * 2

        return tf.function(step)

    for _ in range(3):
        make()(x1)
    assert len(calls) == 3
    calls.clear()
    cached = functools.lru_cache(maxsize=None)(make)
    for _ in range(3):
        cached()(x1)
    assert len(calls) == 1


def test_made_with_its_model():
    def fresh_model():
        return tf.keras.Sequential([tf.keras.layers.Dense(1)])

    def own(x):
        model = fresh_model()
        return tf.function(lambda v: model(v))(x)

    x = tf.ones([1, 2])
    own(x), own(x)  # each function makes the variables of its model in its first call
    shared = tf.function(lambda model, v: model(v))
    shared(fresh_model(), x)
    with pytest.raises(ValueError, match="singleton"):
        shared(fresh_model(), x)


def test_trace_per_instance():
    calls = []

    class M:
        @tf.function
        def f(self, x):
            calls.append(1)
            return x

    class S:
        @staticmethod
        @tf.function
        def f(x):
            calls.append(1)
            return x

    for _ in range(3):
        M().f(x1)
    assert len(calls) == 3
    m = M()
    m.f(x1), m.f(x1)
    assert len(calls) == 4
    calls.clear()
    for _ in range(3):
        S().f(x1)
    assert len(calls) == 1


def test_python_recursion_traces_each_depth():
    @tf.function
    def f(n):
        if n <= 0:
            return 0
        return f(n - 1) + 1

    assert py(f(5)) == 5
    assert traces(f) == 6


def test_python_loop_unrolled():
    def py_range(x, n):
        for _ in range(n):
            x = tf.tanh(x)
        return x

    def tf_range(x, n):
        for _ in tf.range(n):
            x = tf.tanh(x)
        return x

    def nodes(fn, n):
        return len(tf.function(fn).get_concrete_function(x1, n).graph.as_graph_def().node)

    assert nodes(py_range, 100) - nodes(py_range, 10) == 90
    assert nodes(tf_range, 100) == nodes(tf_range, 10)


def test_lazy_variable_traces_twice():
    class M(tf.Module):
        def __init__(self):
            self.v = None

        @tf.function
        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(2.0)
            return self.v * x

    m = M()
    assert (py(m(x1)), py(m(C(3.0)))) == (2.0, 6.0)
    assert traces(m.__call__) == 2

    class Early(M):
        def __init__(self):
            self.v = tf.Variable(2.0)

    early = Early()
    assert (py(early(x1)), py(early(C(3.0)))) == (2.0, 6.0)
    assert traces(early.__call__) == 1

    class Other:
        def __init__(self, make):
            self.make, self.made, self.calls = make, None, 0

        @tf.function
        def run(self, x):
            self.calls += 1
            if self.made is None:
                self.made = self.make()
            return x * 2.0

    for make in (lambda: keras.metrics.Mean(), lambda: keras.optimizers.SGD()):
        other = Other(make)
        other.run(x1)
        assert other.calls == 2

    dense = Other(lambda: keras.layers.Dense(1))

    @tf.function
    def use(x):
        dense.calls += 1
        if dense.made is None:
            dense.made = dense.make()
        return dense.made(x)

    use(tf.ones([1, 2]))
    assert dense.calls == 2


def test_strategy_run_outside_tf_function():
    strategy = tf.distribute.OneDeviceStrategy("cpu:0")
    calls = []

    def replica(x):
        calls.append(1)
        return x * 2

    for _ in range(3):
        strategy.run(replica, args=(x1,))
    assert len(calls) == 3
    calls.clear()

    @tf.function
    def step(x):
        return strategy.run(replica, args=(x,))

    step(x1), step(x1), step(x1)
    assert len(calls) == 1


def test_strategy_scope_retraces():
    strategy = tf.distribute.OneDeviceStrategy("cpu:0")
    g = tf.function(const)
    g(x1)
    with strategy.scope():
        g(x1)
    assert traces(g) == 2
    with tf.device("cpu:0"), tf.name_scope("s"), tf.GradientTape():
        g(x1)
    assert traces(g) == 2  # other contexts do not retrace


def test_run_functions_eagerly_left_on():
    calls = []

    def f(x):
        calls.append(1)
        return x

    g = tf.function(f)
    g(x1), g(x1)
    assert len(calls) == 1
    tf.config.run_functions_eagerly(True)
    try:
        g(x1), g(x1)
    finally:
        tf.config.run_functions_eagerly(False)
    assert len(calls) == 3

    class Net(UndecoratedNet):
        n = 0

        def call(self, x):
            Net.n += 1
            return self.dense(x)

    model = Net()
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(tf.ones([8, 3]), tf.ones([8, 1]), batch_size=1, epochs=2, verbose=0)
    assert Net.n >= 16


def test_py_function_in_hot_path():
    calls = []

    def host(t):
        calls.append(1)
        return t + 1.0

    def f(x):
        return tf.py_function(host, [x], tf.float32)

    g = tf.function(f)
    g(x1), g(x1), g(x1)
    assert len(calls) == 3  # Python runs every call
    out = g.get_concrete_function(Spec([2])).structured_outputs
    assert out.shape.rank is None  # and the static shape is lost


def test_keras_eager_call_reruns_python():
    class Net(UndecoratedNet):
        n = 0

        def call(self, x):
            Net.n += 1
            return self.dense(x)

    model, xs = Net(), tf.ones([2, 3])
    model(xs)
    Net.n = 0
    for _ in range(5):
        model(xs)
    assert Net.n == 5  # model(x) is not traced by itself
    Net.n = 0

    def f(x):
        return model(x)

    g = tf.function(f)
    for _ in range(5):
        g(xs)
    assert Net.n == 1
