"""What the proofs share: eager against traced, counting traces, and small programs to try them on.

*Eager* is the plain Python function, *traced* is `tf.function` of the same function. Functions to be traced are ``def``
in a file, for AutoGraph needs their source.
"""

import dataclasses
import logging
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

# Two classes TensorFlow raises but does not export (a TypeError and a ValueError).
from tensorflow.python.framework.errors_impl import InaccessibleTensorError as Inaccessible
from tensorflow.python.framework.errors_impl import OperatorNotAllowedInGraphError as NotAllowed

__all__ = ["Inaccessible", "NotAllowed"]

C = tf.constant
Spec = tf.TensorSpec
InvalidArg = tf.errors.InvalidArgumentError

x1 = C(1.0)
v3 = C([1.0, 2.0, 3.0])


def traces(fn):
    return fn.experimental_get_tracing_count()


def py(value):
    """Tensors -> Python scalars/lists, recursively."""

    def one(t):
        if hasattr(t, "numpy"):
            t = t.numpy()
        if isinstance(t, np.generic):
            t = t.item()
        if isinstance(t, np.ndarray):
            t = t.tolist()
        return t.decode() if isinstance(t, bytes) else t

    return tf.nest.map_structure(one, value)


def same(fn, *argsets, expect_traces=None, **kw):
    """Eager and traced agree on every argument tuple (the 'safe' pattern)."""
    traced = tf.function(fn, **kw)
    for args in argsets:
        e, g = py(fn(*args)), py(traced(*args))
        flat_e, flat_g = tf.nest.flatten(e), tf.nest.flatten(g)
        assert len(flat_e) == len(flat_g)
        for a, b in zip(flat_e, flat_g):
            assert a == b or a == pytest.approx(b, rel=1e-5), (args, e, g)
    if expect_traces is not None:
        assert traces(traced) == expect_traces
    return traced


def fails_traced(fn, exc, *args, match=None, exact=True, **kw):
    """``fn`` raises ``exc`` when traced (and, with exact, that very class)."""
    with pytest.raises(exc, match=match) as info:
        tf.function(fn, **kw)(*args)
    if exact and not isinstance(exc, tuple):
        assert type(info.value) is exc, type(info.value)
    return info.value


def fastest_call(fn, *args, n=200, repeats=7):
    fn(*args)
    out = []
    for _ in range(repeats):
        t0 = time.perf_counter()
        for _ in range(n):
            fn(*args)
        out.append((time.perf_counter() - t0) / n)
    return min(out)  # what others do on the machine only adds to it


def is_symbolic(t):
    return isinstance(t, tf.Tensor) and not hasattr(t, "numpy")


class LogCatcher(logging.Handler):
    def __enter__(self):
        self.lines = []
        self.level_before = tf.get_logger().level
        tf.get_logger().setLevel("WARNING")
        tf.get_logger().addHandler(self)
        return self

    def emit(self, record):
        self.lines.append(record.getMessage())

    def __exit__(self, *exc):
        tf.get_logger().removeHandler(self)
        tf.get_logger().setLevel(self.level_before)

    @property
    def text(self):
        return "\n".join(self.lines)


class Plain:
    """A bare object to hang attributes on."""


@dataclasses.dataclass(frozen=True)
class FrozenConfig:
    name: str
    k: float = dataclasses.field(compare=False, default=1.0)

    @tf.function
    def method(self, x):
        return x * self.k


def linear(units=1):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, kernel_initializer="ones")])


class UndecoratedNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)


def fit(model, loss="mse", **kw):
    model.compile("sgd", loss, **kw)
    return model.fit(tf.ones([8, 3]), tf.ones([8, 1]), verbose=0).history


def dense3():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])


def const(a):
    return C(0)


def count_traces(args_list, fn=const, **kw):
    g = tf.function(fn, **kw)
    for a in args_list:
        g(a)
    return traces(g)


def double(a):
    return a * 2


def tanh_chain(n):
    def f(x):
        for _ in range(n):
            x = tf.tanh(x)
        return x

    return f
