"""Silent differences: state, loops, branches and shapes that mean something else in a graph."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import C, InvalidArg, Spec, is_symbolic, py, x1


def test_variable_attr_rebound():
    class M(tf.Module):
        def __init__(self):
            self.v = tf.Variable(0.0)

        def step(self):
            self.v = self.v + 1.0
            return self.v

    m = M()
    assert [py(m.step()) for _ in range(3)] == [1.0, 2.0, 3.0]
    m = M()
    g = tf.function(m.step)
    assert [py(g()) for _ in range(3)] == [1.0, 1.0, 1.0]
    assert is_symbolic(m.v)

    class Augmented(M):
        def step(self):
            self.v += 1.0
            return self.v

    for fn in (Augmented().step, tf.function(Augmented().step)):
        with pytest.raises(RuntimeError, match="is not supported"):
            fn()  # in both modes


_seen = []


def test_global_list_append_once():
    def f(x):
        _seen.append(1)
        return x

    _seen.clear()
    f(x1), f(x1), f(x1)
    assert len(_seen) == 3
    _seen.clear()
    g = tf.function(f)
    g(x1), g(x1), g(x1)
    assert len(_seen) == 1


_buffer = np.zeros(2)


def test_numpy_global_inplace_once():
    def f(x):
        _buffer[0] += 1
        return x + _buffer[0]

    _buffer[:] = 0
    assert [py(f(x1)) for _ in range(3)] == [2.0, 3.0, 4.0]
    _buffer[:] = 0
    g = tf.function(f)
    assert [py(g(x1)) for _ in range(3)] == [2.0, 2.0, 2.0]
    assert _buffer[0] == 1


def test_numpy_arg_inplace_lost():
    def f(a):
        a += 1
        return a

    arr = np.zeros(2)
    f(arr)
    assert arr.tolist() == [1.0, 1.0]
    arr = np.zeros(2)
    out = tf.function(f)(arr)
    assert py(out) == [1.0, 1.0]
    assert arr.tolist() == [0.0, 0.0]


def test_numpy_arg_becomes_tensor():
    def f(a, w=np.ones(1)):
        return isinstance(a, np.ndarray), isinstance(w, np.ndarray)

    assert f(np.ones(2)) == (True, True)
    assert py(tf.function(f)(np.ones(2))) == (False, False)


def test_python_iterator_frozen():
    def make():
        it, count = iter([1.0, 2.0, 3.0]), itertools.count()

        def f(x):
            return x + next(it), next(count)

        return f

    f, g = make(), tf.function(make())
    assert [py(f(x1)) for _ in range(3)] == [(2.0, 0), (3.0, 1), (4.0, 2)]
    assert [py(g(x1)) for _ in range(3)] == [(2.0, 0)] * 3


def test_python_data_baked_in():
    data = [1.0, 2.0]

    def f(x):
        for d in data:
            x = x + d
        return x

    g = tf.function(f)
    assert py(g(x1)) == 4.0
    data.append(100.0)
    assert py(f(x1)) == 104.0
    assert py(g(x1)) == 4.0

    stream = iter([1.0, 2.0])

    def h(x):
        for d in stream:
            x = x + d
        return x

    k = tf.function(h)
    assert py(k(x1)) == 4.0
    assert py(k(x1)) == 4.0
    assert py(h(x1)) == 1.0


def test_tf_loop_python_effects_once():
    calls = []

    def f(n):
        for _ in tf.range(n):
            calls.append(1)
        return n

    f(C(5))
    assert len(calls) == 5
    calls.clear()
    g = tf.function(f)
    g(C(5))
    assert len(calls) == 1
    g(C(0))
    assert len(calls) == 1
    calls.clear()
    tf.function(f)(C(0))  # zero iterations, body still traced
    assert len(calls) == 1


def test_tensor_if_both_branches_run():
    calls = []

    def f(x):
        if x > 0:
            calls.append("then")
            y = x
        else:
            calls.append("else")
            y = -x
        return y

    f(x1)
    assert calls == ["then"]
    calls.clear()
    g = tf.function(f)
    g(x1), g(C(-1.0))
    assert calls == ["then", "else"]


def test_list_append_in_tensor_if():
    def f(x):
        found = []
        if x > 0:
            found.append(1)
        return len(found)

    assert f(x1) == 1
    assert f(C(-1.0)) == 0
    g = tf.function(f)
    assert py(g(x1)) == 1
    assert py(g(C(-1.0))) == 1


def test_list_append_in_tf_loop_len():
    def f(n):
        out = []
        for i in tf.range(n):
            out.append(i)
        return len(out)

    assert f(C(3)) == 3
    assert py(tf.function(f)(C(3))) == 1


def test_method_mutation_in_tf_loop():
    class Counter:
        def __init__(self):
            self.n = 0

        def inc(self):
            self.n += 1

        def run(self, k):
            for _ in tf.range(k):
                self.inc()
            return tf.convert_to_tensor(self.n)

    assert py(Counter().run(C(3))) == 3
    assert py(tf.function(Counter().run)(C(3))) == 1


def test_none_sentinel_in_tf_loop():
    def biggest(x):
        best = None
        for v in x:
            if best is None:
                best = v
            else:
                best = tf.maximum(best, v)
        return best

    def product(n):
        acc = None
        while n > 0:
            acc = n if acc is None else acc * n
            n -= 1
        return acc

    neg = C([-3.0, -1.0, -2.0])
    assert py(biggest(neg)) == -1.0
    assert py(tf.function(biggest)(neg)) == 0.0
    assert py(product(C(4))) == 24
    assert py(tf.function(product)(C(4))) == 0


def test_lambda_closes_over_tf_loop_var():
    def f(n):
        a = C(0)
        get = lambda: a
        for i in tf.range(n):
            a = i
        return get()

    assert py(f(C(3))) == 2
    assert py(tf.function(f)(C(3))) == 0


def test_lambda_late_binding_in_python_loop():
    def f(x):
        fns = []
        for i in range(3):
            fns.append(lambda: i)  # noqa: B023
        return [fn() for fn in fns]

    assert f(x1) == [2, 2, 2]
    assert py(tf.function(f)(x1)) == [0, 1, 2]


def test_tensorarray_write_unassigned():
    def f():
        ta = tf.TensorArray(tf.float32, 3)
        for i in range(3):
            ta.write(i, 1.0)
        return ta.stack()

    assert py(f()) == [1.0, 1.0, 1.0]
    assert py(tf.function(f)()) == [0.0, 0.0, 0.0]


def test_python_number_narrows_in_tf_loop():
    def ints(n):
        k = 1
        for _ in tf.range(n):
            k = k * 2
        return k

    def floats(n):
        s = 16777216.0
        for _ in tf.range(n):
            s = s + 1.0
        return s

    assert ints(C(40)) == 2**40
    assert py(tf.function(ints)(C(40))) == 0
    assert floats(C(4)) == 16777220.0
    assert py(tf.function(floats)(C(4))) == 16777216.0


def test_int_float_builtin_narrows():
    def to_int(x):
        return int(x)

    def to_float(x):
        return float(x)

    big = C(2**40, tf.int64)
    assert to_int(big) == 2**40
    assert tf.function(to_int)(big).dtype == tf.int32
    assert py(tf.function(to_int)(big)) == 0
    d = C(0.1, tf.float64)
    assert to_float(d) == 0.1
    assert tf.function(to_float)(d).dtype == tf.float32
    assert py(tf.function(to_float)(d)) != 0.1


def test_raise_in_tensor_if_inside_try():
    def f(n):
        try:
            if n > 0:
                raise ValueError("positive")
            return n
        except ValueError:
            return n * 10

    assert py(f(C(1))) == 10
    assert py(f(C(-1))) == -1
    g = tf.function(f)
    assert py(g(C(1))) == 10
    assert py(g(C(-1))) == -10


def test_except_swallows_trace_error():
    def f(x):
        try:
            scale = float(x.numpy())
        except Exception:
            scale = 0.0
        return x * 0 + scale

    assert py(f(C(3.0))) == 3.0
    assert py(tf.function(f)(C(3.0))) == 0.0


def test_unused_op_error_vanishes():
    def f(x):
        tf.gather(x, [5])  # out of range, result unused
        return x

    with pytest.raises(InvalidArg):
        f(C([1.0]))
    assert py(tf.function(f)(C([1.0]))) == [1.0]


def test_static_shape_compare_unknown_dim():
    def f(x):
        return x.shape == (2,)

    assert f(C([1.0, 2.0])) is True
    assert py(tf.function(f)(C([1.0, 2.0]))) is True
    assert py(tf.function(f, input_signature=[Spec([None])])(C([1.0, 2.0]))) is False


def test_set_shape_unchecked():
    def f(x):
        x.set_shape([3])
        return tf.zeros([x.shape[0]])

    def checked(x):
        return tf.ensure_shape(x, [3]) * 2.0  # its RESULT must be used, or it is pruned

    two = C([1.0, 2.0])
    with pytest.raises(ValueError):
        f(two)
    assert len(py(tf.function(f, input_signature=[Spec([None])])(two))) == 3  # a lie, accepted
    with pytest.raises(InvalidArg):
        tf.function(checked, input_signature=[Spec([None])])(two)


def test_eager_mode_probe_branches():
    def f(x):
        return (
            1 if tf.executing_eagerly() else 2,
            1 if hasattr(x, "numpy") else 2,
            1 if tf.get_static_value(x) is not None else 2,
            1 if type(x).__name__ == "EagerTensor" else 2,
        )

    assert f(x1) == (1, 1, 1, 1)
    assert py(tf.function(f)(x1)) == (2, 2, 2, 2)
