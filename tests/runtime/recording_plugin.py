"""A pytest plugin (``-p runtime.recording_plugin``) that records what functions receive in a test run.

``HYBRIDIZE_RECORD_ROOT`` is the folder of the functions, ``HYBRIDIZE_RECORD_FILE`` takes the record. Graphs are off, so
each function is called as Python with what its caller passes; tests of graphs then fail, and what was passed until
then counts all the same.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
import tensorflow as tf
from runtime.recorder import Recorder, Seen
from tensorflow.python.data.ops import debug_mode


class Record(msgspec.Struct):
    """What is written: the functions by path and line."""

    seen: list[tuple[str, int, Seen]]


def read_record(file: Path) -> dict[tuple[str, int], Seen]:
    """What a run wrote."""
    record = msgspec.msgpack.decode(file.read_bytes(), type=Record)
    return {(path, line): seen for path, line, seen in record.seen}


SHARE = int(os.environ.get("HYBRIDIZE_RECORD_SHARE", "1"))
"""One test in so many is run."""
LONGEST = 15
"""Seconds after which a test is ended, as a failed one."""


def _end(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"longer than {LONGEST} s")


class _Recording:
    """Records from the start of the session to its end."""

    def __init__(self, root: Path, file: Path) -> None:
        self.recorder = Recorder(root)
        self.file = file
        self.stack = ExitStack()

    def pytest_sessionstart(self) -> None:
        tf.config.run_functions_eagerly(True)
        debug_mode.toggle_debug_mode(True)
        self.stack.enter_context(self.recorder.recording())

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = items[::SHARE]

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Iterator[None]:
        """Tests may switch graphs on again, and what graphs do in a moment may take minutes without."""
        tf.config.run_functions_eagerly(True)
        self.recorder.start()  # the hook is gone if the signal came while it ran
        signal.signal(signal.SIGALRM, _end)
        signal.setitimer(signal.ITIMER_REAL, LONGEST)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def pytest_sessionfinish(self) -> None:
        self.stack.close()
        seen = [(*place, one) for place, one in sorted(self.recorder.seen.items())]
        self.file.write_bytes(msgspec.msgpack.encode(Record(seen)))


def pytest_configure(config: pytest.Config) -> None:
    """Record where the environment says so."""
    root, file = (os.environ.get(f"HYBRIDIZE_RECORD_{name}") for name in ("ROOT", "FILE"))
    if root and file:
        config.pluginmanager.register(_Recording(Path(root), Path(file)), "hybridize-recording")
