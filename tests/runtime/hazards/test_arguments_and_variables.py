"""Raises under tracing: arguments, variables made inside, and Keras."""

import collections
import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import C, NotAllowed, UndecoratedNet, dense3, fails_traced, fit, linear, py, x1


def test_mutated_container_argument():
    def append(items, x):
        items.append(x)
        return x

    def set_key(d, x):
        d["k"] = x
        return x

    def set_item(items, x):
        items[0] = x
        return x

    def pop(d):
        return d.pop("k")

    for f, make in (
        (append, lambda: ([], x1)),
        (set_key, lambda: ({}, x1)),
        (set_item, lambda: ([C(5.0)], x1)),
        (pop, lambda: ({"k": x1},)),
    ):
        f(*make())
        args = make()
        fails_traced(f, ValueError, *args, match="should not modify its Python input arguments")
    items = []
    with pytest.raises(ValueError):
        tf.function(append)(items, x1)
    assert items == []  # the caller's object is untouched


def test_mutated_default_argument():
    def f(x, acc=[]):  # noqa: B006
        acc.append(1)
        return x * len(acc)

    def g(x, acc=[]):  # noqa: B006
        acc.append(1)
        return x * len(acc)

    assert [py(f(x1)) for _ in range(2)] == [1.0, 2.0]
    fails_traced(g, ValueError, x1, match="should not modify its Python input arguments")


def test_unhashable_argument():
    @dataclasses.dataclass
    class Options:
        k: float = 1.0

    def f(a, x):
        return x

    for bad in ({1, 2}, collections.deque([1]), Options()):
        f(bad, x1)
        fails_traced(f, TypeError, bad, x1, match="Could not generate a generic TraceType")


def test_variable_created_every_call():
    def f(x):
        v = tf.Variable(1.0)
        return v * x

    assert py(f(x1)) == 1.0
    fails_traced(f, ValueError, x1, match=r"only supports singleton tf.Variables")


def test_variable_created_on_later_call():
    store = {}

    def f(x, key):
        if key not in store:
            store[key] = tf.Variable(1.0)
        return store[key] * x

    f(x1, "a"), f(x1, "b")
    store.clear()
    g = tf.function(f)
    assert py(g(x1, "a")) == 1.0
    with pytest.raises(ValueError, match=r"only supports singleton tf.Variables"):
        g(x1, "b")


def test_variable_created_in_tensor_branch():
    class M(tf.Module):
        def __init__(self):
            self.v = None

        def step(self, x):
            if x > 0:
                if self.v is None:
                    self.v = tf.Variable(1.0)
                return self.v * x
            return x

    assert py(M().step(x1)) == 1.0
    fails_traced(M().step, ValueError, x1)


def test_keras_layer_created_inside():
    def f(x):
        return keras.layers.Dense(2)(x)

    f(tf.ones([2, 3]))
    fails_traced(f, ValueError, tf.ones([2, 3]), match=r"only supports singleton tf.Variables")


def test_optimizer_created_inside():
    v = tf.Variable(1.0)

    def f(x):
        opt = keras.optimizers.SGD(0.1)
        with tf.GradientTape() as tape:
            loss = v * x
        opt.apply_gradients([(tape.gradient(loss, v), v)])
        return loss

    f(x1)
    fails_traced(f, ValueError, x1, match=r"only supports singleton tf.Variables")


def test_second_unbuilt_model_or_optimizer():
    def forward(model, x):
        return model(x)

    xs = tf.ones([2, 3])
    g = tf.function(forward)
    g(keras.Sequential([keras.layers.Dense(1)]), xs)
    with pytest.raises(ValueError, match=r"only supports singleton tf.Variables"):
        g(keras.Sequential([keras.layers.Dense(1)]), xs)
    h = tf.function(forward)
    for _ in range(2):  # built up front: fine
        h(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), xs)

    v = keras.Variable(1.0)

    def step(opt, x):
        with tf.GradientTape() as tape:
            loss = v.value * x
        opt.apply(tape.gradient(loss, [v.value]), [v])
        return loss

    s = tf.function(step)
    s(keras.optimizers.Adam(0.1), x1)
    with pytest.raises(ValueError, match=r"only supports singleton tf.Variables"):
        s(keras.optimizers.Adam(0.1), x1)


def test_variables_read_before_first_forward():
    xs, ys = tf.ones([4, 3]), tf.ones([4, 1])

    def build(opt, late=False):
        model = UndecoratedNet()  # unbuilt: no variables yet

        def step(x, y):
            vs = None if late else model.trainable_variables
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((model(x) - y) ** 2)
            vs = model.trainable_variables if late else vs
            opt.apply(tape.gradient(loss, vs), vs)
            return loss

        return step

    step = build(keras.optimizers.SGD(0.1))
    first, second = py(step(xs, ys)), py(step(xs, ys))
    assert first == second  # eager: the first update is lost
    with pytest.raises(ValueError, match=r"only supports singleton tf.Variables"):
        tf.function(build(keras.optimizers.Adam(0.1)))(xs, ys)
    ok = tf.function(build(keras.optimizers.Adam(0.1), late=True))
    ok(xs, ys), ok(xs, ys)


def test_metric_created_inside():
    def f(x):
        m = keras.metrics.Mean()
        m.update_state(x)
        return m.result()

    assert py(f(x1)) == 1.0
    fails_traced(f, ValueError, x1, match=r"only supports singleton tf.Variables")


def test_rng_object_created_inside():
    def tf_gen():
        return tf.random.Generator.from_seed(1).uniform([])

    def keras_gen():
        return keras.random.normal((), seed=keras.random.SeedGenerator(1))

    for f in (tf_gen, keras_gen):
        f()
        fails_traced(f, ValueError, match=r"only supports singleton tf.Variables")


def test_keras_fit_predict_inside():
    model = linear()
    model.compile("sgd", "mse")
    xs, ys = tf.ones([2, 2]), tf.ones([2, 1])

    def fit(x):
        model.fit(x, ys, verbose=0)
        return x

    def evaluate(x):
        return model.evaluate(x, ys, verbose=0)

    def predict(x):
        return model.predict(x, verbose=0)

    fit(xs), evaluate(xs), predict(xs)
    fails_traced(fit, NotAllowed, xs)
    fails_traced(evaluate, NotAllowed, xs)
    fails_traced(predict, AttributeError, xs, match="no attribute 'numpy'")

    def on_batch(x):
        return model.train_on_batch(x, ys)

    tf.function(on_batch)(xs)  # happens to trace


def test_keras_save_inside(tmp_path):
    model = linear()

    def save(x):
        model.save(str(tmp_path / "m.keras"))
        return x

    def weights():
        return model.get_weights()

    save(x1), weights()
    fails_traced(save, NotImplementedError, x1, match="only available when eager")
    fails_traced(weights, NotImplementedError, match="only available when eager")


def test_keras_symbolic_argument():
    inp = keras.Input((3,))

    def f(t):
        return t * 2

    assert isinstance(f(inp), keras.KerasTensor)
    fails_traced(f, ValueError, inp, match="KerasTensor")


class ControlFlowNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        if tf.reduce_sum(x) > 0:
            return self.dense(x)
        return self.dense(-x)


def test_keras_autograph_not_applied():
    xs = tf.ones([8, 3])
    assert ControlFlowNet()(xs).shape == (8, 1)  # eager: fine
    with pytest.raises(NotAllowed):
        fit(ControlFlowNet())
    model = ControlFlowNet()

    def through_call(x):
        return model(x)

    fails_traced(through_call, NotAllowed, xs)  # an outer tf.function does not help
    assert tf.function(ControlFlowNet().call)(xs).shape == (8, 1)  # bypassing __call__ does

    class LoopNet(UndecoratedNet):
        def call(self, x):
            for _ in tf.range(2):
                x = x * 1.0
            return self.dense(x)

    with pytest.raises(NotAllowed):
        fit(LoopNet())

    def loss(y, p):
        value = tf.reduce_mean(tf.abs(y - p))
        if value > 0:
            return value
        return -value

    with pytest.raises(NotAllowed):
        fit(dense3(), loss)

    class StepNet(UndecoratedNet):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self(x, training=True) - y) ** 2)
            if loss > 0:
                loss = loss * 1.0
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return {"loss": loss}

    with pytest.raises(NotAllowed):
        fit(StepNet())

    class Hits(keras.metrics.Metric):
        def __init__(self):
            super().__init__(name="hits")
            self.n = self.add_weight(shape=(), initializer="zeros", name="n")

        def update_state(self, y, p, sample_weight=None):
            if tf.reduce_sum(p) > 0:
                self.n.assign_add(1.0)

        def result(self):
            return self.n

    with pytest.raises(NotAllowed):
        fit(dense3(), metrics=[Hits()])

    class HelperNet(UndecoratedNet):  # the remedy
        def call(self, x):
            return self.dense(self.route(x))

        @tf.function
        def route(self, x):
            if tf.reduce_sum(x) > 0:
                return x
            return -x

    assert "loss" in fit(HelperNet())


def test_keras_numpy_under_fit():
    def loss(y, p):
        return C(np.mean(np.abs(y.numpy() - p.numpy())))

    class StepNet(UndecoratedNet):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self(x, training=True) - y) ** 2)
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return {"loss": float(loss.numpy())}

    with pytest.raises(AttributeError, match="no attribute 'numpy'"):
        fit(dense3(), loss)
    with pytest.raises(AttributeError, match="no attribute 'numpy'"):
        fit(StepNet())
    assert "loss" in fit(StepNet(), run_eagerly=True)


class _PrivateNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)


def test_keras_private_class_name():
    xs = tf.ones([8, 3])
    assert _PrivateNet()(xs).shape == (8, 1)
    model = _PrivateNet()

    def f(x):
        return model(x)

    fails_traced(f, ValueError, xs, match="not a valid root scope name")
    with pytest.raises(ValueError, match="not a valid root scope name"):
        fit(_PrivateNet())
    layer = keras.layers.Dense(1, name="my layer")
    layer(xs)

    def g(x):
        return layer(x)

    fails_traced(g, ValueError, xs, match="not a valid root scope name")

    class _Scale(keras.layers.Layer):
        def call(self, x):
            return x * 2

    keras.utils.clear_session()
    assert "loss" in fit(keras.Sequential([keras.Input((3,)), _Scale(), keras.layers.Dense(1)]))  # not the root
    # The failed calls leave their scopes on Keras's stack and taint later variable names.
    keras.utils.clear_session()


def test_checkpoint_save_inside(tmp_path):
    v = tf.Variable(1.0)
    ckpt = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(ckpt, str(tmp_path / "m"), 3)

    def save(x):
        ckpt.save(str(tmp_path / "c"))
        return x

    def managed(x):
        manager.save()
        return x

    def write(x):
        return ckpt.write(str(tmp_path / "w"))

    save(x1), managed(x1), write(x1)
    fails_traced(save, NotImplementedError, x1, match=r"Consider using tf.train.Checkpoint.write")
    with pytest.raises(AttributeError):
        tf.function(managed)(x1)
    assert py(tf.function(write)(x1)).endswith("w")
