"""What the analysis calls a Python side effect happens while tracing only; what it calls none happens on every call."""

from __future__ import annotations

import collections
import contextlib
import io
import itertools
import logging
import os
import random
import time
import warnings

import numpy as np
import pytest
import tensorflow as tf

ONE = tf.constant(1.0)
CALLS = 3

count = 0
log: list[int] = []
table: dict[str, int] = {}
buffer = np.zeros(1)
numbers = itertools.count()
numpy_generator = np.random.default_rng(0)


class Thing:
    made = 0

    def __init__(self):
        self.n = 0
        self.history = []


thing = Thing()


def logged(function):
    """How many log records, warnings and lines of output some calls make."""

    def measure():
        output, records = io.StringIO(), []
        handler = logging.Handler()
        handler.emit = records.append
        logging.getLogger("claims").addHandler(handler)
        with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(output):
            warnings.simplefilter("always")
            run(function)
        logging.getLogger("claims").removeHandler(handler)
        mine = [warning for warning in caught if "claims" in str(warning.message)]
        return len(records) + len(mine) + output.getvalue().count("\n")

    return measure


def run(function):
    for _ in range(CALLS):
        function()


def prints():
    print("claims")


def prints_deep():
    def inner():
        prints()

    inner()


def logs():
    logging.getLogger("claims").warning("claims")


def warns():
    warnings.warn("claims", stacklevel=2)


@pytest.mark.parametrize("effect", [prints, prints_deep, logs, warns])
def test_output_happens_while_tracing_only(effect):
    def step(x):
        effect()
        return x * 2.0

    hybrid = tf.function(step)
    assert logged(lambda: step(ONE))() == CALLS
    assert logged(lambda: hybrid(ONE))() == 1


def writes_global():
    global count  # noqa: PLW0603
    count += 1
    return count


def appends_to_global():
    log.append(1)
    return len(log)


def stores_in_global():
    table["n"] = table.get("n", 0) + 1
    return table["n"]


def changes_array():
    buffer[0] += 1
    return int(buffer[0])


def writes_attribute():
    thing.n += 1
    return thing.n


def appends_to_attribute():
    thing.history.append(1)
    return len(thing.history)


def writes_class_attribute():
    Thing.made += 1
    return Thing.made


def advances_iterator():
    return next(numbers)


def draws():
    random.random()
    return hash(random.getstate())


def draws_with_numpy():
    np.random.rand()  # noqa: NPY002
    state = np.random.get_state()  # noqa: NPY002
    return state[2], state[1].tobytes()


def draws_with_generator():
    numpy_generator.random()
    return repr(numpy_generator.bit_generator.state)


def sets_environment():
    os.environ["CLAIMS"] = os.environ.get("CLAIMS", "") + "x"
    return len(os.environ["CLAIMS"])


def make_counter():
    n = 0

    def counter():
        nonlocal n
        n += 1
        return n

    return counter


def deque_of_closure():
    queue = collections.deque()

    def push():
        queue.append(1)
        return len(queue)

    return push


STATE = [
    writes_global,
    appends_to_global,
    stores_in_global,
    changes_array,
    writes_attribute,
    appends_to_attribute,
    writes_class_attribute,
    advances_iterator,
    draws,
    draws_with_numpy,
    draws_with_generator,
    sets_environment,
    make_counter(),
    deque_of_closure(),
]


@pytest.mark.parametrize("effect", STATE, ids=lambda effect: effect.__qualname__)
def test_state_changes_while_tracing_only(effect, monkeypatch):
    monkeypatch.setenv("CLAIMS", "x")
    results = []

    def step(x):
        results.append(effect())
        return x * 2.0

    run(lambda: step(ONE))
    assert len(set(results)) == CALLS, "each eager call changes something"
    results.clear()
    hybrid = tf.function(step)
    run(lambda: hybrid(ONE))
    assert len(results) == 1, "calls after the trace change nothing"


@pytest.mark.parametrize(
    "read", [time.time_ns, random.random, numpy_generator.random, numbers.__next__, lambda: os.urandom(4).hex()]
)
def test_values_from_outside_become_constants(read):
    def step():
        return tf.constant(str(read()))

    hybrid = tf.function(step)
    assert len({step().numpy() for _ in range(CALLS)}) == CALLS
    assert len({hybrid().numpy() for _ in range(CALLS)}) == 1


def test_files_are_written_while_tracing_only(tmp_path):
    path = tmp_path / "log.txt"

    def step(x):
        with path.open("a") as stream:
            stream.write("line\n")
        return x

    hybrid = tf.function(step)
    run(lambda: step(ONE))
    assert path.read_text().count("line") == CALLS
    run(lambda: hybrid(ONE))
    assert path.read_text().count("line") == CALLS + 1


def test_each_trace_repeats_the_effect():
    seen = []

    @tf.function
    def step(x):
        seen.append(x.shape)
        return x * 2.0

    for size in (1, 2, 2, 1):
        step(tf.zeros([size]))
    assert seen == [[1], [2]]


def test_changing_a_container_argument_raises():
    @tf.function
    def step(xs):
        xs.append(ONE)
        return xs[0]

    with pytest.raises(ValueError, match="should not modify"):
        step([ONE])


def test_effects_of_callbacks_happen_once():
    seen = []

    def note(x):
        seen.append(1)
        return x * 2

    assert len(list(tf.data.Dataset.range(CALLS).map(note))) == CALLS
    assert len(seen) == 1
    seen.clear()
    strategy = tf.distribute.get_strategy()
    hybrid = tf.function(lambda x: strategy.run(note, args=(x,)))
    run(lambda: hybrid(ONE))
    assert len(seen) == 1
    seen.clear()
    by_map = tf.function(lambda xs: tf.map_fn(note, xs))
    run(lambda: by_map(tf.zeros([4])))
    assert len(seen) == 1


def test_both_branches_of_a_tensor_condition_run_while_tracing():
    seen = []

    @tf.function
    def step(x):
        if x > 0.0:
            seen.append("then")
            y = x
        else:
            seen.append("else")
            y = -x
        return y

    step(ONE)
    assert seen == ["then", "else"]


# --------------------------------------------------------------------------- no side effects


def test_tf_print_happens_on_each_call(tmp_path):
    path = tmp_path / "out.txt"

    @tf.function
    def step(x):
        tf.print("value", x, output_stream=f"file://{path}")
        return x

    run(lambda: step(ONE))
    assert path.read_text().count("value 1") == CALLS


def test_tf_io_happens_on_each_call(tmp_path):
    @tf.function
    def step(name):
        tf.io.write_file(name, "x")

    for i in range(CALLS):
        step(tf.constant(str(tmp_path / f"{i}.txt")))
    assert len(list(tmp_path.glob("*.txt"))) == CALLS


def test_variable_assignment_happens_on_each_call():
    total, items = tf.Variable(0.0), tf.Variable([0.0, 0.0])
    metric = tf.keras.metrics.Sum()

    @tf.function
    def step(x):
        total.assign_add(x)
        items[0].assign(total)
        metric.update_state(x)

    run(lambda: step(ONE))
    assert (float(total), items.numpy().tolist(), float(metric.result())) == (3.0, [3.0, 0.0], 3.0)


def test_an_optimizer_made_outside_works_on_each_call():
    weight = tf.Variable(1.0)
    optimizer = tf.keras.optimizers.SGD(0.5)
    optimizer.build([weight])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = weight * 1.0
        optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])

    run(step)
    assert float(weight) == pytest.approx(1.0 - 0.5 * CALLS)


def test_tf_random_and_clock_differ_on_each_call():
    generator = tf.random.Generator.from_seed(1)
    for read in (lambda: tf.random.uniform([]), tf.timestamp, lambda: generator.normal([])):
        hybrid = tf.function(read)
        assert len({float(hybrid()) for _ in range(CALLS)}) == CALLS


def test_a_dataset_iterator_advances_on_each_call():
    iterator = iter(tf.data.Dataset.range(10))

    @tf.function
    def step():
        return next(iterator)

    assert [int(step()) for _ in range(CALLS)] == [0, 1, 2]


def test_py_function_runs_on_each_call():
    seen = []

    @tf.function
    def step(x):
        tf.py_function(lambda value: seen.append(float(value)), [x], [])
        return x

    run(lambda: step(ONE))
    assert seen == [1.0] * CALLS


def test_fresh_objects_are_safe_in_graphs():
    class Point:
        def __init__(self, x):
            self.x = x
            self.items = [x]

    @tf.function
    def step(x):
        point = Point(x)
        point.x = point.x * 2.0
        point.items.append(point.x)
        found = {}
        found["sum"] = tf.add_n(point.items)
        return found["sum"]

    assert [float(step(tf.constant(float(i)))) for i in range(3)] == [0.0, 3.0, 6.0]


def test_constructor_effects_are_lost_after_the_trace():
    registry = []

    class Registered:
        def __init__(self):
            registry.append(self)

    @tf.function
    def step(x):
        Registered()
        return x

    run(lambda: step(ONE))
    assert len(registry) == 1


def test_a_variable_created_on_the_first_call_is_fine():
    class Scale(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = None

        @tf.function
        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(2.0)
            self.v.assign_add(1.0)
            return x * self.v

    scale = Scale()
    assert [float(scale(ONE)) for _ in range(3)] == [3.0, 4.0, 5.0]


def test_a_variable_created_on_each_call_is_refused():
    @tf.function
    def step(x):
        return tf.Variable(2.0) * x

    with pytest.raises(ValueError, match="singleton"):
        step(ONE)


def test_a_tensor_kept_on_the_first_call_is_lost_to_the_next_trace():
    class Layer:
        def __init__(self):
            self.mask = None

        @tf.function
        def __call__(self, x, training):
            if self.mask is None:
                self.mask = tf.ones_like(x)
            return x * self.mask if training else x + self.mask

    layer = Layer()
    layer(tf.zeros([2]), training=True)
    with pytest.raises(TypeError, match="out of scope"):
        layer(tf.zeros([2]), training=False)
