"""How far a survey is, on stderr: a line that is drawn anew on a terminal, and a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from hybridize_bot.console import visible, width


class Progress:
    """Counts what is done, with the rate of this run and the time that is left at that rate."""

    def __init__(self, total: int, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.total = total
        self.done = self.failed = self.kept = 0
        self.lines = 0
        self._fresh = 0
        self._pieces = self._pieces_done = 0
        self._stream = stream if stream is not None else sys.stderr
        self._quiet = quiet
        self._terminal = self._stream.isatty()
        self._begin = self._shown = time.monotonic()
        self._last = ""
        self._every = 0.2 if self._terminal else 5.0

    def known(self, *, failed: bool) -> None:
        """A subject needs nothing: an earlier run has done it."""
        self.done += 1
        self.kept += 1
        self.failed += failed

    def finished(self, lines: int, *, failed: bool) -> None:
        """A subject is done by this run."""
        self.done += 1
        self._fresh += 1
        self.failed += failed
        self.lines += lines
        self.show()

    def pieces(self, new: int = 0, done: int = 0) -> None:
        """Pieces of a divided program have been begun, or done."""
        self._pieces += new
        self._pieces_done += done
        self.show()

    @property
    def text(self) -> str:
        """The state in one line."""
        seconds = time.monotonic() - self._begin
        parts = [f"{self.done:,} of {self.total:,}"]
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        if self._pieces > self._pieces_done:
            parts.append(f"pieces {self._pieces_done:,} of {self._pieces:,}")
        if self.lines:
            parts.append(f"{self.lines / 1000 / seconds:.2f} kLOC/s")
        if self._fresh and self.done < self.total:
            parts.append(f"{duration((self.total - self.done) * seconds / self._fresh)} left")
        return f"surveyed {', '.join(parts)}"

    def show(self, *, now: bool = False) -> None:
        """Draw the state, if it is time to."""
        moment = time.monotonic()
        if self._quiet or (moment < self._shown + self._every and not now):
            return
        self._shown = moment
        text = self.text
        if self._terminal:
            self._stream.write("\r\x1b[2K" + text[: max(20, width(self._stream) - 1)])
        elif text != self._last:
            self._stream.write(text + "\n")
        self._last = text
        self._stream.flush()

    def note(self, message: str) -> None:
        """One line that stays."""
        if not self._quiet:
            self._stream.write(("\r\x1b[2K" if self._terminal else "") + visible(message) + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Leave the last state on a line of its own."""
        self.show(now=True)
        if self._terminal and not self._quiet:
            self._stream.write("\n")
            self._stream.flush()


def duration(seconds: float) -> str:
    """A time to wait, as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"
