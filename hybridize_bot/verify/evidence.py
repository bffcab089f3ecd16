"""From passes to evidence: the outcome of each function, with what it rests on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from hybridize import runs
from hybridize.report import FunctionReport
from hybridize.runs import FunctionEvidence, Outcome, Received, RunEvidence
from hybridize.version import __version__
from hybridize_bot.verify.compare import Compared
from hybridize_bot.verify.judge import MOST_TESTS, SLOWER, Merged, Speed, retraces, seen_of, speed
from hybridize_bot.verify.passes import Passes, Result
from hybridize_bot.verify.plans import Left, Plan, Target

MOST_MESSAGE = 400
MOST_PLACES = 3


class Book:
    """Makes entries: knows the command, the folder that paths are relative to, and the fingerprints of each function.

    These are two: of all that a call of it runs, and of its own code alone.
    """

    def __init__(
        self, command: Sequence[str], root: str, folder: str, fingerprints: Mapping[tuple[str, str], tuple[str, str]]
    ) -> None:
        self._command = tuple(command)
        self._root = os.path.realpath(root)
        self._folder = os.path.realpath(folder)
        self._fingerprints = fingerprints

    def verified(self, plan: Plan, passes: Passes) -> RunEvidence:
        """The evidence of `hybridize verify`."""
        entries = [self._of_target(one, passes) for one in plan.targets]
        entries += [self._of_left(one) for one in plan.left]
        return self._evidence(passes.base, entries)

    def traced(self, plan: Plan, base: Result) -> RunEvidence:
        """The evidence of `hybridize trace`: functions that were called, and what they received."""
        entries = []
        for target in plan.targets:
            seen = seen_of(base.records, target.number)
            if seen.calls:
                entries.append(
                    self._entry(target.function, "recorded", "none", calls=seen.calls, parameters=self._received(seen))
                )
        return self._evidence(base, entries)

    def _evidence(self, base: Result, entries: Sequence[FunctionEvidence]) -> RunEvidence:
        told = next((one for one in base.records if one.tensorflow), base.records[0])
        ordered = tuple(sorted(entries, key=lambda one: (one.path, one.line, one.function)))
        return RunEvidence(
            runs.VERSION, __version__, told.tensorflow, told.keras, told.python, told.platform, self._command, ordered
        )

    def _of_left(self, left: Left) -> FunctionEvidence:
        return self._entry(left.function, "not-exercised", left.change, message=left.reason)

    def _of_target(self, target: Target, all_passes: Passes) -> FunctionEvidence:
        passes = all_passes.of(target.number)
        base = seen_of(passes.base.records, target.number)
        given = {
            "calls": base.calls,
            "tests": tuple(name for name in base.tests if name)[:MOST_TESTS] or self._script(base),
            "parameters": self._received(base),
        }
        if not base.calls:
            return self._entry(target.function, "not-exercised", target.change, message=_unseen(base, passes), **given)
        wrong = passes.blamed.get(target.number)
        if wrong is not None:
            return self._of_result(target, passes, *wrong, given)
        if target.number in passes.unclear:
            message = passes.unclear[target.number]
            return self._entry(target.function, "different", target.change, message=message, **given)
        if passes.last is None or target.number not in passes.last.changed:
            message = _unsettled(target, passes)
            return self._entry(target.function, "not-exercised", target.change, message=message, **given)
        last = passes.apart.get(target.number, passes.last)
        return self._of_result(target, passes, last, passes.compared(last, target.number), given)

    def _of_result(
        self, target: Target, passes: Passes, result: Result, found: Compared, given: dict[str, object]
    ) -> FunctionEvidence:
        base, other = seen_of(passes.base.records, target.number), seen_of(result.records, target.number)
        graph, eager = (other, base) if target.change == "decorate" else (base, other)
        took = speed(eager, graph)
        outcome, message = _outcome(target, found, graph, took)
        return self._entry(
            target.function, outcome, target.change, message=message, notes=_notes(found, passes, target.number),
            compared=found.calls, traces=graph.traces, signatures=graph.signatures, eager_ms=_rounded(took.eager_ms),
            graph_ms=_rounded(took.graph_ms), tracing_ms=_rounded(took.tracing_ms), gain=_rounded(took.gain), **given,
        )  # fmt: skip

    def _entry(self, function: FunctionReport, outcome: Outcome, change: str, **given: object) -> FunctionEvidence:
        message = " ".join(str(given.pop("message", "")).split())[:MOST_MESSAGE]
        return FunctionEvidence(
            function.qualname,
            self._path(function.path),
            function.line,
            *self._fingerprints[function.path, function.qualname],
            outcome,
            change,  # type: ignore[arg-type]
            message,
            **given,  # type: ignore[arg-type]
        )

    def _path(self, path: str) -> str:
        """Relative to the folder of the evidence."""
        relative = os.path.relpath(os.path.join(self._root, path), self._folder)
        return relative.replace(os.sep, "/")

    def _script(self, seen: Merged) -> tuple[str, ...]:
        return (" ".join(self._command),) if seen.calls else ()

    def _received(self, seen: Merged) -> tuple[Received, ...]:
        return tuple(
            Received(one.parameter, one.kind, one.dtype, one.shape, one.calls, tuple(map(self._caller, one.callers)))
            for one in seen.received
        )

    def _caller(self, place: str) -> str:
        path, _, line = place.rpartition(":")
        return f"{self._path(path)}:{line}" if path else place


def _outcome(target: Target, found: Compared, graph: Merged, took: Speed) -> tuple[Outcome, str]:
    where = found.where.partition("|")[0]
    place = f", in {where}" if where else ""
    if found.raised:
        return "raises", f"{found.raised}{place}"
    if found.different:
        return "different", f"{found.different}{place}"
    if not found.calls:
        return "not-exercised", "its arguments or its state differ between two runs: no call could be compared"
    again = retraces(graph)
    if again and target.change == "decorate":
        return "retraces", again
    faster = took.gain if target.change == "decorate" else (1 / took.gain if took.gain else None)
    if faster is not None and faster < SLOWER:
        return "equal-but-slower", ""
    return "proven", ""


def _notes(found: Compared, passes: Passes, number: int) -> tuple[str, ...]:
    notes = []
    if found.drifted:
        notes.append(f"{found.drifted} calls were not compared: what they got had drifted apart before")
    if found.types_only:
        drawn = f"{found.types_only} calls drew random numbers that a graph draws otherwise"
        notes.append(f"{drawn}: types and shapes were compared")
    unsteady = sorted(passes.unsteady(number))
    if unsteady:
        more = f" and {len(unsteady) - MOST_PLACES} more" if len(unsteady) > MOST_PLACES else ""
        notes.append(
            f"{', '.join(f'`{one}`' for one in unsteady[:MOST_PLACES])}{more}: two runs as it is differ there as well,"
            " with inputs that differ in their last digits at most; only types and shapes were compared"
        )
    if passes.base.finished.code:
        notes.append(f"the command {passes.base.finished.ending} as it is")
    return tuple(notes)


def _unseen(base: Merged, passes: Passes) -> str:
    if base.inside:
        return f"it is only called inside of graphs, or of other functions under test ({base.inside} calls)"
    if base.missing:
        return "it is not where the analysis saw it"
    if not base.loaded:
        return "the command does not load its file through Python's importer"
    if passes.base.finished.timed_out:
        return f"it was not called before the command {passes.base.finished.ending}"
    return "the command does not call it"


def _unsettled(target: Target, passes: Passes) -> str:
    if passes.interrupted:
        return "it was interrupted"
    if passes.base.finished.timed_out:
        return f"the command {passes.base.finished.ending} as it is"
    if target.number in passes.open:
        return "too many runs went wrong to tell which change is to blame"
    return "no run with it came to an end"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
