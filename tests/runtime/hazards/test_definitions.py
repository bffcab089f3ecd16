"""How functions are defined, what they get and give: what `tf.function` and Keras make of it."""

from __future__ import annotations

import collections
import dataclasses
import os

import numpy as np
import pytest
import tensorflow as tf
from runtime.proofs import agrees, raises_only_in_a_graph

ONE = tf.constant(1.0)


# -- HYB139 ------------------------------------------------------------------------------------------------------------


def test_containers_that_are_arguments_must_not_change() -> None:
    def append(items, x):
        items.append(x)
        return x

    def store(table, x):
        table["a"] = x
        return x

    def default(x, acc=[]):  # noqa: B006
        acc.append(1)
        return x * len(acc)

    raises_only_in_a_graph(append, ValueError, [ONE], ONE, match="should not modify its Python input arguments")
    raises_only_in_a_graph(store, ValueError, {"b": ONE}, ONE, match="should not modify its Python input arguments")
    raises_only_in_a_graph(default, ValueError, ONE, match="should not modify its Python input arguments")


def test_copies_and_own_keywords_may_change() -> None:
    def step(items, x, **options):
        items = list(items)
        items.append(x)
        options["scale"] = 2.0
        return tf.add_n(items) * options["scale"]

    agrees(step, [ONE], ONE)


# -- HYB140 ------------------------------------------------------------------------------------------------------------


def test_operations_fail_after_the_handler_is_gone() -> None:
    def divide(x):
        try:
            return 10 // x
        except tf.errors.InvalidArgumentError:
            return tf.constant(-1)

    raises_only_in_a_graph(divide, tf.errors.InvalidArgumentError, tf.constant(0))


def test_the_end_of_a_dataset_is_an_error_of_the_graph() -> None:
    def take(numbers):
        try:
            return next(numbers)
        except StopIteration:
            return tf.constant(-1, tf.int64)

    assert int(take(iter(tf.data.Dataset.range(0)))) == -1
    with pytest.raises(tf.errors.OutOfRangeError):
        tf.function(take)(iter(tf.data.Dataset.range(0)))


# -- HYB141 to HYB143 --------------------------------------------------------------------------------------------------


def test_an_array_is_no_array_in_the_graph() -> None:
    def asks(a):
        return isinstance(a, np.ndarray)

    assert asks(np.ones(3))
    assert not tf.function(asks)(np.ones(3))


def test_generators_and_coroutines_are_no_results() -> None:
    def multiples(n):
        for i in range(3):
            yield n * i

    async def later(n):
        return n

    for function in (multiples, later):
        with pytest.raises(TypeError, match=r"type (generator|coroutine)"):
            tf.function(function)(ONE)


@pytest.mark.parametrize("descriptor", [classmethod, property])
def test_descriptors_cannot_be_traced(descriptor) -> None:
    with pytest.raises(TypeError, match="not a callable object"):

        class _Bad:
            @tf.function
            @descriptor
            def f(self):
                return ONE


def test_a_static_method_fails_through_an_instance() -> None:
    class Bad:
        @tf.function
        @staticmethod
        def f(x):
            return x

    with pytest.raises(TypeError, match="weak reference"):
        Bad().f(ONE)


# -- HYB144, HYB145 ----------------------------------------------------------------------------------------------------


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)


class Traced(Net):
    @tf.function
    def call(self, x):
        return self.dense(x)


class Built(Traced):
    def build(self, shape):
        self.dense.build(shape)
        self.built = True


@pytest.mark.skipif(not tf.keras.version().startswith("3."), reason="Keras 2 builds with the variables themselves")
def test_a_traced_call_keeps_the_initial_weights() -> None:
    x = tf.ones([2, 3])
    for model, follows in ((Net(), True), (Traced(), False), (Built(), True)):
        model(x)
        model.set_weights([np.zeros_like(w) for w in model.get_weights()])
        assert (float(tf.reduce_sum(abs(model(x)))) == 0.0) is follows


def test_placeholders_of_keras_cannot_be_passed() -> None:
    def double(x):
        return x * 2.0

    inputs = tf.keras.Input((3,))
    double(inputs)
    with pytest.raises((ValueError, TypeError)):
        tf.function(double)(inputs)

    class Double(tf.keras.layers.Layer):
        def call(self, x):
            return tf.function(double)(x)

    assert Double()(inputs).shape == (None, 3)


# -- HYB146, HYB147 ----------------------------------------------------------------------------------------------------


def test_graphs_return_tensors() -> None:
    class Result:
        def __init__(self, value):
            self.value = value

    for function in (Result, lambda x: lambda: x, lambda x: Result, lambda x: tf):
        raises_only_in_a_graph(lambda x: function(x), TypeError, ONE, match="must return zero or more Tensors")  # noqa: B023


@pytest.mark.parametrize("function", [lambda x: tf.sqrt(x, 5), lambda x: tf.add(x, 5.0, tf.float32)])
def test_names_of_operations_are_text(function) -> None:
    function(ONE)
    with pytest.raises(TypeError):
        tf.function(lambda x: function(x))(ONE)


# -- HYB101 in tf.data -------------------------------------------------------------------------------------------------


def test_datasets_trace_what_they_map() -> None:
    calls = []

    def count(v):
        calls.append(1)
        return v

    assert len(list(tf.data.Dataset.range(6).map(count))) == 6
    assert len(calls) == 1


# -- HYB154 to HYB157 --------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Data:
    factor: float = 2.0

    @tf.function
    def apply(self, x):
        return x * self.factor


class Equal:  # noqa: PLW1641
    def __eq__(self, other):
        return self is other

    @tf.function
    def apply(self, x):
        return x * 2.0


class Hashed(Equal):
    def __hash__(self):
        return 1


class Items(list):
    @tf.function
    def apply(self, x):
        return x * 2.0


class Slots:
    __slots__ = ("factor",)

    @tf.function
    def apply(self, x):
        return x * 2.0


class Referred:
    __slots__ = ("__weakref__", "factor")

    @tf.function
    def apply(self, x):
        return x * 2.0


@pytest.mark.parametrize(
    ("kind", "match"), [(Data, "unhashable"), (Equal, "unhashable"), (Items, "unhashable"), (Slots, "weak reference")]
)
def test_objects_that_cannot_be_keys(kind, match) -> None:
    with pytest.raises(TypeError, match=match):
        kind().apply(ONE)


@pytest.mark.parametrize("kind", [Hashed, Referred])
def test_objects_that_can_be_keys(kind) -> None:
    assert float(kind().apply(ONE)) == 2.0


def test_int_and_float_cast_to_32_bits() -> None:
    traced = tf.function(lambda x: int(x))
    assert int(traced(tf.constant(2**40, tf.int64))) == 0
    assert tf.function(lambda x: float(x))(tf.constant(0.1, tf.float64)).dtype == tf.float32


def test_the_environment_is_read_once(monkeypatch) -> None:
    monkeypatch.setenv("HYBRIDIZE_SCALE", "2")
    traced = tf.function(lambda x: x * float(os.environ["HYBRIDIZE_SCALE"]))
    assert float(traced(ONE)) == 2.0
    monkeypatch.setenv("HYBRIDIZE_SCALE", "5")
    assert float(traced(ONE)) == 2.0


def test_operations_without_a_use_do_not_run() -> None:
    def check(x):
        tf.gather(x, [5])
        tf.ensure_shape(x, [None])
        return x

    x = tf.constant([1.0, 2.0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        check(x)
    assert tf.function(check)(x).shape == (2,)


# -- HYB158 to HYB160 --------------------------------------------------------------------------------------------------


def test_a_variable_comes_back_as_a_tensor() -> None:
    v = tf.Variable(1.0)
    got = tf.function(lambda: v)()
    v.assign(5.0)
    assert float(got) == 1.0
    assert not hasattr(got, "assign")


def test_a_tape_is_of_no_use_outside_of_its_graph() -> None:
    class Step:
        def __init__(self):
            self.v = tf.Variable(3.0)

        def run(self):
            with tf.GradientTape() as self.tape:
                y = self.v * self.v
            return y

    eager, traced = Step(), Step()
    y = eager.run()
    assert float(eager.tape.gradient(y, eager.v)) == 6.0
    result = tf.function(traced.run)()
    assert traced.tape.gradient(result, traced.v) is None


def test_arguments_need_a_hash() -> None:
    traced = tf.function(lambda x, _: x)
    for argument in ({1, 2}, collections.deque([1]), Options()):
        with pytest.raises(TypeError, match="TraceType"):
            traced(ONE, argument)
    for argument in (frozenset({1}), (1, 2), object()):
        traced(ONE, argument)


@dataclasses.dataclass
class Options:
    factor: float = 2.0
