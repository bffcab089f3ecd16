"""Which functions `hybridize verify` puts under test, and what it does with them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from hybridize.config import Config
from hybridize.fixing import propose
from hybridize.intention import Applicability
from hybridize_bot.verify import plans

PROGRAM = """
import tensorflow as tf


def step(x):
    for _ in range(20):
        x = tf.tanh(x) * 2.0
    return x


@tf.function
def no_tensor(n):
    return n + 1


@tf.function
def recursive(x, n):
    return x if n == 0 else recursive(tf.sin(x), n - 1)


@tf.function(jit_compile=False)
def numbers(n):
    total = n * 2
    return total


@tf.function
def fine(x):
    for _ in range(20):
        x = tf.tanh(x) * 2.0
    return x


wrapped = tf.function(lambda n: n + 2)

for i in range(3):
    step(tf.ones([4, 4]))
    fine(tf.ones([4, 4]))
    no_tensor(i)
    numbers(i)
    wrapped(i)
    recursive(tf.ones([2]), 3)
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    (folder / "main.py").write_text(dedent(PROGRAM).lstrip("\n"), encoding="utf-8")
    return propose([folder], Config(jobs=1), most=Applicability.UNSAFE)


def verdicts(report):
    return {one.qualname: one.verdict.precondition for one in report.functions}


def test_conversions_are_the_suggested_ones(report):
    plan = plans.conversions(report, removals=False)
    assert [(one.function.qualname, one.change) for one in plan.targets] == [("step", "decorate")]
    assert not plan.left


def test_removals_are_the_decorators_that_the_verdict_is_against(report):
    plan = plans.conversions(report, removals=True)
    wanted = {name for name, one in verdicts(report).items() if one in plans.REMOVABLE}
    assert {"no_tensor", "numbers"} <= wanted
    assert "fine" not in wanted
    taken = {one.function.qualname: one for one in plan.targets if one.change == "undecorate"}
    left = {one.function.qualname: one.reason for one in plan.left if one.change == "undecorate"}
    assert {*taken, *left} == wanted
    assert all(reason == "`tf.function` is no decorator of its own" for reason in left.values())
    lines = dedent(PROGRAM).lstrip("\n").splitlines()
    assert [lines[one.drop - 1] for name, one in taken.items() if name in ("no_tensor", "numbers")] == [
        "@tf.function",
        "@tf.function(jit_compile=False)",
    ]


def test_numbers_are_places_in_the_plan(report):
    plan = plans.conversions(report, removals=True)
    assert [one.number for one in plan.targets] == list(range(len(plan.targets)))


def test_everything_is_watched(report):
    plan = plans.watched(report)
    assert [one.function for one in plan.targets] == list(report.functions)
    assert {one.change for one in plan.targets} == {"none"}
