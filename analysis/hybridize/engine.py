"""`analyze`: the one entry of the analysis, from paths to a `Report`."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from hybridize.config import Config
from hybridize.errors import InputError
from hybridize.finding import Finding, Span
from hybridize.frontend import FrontEnd, read_program
from hybridize.report import FunctionReport, Observation, Report
from hybridize.version import __version__
from hybridize.workers import in_parts

Progress = Callable[[str, int, int], None]
"""Called with (phase, done, total) now and then; must be cheap."""

DEFAULT_CONFIG = Config()

SHARES = 40
"""Into how many parts the functions of a program are divided among processes: many, as some take far longer."""
GARBAGE = 50_000
"""New objects after which they are looked through for garbage: what is kept here is many times that."""
WORTH_A_SHARE = 200
"""Functions for which another process is not worth its start."""


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
        functions, observations, counters, reveals = _functions(front, config, progress)
        analyzed = time.perf_counter()
        findings = _findings(front, functions, observations, config)
        counters.update(
            {
                "files": len(front.files),
                "lines": sum(file.lines for file in front.files),
                "functions": len(functions),
                "ms reading": round((read - started) * 1000),
                "ms analyzing": round((analyzed - read) * 1000),
                "ms rules": round((time.perf_counter() - analyzed) * 1000),
            }
        )
    report = Report(
        version=__version__,
        root=front.root,
        functions=functions,
        findings=findings,
        files=front.files,
        counters=counters,
        observations=observations,
        reveals=reveals,
        role=front.role,
    )
    return report, front


def _functions(
    front: FrontEnd, config: Config, progress: Progress | None
) -> tuple[tuple[FunctionReport, ...], tuple[Observation, ...], dict[str, int], tuple[tuple[str, int, str], ...]]:
    from hybridize.analyses.functions import FunctionReports
    from hybridize.analyses.hazards.observations import Observations
    from hybridize.analyses.work import WorkAnalysis
    from hybridize.interproc.machine import Machine
    from hybridize.models.library import library
    from hybridize.opportunities import Questions, with_opportunities
    from hybridize.project.role import is_public
    from hybridize.syntax.arguments import ArgumentTexts

    machine = Machine(front.program, library(), config)
    machine.run(progress)
    functions = FunctionReports(machine, front.sources, config, ArgumentTexts())
    codes = functions.codes()
    observed = Observations(machine, front.sources, functions.effects, front.keras)
    shares = min(SHARES, len(codes) // WORTH_A_SHARE + 1)

    def share(number: int) -> tuple[tuple[FunctionReport, ...], tuple[Observation, ...]]:
        """The observations, or else some of the functions."""
        if number == 0:
            return (), observed.all(functions.usage.eager)
        start, end = (len(codes) * bound // shares for bound in (number - 1, number))
        return tuple(functions.one(code) for code in codes[start:end]), ()

    workers = config.jobs or os.cpu_count() or 1
    # From here on there is garbage: runs on the side leave cycles. What the run has made is not looked at for it.
    gc.freeze()
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])
    gc.enable()
    done = in_parts(1 + shares, share, workers if shares > 1 else 1)
    reports = tuple(report for some, _ in done for report in some)
    defined = {report.span: code for report, code in zip(reports, codes, strict=True)}
    work = WorkAnalysis(machine, config.benefit.small)
    questions = Questions(
        if_traced=lambda report: observed.if_traced(defined[report.span]),
        gain=lambda report: work.gain(defined[report.span]),
        public=lambda report: is_public(front.role, report.path, report.qualname),
    )
    reports = with_opportunities(reports, questions, config.benefit, front.role)
    reveals = tuple((path, line, repr(value)) for (path, line), value in sorted(machine.reveals.items()))
    return reports, done[0][1], dict(machine.counters), reveals


def _findings(
    front: FrontEnd, functions: tuple[FunctionReport, ...], observations: tuple[Observation, ...], config: Config
) -> tuple[Finding, ...]:
    from hybridize.rules import _registry as registry
    from hybridize.rules import parse_failure

    found: list[Finding] = registry.findings(functions, observations, config.select, config.ignore)
    if registry.selected(parse_failure.RULE.code, config.select, config.ignore):
        for path, line, column, message in front.failures:
            found.append(parse_failure.finding(Span(path, line, column, line, column), message))
    return tuple(sorted(found, key=lambda finding: finding.sort_key))


@contextmanager
def _collector_paused() -> Iterator[None]:
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
