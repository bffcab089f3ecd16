"""The survey itself: steps are handed out to workers, and what comes back is written, whatever ends in between."""

from __future__ import annotations

import logging
import signal
import tempfile
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Union

import msgspec
from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from hybridize.division import Group, Outline, regrouped
from hybridize.project.program import OutsideError
from hybridize_bot.survey.entries import Entry
from hybridize_bot.survey.folder import Folder, failure_terms
from hybridize_bot.survey.jobs import Divided, Failed, Outcome, Piece, Pieced, Same, Step, Subject, Terms, Whole
from hybridize_bot.survey.progress import Progress
from hybridize_bot.survey.tasks import OtherToolError, Tables, perform

AHEAD = 2
"""Subjects that are handed out for each worker: the next one waits there while one is done."""

Result = Union[Outcome, Tables]


class SurveyError(RuntimeError):
    """The survey cannot go on; ``str()`` is one line."""


@contextmanager
def cluster(scheduler: str | None, workers: int, seconds: float = 15) -> Iterator[Client]:
    """The workers: those of ``scheduler``, or so many on this machine for as long as it is asked for.

    Raises:
        SurveyError: no scheduler answers.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=seconds)
        except (OSError, ValueError, TypeError, TimeoutError) as error:
            raise SurveyError(f"no Dask scheduler answers at {scheduler}: {error}") from None
        with client:
            yield client
        return
    with tempfile.TemporaryDirectory(prefix="hybridize-survey-", ignore_cleanup_errors=True) as scratch:
        with _interrupts_ignored():  # processes started now leave Ctrl-C to this one
            local = LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", memory_limit=0,
                # A scheduler runs what it is sent: nobody else on this machine may send it something.
                security=True, dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL, local_directory=scratch,
            )  # fmt: skip
        with local, Client(local) as client:
            yield client


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Division:
    """A program in pieces, and how far it is."""

    def __init__(self, entry: Entry, divided: Divided) -> None:
        self.entry = entry
        self.key, self.revision, self.outline = divided.key, divided.revision, divided.outline
        self.groups: list[Group] = list(divided.outline.groups)
        self.done: dict[Group, Pieced] = {}
        self.waiting = 0
        self.cost = divided.cost
        self.over = False

    def left(self) -> list[Group]:
        """The pieces that are still to be done, once those that belong to others are one with them."""
        outside = {group: OutsideError(self.done[group].outside) for group in self.groups if self._is_joined(group)}
        self.groups = regrouped(self.groups, outside)
        return [group for group in self.groups if group not in self.done]

    def _is_joined(self, group: Group) -> bool:
        return group in self.done and bool(self.done[group].outside)

    @property
    def bare(self) -> Outline:
        """What the pieces have in common, without the names of all pieces."""
        return msgspec.structs.replace(self.outline, groups=())


class Driver:
    """One survey: entries, what holds for them, where the answers go."""

    def __init__(self, folder: Folder, terms: Terms, progress: Progress, *, retry: bool = False) -> None:
        self._folder = folder
        self._terms = terms
        self._sent_terms = msgspec.msgpack.encode(terms)
        self._progress = progress
        self._retry = retry
        self._running: dict[Any, tuple[Step, _Division | None]] = {}
        self._number = 0
        # A scheduler takes two tasks of one name for the same, also those of two surveys.
        self._name = uuid.uuid4().hex
        self._client: Client | None = None
        self._queue: Any = None

    def run(self, client: Client, entries: Iterable[Entry]) -> None:
        """Survey the entries that are not done, in their order.

        Raises:
            SurveyError: a worker cannot be used, or the cluster is gone.
        """
        self._client = client
        self._queue = as_completed(raise_errors=False)
        left = iter(entries)
        if not client.nthreads():
            self._progress.note("the cluster has no workers yet")
        if not self._fill(left):
            return
        for future in self._queue:
            step, division = self._running.pop(future)
            self._took(step, division, self._result(future))
            future.release()
            self._fill(left)

    def _fill(self, left: Iterator[Entry]) -> bool:
        """Hand out subjects until all workers have enough; whether anything is running."""
        assert self._client is not None
        width = AHEAD * max(1, sum(self._client.nthreads().values()))
        while len(self._running) < width and (entry := next(left, None)) is not None:
            known = self._folder.known(entry)
            if (
                known is not None
                and not known.analyzed
                and known.terms == failure_terms(self._terms)
                and not self._retry
            ):
                self._progress.known(failed=True)
                continue
            self._submit(Subject(entry, known.key if known is not None and known.analyzed else ""), None)
        return bool(self._running)

    def _submit(self, step: Step, division: _Division | None, pieces: list[Any] | None = None) -> None:
        assert self._client is not None
        self._number += 1
        future = self._client.submit(
            perform, msgspec.msgpack.encode(step), self._sent_terms, pieces or [], pure=False,
            key=f"{type(step).__name__.lower()}-{step.entry.id}-{self._name}-{self._number}",
            priority=0 if isinstance(step, Subject) else 10,  # what is begun is finished first
        )  # fmt: skip
        self._running[future] = step, division
        self._queue.add(future)

    def _result(self, future: Any) -> Result:
        try:
            data = future.result()
        except KilledWorker:
            return Failed("worker", "the workers that were to do it were lost, several times")
        except OtherToolError as error:
            raise SurveyError(f"{error}; install the same one there") from None
        except Exception as error:
            raise SurveyError(f"the cluster failed: {type(error).__name__}: {error}") from error
        result: Result = msgspec.msgpack.decode(data, type=Result)
        return result

    # -- what came of a step -------------------------------------------------------------------------------------------

    def _took(self, step: Step, division: _Division | None, result: Result) -> None:
        if isinstance(result, Same):
            self._progress.known(failed=False)
        elif isinstance(result, Divided):
            self._divide(step.entry, result)
        elif division is None:
            self._finish(step.entry, result)
        elif division.over:
            return  # another piece of it has failed
        elif isinstance(step, Piece):
            self._take_piece(division, step, result)
        else:
            self._finish(step.entry, result, division)

    def _divide(self, entry: Entry, divided: Divided) -> None:
        division = _Division(entry, divided)
        largest = max(map(division.outline.lines, division.groups)) / 1000
        number = len(division.groups)
        self._progress.note(
            f"{entry.name}: {number} pieces that import nothing of one another, the largest of {largest:,.1f} kLOC"
        )
        self._go_on(division)

    def _go_on(self, division: _Division) -> None:
        """Hand out the next pieces; when there are none, let them be made one."""
        for group in division.left():
            self._progress.pieces(new=1)
            known = self._folder.piece(division.entry, division.key, group)
            if known is not None:
                self._account(division, group, known)
                continue
            division.waiting += 1
            self._submit(Piece(division.entry, division.key, division.revision, _of(division, group), group), division)
        if division.waiting == 0 and division.left():
            self._go_on(division)  # all of them were known, and some belong together
        elif division.waiting == 0:
            assert self._client is not None
            # Handed over on their own: a task is to be small.
            data = self._client.scatter([division.done[group].evaluated for group in division.groups], hash=False)
            whole = Whole(division.entry, division.key, division.revision, division.bare, tuple(division.groups), ())
            self._submit(whole, division, data)

    def _take_piece(self, division: _Division, step: Piece, result: Result) -> None:
        division.waiting -= 1
        if isinstance(result, Pieced):
            self._folder.keep_piece(division.entry, division.key, step.group, result)
            self._account(division, step.group, result)
            if division.waiting == 0:
                self._go_on(division)
            return
        failed = result if isinstance(result, Failed) else Failed("crash", "a worker has answered something else")
        division.over = True
        lines = division.outline.lines(step.group)
        self._progress.pieces(done=division.waiting + 1)
        self._finish(
            step.entry,
            msgspec.structs.replace(failed, message=f"a piece of {lines:,} lines: {failed.message}"),
            division,
        )

    def _account(self, division: _Division, group: Group, piece: Pieced) -> None:
        division.done[group] = piece
        division.cost += piece.cost
        self._progress.pieces(done=1)

    def _finish(self, entry: Entry, result: Result, division: _Division | None = None) -> None:
        if not isinstance(result, (Tables, Failed)):
            raise SurveyError(f"a worker has answered {type(result).__name__} for {entry.shown}")
        if division is not None:
            total = division.cost + result.cost
            result = msgspec.structs.replace(result, cost=total, key=division.key, revision=division.revision)
        if isinstance(result, Failed):
            known = self._folder.known(entry)
            if known is not None and known.analyzed and known.terms == self._terms.key and not result.key:
                self._progress.note(f"{entry.shown}: {result.message}; what was found out before stays")
                self._progress.known(failed=False)
                return
        self._folder.keep(entry, self._terms, result)
        lines = result.totals.lines if isinstance(result, Tables) else 0
        least = self._terms.split
        if isinstance(result, Tables) and least is not None and lines >= 1000 * least and result.totals.pieces == 1:
            self._progress.note(f"{entry.name}: {lines / 1000:,.1f} kLOC import one another, and are analyzed as one")
        self._progress.finished(lines, failed=isinstance(result, Failed))


def _of(division: _Division, group: Group) -> Outline:
    """What one piece needs to know of the whole."""
    own = frozenset(group)
    digests = {path: digest for path, digest in division.outline.digests.items() if path in own}
    return msgspec.structs.replace(division.bare, digests=digests)
