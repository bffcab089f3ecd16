"""Arguments of the decorator."""

import statistics
import time

import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import (
    C,
    InvalidArg,
    NotAllowed,
    Spec,
    count_traces,
    double,
    fails_traced,
    py,
    same,
    traces,
    v3,
    x1,
)


def test_input_signature_not_a_sequence():
    for bad in (Spec([None]), (Spec([None]))):  # the second lacks its comma
        with pytest.raises(TypeError, match="must be either a tuple or a list"):
            tf.function(double, input_signature=bad)
    for bad in ([float], [None]):
        with pytest.raises(TypeError, match="possibly nested sequence of TensorSpec"):
            tf.function(double, input_signature=bad)


def test_input_signature_wrong_count():
    def two(a, b):
        return a + b

    with pytest.raises(TypeError, match="missing type constraint for b"):
        tf.function(two, input_signature=[Spec([None])])
    with pytest.raises(TypeError, match="1 extra type constraints"):
        tf.function(double, input_signature=[Spec([None]), Spec([None])])


def test_input_signature_freezes_defaults():
    def f(x, training=False):
        return x * 2 if training else x

    g = tf.function(f, input_signature=[Spec([None])])
    assert py(g(C([1.0]))) == [1.0]
    assert py(g(C([1.0]), training=False)) == [1.0]
    assert py(f(C([1.0]), training=True)) == [2.0]
    with pytest.raises(TypeError, match="Can not cast True to Literal"):
        g(C([1.0]), training=True)


def test_input_signature_keyword_only():
    def required(a, *, k):
        return a * k

    def default(a, *, k=2.0):
        return a * k

    def extra(a, **kw):
        return a

    with pytest.raises(TypeError, match="keyword-only parameter `k` must have a default"):
        tf.function(required, input_signature=[Spec([None])])
    g = tf.function(default, input_signature=[Spec([None])])
    assert py(g(C([1.0]))) == [2.0]
    with pytest.raises(TypeError, match=r"Can not cast 3.0 to Literal"):
        g(C([1.0]), k=3.0)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        tf.function(extra, input_signature=[Spec([None])])(C([1.0]), z=2)


def test_input_signature_mismatch():
    g = tf.function(double, input_signature=[Spec([None], tf.float32)])
    for bad in (C([1]), C([[1.0]]), C([1.0], tf.float64)):
        double(bad)
        with pytest.raises(TypeError, match="Can not cast"):  # a TypeError, not a ValueError
            g(bad)
    with pytest.raises(TypeError, match="NoneType"):
        g(None)
    tight = tf.function(double, input_signature=[tf.TensorSpec.from_tensor(C([1.0]))])
    with pytest.raises(TypeError, match="Can not cast"):
        tight(C([1.0, 2.0]))

    def pick(d):
        return d["a"]

    p = tf.function(pick, input_signature=[{"a": Spec([None])}])
    with pytest.raises(TypeError, match="different ke"):
        p({"a": C([1.0]), "b": C([1.0])})
    assert Spec([None]).dtype == tf.float32  # the dtype default


def test_input_signature_silent_cast():
    g = tf.function(double, input_signature=[Spec([], tf.int32)])
    assert double(np.float64(3.7)) == 7.4
    assert py(g(np.float64(3.7))) == 6  # truncated to 3 without a word
    with pytest.raises(TypeError):
        g(3.7)  # a Python float is rejected
    h = tf.function(double, input_signature=[Spec([None], tf.float32)])
    assert h(np.ones(2)).dtype == tf.float32
    assert double(np.ones(2)).dtype == np.float64


def test_input_signature_on_method():
    class Good:
        @tf.function(input_signature=[Spec([None])])
        def f(self, x):
            return x

    assert py(Good().f(C([1.0]))) == [1.0]
    with pytest.raises(TypeError, match="1 extra type constraints"):

        class Extra:
            @tf.function(input_signature=[Spec([None]), Spec([None])])
            def f(self, x):
                return x

    with pytest.raises(TypeError, match="missing type constraint for x"):

        class Renamed:  # only a parameter called `self` is exempt
            @tf.function(input_signature=[Spec([None])])
            def f(this, x):
                return x


def test_input_signature_hides_variable():
    def f(v):
        v.assign_add(1.0)
        return v.read_value()

    def probe(v):
        return isinstance(v, tf.Variable)

    assert py(tf.function(f)(tf.Variable(1.0))) == 2.0
    fails_traced(f, AttributeError, tf.Variable(1.0), match="assign_add", input_signature=[Spec([])])
    assert py(tf.function(probe)(tf.Variable(1.0))) is True
    assert py(tf.function(probe, input_signature=[Spec([])])(tf.Variable(1.0))) is False


def test_deprecated_decorator_arguments():
    for name, instead in (
        ("experimental_relax_shapes", "use reduce_retracing"),
        ("experimental_compile", "use jit_compile"),
        ("experimental_follow_type_hints", "is deprecated"),
    ):
        g = tf.function(double, **{name: True})
        assert py(g(x1)) == 2.0  # still accepted on this version
    assert count_traces([tf.zeros([i]) for i in range(1, 6)], experimental_relax_shapes=True) == 2

    def hinted(a: tf.Tensor):
        return C(0)

    assert count_traces([1, 2], fn=hinted) == 2
    assert count_traces([1, 2], fn=hinted, experimental_follow_type_hints=True) == 2  # no effect left
    with pytest.raises(ValueError, match="Cannot specify both"):
        tf.function(double, experimental_compile=True, jit_compile=True)


def test_unknown_or_misplaced_decorator_argument():
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        tf.function(double, jit=True)
    with pytest.raises(TypeError, match="not a callable object"):
        tf.function([Spec([None])])(double)  # signature passed as the function


def test_autograph_false_with_tensor_control_flow():
    def branch(x):
        if x > 0:
            return x
        return -x

    def loop(x):
        s = 0.0
        for v in x:
            s += v
        return s

    def cast(x):
        return int(x)

    def ok(x):
        return tf.cond(x > 0, lambda: x, lambda: -x)

    same(branch, (x1,), (C(-1.0),)), same(loop, (v3,)), same(cast, (C(3),))
    fails_traced(branch, NotAllowed, x1, autograph=False)
    fails_traced(loop, NotAllowed, v3, autograph=False)
    fails_traced(cast, TypeError, C(3), autograph=False)
    same(ok, (x1,), (C(-1.0),), autograph=False)


def test_reduce_retracing_limits():
    assert count_traces([1, 2, 3, 4, 5], reduce_retracing=True) == 5  # Python values: no help

    def static(x):
        return tf.zeros([x.shape[0]])

    g = tf.function(static, reduce_retracing=True)
    g(tf.zeros([1]))
    with pytest.raises(TypeError):
        g(tf.zeros([2]))  # second shape -> None dimension


def test_jit_unsupported_op():
    def printing(x):
        tf.print(x)
        return x

    def strings(x):
        return tf.strings.as_string(x)

    def host(x):
        return tf.py_function(lambda t: t, [x], tf.float32)

    def dataset(x):
        s = C(0, tf.int64)
        for v in tf.data.Dataset.range(3):
            s += v
        return s

    def ragged(x):
        return tf.ragged.constant([[1], [2, 3]]).to_tensor()

    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(C([1]), C([2])), -1)

    def lookup(x):
        return table.lookup(tf.cast(x, tf.int32))

    def sparse(x):
        return tf.sets.size(tf.sparse.from_dense(tf.cast(tf.reshape(x, [1, 1]), tf.int32)))

    for f in (printing, strings, host, dataset, ragged, lookup, sparse):
        tf.function(f)(x1)
        g = tf.function(f, jit_compile=True)
        with pytest.raises(InvalidArg, match="Detected unsupported operations"):
            g(x1)
        assert traces(g) == 1  # tracing passed; compiling failed


def test_jit_drops_checks():
    def asserting(x):
        tf.debugging.assert_greater(x, 0.0)
        return x

    def numerics(x):
        return tf.debugging.check_numerics(x, "nan")

    nan = C(float("nan"))
    for f, bad in ((asserting, C(-1.0)), (numerics, nan)):
        with pytest.raises(InvalidArg):
            f(bad)
        with pytest.raises(InvalidArg):
            tf.function(f)(bad)
        tf.function(f, jit_compile=True)(bad)  # passes


def test_jit_out_of_range_is_silent():
    def gather(x):
        return tf.gather(x, [5])

    def divide(a, b):
        return a // b

    two = C([1.0, 2.0])
    for f, args in ((gather, (two,)), (divide, (C(1), C(0)))):
        with pytest.raises(InvalidArg):
            f(*args)
        with pytest.raises(InvalidArg):
            tf.function(f)(*args)
    assert py(tf.function(gather, jit_compile=True)(two)) == [2.0]  # clamped to the last element
    assert py(tf.function(divide, jit_compile=True)(C(1), C(0))) == -1


def test_jit_dynamic_tensorarray_empty():
    def dynamic(x):
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in tf.range(3):
            ta = ta.write(i, x[i])
        return ta.stack()

    def fixed(x):
        ta = tf.TensorArray(tf.float32, size=3)
        for i in tf.range(3):
            ta = ta.write(i, x[i])
        return ta.stack()

    same(dynamic, (v3,)), same(fixed, (v3,)), same(fixed, (v3,), jit_compile=True)
    assert py(tf.function(dynamic, jit_compile=True)(v3)) == []


def test_jit_random_stream_differs():
    def f():
        return tf.random.uniform([4], seed=1)

    tf.random.set_seed(3)
    plain = py(tf.function(f)())
    tf.random.set_seed(3)
    assert py(tf.function(f)()) == plain
    tf.random.set_seed(3)
    assert py(tf.function(f, jit_compile=True)()) != plain


def test_jit_recompiles_per_shape():
    def f(a):
        for _ in range(20):
            a = tf.tanh(a) * a
        return a

    g = tf.function(f, jit_compile=True, input_signature=[Spec([None])])
    g(tf.ones([10]))

    def timed(n):
        t0 = time.perf_counter()
        g(tf.ones([n])).numpy()
        return time.perf_counter() - t0

    new = [timed(n) for n in (11, 12, 13)]
    warm = [timed(13) for _ in range(5)]
    assert traces(g) == 1  # not a retrace, still a compile
    assert statistics.median(new) > 3 * statistics.median(warm)
