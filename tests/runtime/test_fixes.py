"""What fixes rely on, shown on the real TensorFlow: where decorators may stand, and what the replacements do."""

from __future__ import annotations

import dataclasses
import typing

import pytest

tf = pytest.importorskip("tensorflow")

pytestmark = pytest.mark.runtime

X = tf.constant([1.0, 2.0])


class Plain:
    @property
    @tf.function
    def by_property(self):
        return X * 2.0

    @staticmethod
    @tf.function
    def by_class(x):
        return x * 2.0

    @classmethod
    @tf.function
    def by_instance(cls, x):
        return x * 2.0


def test_below_the_decorators_of_python():
    plain = Plain()
    for result in (plain.by_property, plain.by_class(X), plain.by_instance(X), Plain.by_instance(X)):
        assert result.numpy().tolist() == [2.0, 4.0]


def test_above_a_custom_gradient():
    @tf.function
    @tf.custom_gradient
    def f(x):
        return x * 1.0, lambda upstream: upstream * 3.0

    with tf.GradientTape() as tape:
        tape.watch(X)
        y = f(X)
    assert tape.gradient(y, X).numpy().tolist() == [3.0, 3.0]


@dataclasses.dataclass
class ByValue:
    a: int

    @tf.function
    def f(self, x):
        return x


class Slots:
    __slots__ = ("a",)

    @tf.function
    def f(self, x):
        return x


class Named(typing.NamedTuple):
    a: int

    @tf.function
    def f(self, x):
        return x


class Compared:  # noqa: PLW1641 (without a hash: that is the point)
    def __eq__(self, other):
        return True

    @tf.function
    def f(self, x):
        return x


@pytest.mark.parametrize("make", [lambda: ByValue(1), Slots, lambda: Named(1), Compared])
def test_a_method_of_an_object_that_cannot_be_kept_raises(make):
    kept = make()
    with pytest.raises(TypeError, match=r"unhashable|weak reference"):
        kept.f(X)


def test_a_frozen_data_class_can_be_kept():
    @dataclasses.dataclass(frozen=True)
    class Frozen:
        a: int

        @tf.function
        def f(self, x):
            return x * 2.0

    kept = Frozen(1)
    assert kept.f(X).numpy().tolist() == [2.0, 4.0]


def test_a_coroutine_and_a_generator_are_no_graphs():
    async def coroutine(x):
        return x

    def generator(x):
        yield x

    for function in (coroutine, generator):
        with pytest.raises(TypeError, match="must return zero or more Tensors"):
            tf.function(function)(X)


def test_print_in_pieces(capfd):
    @tf.function
    def f(x):
        tf.print("loss ", x, " at ", 3, sep="")
        tf.print()
        tf.print("a", x, end="")

    f(X)
    f(X)
    assert capfd.readouterr().err == 2 * "loss [1 2] at 3\n\na [1 2]"


def test_assertions_hold_for_all_elements():
    @tf.function
    def f(x):
        tf.debugging.assert_greater(x, 0.0, message="positive")
        tf.debugging.Assert(tf.reduce_all(x > 0.0), ["assertion failed"])
        return x

    f(X)
    with pytest.raises(tf.errors.InvalidArgumentError, match="positive"):
        f(-X)


@pytest.mark.parametrize(
    ("draw", "dtype", "shape"),
    [
        (lambda: tf.random.uniform([]), tf.float32, ()),
        (lambda: tf.random.uniform([], -1, 1), tf.float32, ()),
        (lambda: tf.random.normal([3, 4]), tf.float32, (3, 4)),
        (lambda: tf.random.normal((3, 4), 0.0, 1.0), tf.float32, (3, 4)),
        (lambda: tf.random.uniform([], 0, 9 + 1, tf.int32), tf.int32, ()),
        (lambda: tf.random.uniform([2], 0, 9, tf.int64), tf.int64, (2,)),
    ],
)
def test_draws_as_they_are_written(draw, dtype, shape):
    result = tf.function(draw)()
    assert (result.dtype, tuple(result.shape)) == (dtype, shape)


def test_a_list_and_an_array_collect_the_same():
    def with_list(x):
        ys = []
        for _ in range(3):
            ys.append(x * 2)  # noqa: PERF401 (what the fix replaces)
        return tf.stack(ys)

    @tf.function
    def with_array(x):
        ys = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for _ in tf.range(3):
            ys = ys.write(ys.size(), x * 2)
        return ys.stack()

    assert with_array(X).numpy().tolist() == with_list(X).numpy().tolist()


def test_a_function_made_once_gives_the_same_in_one_trace():
    traced = []

    def double(value):
        traced.append(1)
        return value * 2.0

    def made_per_call(x):
        return tf.function(double)(x)

    graph_double = tf.function(double)
    for call, traces in ((made_per_call, 3), (graph_double, 1)):
        traced.clear()
        assert [call(X).numpy().tolist() for _ in range(3)] == [(X * 2.0).numpy().tolist()] * 3
        assert len(traced) == traces


def test_deprecated_names_mean_the_new_ones():
    @tf.function(experimental_compile=True)
    def old(x):
        return x * 2.0

    @tf.function(jit_compile=True)
    def new(x):
        return x * 2.0

    assert old(X).numpy().tolist() == new(X).numpy().tolist()
    with pytest.raises(ValueError, match="experimental_compile"):
        tf.function(lambda x: x, experimental_compile=True, jit_compile=True)


def test_without_a_graph_a_write_changes_the_array_itself():
    array = tf.TensorArray(tf.float32, size=2)
    kept = array.write(0, 1.0)
    array.write(1, 2.0)
    assert array.stack().numpy().tolist() == kept.stack().numpy().tolist() == [1.0, 2.0]

    @tf.function
    def in_a_graph():
        array = tf.TensorArray(tf.float32, size=2)
        array = array.write(0, 1.0)
        array = array.write(1, 2.0)
        return array.stack()

    assert in_a_graph().numpy().tolist() == [1.0, 2.0]
