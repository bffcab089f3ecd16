"""One run of the user's command: in a group of its own, with a time limit, its output kept within bounds."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO

import msgspec

HEAD = 256 * 1024
TAIL = 64 * 1024
"""So many bytes of each stream are kept: of its beginning, and of its end."""
GRACE = 3.0
"""Seconds that processes get to end by themselves."""
INTERRUPTED = 130


class Finished(msgspec.Struct, frozen=True):
    """How a run ended."""

    code: int | None
    """Exit code; negative for a signal, as `subprocess` has it; None: the command could not be started."""
    seconds: float
    stdout: str
    stderr: str
    bytes: int
    """So much was printed in all."""
    timed_out: bool = False
    left: bool = False
    """Processes of it were still running when it had ended; they were ended."""
    trouble: str = ""
    """Why it could not be started."""

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        if self.trouble:
            return f"could not be started: {self.trouble}"
        if self.timed_out:
            return f"was ended after {self.seconds:.0f} s (--timeout)"
        if self.code is not None and self.code < 0:
            with contextlib.suppress(ValueError):
                return f"was killed by {signal.Signals(-self.code).name}"
            return f"was killed by signal {-self.code}"
        return f"exited with {self.code}"


class _Stream:
    """Reads a pipe to its end and keeps what fits."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._head = bytearray()
        self._tail = bytearray()
        self.bytes = 0
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError, OSError):  # closed meanwhile
            while data := os.read(self._pipe.fileno(), 65536):
                self.bytes += len(data)
                room = HEAD - len(self._head)
                self._head += data[:room]
                self._tail = (self._tail + data[room:])[-TAIL:]

    def text(self) -> str:
        """What was kept."""
        cut = self.bytes - len(self._head) - len(self._tail)
        gap = f"\n… {cut} bytes …\n".encode() if cut > 0 else b""
        return (bytes(self._head) + gap + bytes(self._tail)).decode("utf-8", "replace")


def run(command: Sequence[str], folder: str, environment: Mapping[str, str], timeout: float | None) -> Finished:
    """Run the command; nothing of its group is left running afterwards, whatever happens here."""
    begin = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            list(command), cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return Finished(None, 0.0, "", "", 0, trouble=error.strerror or str(error))
    assert process.stdout is not None
    assert process.stderr is not None
    streams = [_Stream(process.stdout), _Stream(process.stderr)]
    timed_out = left = False
    try:
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
    finally:
        if process.poll() is None:
            _end(process)
        else:
            left = _kill(process.pid, signal.SIGKILL)
        for stream in streams:
            stream.thread.join(GRACE)
        process.stdout.close()
        process.stderr.close()
    out, err = streams
    seconds = time.monotonic() - begin
    return Finished(process.returncode, seconds, out.text(), err.text(), out.bytes + err.bytes, timed_out, left)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the group to end, wait a little, and make it end."""
    _kill(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    _kill(process.pid, signal.SIGKILL)
    process.wait()


def _kill(group: int, how: signal.Signals) -> bool:
    """Send a signal to a group; whether there is one."""
    try:
        os.killpg(group, how)
    except (ProcessLookupError, PermissionError):
        return False
    return True
