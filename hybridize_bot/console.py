"""Output to streams and files: colors, control characters, closed pipes, and the progress bar."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from typing import TextIO

import click

from hybridize_bot.files import write

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that move the cursor, start escape sequences or reorder text: never printed as they are."""


def visible(text: str) -> str:
    """Return ``text`` with control and bidirectional characters written out, so that code cannot fake our output."""
    return _UNSAFE.sub(lambda hit: hit[0].encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """Return ``text`` on one line and safe to print."""
    return visible(" ".join(text.split()))


def use_color(choice: str, stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> bool:
    """Decide on colors: the option, then NO_COLOR and FORCE_COLOR, then whether ``stream`` is a terminal with TERM."""
    if choice != "auto":
        return choice == "always"
    if stream is None or environment.get("NO_COLOR"):
        return False
    forced = environment.get("FORCE_COLOR", "")
    if forced and forced.lower() not in ("0", "false", "no"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def width(stream: TextIO | None) -> int:
    """Columns of the terminal, or 0 where ``stream`` is none."""
    if stream is None or not stream.isatty():
        return 0
    return shutil.get_terminal_size((100, 24)).columns


def target(output: str | None) -> TextIO | None:
    """The stream that results go to; None for a file."""
    return sys.stdout if output in (None, "-") else None


def emit(text: str, output: str | None = None, *, exact: bool = False) -> None:
    """Write ``text`` to the file ``output``, or to stdout; a closed pipe (``| head``) is not an error.

    With ``exact`` the same UTF-8 goes to both: what programs read must depend neither on the locale nor on how a
    platform ends its lines.
    """
    data = text.encode("utf-8", "backslashreplace")
    if output is not None and output != "-":
        try:
            write(output, data)
        except OSError as error:
            raise click.ClickException(f"cannot write {visible(output)}: {error.strerror or error}") from error
        return
    try:
        sys.stdout.flush()
        if exact and hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write(data)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
    except OSError as error:
        _discard_stdout()
        raise click.ClickException(f"cannot write the result: {error.strerror or error}") from error


def _discard_stdout() -> None:
    """Point stdout nowhere, so that neither later output nor the flush at exit fails again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def note(text: str) -> None:
    """Write one line to stderr."""
    click.echo(visible(text), err=True)


class Progress:
    """Shows how far a run is on stderr: only on a terminal, and only once the run has taken a second."""

    DELAY = 1.0
    INTERVAL = 0.1

    def __init__(self, stream: TextIO, enabled: bool = True) -> None:
        self._stream = stream
        self._enabled = enabled and stream.isatty()
        self._begin = time.monotonic()
        self._next = self._begin + self.DELAY
        self._shown = False
        self.phases: dict[str, float] = {}
        self._phase = ""
        self._phase_begin = self._begin

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take note of the state; draw it now and then."""
        now = time.monotonic()
        if phase != self._phase:
            self._close_phase(now)
            self._phase = phase
        if not self._enabled or now < self._next:
            return
        self._next = now + self.INTERVAL
        self._shown = True
        filled = min(24, 24 * done // total) if total > 0 else 0
        count = f"{done}/{total}" if total > 0 else str(done)
        line = f"{phase:<12} [{'#' * filled}{'.' * (24 - filled)}] {count}  {now - self._begin:.0f} s"
        self._stream.write("\r\x1b[2K" + line[: max(20, width(self._stream) - 1)])
        self._stream.flush()

    def _close_phase(self, now: float) -> None:
        if self._phase:
            self.phases[self._phase] = self.phases.get(self._phase, 0.0) + now - self._phase_begin
        self._phase_begin = now

    def close(self) -> float:
        """Remove the bar, finish the timings; return the seconds since the start."""
        now = time.monotonic()
        self._close_phase(now)
        self._phase = ""
        if self._shown:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._shown = False
        return now - self._begin
