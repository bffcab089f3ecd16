"""What XLA drops, refuses and gets wrong; which arguments and signatures `tf.function` takes."""

from __future__ import annotations

import functools
import inspect

import pytest
import tensorflow as tf
from runtime.hazards.support import C, InvalidArg, Spec, py, x1

from hybridize.analyses.hazards.observers.compiled import DROPPED, REFUSED
from hybridize.specs import FUNCTION_PARAMETERS

debugging = tf.debugging
CHECKS = {
    "Assert": lambda x: tf.Assert(x > 0.0, [x]),
    "debugging.Assert": lambda x: debugging.Assert(x > 0.0, [x]),
    "debugging.assert_all_finite": lambda x: debugging.assert_all_finite(x / 0.0, "infinite"),
    "debugging.assert_equal": lambda x: debugging.assert_equal(x, 1.0),
    "debugging.assert_greater": lambda x: debugging.assert_greater(x, 0.0),
    "debugging.assert_greater_equal": lambda x: debugging.assert_greater_equal(x, 0.0),
    "debugging.assert_less": lambda x: debugging.assert_less(x, -2.0),
    "debugging.assert_less_equal": lambda x: debugging.assert_less_equal(x, -2.0),
    "debugging.assert_near": lambda x: debugging.assert_near(x, 1.0),
    "debugging.assert_negative": lambda x: debugging.assert_negative(-x),
    "debugging.assert_non_negative": debugging.assert_non_negative,
    "debugging.assert_non_positive": lambda x: debugging.assert_non_positive(-x),
    "debugging.assert_none_equal": lambda x: debugging.assert_none_equal(x, -1.0),
    "debugging.assert_positive": debugging.assert_positive,
    "debugging.check_numerics": lambda x: debugging.check_numerics(x / 0.0, "infinite"),
}
"""Each refuses -1."""


def text(x):
    return tf.strings.as_string(x)


HOST = {
    "print": tf.print,
    "py_function": lambda x: tf.py_function(lambda t: t, [x], tf.float32),
    "numpy_function": lambda x: tf.numpy_function(lambda t: t, [x], tf.float32),
    "timestamp": lambda x: tf.timestamp(),
    "io.decode_raw": lambda x: tf.io.decode_raw(tf.constant("abcd"), tf.float32),
    "io.encode_jpeg": lambda x: tf.io.encode_jpeg(tf.zeros([4, 4, 3], tf.uint8)),
    "io.parse_tensor": lambda x: tf.io.parse_tensor(tf.constant("a"), tf.float32),
    "io.read_file": lambda x: tf.io.read_file("no-such-file"),
    "io.serialize_tensor": tf.io.serialize_tensor,
    "io.write_file": lambda x: tf.io.write_file("", "text"),
    "strings.as_string": text,
    "strings.format": lambda x: tf.strings.format("{}", x),
    "strings.join": lambda x: tf.strings.join(["a", text(x)]),
    "strings.lower": lambda x: tf.strings.lower(tf.constant("A")),
    "strings.regex_replace": lambda x: tf.strings.regex_replace(tf.constant("A"), "A", "b"),
    "strings.split": lambda x: tf.strings.split(tf.constant("a b")),
    "strings.substr": lambda x: tf.strings.substr(tf.constant("A"), 0, 1),
}


def around(call):
    def function(x):
        result = call(x)
        if result is None or isinstance(result, tf.Operation):
            return x * 2.0
        return tf.nest.map_structure(tf.identity, result)

    return functools.partial(tf.function, function, autograph=False)


def test_everything_that_is_reported_is_tried() -> None:
    assert {f"tensorflow.{name}" for name in CHECKS} == DROPPED
    assert {f"tensorflow.{name}" for name in HOST} == REFUSED


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_check_is_dropped(name) -> None:
    with pytest.raises(InvalidArg):
        around(CHECKS[name])()(C(-1.0))
    around(CHECKS[name])(jit_compile=True)(C(-1.0))


@pytest.mark.parametrize("name", sorted(HOST))
def test_an_operation_is_refused(name) -> None:
    with pytest.raises(InvalidArg, match="Detected unsupported operations"):
        around(HOST[name])(jit_compile=True)(x1)


def test_checks_of_types_and_ranks_are_made_while_tracing() -> None:
    for check in (lambda x: debugging.assert_rank(x, 1), lambda x: debugging.assert_type(x, tf.int32)):
        with pytest.raises((ValueError, TypeError)):
            around(check)(jit_compile=True)(x1)


def test_an_array_does_not_grow() -> None:
    def grown(size):
        def function(x):
            array = tf.TensorArray(tf.float32, size=size, dynamic_size=True)
            for i in tf.range(3):
                array = array.write(i, x[i])
            return array.stack()

        return function

    values = C([1.0, 2.0, 3.0])
    for size in (0, 1):
        assert py(tf.function(grown(size))(values)) == [1.0, 2.0, 3.0]
        assert len(py(tf.function(grown(size), jit_compile=True)(values))) == size


def test_the_arguments_that_are_known() -> None:
    assert set(inspect.signature(tf.function).parameters) <= set(FUNCTION_PARAMETERS)


def double(x):
    return x * 2


def over_self(self, x):
    return x


def over_cls(cls, x):
    return x


def keyword(a, *, k=1.0):
    return a * k


def needs_keyword(a, *, k):
    return a * k


class Holder:
    def method(self, x):
        return x

    def renamed(this, x):
        return x


SPEC = Spec([None])


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (double, [SPEC]),
        (double, (SPEC,)),
        (over_self, [SPEC]),
        (Holder().method, [SPEC]),
        (Holder().renamed, [SPEC]),
        (keyword, [SPEC]),
        (keyword, [SPEC, SPEC]),
        (lambda x, training=False: x, [SPEC]),
        (lambda x, *rest: x, [SPEC, SPEC, SPEC]),
        (lambda pair: pair[0], [[SPEC, SPEC]]),
    ],
)
def test_signatures_that_fit(function, signature) -> None:
    tf.function(function, input_signature=signature)


@pytest.mark.parametrize(
    ("function", "signature", "match"),
    [
        (double, SPEC, "must be either a tuple or a list"),
        (double, {"x": SPEC}, "must be either a tuple or a list"),
        (double, [], "missing type constraint for x"),
        (double, [SPEC, SPEC], "1 extra type constraints"),
        (over_self, [SPEC, SPEC], "1 extra type constraints"),
        (Holder().method, [SPEC, SPEC], "1 extra type constraints"),
        (over_cls, [SPEC], "missing type constraint for x"),
        (needs_keyword, [SPEC], "keyword-only parameter `k` must have a default"),
        (needs_keyword, [SPEC, SPEC], "keyword-only parameter `k` must have a default"),
    ],
)
def test_signatures_that_are_refused(function, signature, match) -> None:
    with pytest.raises(TypeError, match=match):
        tf.function(function, input_signature=signature)


def test_reduced_retracing_is_about_shapes() -> None:
    def times(x, n):
        return x * n

    graph = tf.function(times, reduce_retracing=True)
    for n in range(3):
        graph(x1, n)
    assert graph.experimental_get_tracing_count() == 3
    graph = tf.function(double, reduce_retracing=True, input_signature=[SPEC])
    for n in range(3):
        graph(tf.ones([n]))
    assert graph.experimental_get_tracing_count() == 1
