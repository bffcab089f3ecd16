"""The example programs run, and show what `examples/README.md` says one sees of their mistakes."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROGRAMS = ["linear_regression/train.py", "digit_classifier/train.py", "image_pipeline/pipeline.py", "gan/train.py"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run a program as a script; its globals afterwards."""

    def go(program: str) -> dict[str, Any]:
        path = EXAMPLES / program
        monkeypatch.syspath_prepend(str(path.parent))
        return runpy.run_path(str(path), run_name="__main__")

    yield go
    for name, module in list(sys.modules.items()):
        if str(EXAMPLES) in str(getattr(module, "__file__", None) or ""):
            del sys.modules[name]


def test_every_program_is_listed():
    scripts = [path for path in EXAMPLES.glob("*/*.py") if "__main__" in path.read_text()]
    assert {path.relative_to(EXAMPLES).as_posix() for path in scripts} == set(PROGRAMS)
    table = (EXAMPLES / "README.md").read_text()
    assert all(f"`{program}`" in table for program in PROGRAMS)


def test_linear_regression_learns_eagerly(run):
    names = run("linear_regression/train.py")
    assert names["model"].bias.numpy()[0] == pytest.approx(4.2, abs=0.1)
    assert not hasattr(names["train_step"], "python_function"), "the missed opportunity"
    hybrid = tf.function(names["train_step"])
    x, y = tf.zeros([4, 3]), tf.zeros([4, 1])
    before = [variable.numpy() for variable in names["model"].trainable_variables]
    eager = float(names["train_step"](x, y))
    for variable, value in zip(names["model"].trainable_variables, before, strict=True):
        variable.assign(value)
    assert float(hybrid(x, y)) == pytest.approx(eager), "it is fit to be a graph"


def test_digit_classifier_learns_but_records_one_loss_for_each_trace(run, capsys):
    run("digit_classifier/train.py")
    lines = capsys.readouterr().out.splitlines()
    assert float(lines[-2].split()[-1]) > 0.9
    assert lines[-1] == "2 losses recorded"


def test_image_pipeline_has_a_graph_without_tensors(run, capsys):
    names = run("image_pipeline/pipeline.py")
    assert "8 of 8 batches" in capsys.readouterr().out
    graph = names["steps_per_epoch"].get_concrete_function(256, 32).graph
    assert {operation.type for operation in graph.get_operations()} <= {"Const", "Identity", "NoOp"}
    assert names["channel_statistics"].experimental_get_tracing_count() == 1


def test_gan_counts_once_for_each_trace_and_blur_retraces_each_epoch(run, capsys):
    names = run("gan/train.py")
    assert capsys.readouterr().out.splitlines()[-1] == "2 steps taken"
    assert names["blur"].experimental_get_tracing_count() == names["EPOCHS"]
