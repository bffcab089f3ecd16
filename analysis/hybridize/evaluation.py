"""From a program to what is known of its functions: parts of it that do not hang on one another, each in its own run.

A part is evaluated by one process, with forked copies for the reports where nothing else is left to do. What comes out
does not depend on how the parts are divided, nor on the number of processes.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Union

from hybridize.config import Config
from hybridize.finding import Span
from hybridize.frontend import FrontEnd
from hybridize.project.groups import parts
from hybridize.project.program import OutsideError, Program
from hybridize.report import FunctionReport, Observation
from hybridize.workers import each_alone, in_parts

Progress = Callable[[str, int, int], None]
"""Called with (phase, done, total) now and then; must be cheap."""

SHARES = 40
"""Into how many parts the functions of a program are divided among processes: many, as some take far longer."""
WORTH_A_SHARE = 200
"""Functions for which another process is not worth its start."""
GARBAGE = 50_000
"""New objects after which they are looked through for garbage: what is kept here is many times that."""
SMALL = 1500
"""Lines up to which parts are evaluated together: a run of its own costs something, too."""
LARGE = 0.5
"""Share of all lines from which a part is evaluated with all processes."""

Reveal = tuple[str, int, str]


class Evaluated(NamedTuple):
    """What is known of a program, or of a part of it."""

    functions: tuple[FunctionReport, ...]
    observations: tuple[Observation, ...]
    counters: dict[str, int]
    reveals: tuple[Reveal, ...]


NOTHING = Evaluated((), (), {}, ())
Outcome = Union[Evaluated, OutsideError]


Group = tuple[str, ...]
"""The paths of what is evaluated in one run, sorted."""


def evaluate(
    front: FrontEnd,
    config: Config,
    progress: Progress | None,
    known: Callable[[Group], Outcome | None] = lambda _: None,
    joins: Callable[[Group, OutsideError], None] = lambda *_: None,
) -> dict[Group, Evaluated]:
    """What is found out about each part of a program; ``known`` is asked first.

    ``joins`` is told which parts turn out to belong to another one.
    """
    groups = together(front, parts(front.modules, front.links))
    done: dict[Group, Evaluated] = {}
    while left := [group for group in groups if group not in done]:
        remembered = {group: one for group in left if (one := known(group)) is not None}
        done.update((group, one) for group, one in remembered.items() if isinstance(one, Evaluated))
        new = [group for group in left if group not in remembered]
        outcomes = {group: one for group, one in remembered.items() if isinstance(one, OutsideError)}
        if not outcomes:  # else they are joined first: what belongs together is not evaluated apart
            for group, outcome in zip(new, _outcomes(front, new, config, progress) if new else (), strict=True):
                if isinstance(outcome, Evaluated):
                    done[group] = outcome
                else:
                    joins(group, outcome)
                    outcomes[group] = outcome
        groups = regrouped(groups, outcomes)
    return {group: done[group] for group in groups}


def together(front: FrontEnd, groups: Sequence[Group]) -> list[Group]:
    """Parts as they are evaluated, small ones as one with those next to them; the largest first."""
    lines = {file.path: file.lines for file in front.files}
    found: list[Group] = []
    small: list[str] = []
    size = 0
    for group in groups:
        own = sum(lines[path] for path in group)
        if own > SMALL:
            found.append(group)
            continue
        small += group
        size += own
        if size > SMALL:
            found.append(tuple(sorted(set(small))))
            small, size = [], 0
    if small:
        found.append(tuple(sorted(set(small))))
    return sorted(found, key=lambda group: (-sum(lines[path] for path in group), group))


def regrouped(groups: list[Group], outside: Mapping[Group, OutsideError]) -> list[Group]:
    """The parts, each of ``outside`` as one with the part that it needs something of."""
    for group, error in outside.items():
        if group in groups:  # else it was joined already
            groups = _joined(groups, group, error.path)
    return groups


def _joined(groups: Sequence[Group], group: Group, path: str) -> list[Group]:
    """The parts, with ``group`` and the one that ``path`` is in as one."""
    other = next(one for one in groups if path in one)
    return [one for one in groups if one not in (group, other)] + [tuple(sorted({*group, *other}))]


def _outcomes(front: FrontEnd, groups: Sequence[Group], config: Config, progress: Progress | None) -> list[Outcome]:
    workers = config.jobs or os.cpu_count() or 1
    lines = {file.path: file.lines for file in front.files}
    total = sum(lines[path] for group in groups for path in group) or 1
    front.lower((path for group in groups for path in group), config.jobs)

    def outcome(number: int) -> Outcome:
        group = groups[number]
        most = workers if len(groups) == 1 or sum(lines[path] for path in group) > LARGE * total else 1
        return evaluate_part(front, front.part(group), config, most, progress)

    return (
        each_alone(len(groups), outcome, workers)
        if len(groups) > 1
        else [outcome(number) for number in range(len(groups))]
    )


def evaluate_part(
    front: FrontEnd, program: Program, config: Config, workers: int = 1, progress: Progress | None = None
) -> Outcome:
    """What is found out about ``program``, a part of that of ``front``, or that it needs another part."""
    try:
        return _part(front, program, config, workers, progress)
    except OutsideError as error:
        return error


def _part(front: FrontEnd, program: Program, config: Config, workers: int, progress: Progress | None) -> Evaluated:
    from hybridize.analyses.functions import FunctionReports
    from hybridize.analyses.hazards.observations import Observations
    from hybridize.analyses.work import WorkAnalysis
    from hybridize.experience import Experience
    from hybridize.interproc.machine import Machine
    from hybridize.models.library import library
    from hybridize.opportunities import Questions, with_opportunities
    from hybridize.project.role import is_public
    from hybridize.syntax.arguments import ArgumentTexts

    machine = Machine(program, library(config.models, config.hybrid_wrappers), config)
    experience = Experience(config.runs, front.root, front.sources)
    machine.seen = experience.seen(program)
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

    # From here on there is garbage: runs on the side leave cycles. What the run has made is not looked at for it.
    gc.freeze()
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])
    gc.enable()
    done = in_parts(1 + shares, share, workers if shares > 1 else 1)
    reports = experience.added(tuple(report for some, _ in done for report in some))
    defined = {report.span: code for report, code in zip(reports, codes, strict=True)}
    work = WorkAnalysis(machine, config.benefit.small)

    def seen_eager(leads_on: Callable[[FunctionReport], bool]) -> AbstractSet[Span]:
        told = {defined[report.span].id: report for report in reports}
        ids = functions.usage.seen_eager(lambda code: code not in told or leads_on(told[code]))
        return {told[code].span for code in ids & told.keys()}

    questions = Questions(
        if_traced=lambda report: observed.if_traced(defined[report.span]),
        gain=lambda report: work.gain(defined[report.span]),
        public=lambda report: is_public(front.role, report.path, report.qualname),
        seen_eager=seen_eager,
        expected=lambda report: machine.expected.get(defined[report.span].id, ()),
        keras_call=lambda report: functions.is_keras_call(defined[report.span]),
    )
    reports = with_opportunities(reports, questions, config.benefit, front.role)
    gc.disable()
    reveals = tuple((path, line, repr(value)) for (path, line), value in sorted(machine.reveals.items()))
    return Evaluated(reports, done[0][1], dict(machine.counters), reveals)


def merged(evaluated: Sequence[Evaluated]) -> Evaluated:
    """All of it in the order that one run would have: functions by path and line, what is observed by place."""
    if len(evaluated) == 1:
        return evaluated[0]
    counters: Counter[str] = Counter()
    for one in evaluated:
        counters.update(one.counters)
    return Evaluated(
        tuple(sorted((report for one in evaluated for report in one.functions), key=lambda report: report.path)),
        tuple(sorted((seen for one in evaluated for seen in one.observations), key=lambda seen: seen.span.path)),
        dict(counters),
        tuple(sorted(reveal for one in evaluated for reveal in one.reveals)),
    )
