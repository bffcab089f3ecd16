"""A question put to a copy of this process, which can be given up at any time, with all processes it has begun."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from hybridize_bot.orphans import end_with

PRIVATE: list[int] = []
"""File descriptors that copies close: who reads at their other ends is to see when this process ends."""


class Copy:
    """A forked copy of this process that sends the byte strings of ``work()``; see `hybridize.workers.can_fork`."""

    def __init__(self, work: Callable[[], tuple[bytes, ...]]) -> None:
        self.results, outgoing = Pipe(duplex=False)
        parent = os.getpid()
        self._process = os.fork()
        if self._process:
            outgoing.close()
            with suppress(OSError):  # it has done so itself, or is gone
                os.setpgid(self._process, self._process)
            return
        try:
            end_with(parent)
            os.setpgid(0, 0)
            for one in PRIVATE:
                os.close(one)
            self.results.close()
            # What the server writes is for the parent alone, and nothing of a copy belongs into the answers.
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 0)
            os.dup2(2, 1)
            _send(outgoing, work)
        finally:
            # Neither handlers at exit nor buffers belong to a copy.
            os._exit(0)

    def received(self) -> tuple[bytes, ...]:
        """What it sends; nothing if it came to an end before. It is over then."""
        try:
            count = int.from_bytes(self.results.recv_bytes(), "little")
            return tuple(self.results.recv_bytes() for _ in range(count))
        except (EOFError, OSError):
            return ()
        finally:
            self.end()

    def end(self) -> None:
        """Give it up, if it is not over."""
        self.results.close()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._process, 0)


def _send(outgoing: Connection, work: Callable[[], tuple[bytes, ...]]) -> None:
    try:
        parts = work()
    except BaseException:  # noqa: BLE001 - there is nobody else to tell of it
        import traceback

        traceback.print_exc()  # on stderr, which is the log of the editor
        return
    outgoing.send_bytes(len(parts).to_bytes(4, "little"))
    for part in parts:
        outgoing.send_bytes(part)
