"""What the analysis says of the parameters of the examples holds when they run, and a false claim is noticed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import tensorflow as tf
from runtime.observer import Observer
from runtime.recorder import Recorder, Seen
from runtime.test_examples import EXAMPLES, PROGRAMS
from runtime.truth import Truth, compared, covers

from hybridize.engine import analyze
from hybridize.report import Report, Spec


def truth_of_example(program: str) -> Truth:
    path = EXAMPLES / program
    observer = Observer(path.parent)
    observer.run([path.name], [])
    return compared(analyze([path.parent]), observer.seen)


@pytest.mark.parametrize("program", PROGRAMS)
def test_claims_about_examples_hold(program: str) -> None:
    truth = truth_of_example(program)
    assert not truth.exceptions, "\n".join(map(str, truth.exceptions))
    assert truth.counts["types claims"] > 0


PROGRAM = """
import tensorflow as tf

def f(x, n, rest=1):
    return x * n

def g(*xs, **named):
    yield 1
    yield 2

f(tf.zeros([2, 3]), 2)
f(tf.zeros([2, 4]), 2, rest=tf.constant(1))
list(g(1, 2, a=tf.constant(1)))
"""


@pytest.fixture
def run(tmp_path: Path) -> tuple[Report, dict[tuple[str, int], Seen]]:
    (tmp_path / "main.py").write_text(PROGRAM)
    observer = Observer(tmp_path)
    observer.run(["main.py"], [])
    return analyze([tmp_path]), observer.seen


def test_what_is_recorded(run):
    f, g = run[1]["main.py", 4], run[1]["main.py", 7]
    assert (f.calls, f.tensors, f.literals) == (2, {"x", "rest"}, {"n"}), "a default that is not supplied is no literal"
    assert f.types["x"] == {Spec("TensorSpec", "float32", (2, 3)), Spec("TensorSpec", "float32", (2, 4))}
    assert f.python["rest"] == {"int", "EagerTensor"}
    assert (g.calls, g.tensors, g.literals) == (1, {"named"}, {"xs"}), "what resumes a generator is no call"


def test_threads_are_recorded(tmp_path):
    import runpy

    (tmp_path / "main.py").write_text(
        "import threading\n\ndef f(x):\n    pass\n\nt = threading.Thread(target=f, args=[1])\nt.start()\nt.join()\n"
    )
    recorder = Recorder(tmp_path)
    with recorder.recording():
        runpy.run_path(str(tmp_path / "main.py"))
    assert recorder.seen["main.py", 3].literals == {"x"}


def test_true_claims_hold_and_are_exact(run):
    truth = compared(*run)
    assert not truth.exceptions
    assert truth.counts["functions"] == 2
    assert truth.counts["types claims"] == truth.counts["types exact"] == truth.counts["parameters"] == 5


@pytest.mark.parametrize(
    ("parameter", "change", "question"),
    [
        (0, {"tensor": False}, "tensor"),
        (1, {"literal": False}, "literal"),
        (0, {"types": (Spec("TensorSpec", "float32", (2, 3)),)}, "types"),
        (0, {"types": (Spec("TensorSpec", "int32", (2, None)),)}, "types"),
        (0, {"types": ()}, "types"),
    ],
)
def test_a_false_claim_is_an_exception(run, parameter, change, question):
    report, seen = run
    parameters = list(report.functions[0].parameters)
    parameters[parameter] = msgspec.structs.replace(parameters[parameter], **change)
    function = msgspec.structs.replace(report.functions[0], parameters=tuple(parameters))
    report = msgspec.structs.replace(report, functions=(function, *report.functions[1:]))
    assert [found.question for found in compared(report, seen).exceptions] == [question]


def test_open_types_admit_closed_ones():
    some = Spec("TensorSpec", "float32", (2, None))
    assert covers(Spec("TensorSpec", None, None), some)
    assert covers(Spec("TensorSpec", "float32", (None, None)), some)
    assert not covers(Spec("TensorSpec", "float32", (2, 3)), some)
    assert not covers(Spec("RaggedTensorSpec", "float32", None), some)
    assert not covers(some, Spec("TensorSpec", "float32", tf.TensorShape(None).rank))
