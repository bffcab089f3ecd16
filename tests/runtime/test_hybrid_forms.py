"""Every form that the analysis calls hybrid does trace: the Python body runs once for several calls of one type."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf
import tensorflow.compat.v2 as tf2
from tensorflow import function as fn
from tensorflow.compat import v1

runs: list[str] = []


def body(x):
    runs.append("body")
    return x * 2.0


def eager_runs(function: Callable[[Any], Any], calls: int = 3) -> int:
    """How often the Python body runs in that many calls with equal types."""
    runs.clear()
    for i in range(calls):
        assert float(function(tf.constant(float(i)))) == 2.0 * i
    return len(runs)


def project_decorator(function):
    return tf.function(function)


def configured(*, jit):
    def decorate(function):
        return tf.function(function, jit_compile=jit)

    return decorate


def hybrid_wrapper(function):
    @functools.wraps(function)
    @tf.function
    def traced(*args):
        return function(*args)

    return traced


class Methods:
    def __init__(self):
        self.later = tf.function(self.plain)

    @tf.function
    def decorated(self, x):
        return body(x)

    @staticmethod
    @tf.function
    def static(x):
        return body(x)

    @classmethod
    @tf.function
    def by_class(cls, x):
        return body(x)

    def plain(self, x):
        return body(x)

    def __call__(self, x):
        return body(x)


SPEC = tf.TensorSpec([], tf.float32)
FORMS = {
    "bare": lambda: tf.function(body),
    "factory": lambda: tf.function()(body),
    "factory with arguments": lambda: tf.function(reduce_retracing=True)(body),
    "keyword func": lambda: tf.function(func=body, autograph=False),
    "positional signature": lambda: tf.function(body, [SPEC]),
    "positional None": lambda: tf.function(None, [SPEC])(body),
    "keyword signature": lambda: tf.function(input_signature=(SPEC,))(body),
    "from tensorflow import function": lambda: fn(body),
    "compat.v2": lambda: tf2.function(body),
    "compat.v1": lambda: v1.function(body),
    "partial": lambda: functools.partial(tf.function, autograph=False)(body),
    "of a partial": lambda: tf.function(functools.partial(body)),
    "twice": lambda: tf.function(tf.function(body)),
    "project decorator": lambda: project_decorator(body),
    "project decorator with arguments": lambda: configured(jit=False)(body),
    "hybrid wrapper": lambda: hybrid_wrapper(body),
    "under another decorator": lambda: functools.wraps(body)(tf.function(body)),
    "over do_not_convert": lambda: tf.function(tf.autograph.experimental.do_not_convert(body)),
    "method": lambda: Methods().decorated,
    "static method": lambda: Methods.static,
    "class method": lambda: Methods.by_class,
    "bound method, wrapped": lambda: Methods().later,
    "callable object": lambda: tf.function(Methods()),
}
EAGER = {
    "plain": lambda: body,
    "do_not_convert": lambda: tf.autograph.experimental.do_not_convert(body),
    "behind python_function": lambda: tf.function(body).python_function,
    "plain method": lambda: Methods().plain,
    "object": Methods,
    "wrapped": lambda: functools.wraps(body)(functools.partial(body)),
}


@pytest.mark.parametrize("form", FORMS)
def test_hybrid_form_traces_once(form):
    assert eager_runs(FORMS[form]()) == 1


@pytest.mark.parametrize("form", EAGER)
def test_eager_form_runs_each_time(form):
    assert eager_runs(EAGER[form]()) == 3


def test_star_import_binds_function():
    names: dict[str, Any] = {}
    exec("from tensorflow import *", names)
    assert names["function"] is tf.function


def test_the_private_module_holds_the_same_function():
    from tensorflow.python.eager import def_function

    assert def_function.function is tf.function


def test_a_concrete_function_runs_no_python():
    concrete = tf.function(body).get_concrete_function(SPEC)
    assert eager_runs(concrete) == 0


def test_wrapping_leaves_the_old_name_eager():
    hybrid = tf.function(body)
    assert eager_runs(body) == 3
    assert eager_runs(hybrid) == 1


def test_assigning_to_the_method_name_makes_the_method_hybrid():
    class Trainer:
        def __init__(self):
            self.step = tf.function(self.step)

        def step(self, x):
            return body(x)

    trainer = Trainer()
    assert eager_runs(trainer.step) == 1
    assert eager_runs(Trainer().step) == 1, "each instance traces for itself"


def test_replacing_a_method_of_a_class_makes_it_hybrid():
    class Trainer:
        def step(self, x):
            return body(x)

    Trainer.step = tf.function(Trainer.step)
    assert eager_runs(Trainer().step) == 1


def test_a_property_below_which_stands_the_decorator():
    class Model:
        @property
        @tf.function
        def norm(self):
            runs.append("norm")
            return tf.constant(1.0)

    model = Model()
    runs.clear()
    assert [float(model.norm) for _ in range(3)] == [1.0, 1.0, 1.0]
    assert len(runs) == 1


def test_an_overriding_method_is_not_decorated_by_its_base():
    class Base:
        @tf.function
        def step(self, x):
            return body(x)

    class Derived(Base):
        def step(self, x):
            return body(x)

    assert eager_runs(Base().step) == 1
    assert eager_runs(Derived().step) == 3


def test_dataset_map_traces_but_leaves_the_function_eager():
    runs.clear()
    dataset = tf.data.Dataset.from_tensor_slices([0.0, 1.0, 2.0]).map(body)
    assert [float(x) for x in dataset] == [0.0, 2.0, 4.0]
    assert len(runs) == 1
    assert eager_runs(body) == 3


def test_an_empty_signature_takes_no_arguments():
    hybrid = tf.function(lambda: tf.constant(1.0), input_signature=[])
    assert float(hybrid()) == 1.0
    with pytest.raises(TypeError):
        hybrid(tf.constant(1.0))


def test_the_default_dtype_of_a_spec_is_float32():
    assert tf.TensorSpec([None]).dtype == tf.float32
