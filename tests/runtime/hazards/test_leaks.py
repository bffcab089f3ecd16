"""Symbolic tensors that escape, and memory that stays."""

import functools
import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import C, Plain, Spec, is_symbolic, py, traces, x1

_leaked = []


def test_leak_tensor_to_global():
    def f(x):
        _leaked.append(x * 2)
        return x

    _leaked.clear()
    tf.function(f)(x1)
    t = _leaked[0]
    assert is_symbolic(t)
    with pytest.raises(AttributeError):
        t.numpy()
    with pytest.raises(TypeError, match="out of scope"):
        t + 1  # eager use

    def other(y):
        return y + t

    with pytest.raises(TypeError, match="out of scope"):
        tf.function(other)(x1)  # use in another trace
    _leaked.clear()


def test_leak_tensor_to_attr():
    class M:
        def __init__(self):
            self.last = None

        @tf.function
        def step(self, x):
            self.last = x * 2
            return x

    m = M()
    m.step(x1)
    assert is_symbolic(m.last)
    with pytest.raises(TypeError, match="out of scope"):
        m.last + 1

    def store(obj, x):
        obj.value = x * 2
        return x

    box = Plain()
    tf.function(store)(box, x1)  # mutating an object argument is not rejected
    assert is_symbolic(box.value)


_tally = 0


def test_leak_counter_in_tf_loop():
    class M:
        def __init__(self):
            self.n = 0

        def run(self, k):
            for _ in tf.range(k):
                self.n += 1
            return C(0)

    def by_global(k):
        global _tally
        for _ in tf.range(k):
            _tally = _tally + 1
        return C(0)

    global _tally
    m = M()
    m.run(C(3))
    assert m.n == 3
    m = M()
    tf.function(m.run)(C(3))
    assert is_symbolic(m.n)
    _tally = 0
    tf.function(by_global)(C(3))
    assert is_symbolic(_tally)
    _tally = 0

    counts = {"n": 0}
    n = 0

    def by_item_and_cell(k):
        nonlocal n
        for _ in tf.range(k):
            counts["n"] += 1
            n += 1
        return C(0)

    tf.function(by_item_and_cell)(C(3))
    assert is_symbolic(counts["n"])
    assert is_symbolic(n)

    def under_a_condition(obj, k):
        global _tally
        if k > 0:
            obj.n = 5
            counts["n"] = 7
            _tally += 1
        return C(0)

    m, counts["n"] = M(), 0
    tf.function(under_a_condition)(m, C(3))
    assert is_symbolic(m.n)
    assert is_symbolic(counts["n"])
    assert not is_symbolic(_tally)  # a global is left as Python counts it
    _tally = 0

    def by_python(obj, k):
        for _ in range(3):
            obj.n += 1
        return C(0)

    m = M()
    tf.function(by_python)(m, C(3))
    assert m.n == 3


def test_leak_through_lru_cache():
    @functools.lru_cache(None)
    def table():
        return C(5.0)

    def f(x):
        return x + table()

    assert py(tf.function(f)(x1)) == 6.0  # first use happens inside a trace
    assert is_symbolic(table())
    with pytest.raises(TypeError, match="out of scope"):
        table() + 1.0
    with pytest.raises(TypeError, match="out of scope"):
        tf.function(lambda y: f(y))(x1)


def test_trace_cache_grows():
    def f(x, n):
        return x * n

    g = tf.function(f)
    graphs = [weakref.ref(g.get_concrete_function(x1, i).graph) for i in range(20)]
    gc.collect()
    assert traces(g) == 20
    assert all(r() is not None for r in graphs)
    h = tf.function(f)
    for i in range(20):
        h(x1, C(float(i)))
    assert traces(h) == 1
    del g
    gc.collect()
    assert all(r() is None for r in graphs)  # freed with the function


def test_dead_object_traces_kept():
    def f(obj, x):
        return x * 2

    g = tf.function(f)
    graphs = []
    for _ in range(10):
        obj = Plain()
        graphs.append(weakref.ref(g.get_concrete_function(obj, x1).graph))
        del obj
    gc.collect()
    assert all(r() is not None for r in graphs)  # unreachable entries stay cached


def test_numpy_constant_embedded():
    big = np.ones((500, 500), np.float32)
    tensor = C(big)

    def from_numpy(x, n):
        return tf.reduce_sum(x * big)

    def from_tensor(x, n):
        return tf.reduce_sum(x * tensor)

    def size(fn, n):
        return tf.function(fn).get_concrete_function(Spec([500, 500]), n).graph.as_graph_def().ByteSize()

    assert size(from_numpy, 1) > big.nbytes  # a copy in every trace
    assert size(from_tensor, 1) < 10_000  # captured by reference


def test_leaked_tensor_pins_graph():
    keep = []

    def trace(leak):
        @tf.function
        def f(x):
            y = x * 2
            if leak:
                keep.append(y)
            return y

        f(x1)
        return weakref.ref(f.get_concrete_function(x1).graph)

    clean, dirty = trace(False), trace(True)
    gc.collect()
    assert clean() is None
    assert dirty() is not None
    keep.clear()
    gc.collect()
    assert dirty() is None


def test_losses_added_in_a_graph_of_call_alone_are_lost():
    class Layer(keras.layers.Layer):
        def call(self, x):
            self.add_loss(tf.reduce_sum(x))
            return x

    class Traced(Layer):
        call = tf.function(Layer.call)

    eager, traced = Layer(), Traced()
    eager(tf.ones([2]))
    traced(tf.ones([2]))
    assert [float(loss) for loss in eager.losses] == [2.0]
    assert not any(isinstance(loss, tf.__internal__.EagerTensor) for loss in traced.losses)
    sequence = keras.Sequential([traced])
    sequence.compile("sgd")
    with pytest.raises(ValueError, match="No loss to compute"):
        sequence.fit(tf.ones([2, 2]), tf.ones([2, 2]), verbose=0)
