"""Raises under tracing: tensors where Python wants a value, and what AutoGraph does not convert."""

import math

import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import C, InvalidArg, LogCatcher, NotAllowed, fails_traced, py, same, traces, v3, x1


def test_tensor_numpy_method():
    def f(x):
        return x.numpy()

    v = tf.Variable(2.0)

    def g():
        return v.numpy()

    assert f(x1) == 1.0
    assert g() == 2.0
    fails_traced(f, AttributeError, x1, match="'SymbolicTensor' object has no attribute 'numpy'")
    fails_traced(g, NotImplementedError, match="only available when eager execution is enabled")
    for name in ("item", "tolist"):  # not an eager/traced difference
        with pytest.raises(AttributeError):
            getattr(x1, name)


def test_bool_of_tensor():
    def via_bool(x):
        return bool(x > 0)

    def via_any(x):
        return any(x > i for i in range(3))

    def via_comprehension(x):
        return [i for i in range(3) if x > i]

    def via_membership(x):
        return x in [1.0, 2.0]

    def via_builtin_max(x):
        return max(x, C(0.0))

    for f in (via_bool, via_any, via_comprehension, via_membership, via_builtin_max):
        f(x1)
        fails_traced(f, NotAllowed, x1, match="as a Python `bool`")

    def value_in_tensor(x):
        return 2.0 in x

    assert value_in_tensor(v3) is True
    fails_traced(value_in_tensor, TypeError, v3, match="not iterable")


def test_and_or_on_non_bool_tensor():
    def both(a, b):
        return a and b

    def default(a, b=None):
        return b or a

    assert py(both(C(3), C(4))) == 4
    assert py(default(x1, C(2.0))) == 2.0
    g = tf.function(both)
    with pytest.raises(InvalidArg, match="expected bool"):
        g(C(3), C(4))
    assert traces(g) == 1  # tracing passed; running failed
    with pytest.raises(InvalidArg, match="expected bool"):
        tf.function(default)(x1, C(2.0))


def test_truth_of_non_bool_tensor():
    def odd(n):
        if n % 2:
            return C(1)
        return C(0)

    def masked(x, mask=None):
        if mask:
            return x * 2
        return x

    def countdown(n):
        while n:
            n -= 1
        return n

    def negate(n):
        return not n

    assert py(odd(C(3))) == 1
    assert py(masked(x1, C(2.0))) == 2.0
    assert py(countdown(C(3))) == 0
    fails_traced(odd, ValueError, C(3), match=r"expected to be `tf.bool` scalar")
    fails_traced(masked, ValueError, x1, C(2.0), match="`is not None`")
    fails_traced(countdown, ValueError, C(3), match=r"expected to be `tf.bool` scalar")
    fails_traced(negate, TypeError, C(3), match="LogicalNot")
    for fn in (odd, tf.function(odd)):
        with pytest.raises(ValueError):
            fn(C([1, 2]))  # non-scalar: an error in both modes


def test_iterate_tensor_outside_for():
    def to_list(x):
        return list(x)

    def unpack(x):
        a, b, c = x
        return a + b + c

    def star(x):
        return tf.stack([*x])

    def comprehension(x):
        return [v * 2 for v in x]

    def zipped(x):
        s = 0.0
        for a, b in zip(x, x):
            s += a * b
        return s

    def enumerated(x):
        s = 0.0
        for i, a in enumerate(x):
            s += a
        return s

    def mapped(x):
        return sum(map(abs, x))

    def builtin_sum(x):
        return sum(x)

    def builtin_max(x):
        return max(x)

    for f in (to_list, unpack, star, comprehension, zipped, enumerated, mapped, builtin_sum, builtin_max):
        f(v3)
        fails_traced(f, NotAllowed, v3, match="Iterating over a symbolic")

    def backwards(x):
        s = 0.0
        for a in reversed(x):
            s += a
        return s

    backwards(v3)
    fails_traced(backwards, TypeError, v3, match="len is not well defined")


def test_numpy_call_on_tensor():
    for fn in (np.mean, np.sqrt, np.array, np.asarray, lambda x: np.where(x > 0, x, 0), lambda x: np.maximum(x, 0)):

        def f(x, fn=fn):
            return fn(x)

        f(v3)
        fails_traced(f, NotImplementedError, v3, match=r"Cannot convert a symbolic tf.Tensor")
    for fn in (math.sqrt, math.floor, math.isnan):

        def g(x, fn=fn):
            return fn(x)

        g(x1)
        fails_traced(g, TypeError, x1, match="must be real number, not SymbolicTensor")


def test_numpy_arg_methods():
    cases = [
        (lambda a: a.mean(), AttributeError),
        (lambda a: a.sum(), AttributeError),
        (lambda a: a.astype("float32"), AttributeError),
        (lambda a: a.T, AttributeError),
        (lambda a: a[[0, 1]], ValueError),
        (lambda a: (a == 1).all(), AttributeError),
    ]
    for fn, exc in cases:
        fn(np.array([1, 2, 3]))
        with pytest.raises(exc):
            tf.function(fn, autograph=False)(np.array([1, 2, 3]))

    def setitem(a):
        a[0] = 5
        return a

    setitem(np.zeros(2))
    fails_traced(setitem, TypeError, np.zeros(2), match="does not support item assignment")


def test_numpy_arg_dtype_coercion():
    def add(a, b):
        return a + b

    def scale(a):
        return a * 2.5

    f64, f32 = np.array([1.0, 2.0]), C([1.0, 2.0])
    assert add(f64, f32).dtype == tf.float32  # eager: NumPy side is coerced
    fails_traced(add, TypeError, f64, f32, match="does not match type float64")
    assert scale(np.array([1, 2])).dtype == np.float64
    fails_traced(scale, TypeError, np.array([1, 2]), match="Expected int64")
    same(add, (np.ones(2, np.float32), f32))  # agreeing dtypes are fine


def test_tensor_as_python_index():
    table = [10, 20, 30]

    def index(i):
        return table[i]

    def cut(i):
        return table[:i]

    def np_index(i):
        return np.array(table)[i]

    assert index(C(1)) == 20
    assert cut(C(1)) == [10]
    assert np_index(C(1)) == 20
    fails_traced(index, TypeError, C(1), match="list indices must be integers")
    fails_traced(cut, TypeError, C(1), match="slice indices")
    fails_traced(np_index, NotImplementedError, C(1))


def test_format_spec_of_tensor():
    def fixed(x):
        return f"{x:.2f}"

    def percent(x):
        return "%d" % x  # noqa: UP031

    assert fixed(C(2.0)) == "2.00"
    assert percent(C(2)) == "2"
    fails_traced(fixed, TypeError, C(2.0), match="unsupported format string")
    fails_traced(percent, TypeError, C(2), match="a real number is required")


def warning_of(fn, *args):
    with LogCatcher() as log:
        with pytest.raises(NotAllowed):
            tf.function(fn)(*args)
    return log.text


def test_autograph_off_by_walrus():
    def f(x):
        if (y := x + 1) > 0:
            return y
        return x

    def no_tensor_flow(x):
        if (rank := x.shape.rank) == 0:
            return x
        return x * rank

    assert py(f(x1)) == 2.0
    assert "NamedExpr" in warning_of(f, x1)
    same(no_tensor_flow, (x1,))  # falls back, but nothing needed converting


def test_autograph_off_by_match():
    def f(x):
        match x:
            case 1:
                return C(1)
            case _:
                return C(2)

    def mixed(x, mode):
        match mode:
            case "a":
                k = 1.0
            case _:
                k = 2.0
        if x > 0:
            return x * k
        return x

    assert py(f(C(1))) == 1
    assert py(mixed(x1, "a")) == 1.0
    warning_of(f, C(1))
    assert "could not transform" in warning_of(mixed, x1, "a")


def test_autograph_off_by_loop_else():
    def for_else(n):
        for i in tf.range(n):
            n = n + i
        else:
            n = n + 100
        return n

    def while_else(n):
        while n > 0:
            n -= 1
        else:
            n += 100
        return n

    assert py(for_else(C(3))) == 106
    assert py(while_else(C(3))) == 100
    assert "for/else statement not yet supported" in warning_of(for_else, C(3))
    assert "while/else statement not yet supported" in warning_of(while_else, C(3))


def test_autograph_off_by_mangled_name():
    class M:
        def __init__(self):
            self.__k = 2.0

        def __hidden(self, x):
            return x * 3

        def read(self, x):
            if x > 0:
                return x * self.__k
            return x

        def call(self, x):
            if x > 0:
                return self.__hidden(x)
            return x

        def straight(self, x):
            return x * self.__k

    m = M()
    assert py(m.read(x1)) == 2.0
    assert py(m.call(x1)) == 3.0
    assert "mangled names are not yet supported" in warning_of(m.read, x1)
    warning_of(m.call, x1)
    same(m.straight, (x1,))


def _outer_generator(n):
    for i in range(3):
        yield n * i


def test_autograph_off_by_nested_generator():
    def nested(n):
        def gen():
            for i in range(3):
                yield n * i

        s = 0
        if n > 0:
            for v in gen():
                s += v
        return s

    def separate(n):
        s = 0
        if n > 0:
            for v in _outer_generator(n):
                s += v
        return s

    assert py(nested(C(1))) == 3
    assert "generators are not supported" in warning_of(nested, C(1))
    same(separate, (C(1),), (C(-1),))  # generator defined elsewhere: fine


def test_autograph_off_by_two_lambdas_on_a_line():
    f, g = tf.function(lambda x: x if x > 0 else -x), tf.function(lambda x: -x if x > 0 else x)
    for fn in (f, g):
        with pytest.raises(NotAllowed):
            fn(x1)
    one = tf.function(lambda x: x if x > 0 else -x)
    assert py(one(C(-2.0))) == 2.0


def test_autograph_off_without_source():
    ns = {}
    exec("def f(x):\n    if x > 0:\n        return x\n    return -x", ns)
    assert py(ns["f"](C(-1.0))) == 1.0
    fails_traced(ns["f"], NotAllowed, C(-1.0))


def test_autograph_off_by_do_not_convert():
    @tf.autograph.experimental.do_not_convert
    def helper(x):
        if x > 0:
            return x
        return -x

    def f(x):
        return helper(x)

    assert py(f(C(-1.0))) == 1.0
    fails_traced(f, NotAllowed, C(-1.0))
