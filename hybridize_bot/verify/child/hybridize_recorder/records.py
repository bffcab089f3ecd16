"""The record: one JSON file for each process, replaced in one step whenever there is more to tell.

A process may be killed at any time, so the file is written when functions are found, before the first call of each,
every other second while calls come in, and at the end; children that end with `os._exit` included.
"""

from __future__ import annotations

import atexit
import json
import os
import platform
import sys
import threading
import time
from typing import Any

from .plans import Plan

INTERVAL = 2.0
"""Seconds between two writings, at least."""
SHARE = 20
"""Writing takes no more than one part in so many of the time."""


class Record:
    """What this process has to tell."""

    def __init__(self) -> None:
        self.folder = ""
        self.worker = ""
        """Which process of the program: empty for the first, else how it came to be, such as ``1`` or ``1.2``."""
        self.forks = 0
        self.loaded: set[int] = set()
        self.missing: set[int] = set()
        self.decorated: set[int] = set()
        self.running: int | None = None
        """The function that is under way for the first time."""
        self.trouble = ""
        self.tests: list[tuple[str, str]] = []
        """(test, outcome) as they ended."""
        self.functions: dict[int, Any] = {}
        """By number: objects with a method `told`."""
        self.next = 0.0
        self.pid = os.getpid()
        self.since = time.time_ns()


record = Record()
_lock = threading.RLock()


def start(plan: Plan) -> None:
    """Write the first record, and be called at the end."""
    record.folder = plan.records
    atexit.register(flush)
    leave = os._exit

    def leaving(status: int) -> None:
        flush()
        leave(status)

    os._exit = leaving  # type: ignore[assignment]
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_lock.acquire, after_in_parent=_parent, after_in_child=_child)
    flush()


def _parent() -> None:
    record.forks += 1
    _lock.release()


def _child() -> None:
    """A child tells what happens in it, and not once more what its parent did."""
    global _lock  # noqa: PLW0603 - the old one is held by a thread that is not there
    _lock = threading.RLock()
    record.worker = f"{record.worker}.{record.forks + 1}".lstrip(".")
    record.forks = 0
    record.pid = os.getpid()
    record.since = time.time_ns()
    record.tests = []
    for one in record.functions.values():
        one.forget()


def loaded(found: set[int], missing: set[int]) -> None:
    """Take note of the functions that a file has, and of those that it should have."""
    record.loaded |= found
    record.missing |= missing
    flush()


def flush_sometimes() -> None:
    """Write the record if that was long ago."""
    if time.monotonic() >= record.next:
        flush()


def flush() -> None:
    """Write the record."""
    with _lock:
        begin = time.monotonic()
        record.next = begin + INTERVAL
        path = os.path.join(record.folder, f"record-{record.pid}-{record.since}.json")
        temporary = f"{path}.{threading.get_ident()}"
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(_told(), file)
            os.replace(temporary, path)
        except OSError:
            return  # the folder is gone: nobody waits for the record any more
        end = time.monotonic()
        record.next = end + max(INTERVAL, SHARE * (end - begin))


def _told() -> dict[str, Any]:
    tensorflow, keras = sys.modules.get("tensorflow"), sys.modules.get("keras")
    return {
        "pid": record.pid,
        "worker": record.worker,
        "argv": list(getattr(sys, "orig_argv", sys.argv))[:100],
        "python": platform.python_version(),
        "platform": sys.platform,
        "tensorflow": str(getattr(tensorflow, "__version__", "")),
        "keras": str(getattr(keras, "__version__", "")),
        "loaded": sorted(record.loaded),
        "missing": sorted(record.missing),
        "decorated": sorted(record.decorated),
        "running": record.running,
        "trouble": record.trouble,
        "tests": record.tests,
        "functions": [one.told() for _, one in sorted(record.functions.items())],
    }
