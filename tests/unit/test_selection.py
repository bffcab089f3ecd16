"""What is shown, what is set aside and why, and the exit code."""

from __future__ import annotations

import json

import pytest
from samples import finding, report

from hybridize.finding import Severity, Span
from hybridize_bot.render import check_json, concise, github, text
from hybridize_bot.render._places import Places
from hybridize_bot.render._style import Style
from hybridize_bot.selection import SetAside, counts, divide, exit_code, select

PLAIN = Style(enabled=False)
FOUR = tuple(finding(span=Span("train.py", line, 0)) for line in range(1, 5))


def on_line(number, kind):
    return lambda left: divide(left, lambda one: SetAside(one, kind) if one.span.line == number else None)


def test_a_finding_is_set_aside_for_the_first_reason_there_is():
    filters = [on_line(3, "suppressed"), on_line(1, "baseline"), on_line(3, "baseline")]
    got = select(report(findings=FOUR), filters)
    assert [one.span.line for one in got.report.findings] == [2, 4]
    assert [(one.finding.span.line, one.kind) for one in got.aside] == [(1, "baseline"), (3, "suppressed")]


def test_a_filter_sees_what_is_left():
    seen = []

    def watch(left):
        seen.append(len(left.findings))
        return divide(left, lambda _: None)

    select(report(findings=FOUR), [watch, on_line(1, "baseline"), watch])
    assert seen == [4, 3]


def test_what_is_set_aside_is_counted_in_words():
    aside = [
        SetAside(one, kind) for one, kind in zip(FOUR, ["baseline", "unchanged", "baseline", "before"], strict=True)
    ]
    assert counts(aside) == [
        "2 findings in the baseline not shown",
        "1 finding on unchanged lines not shown",
        "1 finding from before the change not shown",
    ]


@pytest.mark.parametrize(
    ("severity", "level", "code"),
    [
        (Severity.ERROR, "error", 1), (Severity.WARNING, "error", 0), (Severity.INFO, "info", 1),
        (Severity.ERROR, "never", 0), (Severity.INFO, "warning", 0),
    ],
)  # fmt: skip
def test_the_exit_code_is_that_of_what_is_shown(severity, level, code):
    assert exit_code([finding(severity=severity)], level) == code
    assert exit_code([], level) == 0


def test_formats_tell_how_many_are_not_shown(tmp_path):
    places = Places(str(tmp_path), str(tmp_path))
    aside = [SetAside(one, "baseline", "accepted") for one in FOUR]
    empty = report(findings=())
    shown = text.render(empty, places, PLAIN, aside=aside)
    assert shown == "No findings in 1 file, 1 function; 4 findings in the baseline not shown.\n"
    assert json.loads(check_json.render(empty, places, aside))["summary"]["not_shown"] == {"baseline": 4}


def test_formats_tell_the_cause(tmp_path):
    places = Places(str(tmp_path), str(tmp_path))
    one = report(findings=(finding(cause="because of this change: util.py:3"),))
    assert " = cause: because of this change: util.py:3\n" in text.render(one, places, PLAIN)
    assert "(because of this change: util.py:3)\n" in concise.render(one, places, PLAIN)
    assert "%0Abecause of this change: util.py:3" in github.render(one, places)
    assert json.loads(check_json.render(one, places))["findings"][0]["cause"].endswith("util.py:3")
