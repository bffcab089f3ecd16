"""Streams: colors, safe text, and a progress bar that stays out of the way."""

from __future__ import annotations

import io

import pytest

from hybridize_bot import console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "stream", "environment", "colored"),
    [
        ("auto", Terminal(), {}, True),
        ("auto", io.StringIO(), {}, False),
        ("auto", None, {}, False),
        ("auto", Terminal(), {"TERM": "dumb"}, False),
        ("auto", Terminal(), {"NO_COLOR": "1"}, False),
        ("auto", Terminal(), {"NO_COLOR": ""}, True),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1"}, True),
        ("auto", None, {"FORCE_COLOR": "1"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1"}, True),
        ("never", Terminal(), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_use_color(choice, stream, environment, colored) -> None:
    assert console.use_color(choice, stream, environment) is colored


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode\tand\nlines", "plain ünïcode\tand\nlines"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\rb\x07\x9b", "a\\rb\\x07\\x9b"),
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_visible_writes_out_what_would_act(text, shown) -> None:
    assert console.visible(text) == shown


def test_one_line() -> None:
    assert console.one_line(" a\n\tb  c ") == "a b c"


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


def test_a_short_run_shows_no_progress(clock) -> None:
    stream = Terminal()
    progress = console.Progress(stream)
    for done in range(9):
        progress("reading", done, 9)
        clock(0.1)
    assert progress.close() == pytest.approx(0.9)
    assert stream.getvalue() == ""


def test_a_long_run_shows_progress_now_and_then_and_removes_it(clock) -> None:
    stream = Terminal()
    progress = console.Progress(stream)
    for done in range(200):
        progress("reading", done, 200)
        clock(0.01)
    progress.close()
    drawn = stream.getvalue().split("\r\x1b[2K")
    assert 9 <= len(drawn[1:-1]) <= 11
    assert drawn[1].startswith("reading      [############............] 1")
    assert drawn[-1] == ""


@pytest.mark.parametrize(("stream", "enabled"), [(io.StringIO(), True), (Terminal(), False)])
def test_no_progress_without_terminal_or_when_quiet(clock, stream, enabled) -> None:
    progress = console.Progress(stream, enabled=enabled)
    clock(5)
    progress("reading", 1, 2)
    progress.close()
    assert stream.getvalue() == ""


def test_phases_are_timed_in_their_order(clock) -> None:
    progress = console.Progress(io.StringIO())
    for phase, seconds in (("reading", 1.0), ("analysis", 2.0), ("analysis", 0.5)):
        progress(phase, 0, 0)
        clock(seconds)
    progress.close()
    assert list(progress.phases.items()) == [("reading", pytest.approx(1.0)), ("analysis", pytest.approx(2.5))]


def test_unknown_totals_are_counted_without_a_bar_overflowing(clock) -> None:
    stream = Terminal()
    progress = console.Progress(stream)
    clock(2)
    progress("analysis", 70, 0)
    clock(2)
    progress("analysis", 90, 80)
    assert "] 70  2 s" in stream.getvalue()
    assert f"[{'#' * 24}] 90/80" in stream.getvalue()


def test_emit_writes_files_with_plain_line_ends(tmp_path) -> None:
    target = tmp_path / "a" / "b.txt"
    console.emit("one\ntwo\udce9\n", str(target))
    assert target.read_bytes() == b"one\ntwo\\udce9\n"
