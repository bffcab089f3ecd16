"""Raises under tracing: datasets, results, decorators, exceptions, shapes and threads."""

import collections
import contextlib
import copy
import dataclasses
import enum
import functools
import pickle
import threading
import warnings

import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import C, InvalidArg, Spec, fails_traced, py, same, x1


class _TooMany(Exception):
    pass


def _guard(iterable, limit=50):
    for k, v in enumerate(iterable):
        if k > limit:
            raise _TooMany
        yield v


def test_dataset_materialized_inside():
    def as_list():
        return [v for v in _guard(tf.data.Dataset.range(3))]  # list(ds) without the guard never ends

    def as_numpy():
        return list(tf.data.Dataset.range(3).as_numpy_iterator())

    assert len(as_list()) == 3
    assert len(as_numpy()) == 3
    with pytest.raises(_TooMany):
        tf.function(as_list)()
    fails_traced(as_numpy, RuntimeError, match="only supported in eager mode")


def test_stop_iteration_becomes_out_of_range():
    def make():
        it = iter(tf.data.Dataset.range(1))

        def f():
            try:
                return next(it)
            except StopIteration:
                return C(-1, tf.int64)

        return f

    f, g = make(), tf.function(make())
    assert (py(f()), py(f())) == (0, -1)
    assert py(g()) == 0
    with pytest.raises(tf.errors.OutOfRangeError):
        g()


def test_op_name_not_a_string():
    def number(x):
        return tf.sqrt(x, 5)

    def dtype(x):
        return tf.add(x, 5.0, tf.float32)

    def spaces(x):
        return tf.add(x, 5.0, name="a b")

    def colon(x):
        return tf.sqrt(x, name="a:0")

    def valid(x):
        return tf.sqrt(tf.cast(x, tf.float32, name="a b"), name="scope/_a-b.c")

    def scope(x):
        with tf.name_scope("/abc"):
            return x + 1

    number(x1), dtype(x1), spaces(x1), scope(x1)
    fails_traced(number, TypeError, x1, match="expected string")
    fails_traced(dtype, TypeError, x1, match="expected string")
    fails_traced(spaces, ValueError, x1, match="not a valid root scope name")
    fails_traced(scope, ValueError, x1, match="not a valid root scope name")
    fails_traced(colon, ValueError, x1, match="not a valid root scope name")
    same(valid, (x1,))


def test_return_unsupported_object():
    @dataclasses.dataclass
    class Result:
        a: object

    class Color(enum.Enum):
        RED = 1

    makers = [
        lambda x: Result(x),
        lambda x: {1, 2},
        lambda x: Color.RED,
        lambda x: x.dtype,
        lambda x: tf.GradientTape(),
        lambda x: len,
    ]
    for make in makers:

        def f(x, make=make):
            return make(x)

        f(x1)
        fails_traced(f, TypeError, x1, match="must return zero or more Tensors")


def test_generator_or_coroutine_decorated():
    def gen(n):
        for i in range(3):
            yield n * i

    async def coro(n):
        return n + 1

    assert [py(v) for v in gen(C(1))] == [0, 1, 2]
    fails_traced(gen, TypeError, C(1), match="type generator")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the abandoned coroutine
        fails_traced(coro, TypeError, C(1), match="type coroutine")


def test_recursion_on_tensor():
    def f(n):
        if n <= 0:
            return n
        return f(n - 1)

    @tf.function
    def g(n):
        if n <= 0:
            return n
        return g(n - 1)

    assert py(f(C(3))) == 0
    for fn in (tf.function(f), g):
        with pytest.raises(Exception, match="maximum recursion depth"):
            fn(C(3))


def test_decorator_order_descriptors():
    with pytest.raises(TypeError, match="not a callable object"):

        class P:
            @tf.function
            @property
            def f(self):
                return x1

    with pytest.raises(TypeError, match="not a callable object"):

        class K:
            @tf.function
            @classmethod
            def f(cls, x):
                return x

    class S:
        @tf.function
        @staticmethod
        def f(x):
            return x

    assert py(S.f(x1)) == 1.0
    with pytest.raises(TypeError, match="weak reference"):
        S().f(x1)

    class Right:
        @staticmethod
        @tf.function
        def s(x):
            return x

        @classmethod
        @tf.function
        def c(cls, x):
            return x

        @property
        @tf.function
        def p(self):
            return x1

    assert py(Right().s(x1)) == py(Right.c(x1)) == py(Right().p) == 1.0


def test_method_of_unhashable_or_slots_class():
    @dataclasses.dataclass
    class D:
        k: float

        @tf.function
        def f(self, x):
            return x * self.k

    class S:
        __slots__ = ("k",)

        @tf.function
        def f(self, x):
            return x

    class N(collections.namedtuple("N", "k")):
        @tf.function
        def f(self, x):
            return x

    with pytest.raises(TypeError, match="unhashable type"):
        D(2.0).f(x1)
    for obj in (S(), N(1)):
        with pytest.raises(TypeError, match="cannot create weak reference"):
            obj.f(x1)


def test_lru_cache_over_tensors():
    @functools.lru_cache(None)
    @tf.function
    def f(x):
        return x

    @functools.lru_cache(None)
    def helper(x):
        return x * 2

    def g(x):
        return helper(x)

    with pytest.raises(TypeError, match="unhashable"):
        f(x1)
    with pytest.raises(TypeError, match="unhashable"):
        g(x1)  # eager too
    fails_traced(g, TypeError, x1, match="unhashable")


def test_custom_exception_becomes_staging_error():
    class Child(ValueError):  # no constructor of its own
        pass

    class WithInit(Exception):
        def __init__(self, code, detail):
            super().__init__(f"{code}: {detail}")

    def child(x):
        raise Child("bad rank")

    def with_init(x):
        raise WithInit(3, "bad rank")

    def missing_file(x):
        raise FileNotFoundError(2, "missing", "f")

    for f, exc in ((child, ValueError), (with_init, WithInit), (missing_file, OSError)):
        with pytest.raises(exc):
            f(x1)
        with pytest.raises(Exception) as info:
            tf.function(f)(x1)
        assert type(info.value).__name__ == "StagingError"
        assert not isinstance(info.value, (ValueError, OSError, WithInit))


def test_runtime_error_not_catchable_inside():
    def f(x):
        try:
            return 10 // x
        except InvalidArg:
            return C(-1)

    assert py(f(C(0))) == -1
    g = tf.function(f)
    with pytest.raises(InvalidArg, match=r"Integer division by zero|division"):
        g(C(0))
    try:
        g(C(0))
    except InvalidArg:
        caught = True  # catching around the call works
    assert caught
    assert py(g(C(2))) == 5


def test_static_dim_is_none():
    dyn = dict(input_signature=[Spec([None, 2])])
    xs = C([[1.0, 2.0]])
    cases = [
        (lambda x: tf.reshape(x, [x.shape[0] * 2]), TypeError),
        (lambda x: tf.zeros([x.shape[0]]), TypeError),
        (lambda x: [x[i] for i in range(x.shape[0])], TypeError),
        (lambda x: x if x.shape[0] > 1 else x * 2, TypeError),
        (lambda x: tf.reduce_sum(x) / x.shape[0], ValueError),
        (lambda x: tf.reshape(x, [np.prod(x.shape)]), TypeError),
    ]
    for f, exc in cases:
        f(xs)
        tf.function(f, autograph=False)(xs)  # fine while the dimension is known
        with pytest.raises(exc):
            tf.function(f, autograph=False, **dyn)(xs)

    def dynamic(x):
        return tf.reshape(x, [tf.shape(x)[0] * 2])

    same(dynamic, (xs,), **dyn)


def test_static_bounds_checked_in_dead_branch():
    def guarded(x):
        if tf.shape(x)[0] > 4:
            return x[4]
        return x[0]

    def short_circuit(x):
        if tf.size(x) > 0 and x[0] > 0:
            return C(1)
        return C(0)

    def static(x):
        if x.shape[0] > 4:
            return x[4]
        return x[0]

    two, empty = C([1.0, 2.0]), tf.zeros([0])
    assert py(guarded(two)) == 1.0
    assert py(short_circuit(empty)) == 0
    fails_traced(guarded, ValueError, two, match="out of bounds")
    fails_traced(short_circuit, ValueError, empty, match="out of bounds")
    same(static, (two,))
    same(guarded, (two,), input_signature=[Spec([None])])


@tf.function
def module_level_function(x):
    return x


def test_pickle_tf_function():
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(module_level_function)

    def pickled(x):
        return len(pickle.dumps(x))

    def copied(x):
        return copy.deepcopy(x)

    pickled(x1), copied(x1)
    fails_traced(pickled, TypeError, x1, match="cannot pickle")
    fails_traced(copied, TypeError, x1, match="cannot pickle")


def test_init_scope_uses_argument():
    def f(x):
        with tf.init_scope():
            return x * 2

    assert py(f(x1)) == 2.0
    fails_traced(f, TypeError, x1, match="out of scope")


def test_thread_uses_symbolic_tensor():
    def f(x):
        out = []

        def work():
            with contextlib.suppress(TypeError):
                out.append(x * 2)

        t = threading.Thread(target=work)
        t.start()
        t.join()
        return out[0]

    assert py(f(C(3.0))) == 6.0
    with pytest.raises(Exception, match=r"IndexError|list index"):
        tf.function(f)(C(3.0))


def test_distributed_loop_break():
    strategy = tf.distribute.MirroredStrategy(["cpu:0"])
    data = strategy.experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2))

    def f():
        s = C(0, tf.int64)
        for batch in data:
            if s > 0:
                break
            s += tf.reduce_sum(batch)
        return s

    assert py(f()) == 1
    fails_traced(f, NotImplementedError, match="break and return statements are not yet supported")


def test_works_only_traced():
    def tf_gradients(x):
        return tf.gradients(x * x, x)[0]

    def read_twice():
        ta = tf.TensorArray(tf.float32, 1).write(0, 1.0)
        return ta.read(0) + ta.read(0)

    with pytest.raises(RuntimeError, match="not supported when eager"):
        tf_gradients(C(3.0))
    assert py(tf.function(tf_gradients)(C(3.0))) == 6.0
    with pytest.raises(InvalidArg, match="Could not read index 0 twice"):
        read_twice()
    assert py(tf.function(read_twice)()) == 2.0


@dataclasses.dataclass
class Flat:
    value: object

    def __tf_flatten__(self):
        return (), (self.value,)

    @classmethod
    def __tf_unflatten__(cls, metadata, components):
        return cls(*components)


def test_a_dataclass_that_says_how_is_taken_apart():
    assert py(tf.function(lambda x: Flat(x * 2.0))(x1).value) == 2.0
