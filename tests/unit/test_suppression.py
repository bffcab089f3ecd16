"""Suppression comments: what they cover, what is wrong with them, what is removed of them, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.finding import Applicability
from hybridize.fixing import fix
from hybridize.suppression import directives, with_ignores
from hybridize.syntax.comments import comments
from hybridize.syntax.source import SourceFile

TRACED = "import tensorflow as tf\n\n\n@tf.function\ndef step(x):\n    print('tracing'){}\n    return x * 2\n"


def source(text: str | bytes) -> SourceFile:
    return SourceFile("main.py", text if isinstance(text, bytes) else text.encode())


def checked(tmp_path, text, **config):
    (tmp_path / "main.py").write_bytes(text if isinstance(text, bytes) else text.encode())
    return analyze([tmp_path], Config(jobs=1, **config))


def codes(report):
    return [finding.code for finding in report.findings]


# What a comment speaks of


def test_lines_are_those_of_the_tokenizer():
    text = "x = 1  # a\r\ny = (2,  # b\r\n     3)\r\n# c\rz = '''\f\u2028''' # d\n"
    found = [(one.line, one.text, one.first, one.last) for one in comments(source(text))]
    assert found == [(1, "# a", 1, 1), (2, "# b", 2, 3), (4, "# c", 5, 5), (5, "# d", 5, 5)]


def test_a_comment_with_a_gap_below_speaks_of_nothing():
    (one,) = comments(source("# gap\n\nx = 1\n"))
    assert (one.first, one.last) == (0, -1)


def test_a_comment_above_another_speaks_of_the_code_below_both():
    assert [(one.first, one.last) for one in comments(source("# one\n# two\nx = 1\n"))] == [(3, 3), (3, 3)]


def test_a_function_reaches_to_the_end_of_its_body():
    head = "class C:\n    @one\n    @two  # here\n    async def f(self):\n"
    text = head + "        if self:\n            pass\n\n    x = 1\n"
    (one,) = comments(source(text))
    assert (one.first, one.last) == (2, 6)


@pytest.mark.parametrize("broken", ["x = (1  # a\n", "if x:\n    y\n  z  # a\n", "'''  # a\n"])
def test_what_cannot_be_split_into_tokens_has_no_comments(broken):
    assert comments(source(broken)) == ()


@given(st.text(alphabet="#x=1()[]:\n\r\f \t'\"\\defclass@hybridize:ignore[HYB101],", max_size=60))
def test_any_text_is_read(text):
    for one in directives(source("hybridize:" + text)):
        assert one.rules or one.mistake or one.blanket


# Suppressing


def test_what_is_suppressed_is_kept_with_its_reason(tmp_path):
    report = checked(tmp_path, TRACED.format("  # hybridize: ignore[HYB101]: once per trace"))
    assert codes(report) == []
    (one,) = report.suppressed
    assert (one.finding.code, one.reason) == ("HYB101", "once per trace")


def test_a_file_without_anything_to_report(tmp_path):
    text = "# hybridize: ignore-file\nx = 1\n"
    report = checked(tmp_path, text)
    assert codes(report) == ["HYB003"]
    assert report.findings[0].message == "nothing is reported in this file"
    assert codes(checked(tmp_path, text, ignore=("HYB9",))) == ["HYB003"]
    assert codes(checked(tmp_path, text, select=("HYB0", "HYB1"))) == [], "other rules might report something"


def test_rules_that_are_not_selected_are_not_unused(tmp_path):
    text = TRACED.format("  # hybridize: ignore[HYB101, HYB103]")
    assert codes(checked(tmp_path, text)) == ["HYB003"]
    assert codes(checked(tmp_path, text, ignore=("HYB103",))) == []
    assert codes(checked(tmp_path, text, per_file_ignore=(("main.py", ("HYB103",)),))) == []
    assert codes(checked(tmp_path, text, select=("HYB103",))) == []


def test_what_is_suppressed_is_not_fixed(tmp_path):
    checked(tmp_path, TRACED.format("  # hybridize: ignore[HYB101]"))
    done = fix([tmp_path], Config(jobs=1), Applicability.UNSAFE)
    assert not done.changes
    assert len(done.after.suppressed) == 1


def test_a_fix_that_leaves_a_suppression_without_use_takes_it_along(tmp_path):
    text = (
        "import tensorflow as tf\n\n\n@tf.function\ndef step(x):\n"
        "    print('a', x)\n    return x * 2  # hybridize: ignore[HYB101]\n\n\nstep(tf.ones([2]))\n"
    )
    checked(tmp_path, text)
    done = fix([tmp_path], Config(jobs=1), Applicability.UNSAFE)
    assert b"hybridize" not in done.changes[0].new
    assert b"tf.print" in done.changes[0].new
    assert not done.after.findings


# Removing


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # hybridize: ignore[HYB101] why\n", "x = 1\n"),
        ("x = 1  # hybridize: ignore[HYB101]", "x = 1"),
        ("x = 1\t# hybridize: ignore[HYB101]\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
        ("# hybridize: ignore[HYB101]\nx = 1\n", "x = 1\n"),
        ("if a:\r    # hybridize: ignore[HYB101] why\r    x = 1\r", "if a:\r    x = 1\r"),
        ("x = 1  # one # hybridize: ignore[HYB101] why # two\n", "x = 1  # one # two\n"),
        ("x = 1  # one # hybridize: ignore[HYB101] why\n", "x = 1  # one\n"),
        ("é = 'ü'  # hybridize: ignore[HYB101]\n", "é = 'ü'\n"),
        ("\ufeffx = 1  # hybridize: ignore[HYB101]\n", "\ufeffx = 1\n"),
        ("x = 1\n# hybridize: ignore-file[HYB101]", "x = 1\n"),
        (
            TRACED.format("  # hybridize: ignore[HYB101, HYB103 , log-call-in-graph] why"),
            TRACED.format("  # hybridize: ignore[HYB101] why"),
        ),
    ],
)
def test_what_is_left_of_a_comment(tmp_path, before, after):
    checked(tmp_path, before)
    done = fix([tmp_path], Config(jobs=1, select=("HYB003",)))
    assert [change.new.decode() for change in done.changes] == [after]
    assert not done.after.findings


# Adding


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    print('a')\n", "    print('a')  # hybridize: ignore[HYB101] once\n"),
        ("    print('a')", "    print('a')  # hybridize: ignore[HYB101] once"),
        ("    print('a')\r\n", "    print('a')  # hybridize: ignore[HYB101] once\r\n"),
        ("    print('a')  # one\n", "    print('a')  # one  # hybridize: ignore[HYB101] once\n"),
        (
            "    print('a')  # hybridize: ignore[HYB103] two\n",
            "    print('a')  # hybridize: ignore[HYB103, HYB101] two\n",
        ),
        ("    print(\n        'a',\n    )\n", "    print(  # hybridize: ignore[HYB101] once\n        'a',\n    )\n"),
        ("    print('''\n''')\n", "    print('''\n''')  # hybridize: ignore[HYB101] once\n"),
        ("    print \\\n    ('a')\n", "    print \\\n    ('a')  # hybridize: ignore[HYB101] once\n"),
        ("    print('a'); print('b')\n", "    print('a'); print('b')  # hybridize: ignore[HYB101] once\n"),
    ],
)
def test_comments_are_added_and_count(tmp_path, before, after):
    head = "import tensorflow as tf\n@tf.function\ndef f(x):\n"
    report = checked(tmp_path, head + before, ignore=("HYB4", "HYB0"))
    text, added = with_ignores(source(head + before), report.findings, "once")
    assert text == head + after
    assert added == len(report.findings) > 0
    assert codes(checked(tmp_path, text, select=("HYB101",))) == []
