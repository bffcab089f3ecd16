"""Looks dangerous, is safe: Python in traced functions."""

import collections
import functools

import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import C, InvalidArg, Plain, Spec, py, same, traces, v3, x1


def test_safe_local_containers():
    def f(x):
        out, seen, d, q = [], set(), {}, collections.deque(maxlen=2)
        for i in range(3):
            out.append(x * i)
            seen.add(i)
            d[i] = x + i
            q.append(x - i)
        out[0] = x
        d.pop(0)
        return tf.stack(out), len(seen), d[2], tf.stack(list(q)), [v * 2 for v in out]

    same(f, (x1,), (C(5.0),), expect_traces=1)


def test_safe_local_object_mutation():
    def f(x):
        o = Plain()
        o.v = x
        if x > 0:
            o.v = x * 2  # attribute of a local, inside a tensor `if`
        for i in tf.range(3):
            o.v = o.v + 1.0
        return o.v

    same(f, (x1,), (C(-1.0),), expect_traces=1)


def test_safe_static_container_in_tf_control_flow():
    def f(n):
        state, d = [C(0)], {"a": C(0)}
        for i in tf.range(n):
            state[0] = state[0] + i
        if n > 2:
            d["a"] = n
        return state[0], d["a"]

    same(f, (C(3),), (C(1),), expect_traces=1)


def test_safe_tf_print(tmp_path):
    path = tmp_path / "p.txt"

    def f(x):
        tf.print("loss", x, output_stream="file://" + str(path))
        return x

    g = tf.function(f)
    g(C(1.0)), g(C(2.0))
    assert path.read_text().split() == ["loss", "1", "loss", "2"]


_state = tf.Variable(0.0)


def test_safe_variable_assign():
    class M:
        def __init__(self):
            self.v = tf.Variable(0.0)

        def step(self, x, w):
            self.v.assign_add(x)
            _state.assign_add(x)
            w.assign_add(x)
            return self.v.read_value() + _state + w

    results = []
    for wrap in (lambda f: f, tf.function):
        _state.assign(0.0)
        m, w = M(), tf.Variable(0.0)
        step = wrap(m.step)
        results.append([py(step(x1, w)) for _ in range(3)])
    assert results[0] == results[1] == [3.0, 6.0, 9.0]

    def read():
        return _state * 1.0

    g = tf.function(read)
    _state.assign(4.0)
    assert py(g()) == 4.0
    _state.assign(5.0)
    assert py(g()) == 5.0


def test_safe_tensorarray_reassigned():
    def f(n):
        ta = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        for i in tf.range(n):
            ta = ta.write(i, i * i)
        return ta.stack()

    same(f, (C(3),), (C(5),), expect_traces=1)


_RATE, _NAMES = 0.5, ("a", "b")


def test_safe_constant_globals():
    k = 3

    def f(x):
        for _ in _NAMES:
            x = x * _RATE + k
        return x

    same(f, (x1,), (C(2.0),), expect_traces=1)


def test_safe_training_flag():
    def f(x, training=False):
        if training:
            return x * 2
        return x

    g = same(f, (x1, True), (x1, False), (x1, True), (x1, False))
    assert traces(g) == 2


def test_safe_static_shape_and_dtype_checks():
    def f(x):
        if x.shape.rank != 1:
            raise ValueError("rank")
        if x.dtype != tf.float32:
            x = tf.cast(x, tf.float32)
        assert x.shape[0] is not None
        n = x.shape[0]
        return x * n if n > 2 else x, np.zeros(x.shape), [i for i in range(n)]

    same(f, (v3,), (C([1, 2]),))
    for fn in (f, tf.function(f)):
        with pytest.raises(ValueError, match="rank"):
            fn(x1)


def test_safe_none_and_isinstance_checks():
    def f(x, mask=None):
        if mask is not None:
            x = x * mask
        if mask is not None and tf.reduce_sum(x) > 0:
            x = x + 1
        return x if isinstance(x, tf.Tensor) and tf.is_tensor(x) else -x

    g = same(f, (x1,), (x1, C(2.0)), (x1, C(-2.0)))
    assert traces(g) == 2


def test_safe_structures_in_and_out():
    Pair = collections.namedtuple("Pair", "a b")

    def f(d, p):
        return {"sum": d["x"] + p.a, "pair": Pair(p.b, (d["x"], [d["y"]])), "none": None}

    args = ({"x": C(1), "y": C(2)}, Pair(C(3), C(4)))
    g = tf.function(f)
    out = g(*args)
    assert isinstance(out["pair"], tuple)
    assert out["pair"]._fields == ("a", "b")
    assert out["none"] is None
    assert list(out) == list(f(*args))
    assert py(out["sum"]) == 4
    g({"y": C(2), "x": C(1)}, Pair(C(3), C(4)))
    assert traces(g) == 1  # key order does not retrace


def test_safe_early_return():
    def f(x):
        if x > 10:
            return x * 2
        if x > 0:
            return x
        return -x

    same(f, (C(20.0),), (x1,), (C(-3.0),), expect_traces=1)


def test_safe_tf_debugging_assert():
    def f(x):
        tf.debugging.assert_positive(x)
        return x * 2

    g = same(f, (x1,))
    for fn in (f, g):
        with pytest.raises(InvalidArg):
            fn(C(-1.0))


def test_safe_boolean_operators_on_bool_tensors():
    def f(x, y):
        a = 0 < x < 3
        b = x > 0 and y > 0
        c = x > 5 or not y > 5
        d = a == b
        if 0 < x < 3 and not y > 5:
            return a, b, c, d, x
        return a, b, c, d, y

    same(f, (C(1), C(2)), (C(7), C(9)), (C(-1), C(2)), expect_traces=1)


def test_safe_for_over_tensor():
    def f(x):
        s = 0.0
        for v in x:
            s += v
        for i in tf.range(3):
            s += tf.cast(i, tf.float32)
        while s < 100.0:
            s = s * 2.0
        return s

    same(f, (v3,), (C([4.0, 5.0, 6.0]),), expect_traces=1)
    same(f, (v3,), (C([4.0]),), expect_traces=1, input_signature=[Spec([None])])


def test_safe_converted_builtins():
    def f(x, n):
        total = 0
        for i in range(n):  # range of a tensor
            total += i
        return len(x), abs(x), sorted(x), int(n), float(n), total

    same(f, (v3, C(4)), (-v3, C(2)), expect_traces=1)


def test_safe_break_continue_in_tf_loop():
    def f(n):
        s = 0
        for i in tf.range(100):
            if i % 2 == 0:
                continue
            if i > n:
                break
            s += i
        return s

    def python_continue(n):
        s = C(0)
        for i in range(5):
            if n > i:
                continue
            s += i
        return s

    def break_in_with(n):
        s = 0
        for i in tf.range(n):
            with tf.name_scope("s"):
                if i > 1:
                    break
                s += i
        return s

    for fn in (f, python_continue, break_in_with):
        same(fn, (C(4),), (C(9),), expect_traces=1)


def test_safe_branch_shapes_differ():
    def f(x):
        if x > 0:
            y = tf.zeros([2])
        else:
            y = tf.zeros([3])
        return y

    same(f, (x1,), (C(-1.0),), expect_traces=1)


def test_safe_string_chosen_in_branch():
    def f(x):
        if x > 0:
            mode = "pos"
        else:
            mode = "neg"
        if mode == "pos":
            return x
        return -x

    same(f, (x1,), (C(-2.0),), expect_traces=1)


def test_safe_loop_locals_and_index_after_loop():
    def f(n):
        s = 0
        for i in tf.range(n):
            t = i * 2  # first defined inside the loop
            s += t
        return s, i, t

    same(f, (C(3),), (C(5),), expect_traces=1)  # (zero iterations: see the hazard entry)


def test_safe_python_counter_returned_from_loop():
    def f(x):
        n, first, s = 0, True, 0.0
        for v in x:
            if v > 1.0:
                n += 1
            if first:
                s = v
                first = False
            else:
                s = s * v
        return n, s

    same(f, (v3,), (C([0.0, -1.0, 4.0]),), expect_traces=1)


def test_safe_python_exceptions():
    def f(x, d):
        try:
            k = d["missing"]
        except KeyError:
            k = 5.0
        try:
            y = x * k
        finally:
            y = x * k + 1
        try:
            if y > 0:
                return y
            return -y
        finally:
            pass

    same(f, (x1, {"a": 1.0}), (C(-1.0), {"a": 1.0}))


def test_safe_tf_contexts():
    v = tf.Variable(3.0)

    def f(x):
        with tf.name_scope("s"), tf.device("cpu:0"), tf.GradientTape() as tape:
            if x > 0:
                y = v * v * x
            else:
                y = v * x
        with tf.control_dependencies([y]):
            return tape.gradient(y, v), tf.identity(y)

    same(f, (x1,), (C(-1.0),), expect_traces=1)


class _Base:
    k = 2.0

    def scale(self, x):
        return x * self.k


class _Sub(_Base):
    @property
    def factor(self):
        return self.k

    def scale(self, x):
        if x > 0:
            return super().scale(x) * self.factor
        return x

    @staticmethod
    def static(x):
        return x if x > 0 else -x

    @classmethod
    def klass(cls, x):
        return x * cls.k if x > 0 else -x

    def __call__(self, x):
        if x > 0:
            return self.scale(x)
        return self.static(x)


def test_safe_object_features():
    obj = _Sub()
    for fn in (obj.scale, obj.static, obj.klass, obj, _Sub.static):
        same(fn, (x1,), (C(-2.0),), expect_traces=1)


def test_safe_callables():
    def kwonly(x, /, k=1.0, *rest, z=2.0, **kw):
        if x > 0:
            return x * k * z + sum(rest) + sum(kw.values())
        return x

    @functools.wraps(kwonly)
    def wrapped(*a, **k):
        return kwonly(*a, **k)

    def inner(x):
        class A:
            def m(self, v):
                if v > 0:
                    return v
                return -v

        def h(v):
            if v > 0:
                return v * 2
            return v

        pick = lambda v: 1.0 if v > 0 else 2.0
        return A().m(x) + h(x) + pick(x)

    for fn in (functools.partial(kwonly, k=3.0), wrapped, inner, functools.partial(kwonly, z=1.0, w=4.0)):
        same(fn, (x1,), (C(-1.0),), expect_traces=1)
