"""Fingerprints change with the code that runs, and with nothing else."""

from __future__ import annotations

from textwrap import dedent

import pytest

from hybridize.engine import analyze
from hybridize.fingerprints import fingerprints, lines_of, normalized

PROGRAM = """
import tensorflow as tf

def scale(x):
    return x * 2.0

def shift(x):
    return scale(x) + 1.0

def other(x):
    return x

shift(tf.ones([2]))
other(tf.ones([2]))
"""


def of(folder, text):
    (folder / "m.py").write_text(dedent(text))
    report = analyze([folder])
    found = fingerprints(report.functions, lambda path: lines_of((folder / path).read_text()))
    return {qualname: value for (_, qualname), value in found.items()}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("return x * 2.0", "return x * 3.0", {"scale", "shift"}),
        ("+ 1.0", "+ 2.0", {"shift"}),
        ("return x * 2.0", "return x * 2.0  # twice\n", set()),
        ("def shift(x):", "\n\n@tf.function\ndef shift(x):", set()),
        ("def shift(x):", 'def shift(x):\n    """Move."""', {"shift"}),
        ("return x\n", "return scale(x)\n", {"other"}),
    ],
)
def test_what_changes_it(tmp_path, old, new, changed):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    before, after = of(tmp_path / "a", PROGRAM), of(tmp_path / "b", PROGRAM.replace(old, new))
    assert {name for name in before if before[name] != after[name]} == changed


def test_indentation_and_comments_are_no_code():
    inner = ["    def f(x):  # comment", "", "        return '# no comment'"]
    assert normalized(inner) == "def f(x):\n    return '# no comment'"


def test_what_does_not_parse_has_a_fingerprint_too():
    assert normalized(["def f(:", "  '''"]) == "def f(:\n  '''"
