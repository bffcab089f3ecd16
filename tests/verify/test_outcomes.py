"""Every outcome, on the real TensorFlow: one project with a function for each, run by pytest, all of them changed."""

from __future__ import annotations

import msgspec
import pytest
from verify.running import Verified, verify, write

from hybridize.config import Config
from hybridize.fixing import propose
from hybridize.intention import Applicability
from hybridize.runs import OUTCOMES
from hybridize_bot.verify import evidence, plans
from hybridize_bot.verify.compare import Compared
from hybridize_bot.verify.judge import Merged, Speed

pytestmark = [pytest.mark.runtime, pytest.mark.slow]

NET = """
import tensorflow as tf

log = []
counted = []
model_weight = tf.Variable(tf.ones([16, 16]) * 0.01)
settings = {"scale": 1.0}


def step(x):
    with tf.GradientTape() as tape:
        h = x
        for _ in range(6):
            h = tf.nn.tanh(tf.matmul(h, model_weight))
        loss = tf.reduce_mean(tf.square(h - 1.0))
    model_weight.assign_sub(0.1 * tape.gradient(loss, model_weight))
    return loss


def noisy(x):
    for _ in range(10):
        x = tf.nn.dropout(x, 0.5) + tf.random.normal(tf.shape(x))
    return x


def seeded(x):
    return x + tf.random.uniform(tf.shape(x), seed=3)


def has_nan(x):
    return x / x, {"b": x, "a": [x, None]}


def tiny(x):
    return x


def fixed(x):
    return x * settings["scale"]


def logs(x):
    log.append(len(log))
    return x


def prints(x):
    print("called")
    return x


slope = tf.Variable(tf.random.stateless_normal([64], [1, 2]))
place = tf.Variable(0.0)


def rounding(x):
    # A slope that is zero on paper; Python and the graph round otherwise, and its sign is a whole step.
    terms = x * slope
    forward, backward = tf.cumsum(terms)[-1], tf.cumsum(terms, reverse=True)[0]
    other = tf.reduce_sum(tf.reshape(terms, [8, 8]), axis=0)
    parts = tf.cumsum(other)[-1] if tf.executing_eagerly() else tf.cumsum(other, reverse=True)[0]
    place.assign_add(tf.sign(parts - forward) + 3.0 * tf.sign(parts - backward))
    return tf.reduce_sum(terms)


def after_rounding(x):
    return x * place


def part(x):
    return tf.sin(x) * 2.0


def whole(x):
    return part(x) + 1.0


def fills(x, into):
    into["x"] = 1
    return x


def gives_number(x):
    return len(x.shape)


def reads(x):
    return x.numpy()


def python_number(x, n):
    return x * n


def shapes(x):
    return tf.reduce_sum(x)


def refuses(x):
    if tf.reduce_sum(x) > 0:
        raise ValueError("positive")
    return x


def uncalled(x):
    return x


def inner(x):
    return x + 1.0


def only_inside(x):
    return x + 2.0


@tf.function
def outer_graph(x):
    return only_inside(x)


@tf.function
def counting(x):
    counted.append(1)
    return x


@tf.function
def harmless(x, n):
    return x * n


class Layer:
    def __init__(self):
        self.count = 0
        self.weight = tf.Variable(2.0)

    def call(self, x):
        y = x * self.weight
        for _ in range(10):
            y = tf.sin(y) + self.weight
        return y

    def counted(self, x):
        self.count += 1
        return x

    @staticmethod
    def static(x):
        return tf.sin(x) + 1.0

    @classmethod
    def of_class(cls, x):
        return tf.cos(x) + 1.0

    @property
    def doubled(self):
        return self.weight * 2.0


def make():
    def nested(x):
        return tf.sin(x)

    return nested
"""

TESTS = """
import numpy as np
import pytest
import tensorflow as tf

import net


def helper(x):
    return tf.sin(x) * 2.0


@pytest.fixture(autouse=True)
def own_seeds():
    tf.random.set_seed(7)
    np.random.seed(7)


def test_step():
    for _ in range(12):
        net.step(tf.ones([4, 16]))


def test_noise():
    for _ in range(4):
        net.noisy(tf.ones([8, 8]))
        net.seeded(tf.ones([8]))


def test_structures():
    for _ in range(6):
        net.has_nan(tf.constant([0.0, 1.0]))
        net.tiny(tf.constant(1.0))


def test_state():
    for scale in (1.0, 2.0):
        net.settings["scale"] = scale
        net.fixed(tf.ones([2]))
        net.logs(tf.ones([2]))
        net.prints(tf.ones([2]))


def test_argument():
    net.fills(tf.ones([2]), {})


def test_rounding():
    net.after_rounding(tf.ones([2]))
    for n in range(3):
        net.rounding(tf.random.stateless_normal([64], [n, 5]))
        net.after_rounding(tf.ones([2]))


def test_whole():
    for _ in range(3):
        net.whole(tf.ones([2]))


def test_number():
    assert net.gives_number(tf.ones([2])) == 1


def test_value():
    net.reads(tf.ones([2]))


def test_traces():
    for n in range(4):
        net.python_number(tf.ones([2]), n)
        net.shapes(tf.ones([n + 1]))
        net.harmless(tf.ones([2]), 2)
        net.counting(tf.ones([2]))


def test_raising_is_right():
    with pytest.raises(ValueError):
        net.refuses(tf.ones([2]))


def test_methods():
    for _ in range(3):
        layer = net.Layer()
        for _ in range(3):
            layer.call(tf.ones([2]))
            layer.counted(tf.ones([2]))
            layer.static(tf.ones([2]))
            net.Layer.of_class(tf.ones([2]))
            layer.doubled


def test_the_rest():
    net.outer_graph(tf.ones([2]))
    helper(tf.ones([2]))
    for _ in range(3):
        net.make()(tf.ones([2]))
    assert not np.isnan(net.inner(tf.ones([2])).numpy()).any()
"""

EXPECTED = {
    "fixed": "different",
    "logs": "different",
    "prints": "different",
    "fills": "raises",
    "gives_number": "different",
    "reads": "raises",
    "python_number": "retraces",
    "uncalled": "not-exercised",
    "only_inside": "not-exercised",
    "Layer.counted": "different",
    "make.nested": "retraces",
    "counting": "different",
}
EQUAL = {
    "Layer.call",
    "noisy",
    "step",
    "seeded",
    "has_nan",
    "refuses",
    "tiny",
    "shapes",
    "inner",
    "Layer.static",
    "Layer.of_class",
    "Layer.doubled",
    "harmless",
    "helper",
    "rounding",
    "after_rounding",
    "whole",
    "part",
}
"""Proven, or equal but slower: what it is hangs on speed, which the machine decides."""


@pytest.fixture(scope="session")
def verified(tmp_path_factory) -> Verified:
    folder = tmp_path_factory.mktemp("outcomes")
    write(folder, {"net.py": NET, "test_net.py": TESTS})
    report = propose([folder], Config(jobs=1), most=Applicability.UNSAFE)
    names = {*EXPECTED, *EQUAL}
    own = [one for one in report.functions if one.qualname in names and not one.hybrid]
    targets = list(plans.forced(report, own).targets)
    for function in report.functions:
        if function.hybrid and function.qualname in names:
            assert function.hybridization is not None
            assert function.hybridization.span is not None
            line = function.hybridization.span.line
            target = plans._target(report, len(targets), function, "undecorate", line, drop=line)
            targets.append(target)
    assert len(targets) == len(names)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    verified = verify(folder, ["-m", "pytest", "-q"], lambda _: False, plan=plans.Plan(tuple(targets)))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before, "the tree is touched"
    return verified


@pytest.mark.parametrize("function", EXPECTED)
def test_outcome(verified, function):
    one = verified.of(function)
    assert one.outcome == EXPECTED[function], (one, verified.passes.base.finished.stdout[-2000:])


@pytest.mark.parametrize("function", sorted(EQUAL))
def test_what_comes_out_equal(verified, function):
    assert verified.of(function).outcome in ("proven", "equal-but-slower"), verified.of(function)


def test_all_outcomes_have_a_test():
    assert {*EXPECTED.values(), "proven", "equal-but-slower", "recorded"} == set(OUTCOMES)


@pytest.mark.parametrize(
    ("change", "gain", "outcome"),
    [
        ("decorate", 3.0, "proven"),
        ("decorate", 0.97, "proven"),
        ("decorate", 0.5, "equal-but-slower"),
        ("decorate", None, "proven"),
        ("undecorate", 3.0, "equal-but-slower"),
        ("undecorate", 0.5, "proven"),
    ],
)
def test_speed_decides_between_the_good_outcomes(verified, change, gain, outcome):
    target = msgspec.structs.replace(verified.targets[0], change=change)
    assert evidence._outcome(target, Compared(calls=3), Merged(), Speed(gain=gain)) == (outcome, "")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("fixed", "result: 2 became 1 (2 of 2 values) (call 2), in test_net.py::test_state"),
        ("logs", "global log"),
        ("prints", "it printed 'called'"),
        ("gives_number", "result: int 1 became tensor int32[]"),
        ("reads", "'SymbolicTensor' object has no attribute 'numpy'"),
        ("python_number", "4 of 4 calls traced it anew, for 1 kind of arguments"),
        ("uncalled", "the command does not call it"),
        ("only_inside", "only called inside of graphs"),
        ("Layer.counted", "self.count: 2 became 1 (call 2)"),
        ("counting", "global counted"),
    ],
)
def test_what_is_said(verified, function, message):
    assert message in verified.of(function).message


def test_a_step_is_measured(verified):
    step = verified.of("step")
    assert (step.calls, step.traces, step.signatures) == (12, 1, 1)
    assert step.compared >= 9
    assert step.eager_ms is not None
    assert step.graph_ms is not None
    assert step.gain is not None
    assert step.gain == pytest.approx(step.eager_ms / step.graph_ms, rel=0.01)
    assert step.tracing_ms is not None
    assert step.tests == ("test_net.py::test_step",)
    (received,) = step.parameters
    assert (received.kind, received.dtype, received.shape, received.calls) == ("tensor", "float32", (4, 16), 12)
    assert received.callers == (f"test_net.py:{_line(TESTS, 'net.step(')}",)


def _line(text: str, part: str) -> int:
    return 1 + text.lstrip("\n").splitlines().index(next(line for line in text.splitlines() if part in line))


def test_random_numbers_are_the_same_in_a_graph(verified):
    assert not verified.of("noisy").notes
    assert "types and shapes were compared" in verified.of("seeded").notes[0]


def test_functions_that_only_others_under_test_call_get_runs_of_their_own(verified):
    for name in ("whole", "part"):
        one = verified.of(name)
        assert (one.calls, one.compared, one.traces) == (3, 3, 1), one
    assert sum(one.startswith("as it is, for ") for one in verified.said) == 1
    assert verified.passes.runs == len(verified.said)


def test_what_hangs_on_rounding_is_not_held_against_it(verified):
    (note,) = [note for note in verified.of("rounding").notes if "last digits" in note]
    assert note.startswith("`global place`")
    assert verified.passes.again is not None
    assert set(verified.passes.unsteady(_number(verified, "rounding"))) == {"global place"}
    assert verified.of("after_rounding").compared


def test_what_differs_by_more_than_rounding_is_held_against_it(verified):
    """The second run as it is does not excuse what is the same in it."""
    assert not verified.passes.unsteady(_number(verified, "fixed"))


def _number(verified, function):
    return next(one.number for one in verified.targets if one.function.qualname == function)


def test_each_object_may_have_traces_of_its_own(verified):
    layer = verified.of("Layer.call")
    assert (layer.calls, layer.traces, layer.signatures) == (9, 3, 3)


def test_one_bad_function_does_not_hide_the_others(verified):
    first = [one for one in verified.said if not one.startswith("with 1 ")]
    assert len(first) <= 6, verified.said
    assert verified.passes.last is not None
    assert verified.passes.last.finished.code == 0


def test_evidence_is_plain_data(verified):
    from hybridize import runs

    assert runs.decode(runs.encode(verified.evidence)) == verified.evidence
    assert msgspec.to_builtins(verified.evidence)["tensorflow"].startswith("2.")
