"""What evidence of runs changes in an analysis, and when it counts."""

import evidence
import msgspec
import pytest

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.finding import Confidence
from hybridize.intention import Applicability
from hybridize.report import Spec
from hybridize.runs import Received, Runs

HIDDEN = """\
import tensorflow as tf

STEPS = {}


def register(function):
    STEPS[function.__name__] = function
    return function


def scale(x):
    return x * 2.0


def distance(a, b):
    d = scale(a - b)
    s = tf.square(d)
    r = tf.sqrt(tf.reduce_mean(s)) + tf.reduce_max(s) - tf.reduce_min(s) * tf.norm(d)
    for _ in range(5):
        r = r + tf.exp(-r) + tf.tanh(r) / tf.cosh(r)
    return r
"""
SHOWN = HIDDEN + "\n\nfor _ in range(9):\n    print(distance(tf.ones([3]), tf.ones([3])))\n"
ANNOTATED = HIDDEN.replace("a, b", "a: tf.Tensor, b: tf.Tensor")

BOTH = tuple(Received(name, "tensor", "float32", (3,), 4) for name in ("a", "b"))
RECORDED = {"outcome": "recorded", "change": "none", "calls": 4}
PROVEN = {"outcome": "proven", "compared": 4, "calls": 4, "gain": 3.14, "tests": ("t.py::a", "t.py::b", "t.py::c")}


@pytest.fixture
def program(tmp_path):
    """The report of a program, with evidence of it as it is or as it was."""

    class Program:
        folder = tmp_path

        def report(self, text, was=None, inside=".", **entries):
            (tmp_path / inside).mkdir(exist_ok=True)
            (tmp_path / inside / "m.py").write_text(was or text)
            found = evidence.of(tmp_path, **entries)
            (tmp_path / inside / "m.py").write_text(text)
            config = Config(runs=Runs(str(tmp_path), found.functions), role="application")
            return analyze([tmp_path / inside], config)

    return Program()


def function(report, name="distance"):
    return next(one for one in report.functions if one.qualname == name)


def suggestions(report):
    return [one for one in report.findings if one.code == "HYB301"]


def test_without_evidence_nothing_is_known_of_it(program):
    report = program.report(HIDDEN)
    assert function(report).facts["tensor_parameter"].value is None
    assert suggestions(report) == []


def test_a_recorded_call_says_what_parameters_are(program):
    report = program.report(HIDDEN, distance={**RECORDED, "parameters": BOTH})
    found = function(report)
    assert (found.facts["tensor_parameter"].value, found.facts["tensor_parameter"].basis) == (True, "trace")
    assert [(one.tensor, one.basis, one.literal) for one in found.parameters] == [(True, "trace", False)] * 2
    assert found.parameters[0].types == (Spec("TensorSpec", "float32", (3,)),)
    assert found.verdict.precondition == "P1"
    assert found.run is None
    # That is no proof that the graph does the same.
    (finding,) = suggestions(report)
    assert (finding.proposal.applicability, finding.confidence) == (Applicability.UNSAFE, Confidence.LIKELY)
    assert finding.assumptions == found.assumptions != ()


def test_what_flows_on_from_it_is_known_too(program):
    report = program.report(HIDDEN, distance={**RECORDED, "parameters": BOTH})
    assert function(report, "scale").parameters[0].types == (Spec("TensorSpec", "float32", (3,)),)


def test_recorded_literals_speak_against_a_graph(program):
    seen = (Received("a", "int", calls=2), BOTH[1])
    found = function(program.report(HIDDEN, distance={**RECORDED, "parameters": seen}))
    assert (found.facts["literal_parameter"].value, found.facts["literal_parameter"].basis) == (True, "trace")


def test_a_recorded_literal_may_be_the_default(program):
    seen = (Received("a", "int", calls=2), BOTH[1])
    text = HIDDEN.replace("a, b", "b, a=1")
    found = function(program.report(text, distance={**RECORDED, "parameters": seen}))
    assert found.facts["literal_parameter"].value is None


def test_kinds_that_the_analysis_has_no_word_for_leave_it_open(program):
    seen = (Received("a", "Batch", calls=2), BOTH[1])
    found = function(program.report(HIDDEN, distance={**RECORDED, "parameters": seen}))
    assert [one.tensor for one in found.parameters] == [None, True]


def test_calls_in_the_program_count_more(program):
    seen = tuple(Received(name, "int", calls=2) for name in ("a", "b"))
    found = function(program.report(SHOWN, distance={**RECORDED, "parameters": seen}))
    assert found.facts["tensor_parameter"].basis == "flow"
    assert found.facts["literal_parameter"].value is False


def test_what_is_proven_is_a_safe_fix_with_its_gain(program):
    (finding,) = suggestions(program.report(HIDDEN, distance={**PROVEN, "parameters": BOTH}))
    assert finding.proposal.applicability is Applicability.SAFE
    assert finding.assumptions == ()
    assert finding.proof == "run both ways, it did the same in 4 calls, 3.1 times as fast, by t.py::a and 2 more"


def test_an_annotation_alone_is_no_safe_fix_but_a_run_is(program):
    text = (
        ANNOTATED + "\n\ndef main(items):\n    for item in items:\n        distance(item, item)\n\n\nmain(open('x'))\n"
    )
    (before,) = suggestions(program.report(text))
    (after,) = suggestions(program.report(text, distance=PROVEN))
    assert (before.proposal.applicability, after.proposal.applicability) == (Applicability.UNSAFE, Applicability.SAFE)
    # It is the same finding for a baseline, which no measurement changes.
    assert before.message == after.message


def test_random_numbers_are_never_a_safe_fix(program):
    text = SHOWN.replace("tf.tanh(r)", "tf.random.uniform([])")
    (finding,) = suggestions(program.report(text, distance=PROVEN))
    assert finding.proposal.applicability is Applicability.UNSAFE
    assert len(finding.assumptions) == 1


SLOWER = {"outcome": "equal-but-slower", "eager_ms": 0.1234, "graph_ms": 0.25}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"outcome": "different", "message": "1.0 is not 2.0"}, "its results differ as a graph: 1.0 is not 2.0"),
        ({"outcome": "raises", "message": "TypeError: no"}, "as a graph it raises: TypeError: no"),
        ({"outcome": "retraces", "traces": 7, "calls": 9}, "as a graph it was traced 7 times in 9 calls"),
        (SLOWER, "it was run as a graph, which is slower: 0.25 ms per call, 0.123 ms without"),
    ],
)
def test_what_went_wrong_is_not_suggested_and_says_why(program, fields, reason):
    assert len(suggestions(program.report(SHOWN))) == 1
    report = program.report(SHOWN, distance=fields)
    assert suggestions(report) == []
    assert [one.reason for one in function(report).opportunity.obstacles] == [reason]


@pytest.mark.parametrize("change", [("* 2.0", "* 3.0"), ("range(5)", "range(6)")])
def test_evidence_of_other_code_does_not_count(program, change):
    now = SHOWN.replace(*change)
    report = program.report(now, was=SHOWN, distance={"outcome": "raises", "message": "TypeError: no"})
    assert len(suggestions(report)) == 1
    assert function(report).run is None


def test_what_it_received_hangs_on_its_own_code_alone(program):
    entry = {**RECORDED, "parameters": BOTH}
    called = function(program.report(HIDDEN.replace("* 2.0", "* 3.0"), was=HIDDEN, distance=entry))
    own = function(program.report(HIDDEN.replace("range(5)", "range(6)"), was=HIDDEN, distance=entry))
    assert called.facts["tensor_parameter"].basis == "trace"
    assert own.facts["tensor_parameter"].value is None


def test_comments_and_lines_before_it_do_not_matter(program):
    report = program.report(
        "\n\n" + SHOWN.replace("    return r", "    # the end\n    return r"), was=SHOWN, distance=PROVEN
    )
    assert suggestions(report)[0].proof


def test_the_decorator_that_it_asks_for_changes_nothing_of_it(program):
    report = program.report(SHOWN.replace("def distance", "@tf.function\ndef distance"), was=SHOWN, distance=PROVEN)
    assert function(report).proven


def test_a_part_of_the_project_may_be_analyzed(program):
    report = program.report(SHOWN, inside="part", distance=PROVEN)
    assert report.root.endswith("part")
    assert suggestions(report)[0].proof


REMOVABLE = """\
import tensorflow as tf


@tf.function
def add(a):
    return a + 1


for number in range(4):
    print(add(number))
"""


def test_a_removal_that_went_wrong_is_no_fix(program):
    before = {one.code: one.proposal for one in program.report(REMOVABLE).findings}
    entry = {"change": "undecorate", "outcome": "raises", "message": "TypeError: no"}
    after = {one.code: one.proposal for one in program.report(REMOVABLE, add=entry).findings}
    removals = [
        code for code, proposal in before.items() if proposal is not None and proposal.title == "remove `tf.function`"
    ]
    assert removals
    assert [after[code] for code in removals] == [None] * len(removals)


def test_what_a_report_says_of_a_run_is_data(program):
    report = program.report(SHOWN, distance=PROVEN)
    assert msgspec.to_builtins(function(report))["run"]["gain"] == 3.14
