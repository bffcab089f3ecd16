"""What a survey says of how far it is, on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest

from hybridize_bot.survey import progress
from hybridize_bot.survey.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_rate_and_time_left(clock):
    stream = io.StringIO()
    shown = Progress(1004, stream=stream)
    for _ in range(4):
        shown.known(failed=False)
    clock[0] = 10.0
    shown.finished(20_000, failed=False)
    clock[0] = 12.0
    shown.finished(4_000, failed=True)
    assert stream.getvalue() == "surveyed 5 of 1,004, 2.00 kLOC/s, 2.8 h left\n"
    clock[0] = 16.0
    shown.pieces(new=3)
    shown.pieces(done=1)
    shown.close()
    shown.close()
    assert stream.getvalue().splitlines()[1:] == [
        "surveyed 6 of 1,004, 1 failed, pieces 0 of 3, 1.50 kLOC/s, 2.2 h left",
        "surveyed 6 of 1,004, 1 failed, pieces 1 of 3, 1.50 kLOC/s, 2.2 h left",
    ]


def test_a_terminal_has_one_line(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    shown = Progress(2, stream=stream)
    for _ in range(2):
        clock[0] += 1
        shown.finished(1000, failed=False)
    shown.note("a\x1b[31mb")
    shown.close()
    text = stream.getvalue()
    assert text.count("\n") == 2
    assert "a\\x1b[31mb\n" in text
    assert text.endswith("\r\x1b[2Ksurveyed 2 of 2, 1.00 kLOC/s\n")


def test_quiet_says_nothing(clock):
    stream = Terminal()
    shown = Progress(1, quiet=True, stream=stream)
    shown.finished(1, failed=False)
    shown.note("x")
    shown.close()
    assert stream.getvalue() == ""


def test_durations():
    assert [duration(seconds) for seconds in (0.4, 89, 600, 7200, 86400 * 3)] == [
        "0 s", "89 s", "10 min", "2.0 h", "3.0 days"
    ]  # fmt: skip
