"""Work over what one process has computed, divided among forked copies of it.

A copy sees everything its parent has in memory, without any of it being sent; only results go back. So this is for
pure questions about a finished run: what a copy changes or remembers is lost with it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")

MAX_PARTS = 256
"""Tickets are single bytes."""


class _Worker(NamedTuple):
    process: int
    results: Connection


def in_parts(parts: int, work: Callable[[int], T], workers: int) -> list[T]:
    """``work(part)`` for each part, in order; whoever is free takes the next one.

    Everything is done in this process where there is one worker, or the system cannot fork safely (it can on Linux,
    while no other thread runs). What a worker fails at is done again here, and raises here if it raises.

    Raises:
        ValueError: there are more than `MAX_PARTS` parts.
    """
    if parts > MAX_PARTS:
        raise ValueError(f"at most {MAX_PARTS} parts, not {parts}")
    results: dict[int, T] = {}
    if min(workers, parts) > 1 and can_fork():
        taken, tickets = os.pipe()
        os.write(tickets, bytes(range(parts)))
        os.close(tickets)
        copies: list[_Worker] = []
        try:
            drawn = partial(_of_drawn, taken, work)
            copies.extend(_forked(drawn) for _ in range(min(workers, parts) - 1))
            results.update((part, work(part)) for part in _drawn(taken))
            for copy in copies:
                results.update(_received(copy))
        finally:
            os.close(taken)
            for copy in copies:
                _end(copy)
    return [results[part] if part in results else work(part) for part in range(parts)]


def each_alone(parts: int, work: Callable[[int], T], workers: int) -> list[T]:
    """``work(part)`` for each part, in order, each in a copy of its own: what one has used up is free for the next.

    The first parts are begun first. As for `in_parts`, all is done here where the system cannot fork safely, and so is
    what a copy fails at.
    """
    results: dict[int, T] = {}
    if can_fork():
        left = iter(range(parts))
        running: dict[Connection, tuple[int, _Worker]] = {}
        try:
            while True:
                for part in islice(left, max(workers, 1) - len(running)):
                    worker = _forked(partial(_of_one, work, part))
                    running[worker.results] = part, worker
                if not running:
                    break
                for ready in _ready(list(running)):
                    part, worker = running.pop(ready)
                    results.update(_received(worker))
                    _end(worker)
        finally:
            for _, worker in running.values():
                _end(worker)
    return [results[part] if part in results else work(part) for part in range(parts)]


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Begin ``work()`` in a copy of this process; the function that is given waits for its result.

    As for `in_parts`, it is done here, and not before it is asked for, where the system cannot fork safely or the copy
    fails at it. What nobody has asked for by the end is given up.
    """
    copy = _forked(lambda: {0: work()}) if can_fork() else None
    results: dict[int, T] = {}

    def result() -> T:
        if not results:
            results.update(_received(copy) if copy is not None else {})
        if not results:
            results[0] = work()
        return results[0]

    try:
        yield result
    finally:
        if copy is not None:
            _end(copy)


def _of_one(work: Callable[[int], T], part: int) -> dict[int, T]:
    return {part: work(part)}


def _ready(connections: list[Connection]) -> list[Any]:
    from multiprocessing.connection import wait

    return wait(connections)


def can_fork() -> bool:
    """Whether copies of this process can be made without harm: a lock that another thread holds stays held in them."""
    return sys.platform == "linux" and threading.active_count() == 1


def _drawn(taken: int) -> Iterator[int]:
    while ticket := os.read(taken, 1):
        yield ticket[0]


def _of_drawn(taken: int, work: Callable[[int], T]) -> dict[int, T]:
    return {part: work(part) for part in _drawn(taken)}


def _forked(answers: Callable[[], dict[int, Any]]) -> _Worker:
    """A copy of this process that sends ``answers()``."""
    from multiprocessing import Pipe

    incoming, outgoing = Pipe(duplex=False)
    process = os.fork()
    if process:
        outgoing.close()
        return _Worker(process, incoming)
    try:
        incoming.close()
        outgoing.send(answers())
    finally:
        # Neither handlers at exit nor buffers belong to a copy; what went wrong shows as a result that is missing.
        os._exit(0)


def _received(copy: _Worker) -> dict[int, Any]:
    """What a worker has answered; nothing if it was killed, or its work raised."""
    try:
        answers: dict[int, Any] = copy.results.recv()
    except (EOFError, OSError):  # nothing came, or not all of it
        return {}
    return answers


def _end(copy: _Worker) -> None:
    copy.results.close()
    with suppress(ProcessLookupError):
        os.kill(copy.process, signal.SIGKILL)
    os.waitpid(copy.process, 0)
