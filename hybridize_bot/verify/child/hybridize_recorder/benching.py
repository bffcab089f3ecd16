"""One function in three variants on the same arguments: Python, a graph, and a graph compiled by XLA, taking turns.

The arguments are those of a call of the running program. Variables are put back before each repetition, and what else
a call changes stays as it is after the first: a function under test is one that changes nothing else.
"""

from __future__ import annotations

import copy
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from . import records, values
from .pictures import reachable_variables
from .watching import Watched, _pictures, _plan, _target_of, arguments

WARM = 2
"""Calls before the measured ones."""
LONGEST = 20.0
"""Seconds that all repetitions of a function may take; at least `FEWEST` are made."""
FEWEST = 5


def called(watched: Watched, function: Any, args: Any, kwargs: Any) -> Any:
    """Time the variants where the program calls the function, then go on with the program."""
    watched.calls += 1
    skipped = int(_plan[0].options.get("skip", 0))
    if not watched.variants and watched.calls > skipped:
        records.record.running = watched.planned.number
        records.flush()
        watched.variants = _timed(watched, function, args, kwargs)
        records.record.running = None
        records.flush()
        _stop_when_done()
    return function(*args, **kwargs)


def _stop_when_done() -> None:
    wanted = {one.number for one in _plan[0].functions}
    timed = {number for number, one in records.record.functions.items() if one.variants}
    if wanted == timed:
        sys.stdout.flush()
        os._exit(0)  # which writes the record first


def _timed(watched: Watched, function: Any, args: Any, kwargs: Any) -> list[dict[str, Any]]:
    named = arguments(function, args, kwargs)
    variables = reachable_variables(_pictures[0], function, named)
    before = [variable.numpy() for variable in variables]

    def restore() -> None:
        for variable, value in zip(variables, before):
            variable.assign(value)

    tf = values.tensorflow()
    makers: list[tuple[str, Callable[[], Any]]] = [
        ("eager", lambda: function),
        ("graph", lambda: _target_of(watched.planned, function, tf)),
        ("jit_compile", lambda: _target_of(watched.planned, function, tf, jit_compile=True)),
    ]
    told, runs = {}, {}
    for name, make in makers:
        one: dict[str, Any] = {"name": name, "times": [], "first_ms": 0.0, "error": ""}
        told[name] = one
        try:
            with watched.alone():
                target = make()
                run, rest = watched.bound(target, args)
                restore()
                begin = time.perf_counter()
                _settled(run(*copy.copy(rest), **kwargs))
                one["first_ms"] = (time.perf_counter() - begin) * 1000
                for _ in range(WARM):
                    restore()
                    _settled(run(*rest, **kwargs))
            runs[name] = (run, rest)
        except Exception as error:
            one["error"] = f"{type(error).__name__}: {error}"[:600]
    rounds = int(_plan[0].options.get("rounds", 30))
    begin = time.perf_counter()
    with watched.alone():
        for turn in range(rounds):
            if turn >= FEWEST and time.perf_counter() - begin > LONGEST:
                break
            names = list(runs)
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                run, rest = runs[name]
                restore()
                start = time.perf_counter()
                _settled(run(*rest, **kwargs))
                told[name]["times"].append((time.perf_counter() - start) * 1000)
    restore()
    return list(told.values())


def _settled(result: Any) -> None:
    """Wait for what a device computes on its own: fetching one number of it does."""
    tf = values.tensorflow()
    for one in tf.nest.flatten(result):
        if isinstance(one, tf.Tensor) and hasattr(one, "numpy") and "CPU" not in one.device:
            one.numpy()
