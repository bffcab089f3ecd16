"""`hybridize trace` and `hybridize bench` from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from verify import standin
from verify.running import ENVIRONMENT, write

from hybridize import runs
from hybridize_bot.render import bench_table
from hybridize_bot.render.bench_table import Bench, is_noise, spread
from hybridize_bot.verify.records import Variant

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import tensorflow as tf

state = tf.Variable(1.0)


def step(x, rate):
    for _ in range(24):
        x = tf.nn.relu(x) * rate
    state.assign_add(1.0)
    return x


class Model:
    def run(self, x):
        return step(x, 0.5)


for _ in range(4):
    Model().run(tf.ones([2, 3]))
print("state", state.numpy())
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    stand_in = standin.install(tmp_path / "standin")
    folder = tmp_path / "project"
    write(folder, {"main.py": PROGRAM})
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(stand_in), str(ROOT / "analysis"), str(ROOT)]))
    monkeypatch.chdir(folder)
    return folder


def hybridize(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "hybridize_bot", *arguments, "--", sys.executable, "main.py"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_trace_writes_what_was_received(project):
    done = hybridize("trace")
    assert done.returncode == 0, done.stderr
    evidence = runs.decode((project / ".hybridize" / "evidence.json").read_bytes())
    assert {one.function: (one.outcome, one.change, one.calls) for one in evidence.functions} == {
        "step": ("recorded", "none", 4),
        "Model.run": ("recorded", "none", 4),
    }
    step = next(one for one in evidence.functions if one.function == "step")
    assert {(one.parameter, one.kind, one.dtype, one.callers) for one in step.parameters} == {
        ("x", "tensor", "float32", ("main.py:15",)),
        ("rate", "float", "", ("main.py:15",)),
    }
    assert all(one.fingerprint for one in evidence.functions)
    assert "    rate: float" in done.stdout
    assert "2 functions called outside of graphs" in done.stdout


def test_trace_in_json_to_a_file_of_choice(project):
    done = hybridize("trace", "--format", "json", "--evidence", "seen.json")
    assert json.loads(done.stdout)["outcomes"] == {"recorded": 2}
    assert runs.decode((project / "seen.json").read_bytes()).functions
    assert not (project / ".hybridize").exists()


def test_bench_puts_variables_back_and_stops(project):
    done = hybridize("bench", "main.py::step", "--format", "json", "--rounds", "6", "--skip", "1")
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(done.stdout)["functions"]
    assert (one["function"], one["calls"]) == ("step", 2), "it takes the second call, and stops"
    assert {variant["name"]: len(variant["times"]) for variant in one["variants"]} == {
        "eager": 6,
        "graph": 6,
        "jit_compile": 6,
    }


def test_bench_of_a_function_that_is_not_there(project):
    done = hybridize("bench", "main.py::stop")
    assert done.returncode == 2
    assert "there is no function 'stop' in main.py, which has step, Model.run" in done.stderr


def test_bench_of_a_function_that_is_not_called(project):
    (project / "main.py").write_text(PROGRAM.replace("for _ in range(4):\n    Model().run", "if 0:\n    Model().run"))
    done = hybridize("bench", "main.py::step")
    assert done.returncode == 1
    assert "the command does not call it" in done.stdout


@pytest.mark.runtime
@pytest.mark.slow
def test_bench_on_tensorflow(project, monkeypatch):
    write(
        project,
        {
            "main.py": """
                import tensorflow as tf

                state = tf.Variable(tf.ones([4]))


                def step(x):
                    for _ in range(20):
                        x = tf.sin(x) + state
                    state.assign_add(tf.ones([4]))
                    return x


                class Net:
                    def text(self, x):
                        return tf.strings.join([x, x])


                for _ in range(3):
                    Net().text(tf.constant("a"))
                    step(tf.ones([4]))
                """
        },
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "analysis"), str(ROOT)]))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", ENVIRONMENT["TF_CPP_MIN_LOG_LEVEL"])
    done = hybridize("bench", "main.py::step", "main.py::Net.text", "--format", "json", "--rounds", "8")
    assert done.returncode == 0, done.stderr
    found = {one["function"]: {v["name"]: v for v in one["variants"]} for one in json.loads(done.stdout)["functions"]}
    step = found["step"]
    assert not any(variant["error"] for variant in step.values())
    assert step["graph"]["median_ms"] < step["eager"]["median_ms"]
    assert step["graph"]["first_ms"] > step["graph"]["median_ms"], "the first call traces"
    assert not found["Net.text"]["graph"]["error"]
    assert found["Net.text"]["jit_compile"]["error"], "XLA has no texts"


def bench(eager, graph):
    return Bench("m.py", 3, "f", (Variant("eager", tuple(eager)), Variant("graph", tuple(graph), 50.0)), 1)


def test_a_difference_within_the_spread_is_noise():
    quiet, loud = [1.0, 1.1, 1.2, 1.3], [1.1, 1.2, 1.3, 1.4]
    assert is_noise(spread(quiet), spread(loud))
    assert not is_noise(spread(quiet), spread([2.0, 2.1, 2.2, 2.3]))
    from hybridize_bot.render._style import Style

    assert "no difference beyond noise" in bench_table.render([bench(quiet, loud)], Style(False))
    assert "2.00×" in bench_table.render([bench([2.0, 2.0, 2.0], [1.0, 1.0, 1.0])], Style(False))


def test_times_have_units_that_fit():
    assert [bench_table.time(one) for one in (0.0123, 3.456, 2345.0)] == ["12 µs", "3.46 ms", "2.35 s"]
