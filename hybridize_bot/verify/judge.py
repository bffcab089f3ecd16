"""From what was recorded to the outcome of each function."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec

from hybridize_bot.verify import compare
from hybridize_bot.verify.compare import STEADY, Compared, Unsteady
from hybridize_bot.verify.records import Receipt, Record, Seen, Time

SLOWER = 0.95
"""A graph that takes longer than Python by less than one part in twenty is not slower: that is noise."""
MOST_TESTS = 10


class Merged(msgspec.Struct, frozen=True):
    """One function in all processes of a run."""

    calls: int = 0
    inside: int = 0
    nested: int = 0
    """Calls in other functions under test, outside of graphs."""
    loaded: bool = False
    missing: bool = False
    decorated: bool = False
    raised: str = ""
    traces: int = 0
    tracing_calls: int = 0
    signatures: int = 0
    lazy: int = 0
    tests: tuple[str, ...] = ()
    times: dict[tuple[str, int], Time] = {}
    """By context and index."""
    received: tuple[Receipt, ...] = ()
    pictures: tuple[compare.Call, ...] = ()
    parts: tuple[Seen, ...] = ()


def seen_of(records: Sequence[Record], number: int) -> Merged:
    """What all processes saw of a function."""
    parts = [one for record in records for one in record.functions if one.number == number]
    times: dict[tuple[str, int], Time] = {}
    pictures: list[compare.Call] = []
    contexts: dict[str, None] = {}
    for part in parts:
        contexts |= dict.fromkeys(part.contexts)
        times |= {(part.contexts[one.context], one.index): one for one in part.times}
        pictures += [(part.contexts[one.context], one) for one in part.pictures]
    rows = [one for part in parts for one in part.times]
    return Merged(
        calls=sum(part.calls for part in parts),
        inside=sum(part.inside for part in parts),
        nested=sum(part.nested for part in parts),
        loaded=any(number in record.loaded for record in records),
        missing=any(number in record.missing for record in records),
        decorated=any(number in record.decorated for record in records),
        raised=next((part.raised for part in parts if part.raised), ""),
        traces=sum(row.traces for row in rows),
        tracing_calls=sum(row.traces > 0 for row in rows),
        signatures=sum(len(part.signatures) for part in parts),
        lazy=sum(part.lazy for part in parts),
        tests=tuple(dict.fromkeys(name.partition("|")[0] for name in contexts)),
        times=times,
        received=_together(parts),
        pictures=tuple(pictures),
        parts=tuple(parts),
    )


def _together(parts: Sequence[Seen]) -> tuple[Receipt, ...]:
    found: dict[tuple[object, ...], Receipt] = {}
    for one in (receipt for part in parts for receipt in part.received):
        key = (one.parameter, one.kind, one.dtype, one.shape)
        known = found.get(key, msgspec.structs.replace(one, calls=0, callers=()))
        callers = tuple(dict.fromkeys((*known.callers, *one.callers)))[:4]
        found[key] = msgspec.structs.replace(one, calls=known.calls + one.calls, callers=callers)
    return tuple(found.values())


def compared(before: Sequence[Record], after: Sequence[Record], number: int, unsteady: Unsteady = STEADY) -> Compared:
    """The calls of a function in two runs."""
    return compare.calls(seen_of(before, number).pictures, seen_of(after, number).pictures, unsteady)


def unsteady_places(before: Sequence[Record], again: Sequence[Record], number: int) -> dict[str, bool]:
    """What two runs as it is differ in, though the second got inputs that differ in their last digits at most."""
    return compare.unsteady_places(seen_of(before, number).pictures, seen_of(again, number).pictures)


class Speed(msgspec.Struct, frozen=True):
    """What the calls of a function took; the same calls in both runs, but for those that traced."""

    eager_ms: float | None = None
    graph_ms: float | None = None
    tracing_ms: float | None = None
    gain: float | None = None


def speed(eager: Merged, graph: Merged) -> Speed:
    """Medians of the calls that both runs made; the first call of a process warms up, and counts in neither."""
    shared = [key for key, row in graph.times.items() if key in eager.times and not row.traces]
    first = next(iter(eager.times), None)
    shared = [key for key in shared if key != first]
    alone = [row.ms for key, row in eager.times.items() if key != first] or [row.ms for row in eager.times.values()]
    tracing = sum(row.ms for row in graph.times.values() if row.traces)
    if not shared:
        return Speed(_median(alone), None, tracing or None, None)
    python = _median([eager.times[key].ms for key in shared])
    compiled = _median([graph.times[key].ms for key in shared])
    gain = python / compiled if python is not None and compiled else None
    return Speed(python, compiled, tracing or None, gain)


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def retraces(graph: Merged) -> str:
    """How much more often it is traced than there are kinds of arguments; empty if it is not."""
    if graph.tracing_calls <= graph.signatures + graph.lazy:
        return ""
    kinds = f"{graph.signatures} kind{'s' if graph.signatures != 1 else ''} of arguments"
    return f"{graph.tracing_calls} of {graph.calls} calls traced it anew, for {kinds}"
