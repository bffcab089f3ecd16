"""What runs on a worker of Dask: a step is done in a process of its own, and what came of it sent back as bytes."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from hybridize_bot.console import one_line
from hybridize_bot.survey import process
from hybridize_bot.survey.jobs import (
    Answered,
    Cost,
    Divided,
    Failed,
    Job,
    Outcome,
    Step,
    Subject,
    Terms,
    Totals,
    Whole,
    tool,
)

MOST_KEPT = 2
"""Programs that are analyzed in pieces whose files a worker keeps."""


class OtherToolError(RuntimeError):
    """This worker has another version of the analysis than the survey was started with."""


class Tables(msgspec.Struct, frozen=True, tag=True):
    """An answer as it is written: two Parquet files, and what the row of the repository needs."""

    key: str
    revision: str
    totals: Totals
    functions: bytes
    findings: bytes
    cost: Cost


def perform(step: bytes, terms: bytes, pieces: Sequence[bytes] = ()) -> bytes:
    """Do one step; the result is an `Outcome`, or `Tables` in place of an answer, encoded.

    Raises:
        OtherToolError: the answer would be one of another version.
    """
    decoded: Step = msgspec.msgpack.decode(step, type=Step)
    holds = msgspec.msgpack.decode(terms, type=Terms)
    if tool() != holds.tool:
        raise OtherToolError("a worker has another version of hybridize, or of Python, than this machine")
    if isinstance(decoded, Whole):
        decoded = msgspec.structs.replace(decoded, pieces=tuple(pieces))
    try:
        outcome = _done(decoded, holds)
        return msgspec.msgpack.encode(_tables(decoded, outcome) if isinstance(outcome, Answered) else outcome)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told as what came of this subject, and of no other
        return msgspec.msgpack.encode(
            Failed("worker", one_line(f"{type(error).__name__} on the worker: {error}")[:300])
        )


def _tables(step: Step, answered: Answered) -> Tables:
    from hybridize_bot.survey.tables import FINDINGS, FUNCTIONS, parquet

    both = {"id": step.entry.id, "key": answered.key}
    return Tables(
        answered.key, answered.revision, answered.totals,
        parquet([both | row for row in answered.functions], FUNCTIONS),
        parquet([both | row for row in answered.findings], FINDINGS),
        answered.cost,
    )  # fmt: skip


def _done(step: Step, terms: Terms) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="hybridize-", dir=_folder(), ignore_cleanup_errors=True) as scratch:
        if isinstance(step, Subject) or step.entry.kind == "local":
            outcome = process.run(Job(step, terms, scratch))
            if isinstance(outcome, Divided) and step.entry.kind != "local":
                _KEPT.add(outcome.key, scratch, outcome.root)
            return outcome
        with _KEPT.used(step.key) as kept:
            return process.run(Job(step, terms, scratch, kept))


def _folder() -> str | None:
    """Where this worker may write; the system's folder for temporary files outside of a worker."""
    from distributed import get_worker

    try:
        folder: str = get_worker().local_directory
    except ValueError:
        return None
    return folder


class _Kept:
    """The files of programs in pieces that this worker has fetched: the next piece need not fetch them again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._roots: dict[str, tuple[str, str]] = {}
        self._users: dict[str, int] = {}

    def add(self, key: str, scratch: str, root: str) -> None:
        """Keep the files at ``root`` in ``scratch``, which moves."""
        with self._lock:
            if key in self._roots:
                return
            folder = tempfile.mkdtemp(prefix="hybridize-kept-", dir=os.path.dirname(scratch))
            os.rename(scratch, os.path.join(folder, "files"))
            os.mkdir(scratch)  # for whoever is to remove it
            self._roots[key] = folder, os.path.join(folder, "files", os.path.relpath(root, scratch))
            idle = [one for one in self._roots if one != key and not self._users.get(one)]
            for one in idle[: max(0, len(self._roots) - MOST_KEPT)]:
                shutil.rmtree(self._roots.pop(one)[0], ignore_errors=True)

    @contextmanager
    def used(self, key: str) -> Iterator[str]:
        """Where the files are, if they are here; they stay meanwhile."""
        with self._lock:
            root = self._roots.get(key, ("", ""))[1]
            self._users[key] = self._users.get(key, 0) + 1
        try:
            yield root
        finally:
            with self._lock:
                self._users[key] -= 1


_KEPT = _Kept()
