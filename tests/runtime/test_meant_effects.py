"""Effects that are no findings: they happen as often in a graph as without one, or speak of the trace."""

from __future__ import annotations

import pytest
import tensorflow as tf

CALLS = 3


class Lazy:
    """Loads something when it is first needed."""

    def __init__(self) -> None:
        self.ops = None
        self.loads = 0

    def run(self, x):
        if self.ops is None:
            self.loads += 1
            self.ops = "loaded"
        return x * 2.0


@pytest.mark.parametrize("graph", [False, True])
def test_what_is_done_where_it_is_first_needed_is_done_once(graph: bool) -> None:
    lazy = Lazy()
    run = tf.function(lazy.run) if graph else lazy.run
    for number in range(CALLS):
        run(tf.ones([number + 1]))  # other shapes: the graph is traced again
    assert lazy.loads == 1


def test_what_an_argument_is_decides_once_per_trace() -> None:
    said: list[str] = []

    @tf.function
    def step(x, mask=None):
        if mask is None:
            said.append("no mask")
        return x

    for _ in range(CALLS):
        step(tf.ones([2]))
    assert said == ["no mask"]
    step(tf.ones([2]), tf.ones([2]))
    assert said == ["no mask"]


def test_handlers_of_exceptions_run_while_tracing_only() -> None:
    caught: list[str] = []

    @tf.function
    def step(x):
        try:
            return x + tf.ones([3])
        except ValueError:
            caught.append("shapes")
            return x

    for _ in range(CALLS):
        step(tf.ones([2]))
    assert caught == ["shapes"]


class Task:
    """Hands an attribute from one method to the next."""

    def __call__(self, step):
        self.step = tf.cast(step, tf.int64)
        return self.run()

    def run(self):
        return self.step + 1


def test_an_attribute_that_each_run_writes_before_it_reads_it_is_never_stale() -> None:
    task = Task()
    fast = tf.function(task)
    assert [int(fast(tf.constant(1))), int(task(5)), int(fast(tf.constant(2))), int(task(7))] == [2, 6, 3, 8]
    fast(tf.constant(1.0))  # leaves the tensor of its trace
    with pytest.raises(TypeError, match="out of scope"):
        _ = task.step + 1
    assert int(task(9)) == 10


def test_a_dict_is_no_iterator() -> None:
    with pytest.raises(TypeError):
        next({"a": 1})  # type: ignore[call-overload]


def test_an_assertion_runs_with_the_graph() -> None:
    @tf.function
    def fail():
        tf.Assert(False, ["not supported"])
        return ()

    for _ in range(CALLS):
        with pytest.raises(tf.errors.InvalidArgumentError):
            fail()


def test_a_function_made_anew_and_run_by_a_strategy_is_traced_each_time() -> None:
    traces: list[int] = []
    strategy = tf.distribute.get_strategy()
    for number in range(CALLS):

        @tf.function
        def part():
            traces.append(1)
            return tf.constant(1.0)

        strategy.run(part)
        assert len(traces) == number + 1


@pytest.mark.parametrize("make", [tf.function, lambda f: f], ids=["graph", "eager"])
def test_the_call_of_a_model_under_tf_function_is_part_of_the_graph(make) -> None:
    eager: list[bool] = []

    class Net(tf.keras.Model):
        def call(self, x):
            eager.append(tf.executing_eagerly())
            return x * 2.0

    run = make(Net())
    run(tf.ones([2]))
    eager.clear()
    run(tf.ones([3, 2]))
    assert eager == ([True] if isinstance(run, tf.keras.Model) else [False])


class Gradients:
    """A function whose gradient reads an attribute that each run of the function writes."""

    def __init__(self) -> None:
        self.kept: list[tf.Tensor] = []

    def square(self, x):
        @tf.custom_gradient
        def square(x):
            self.kept = [x * 2.0]

            def gradient(dy):
                return dy * self.kept[0]

            return x * x, gradient

        return square(x)


def test_a_gradient_function_reads_what_its_trace_wrote() -> None:
    function = Gradients()

    @tf.function
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function.square(x)
        return tape.gradient(y, x)

    for value in (3.0, [1.0, 2.0], 4.0):
        tf.debugging.assert_equal(slope(tf.constant(value)), tf.constant(value) * 2.0)


def test_with_a_tape_around_the_graph_it_may_read_what_another_trace_wrote() -> None:
    square = tf.function(Gradients().square)
    x = tf.constant(3.0)
    square(x)
    square(tf.constant([1.0, 2.0]))
    with pytest.raises(ValueError, match="Incompatible shapes"), tf.GradientTape() as tape:
        tape.watch(x)
        tape.gradient(square(x), x)
