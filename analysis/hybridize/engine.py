"""`analyze`: the one entry of the analysis, from paths to a `Report`."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from hybridize.config import Config
from hybridize.errors import InputError
from hybridize.evaluation import NOTHING, Evaluated, Group, Outcome, Progress, evaluate, merged
from hybridize.finding import Span
from hybridize.frontend import FrontEnd, Sources, read_program, read_sources
from hybridize.project.keras import newest_tensorflow
from hybridize.reasons import BOUNDS, Reason
from hybridize.recall import Memory, Outlines, Store, Summary
from hybridize.report import FunctionReport, Report
from hybridize.version import __version__
from hybridize.wishes import Wishes

DEFAULT_CONFIG = Config()


def analyze(
    paths: Sequence[str | os.PathLike[str]],
    config: Config = DEFAULT_CONFIG,
    progress: Progress | None = None,
    store: Store | None = None,
    *,
    functions: bool = True,
) -> Report:
    """Analyze the Python files at or below ``paths`` as one program.

    Nothing in them is imported or executed. The report's paths are relative to the one given path (or its folder, if
    it is a file), or to the common parent of several.

    Args:
        paths: files and folders.
        config: the settings.
        progress: is told how far it is.
        store: remembers what is found out, and what was found out before about the same files.
        functions: whether the report needs them; without, it is made faster of what ``store`` remembers.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be read.
    """
    if store is None:
        return run(paths, config, progress)[0]
    with collector_paused():
        clock = Clock()
        read = read_sources(paths, config)
        outlines = Outlines(store, read)

        def lowered() -> FrontEnd:
            front = read_program(read, config, progress, known=outlines.known())
            outlines.keep(front)
            return front

        return remembered(read, lowered, config, progress, store, clock, functions)


def run(
    paths: Sequence[str | os.PathLike[str]],
    config: Config,
    progress: Progress | None = None,
    instead: Mapping[str, bytes] | None = None,
) -> tuple[Report, FrontEnd]:
    """`analyze`, with the program that the report speaks of; files named in ``instead`` have those bytes.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be read.
    """
    with collector_paused():
        clock = Clock()
        read = read_sources(paths, config, instead)
        front = read_program(read, config, progress)
        clock.tick("ms reading")
        evaluated = evaluate(front, config, progress)
        known = merged(list(evaluated.values()))
        clock.tick("ms analyzing")
        return report_of(read, summary_of(front, known, tuple(evaluated)), known, config, clock), front


class Clock:
    """How long each step took, in milliseconds, among other counters."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}
        self._last = time.perf_counter()

    def tick(self, name: str) -> None:
        """What was done since the last tick was ``name``."""
        now = time.perf_counter()
        self.counters[name] = self.counters.get(name, 0) + round((now - self._last) * 1000)
        self._last = now


def summary_of(front: FrontEnd, known: Evaluated, groups: tuple[Group, ...]) -> Summary:
    """A whole program, with all that rules say of it."""
    from hybridize.rules import _registry as registry
    from hybridize.rules import analysis_bound_reached, parse_failure

    found = registry.findings(known.functions, known.observations, tensorflow=newest_tensorflow(front.root))
    for path, line, column, message in front.failures:
        found.append(parse_failure.finding(Span(path, line, column, line, column), message))
    found += [
        analysis_bound_reached.finding(function.span, function.qualname, Reason(reason).text, BOUNDS[reason])
        for function in known.functions
        for reason in _bounds_reached(function)
    ]
    counters = {**known.counters, "functions": len(known.functions)}
    return Summary(front.files, front.failures, front.role, tuple(found), counters, known.reveals, groups, front.keras)


def _bounds_reached(function: FunctionReport) -> list[str]:
    """The bounds of the analysis for which a fact of a graph is undetermined."""
    if not function.hybrid:
        return []
    return sorted({fact.reason for fact in function.facts.values() if fact.value is None and fact.reason in BOUNDS})


def report_of(read: Sources, summary: Summary, known: Evaluated, config: Config, clock: Clock) -> Report:
    """What is told of a program; both lists of findings are in canonical order."""
    from hybridize import suppression

    wishes = Wishes(config, read.root)
    left, suppressed = suppression.applied(filter(wishes.wanted, summary.findings), read.files, wishes.selected)
    clock.tick("ms rules")
    lines = sum(file.lines for file in summary.files)
    return Report(
        version=__version__,
        root=read.root,
        functions=known.functions,
        findings=tuple(sorted(map(wishes.with_severity, left), key=lambda finding: finding.sort_key)),
        files=summary.files,
        counters={**summary.counters, "files": len(summary.files), "lines": lines, **clock.counters},
        observations=known.observations,
        reveals=summary.reveals,
        role=summary.role,
        suppressed=tuple(sorted(suppressed, key=lambda one: one.finding.sort_key)),
    )


def remembered(
    read: Sources,
    lowered: Callable[[], FrontEnd],
    config: Config,
    progress: Progress | None,
    store: Store,
    clock: Clock,
    functions: bool = True,
) -> Report:
    """The report of what was ``read``, with what ``store`` remembers; ``lowered`` is asked where that is not all."""
    memory = Memory(store, read, config)
    summary = memory.summary()
    clock.tick("ms reading")
    if summary is not None:
        known = memory.functions(summary) if functions else NOTHING
        if known is not None:
            clock.tick("ms remembering")
            return report_of(read, summary, known, config, clock)
    front = lowered()
    clock.tick("ms reading")
    recalled: list[Group] = []

    def part(group: Group) -> Outcome | None:
        found = memory.part(group, front)
        if isinstance(found, Evaluated):
            recalled.append(group)
        return found

    evaluated = evaluate(front, config, progress, part, lambda group, error: memory.keep_join(group, front, error))
    known = merged(list(evaluated.values()))
    clock.tick("ms analyzing")
    summary = summary_of(front, known, tuple(evaluated))
    memory.keep({group: one for group, one in evaluated.items() if group not in recalled}, summary)
    clock.tick("ms remembering")
    clock.counters["parts"], clock.counters["parts remembered"] = len(evaluated), len(recalled)
    clock.counters["files lowered"] = len(front.lowered)
    return report_of(read, summary, known, config, clock)


@contextmanager
def collector_paused() -> Iterator[None]:
    """No garbage collection meanwhile: what is made here is kept, and the collector would walk it again and again."""
    enabled, threshold = gc.isenabled(), gc.get_threshold()
    gc.disable()
    try:
        yield
    finally:
        # What was made counts as old from here on: else the very next allocation would walk all of it.
        gc.freeze()
        gc.set_threshold(*threshold)
        if enabled:
            gc.enable()
        else:
            gc.disable()
        gc.unfreeze()


__all__ = ["InputError", "Progress", "analyze"]
