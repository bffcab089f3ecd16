"""Functions made per call (HYB202) are moved out of their loops only where that mends the finding and does no harm."""

from __future__ import annotations

import pytest

from hybridize import fixing
from hybridize.config import Config
from hybridize.finding import Applicability

HEAD = "import tensorflow as tf\n\n"
LOOP = "\n\nfor _ in range(100):\n    run(tf.ones([2]))\n"
MAKER = "def make():\n    @tf.function\n    def double(value):\n        return value * 2.0\n\n    return double\n\n\n"
ONE = Config(jobs=1, select=("HYB202",))


def fixed(folder, text):
    (folder / "main.py").write_text(text, encoding="utf-8")
    return fixing.fix([folder], ONE, Applicability.UNSAFE)


def test_a_nested_function(tmp_path):
    nested = "    @tf.function\n    def double(value):\n        return value * 2.0\n\n"
    text = HEAD + "def run(x):\n" + nested + "    return double(x)\n" + LOOP
    result = fixed(tmp_path, text)
    assert [change.new.decode() for change in result.changes] == [
        HEAD
        + "@tf.function\ndef double(value):\n    return value * 2.0\n\n\n"
        + "def run(x):\n\n    return double(x)\n"
        + LOOP
    ]
    assert result.after.findings == ()


def test_a_call(tmp_path):
    step = "def step(x):\n    return x * 2.0\n\n\n"
    result = fixed(tmp_path, HEAD + step + "def run(x):\n    return tf.function(step)(x)\n" + LOOP)
    assert [change.new.decode() for change in result.changes] == [
        HEAD + step + "graph_step = tf.function(step)\n\n\ndef run(x):\n    return graph_step(x)\n" + LOOP
    ]


@pytest.mark.parametrize(
    "run",
    [
        # It takes `x` from the function around it.
        "def run(x):\n    @tf.function\n    def double():\n        return x * 2.0\n\n    return double()\n",
        # A lambda has no name.
        "def run(x):\n    return tf.function(lambda value: value * 2.0)(x)\n",
        # It is made by a function that returns it.
        MAKER + "def run(x):\n    return make()(x)\n",
    ],
)
def test_what_hangs_on_its_surroundings_stays(run, tmp_path):
    result = fixed(tmp_path, HEAD + run + LOOP)
    assert [finding.code for finding in result.before.findings] == ["HYB202"]
    assert result.changes == ()


def test_what_a_single_trace_would_freeze_stays(tmp_path):
    """Made for each call, the function sees the new value; made once, it would not (HYB161)."""
    run = (
        "scale = 1.0\n\n\ndef run(x):\n    global scale\n    scale = scale + 1.0\n\n"
        "    @tf.function\n    def scaled(value):\n        return value * scale\n\n    return scaled(x)\n"
    )
    result = fixed(tmp_path, HEAD + run + LOOP)
    assert [finding.code for finding in result.before.findings] == ["HYB202"]
    assert result.changes == ()


def test_it_is_never_safe(tmp_path):
    text = HEAD + "def step(x):\n    return x * 2.0\n\n\ndef run(x):\n    return tf.function(step)(x)\n" + LOOP
    (tmp_path / "main.py").write_text(text, encoding="utf-8")
    assert fixing.fix([tmp_path], ONE, Applicability.SAFE).changes == ()
