"""`analyze`: the one entry of the analysis, from paths to a `Report`."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from hybridize.config import Config
from hybridize.errors import InputError
from hybridize.evaluation import Progress, evaluate
from hybridize.finding import Finding, Span, Suppressed
from hybridize.frontend import FrontEnd, read_program
from hybridize.report import FunctionReport, Observation, Report
from hybridize.version import __version__
from hybridize.wishes import Wishes

DEFAULT_CONFIG = Config()


def analyze(
    paths: Sequence[str | os.PathLike[str]], config: Config = DEFAULT_CONFIG, progress: Progress | None = None
) -> Report:
    """Analyze the Python files at or below ``paths`` as one program.

    Nothing in them is imported or executed. The report's paths are relative to the one given path (or its folder, if
    it is a file), or to the common parent of several.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be read.
    """
    return run(paths, config, progress)[0]


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
    with _collector_paused():
        started = time.perf_counter()
        front = read_program(paths, config, progress, instead)
        read = time.perf_counter()
        known = evaluate(front, config, progress)
        analyzed = time.perf_counter()
        findings, suppressed = _findings(front, known.functions, known.observations, config)
        counters = dict(known.counters)
        counters.update(
            {
                "files": len(front.files),
                "lines": sum(file.lines for file in front.files),
                "functions": len(known.functions),
                "ms reading": round((read - started) * 1000),
                "ms analyzing": round((analyzed - read) * 1000),
                "ms rules": round((time.perf_counter() - analyzed) * 1000),
            }
        )
    report = Report(
        version=__version__,
        root=front.root,
        functions=known.functions,
        findings=findings,
        files=front.files,
        counters=counters,
        observations=known.observations,
        reveals=known.reveals,
        role=front.role,
        suppressed=suppressed,
    )
    return report, front


def _findings(
    front: FrontEnd, functions: tuple[FunctionReport, ...], observations: tuple[Observation, ...], config: Config
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...]]:
    """What is reported, and what comments in the code suppress; both in canonical order."""
    from hybridize import suppression
    from hybridize.rules import _registry as registry
    from hybridize.rules import parse_failure

    found: list[Finding] = registry.findings(functions, observations, config.select, config.ignore)
    if registry.selected(parse_failure.RULE.code, config.select, config.ignore):
        for path, line, column, message in front.failures:
            found.append(parse_failure.finding(Span(path, line, column, line, column), message))
    wishes = Wishes(config, front.root)
    left, suppressed = suppression.applied(filter(wishes.wanted, found), front.sources, wishes.selected)
    return (
        tuple(sorted(map(wishes.with_severity, left), key=lambda finding: finding.sort_key)),
        tuple(sorted(suppressed, key=lambda one: one.finding.sort_key)),
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No garbage collection meanwhile: what is made here is kept, and the collector would walk it again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # What was made counts as old from here on: else the very next allocation would walk all of it.
        gc.freeze()
        if enabled:
            gc.enable()
        else:
            gc.disable()
        gc.unfreeze()


__all__ = ["InputError", "Progress", "analyze"]
