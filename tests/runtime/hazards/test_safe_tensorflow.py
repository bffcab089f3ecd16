"""Looks dangerous, is safe: TensorFlow, NumPy and Keras in traced functions."""

import enum
import gc
import math
import pathlib
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import (
    C,
    Plain,
    UndecoratedNet,
    count_traces,
    double,
    fails_traced,
    py,
    same,
    traces,
    v3,
    x1,
)


def test_safe_helper_functions_are_converted():
    def helper(x):
        if x > 0:
            return x
        return -x

    def f(x):
        return helper(x) + tf.nest.map_structure(lambda t: t * 2, {"a": x})["a"]

    same(f, (x1,), (C(-2.0),), expect_traces=1)


def test_safe_module_call_is_converted():
    class M(tf.Module):
        def __call__(self, x):
            if tf.reduce_sum(x) > 0:
                return x
            return -x

    m = M()

    def f(x):
        return m(x)

    same(f, (v3,), (-v3,), expect_traces=1)  # unlike a Keras layer


def test_safe_lazy_variable_first_call():
    class M(tf.Module):
        def __init__(self):
            self.v = None

        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(2.0)
            return self.v * x

    g = tf.function(M())
    assert [py(g(C(k))) for k in (1.0, 2.0)] == [2.0, 4.0]


def test_safe_dataset_loops():
    ds = tf.data.Dataset.range(5)

    def f():
        s = C(0, tf.int64)
        for v in ds:
            s += v
        for i, v in enumerate(ds):
            s += i * v
        for a, b in zip(ds, ds):
            s += a * b
        for v in ds:
            if s > 30:
                break
            s += v
        for b in ds.batch(2):
            s += tf.reduce_sum(b)
        return s, len(ds), ds.cardinality(), ds.take(1).get_single_element()

    same(f, (), expect_traces=1)


def test_safe_dataset_iterator():
    def make():
        it = iter(tf.data.Dataset.range(5))

        def f():
            return next(it)

        return f

    f, g = make(), tf.function(make())
    assert [py(f()) for _ in range(3)] == [py(g()) for _ in range(3)] == [0, 1, 2]
    assert traces(g) == 1

    def consume(it):
        return next(it)

    h, it = tf.function(consume), iter(tf.data.Dataset.range(5))
    assert [py(h(it)) for _ in range(3)] == [0, 1, 2]
    assert traces(h) == 1


def test_safe_tf_random():
    gen = tf.random.Generator.from_seed(1)
    drop = keras.layers.Dropout(0.5)

    def f():
        return (
            tf.random.uniform([]),
            gen.uniform([]),
            tf.random.get_global_generator().uniform([]),
            keras.random.normal(()),
            tf.reduce_sum(drop(tf.random.uniform([64]), training=True)),
        )

    g = tf.function(f)
    g()
    rows = [py(g()) for _ in range(4)]
    assert all(len({r[i] for r in rows}) == 4 for i in range(5))

    def stateless(i):
        return tf.random.stateless_uniform([], seed=tf.stack([1, i]))

    same(stateless, (C(1),), (C(2),), expect_traces=1)


def test_safe_numpy_on_python_values():
    table, f32 = np.array([1.0, 2.0], np.float32), np.float32(2.0)

    def f(x):
        w = np.linspace(0, 1, x.shape[0]).astype("float32")
        return x * w + np.prod(x.shape) + table.sum() + f32 * x + np.ones(3) * x + math.pi

    same(f, (v3,), (-v3,), expect_traces=1)


def test_safe_numpy_args_do_not_retrace():
    assert count_traces([np.float32(1), np.float32(2), np.float32(3)]) == 1
    assert count_traces([np.int64(1), np.int64(2)]) == 1
    assert count_traces([np.zeros(2), np.ones(2)]) == 1


def test_safe_call_forms_share_a_trace():
    def f(a, b=2):
        return a * b

    g = tf.function(f)
    g(C(1)), g(C(1), 2), g(C(1), b=2), g(a=C(1), b=2), g(b=2, a=C(1))
    assert traces(g) == 1

    def kw(**k):
        return k["a"]

    h = tf.function(kw)
    h(a=C(1), b=C(2)), h(b=C(1), a=C(2))
    assert traces(h) == 1


def test_safe_other_variables_share_a_trace():
    def f(v, w):
        v.assign_add(1.0)
        return w * 1.0

    g = tf.function(f)
    a, b, c = tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0)
    assert (py(g(a, b)), py(g(b, c)), py(g(c, a))) == (2.0, 3.0, 2.0)
    assert traces(g) == 1
    assert py(g(a, a)) == 3.0
    assert traces(g) == 2


def test_safe_hashable_python_args():
    class Mode(enum.Enum):
        A = 1

    class M:
        def m(self):
            return 1

    m, ds = M(), tf.data.Dataset.range(3)
    assert count_traces([m.m, m.m, m.m]) == 1  # bound methods compare equal
    assert count_traces([Mode.A, Mode.A]) == 1
    assert count_traces([None, None]) == 1
    assert count_traces([tf.float32, tf.float32, np.dtype("float32")]) <= 2
    assert count_traces([pathlib.Path("/a"), pathlib.Path("/a")]) == 1
    assert count_traces([frozenset([1, 2]), frozenset([2, 1])]) == 1
    assert count_traces([range(3), range(3)]) == 1
    assert count_traces([ds, tf.data.Dataset.range(3), tf.data.Dataset.range(9)]) == 1
    assert count_traces([iter(ds), iter(ds)]) == 1


def test_safe_double_decoration():
    g = tf.function(tf.function(tf.function(double)))
    assert py(g(x1)) == py(g(C(1.0))) == 2.0
    assert traces(g) == 1
    inner = tf.function(double)
    inner(x1)

    def outer(x):
        return inner(x)

    tf.function(outer)(x1)
    assert traces(inner) == 1  # eager and nested use share the trace


def test_safe_gradients():
    v = tf.Variable(3.0)

    @tf.function
    def inside(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x * x
            z = y * y
        return tape.gradient(z, x), tape.gradient(y, x)

    assert py(inside(C(3.0))) == (108.0, 6.0)

    @tf.function
    def square():
        return v * v

    with tf.GradientTape() as tape:
        y = square()
    assert py(tape.gradient(y, v)) == 6.0  # tape outside, function inside

    @tf.custom_gradient
    def scaled(x):
        def grad(dy):
            return dy * 100.0

        return x * 1.0, grad

    def custom(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = scaled(x)
        return tape.gradient(y, x)

    same(custom, (x1,))


def test_safe_py_function_runs_every_call():
    calls = []

    def host(t):
        calls.append(float(t.numpy()))
        return t * t

    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.py_function(host, [x], tf.float32)
        return y, tape.gradient(y, x)

    g = tf.function(f)
    assert py(g(C(3.0))) == (9.0, 6.0)
    assert py(g(C(4.0))) == (16.0, 8.0)
    assert calls == [3.0, 4.0]

    def unused(x):
        tf.py_function(lambda t: calls.append(0.0), [x], [])
        return x

    calls.clear()
    h = tf.function(unused)
    h(x1), h(x1)
    assert calls == [0.0, 0.0]  # stateful: not pruned


def test_safe_objects_are_released():
    class M:
        @tf.function
        def f(self, x):
            return x

    class Stored:
        def __init__(self):
            self.f = tf.function(self._f)

        def _f(self, x):
            return x

    takes = tf.function(lambda obj, x: x)

    def alive(cls, use):
        obj = cls()
        ref = weakref.ref(obj)
        use(obj)
        del obj
        gc.collect()
        return ref() is not None

    assert not alive(M, lambda o: o.f(x1))
    assert not alive(Stored, lambda o: o.f(x1))
    assert not alive(Plain, lambda o: takes(o, x1))
    assert not alive(lambda: tf.Variable(1.0), lambda v: takes(v, x1))
    g = tf.function(double)
    ref, graph = weakref.ref(g), None
    g(x1)
    graph = weakref.ref(g.get_concrete_function(x1).graph)
    del g
    gc.collect()
    assert ref() is None
    assert graph() is None


def test_safe_keras_objects_built_outside():
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros")])
    opt, metric = keras.optimizers.Adam(0.1), keras.metrics.Mean()

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
        vs = model.trainable_variables  # read after the forward pass
        opt.apply(tape.gradient(loss, vs), vs)
        metric.update_state(loss)
        return loss

    xs, ys = tf.ones([4, 3]), tf.ones([4, 1])
    losses = [py(step(xs, ys)) for _ in range(20)]  # model and optimizer unbuilt on the first call
    assert losses[-1] < losses[0]
    assert traces(step) == 2
    assert py(metric.result()) == pytest.approx(sum(losses) / 20, rel=1e-4)

    @tf.function
    def rate():
        return opt.learning_rate * 1.0

    assert py(rate()) == pytest.approx(0.1)
    opt.learning_rate = 0.7  # a Variable behind a property
    assert py(rate()) == pytest.approx(0.7)


def test_safe_tf_function_of_keras_model():
    model, xs = UndecoratedNet(), tf.ones([8, 3])

    def forward(x):
        return model(x)

    g = tf.function(forward)
    g(xs)
    model.set_weights([np.zeros((3, 1)), np.zeros(1)])
    assert py(g(xs))[0][0] == 0.0  # wrapping OUTSIDE the model is sound

    class WithBuild(keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(3, 1), initializer="ones")

        @tf.function
        def call(self, x, training=False):
            return x @ self.w

    layer = WithBuild()
    layer(xs)
    layer.set_weights([np.zeros((3, 1))])
    assert py(layer(xs))[0][0] == 0.0  # decorated call with a real build()


def test_safe_captured_eager_tensor():
    t = C([1.0, 2.0])

    def f(x):
        k = 0.0
        for v in t:
            k += v
        return x * k + float(t.numpy().sum()) + np.sqrt(t)[0]  # concrete: read at trace time

    same(f, (x1,), (C(2.0),), expect_traces=1)


def test_safe_simple_exception_types():
    class Simple(Exception):  # a direct child of Exception
        pass

    def simple(x):
        raise Simple("hi")

    def builtin(x):
        if x.shape.rank != 1:
            raise ValueError("rank must be 1")
        return x

    def key(x):
        return {}["k"]

    fails_traced(simple, Simple, x1, match="hi")
    fails_traced(builtin, ValueError, x1, match="rank must be 1")
    fails_traced(key, KeyError, x1, exact=False)


def test_safe_none_results():
    def nothing(x):
        tf.print(end="")

    def none(x):
        return None

    assert tf.function(nothing)(x1) is None
    assert tf.function(none)(x1) is None


def test_safe_init_scope_and_python_setup():
    log = []

    def f(x):
        with tf.init_scope():
            log.append("traced")  # deliberate once-per-trace work
        return x * 2

    g = same(f, (x1,), (C(3.0),), expect_traces=1)
    assert log.count("traced") == 3
    assert g is not None


def test_safe_tables_created_inside():
    def f(x):
        init = tf.lookup.KeyValueTensorInitializer(C([1]), C([2]))
        return tf.lookup.StaticHashTable(init, -1).lookup(x)

    same(f, (C([1]),), (C([5]),), expect_traces=1)


def test_dicts_that_tf_data_passes_are_its_own():
    data = {"b": [1.0, 2.0]}

    def prepare(features, labels):
        features["twice"] = labels * 2
        features.pop("b")
        return features

    twice = tf.data.Dataset.from_tensor_slices((data, [1, 2])).map(prepare)
    assert [int(element["twice"]) for element in twice] == [2, 4]
    assert [list(element) for element in twice] == [["twice"], ["twice"]]
    assert list(data) == ["b"]
