"""Silent differences: wrappers, contexts, summaries, Keras models, and what a function returns."""

import contextlib
import functools
import json
import os
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import C, Spec, UndecoratedNet, linear, py, x1


def test_decorator_below_tf_function_once():
    calls = []

    def timed(fn):
        @functools.wraps(fn)
        def wrapper(*a):
            calls.append(1)
            return fn(*a)

        return wrapper

    @tf.function
    @timed
    def below(x):
        return x

    @timed
    @tf.function
    def above(x):
        return x

    below(x1), below(x1), below(x1)
    assert len(calls) == 1
    calls.clear()
    above(x1), above(x1), above(x1)
    assert len(calls) == 3


def test_context_manager_once():
    events = []

    @contextlib.contextmanager
    def section():
        events.append("enter")
        yield
        events.append("exit")

    def f(x):
        with section():
            return x + 1.0

    g = tf.function(f)
    g(x1), g(x1), g(x1)
    assert events == ["enter", "exit"]


def summary_steps(folder):
    out = []
    for name in sorted(os.listdir(folder)):
        for raw in tf.data.TFRecordDataset(os.path.join(folder, name)):
            for v in tf.compat.v1.Event.FromString(raw.numpy()).summary.value:
                out.append(tf.compat.v1.Event.FromString(raw.numpy()).step)
    return out


_step = 0


def test_summary_python_step_frozen(tmp_path):
    global _step

    def by_global(x):
        tf.summary.write("a", x, step=_step)

    def by_default(x):
        tf.summary.write("b", x)

    def by_tensor(x, step):
        tf.summary.write("c", x, step=step)

    found = {}
    for name in ("global", "default", "tensor"):
        folder = str(tmp_path / name)
        writer = tf.summary.create_file_writer(folder)
        g, d, t = tf.function(by_global), tf.function(by_default), tf.function(by_tensor)
        with writer.as_default():
            for i in range(3):
                _step = i
                if name == "global":
                    g(x1)
                elif name == "default":
                    tf.summary.experimental.set_step(i)
                    d(x1)
                else:
                    t(x1, C(i, tf.int64))
        writer.close()
        found[name] = summary_steps(folder)
    tf.summary.experimental.set_step(None)
    assert found == {"global": [0, 0, 0], "default": [0, 0, 0], "tensor": [0, 1, 2]}


def test_summary_writer_absent_at_trace(tmp_path):
    def f(x):
        tf.summary.write("a", x, step=1)
        return x

    writer = tf.summary.create_file_writer(str(tmp_path))
    g = tf.function(f)
    g(x1)  # traced with no default writer
    with writer.as_default():
        g(x1), g(x1)
    writer.flush()
    assert summary_steps(str(tmp_path)) == []
    with writer.as_default():
        f(x1)
    writer.close()
    assert summary_steps(str(tmp_path)) == [1]


def test_keras_freeze_after_trace():
    def build():
        model, opt = linear(), keras.optimizers.SGD(0.1)
        opt.build(model.trainable_variables)

        def step(x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(x, training=True))
            vs = model.trainable_variables
            if vs:
                opt.apply(tape.gradient(loss, vs), vs)
            return loss

        return model, step

    for wrap, changed in ((lambda f: f, False), (tf.function, True)):
        model, step = build()
        step = wrap(step)
        step(tf.ones([1, 2]))
        before = model.layers[0].kernel.numpy().copy()
        model.layers[0].trainable = False
        step(tf.ones([1, 2]))
        assert (not np.allclose(before, model.layers[0].kernel.numpy())) is changed


def test_keras_attr_change_after_predict():
    class Scale(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.scale = 2.0

        def call(self, x):
            return x * self.scale

    layer = Scale()
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile("sgd", "mse")
    one = np.ones((1, 1), "float32")
    assert py(model.predict(one, verbose=0)) == [[2.0]]
    layer.scale = 9.0
    assert py(model(one)) == [[9.0]]
    assert py(model.predict(one, verbose=0)) == [[2.0]]  # cached predict_function


class DecoratedNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    @tf.function
    def call(self, x):
        return self.dense(x)


def test_keras_decorated_call_frozen_weights():
    xs = tf.ones([8, 3])

    def zeroed_output(model):
        model(xs)
        model.set_weights([np.zeros((3, 1)), np.zeros(1)])
        return py(model(xs))[0][0]

    def gradients(model):
        model(xs)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(xs) ** 2)
        return tape.gradient(loss, model.trainable_variables)

    assert zeroed_output(UndecoratedNet()) == 0.0
    assert zeroed_output(DecoratedNet()) != 0.0  # still answers with the initial weights
    assert all(g is not None for g in gradients(UndecoratedNet()))
    assert all(g is None for g in gradients(DecoratedNet()))
    m = UndecoratedNet()
    m.call = tf.function(m.call)  # same fault, other spelling
    assert zeroed_output(m) != 0.0

    class Block(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        @tf.function(input_signature=[Spec([None, 3])])
        def call(self, x):
            return self.dense(x)

    inp = keras.Input((3,))
    assert zeroed_output(Block()) != 0.0
    assert zeroed_output(keras.Sequential([Block()])) != 0.0
    assert zeroed_output(keras.Model(inp, Block()(inp))) != 0.0
    for eagerly in (False, True):
        with pytest.raises(ValueError, match="No gradients provided"):
            m = DecoratedNet()
            m.compile("sgd", "mse", run_eagerly=eagerly)
            m.fit(xs, tf.ones([8, 1]), verbose=0)

    class Built(DecoratedNet):
        def build(self, shape):
            self.dense.build(shape)

    assert zeroed_output(Built()) == 0.0  # weights exist before the first trace


def test_tape_escapes_function():
    v, box = tf.Variable(3.0), {}

    def f():
        with tf.GradientTape() as tape:
            y = v * v
        box["tape"] = tape
        return y

    y = f()
    assert py(box["tape"].gradient(y, v)) == 6.0
    y = tf.function(f)()
    assert box["tape"].gradient(y, v) is None


def test_return_variable_is_snapshot():
    v = tf.Variable(1.0)

    def f():
        return v

    assert f() is v
    out = tf.function(f)()
    v.assign(5.0)
    assert not isinstance(out, tf.Variable)
    assert py(out) == 1.0
    assert not hasattr(out, "assign")


def test_return_python_values_become_tensors():
    def f(x):
        return True, 3, "relu", np.ones(2), x

    e, g = f(x1), tf.function(f)(x1)
    assert e[0] is True
    assert isinstance(e[1], int)
    assert json.dumps(e[1]) == "3"
    assert e[2] in {"relu": 1}
    assert e[4] is x1
    assert all(isinstance(v, tf.Tensor) for v in g)
    assert g[0] is not True
    assert not isinstance(g[1], int)
    assert g[4] is not x1
    with pytest.raises(TypeError):
        json.dumps(g[1])
    with pytest.raises(TypeError):
        g[2] in {"relu": 1}  # unhashable
    assert [10, 20, 30, 40][g[1]] == 40  # __index__ and truth value still work


def test_init_scope_once_per_trace():
    v = tf.Variable(0.0)

    def f(x):
        with tf.init_scope():
            v.assign_add(1.0)
        return x

    f(x1), f(x1), f(x1)
    assert py(v) == 3.0
    v.assign(0.0)
    g = tf.function(f)
    g(x1), g(x1), g(x1)
    assert py(v) == 1.0


def test_failed_first_call_returns_none():
    class M(tf.Module):
        def __init__(self):
            self.v = None

        @tf.function
        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(2.0)
            if x.shape.rank != 0:
                raise ValueError("scalar only")
            return self.v * x

    m = M()
    with pytest.raises(ValueError, match="scalar only"):
        m(C([1.0]))
    assert m(C(1.0)) is None
    assert m(C(3.0)) is None

    net = keras.Sequential([keras.layers.Dense(1)])

    @tf.function
    def square(x):
        y = net(x)
        return tf.matmul(y, y)

    with pytest.raises(ValueError):
        square(tf.ones([2, 3]))
    assert square(tf.ones([1, 3])) is None


def test_locals_polluted():
    def f(x):
        a = 1
        return sorted(locals())

    assert f(x1) == ["a", "x"]
    names = py(tf.function(f)(x1))
    assert "ag__" in names
    assert len(names) > 2


def test_thread_in_trace_is_eager():
    def f(x):
        box = []
        t = threading.Thread(target=lambda: box.append(tf.executing_eagerly()))
        t.start()
        t.join()
        return box[0], tf.executing_eagerly()

    assert f(x1) == (True, True)
    assert py(tf.function(f)(x1)) == (True, False)
