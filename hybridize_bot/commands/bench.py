"""`hybridize bench`: time functions in three variants, on the arguments that the user's command calls them with."""

from __future__ import annotations

import os

import click
import msgspec

from hybridize.report import FunctionReport, Report
from hybridize_bot import console
from hybridize_bot.commands import _execute, _run
from hybridize_bot.commands.verify import analysis
from hybridize_bot.console import note
from hybridize_bot.render.bench_table import Bench
from hybridize_bot.verify import passes, plans
from hybridize_bot.verify.judge import seen_of
from hybridize_bot.verify.passes import RunError


class Options(_execute.ExecuteOptions, frozen=True, kw_only=True):
    """The options of `bench`."""

    rounds: int = 30
    skip: int = 0


def run(options: Options) -> int:
    """Analyze, run, print; return the exit code."""
    named = {path for path in options.paths if "::" in path}
    given = tuple(dict.fromkeys(path.partition("::")[0] for path in options.paths))
    # Around a function that is named, the whole program is analyzed: what it receives hangs on its callers.
    options = msgspec.structs.replace(options, paths=(_around(given),) if named else given)
    settings = _run.settings(options)
    config = _run.merged(settings.config, options)
    report = _run.run(_execute.paths(options), config, options, analysis)
    plan = _named(report, named) if named else plans.conversions(report, removals=False)
    if not plan.targets:
        raise click.ClickException("there is no function to time: none could be converted; name one as `file.py::name`")
    runner = _execute.runner(options, report)
    given_options = {"rounds": options.rounds, "skip": options.skip}
    try:
        base = runner.run(plans.Run("bench", plan.targets, frozenset(), options=given_options))
        passes.check(base)
    except RunError as error:
        _execute.failed(error)
    benches = []
    for target in plan.targets:
        seen = seen_of(base.records, target.number)
        variants = next((part.variants for part in seen.parts if part.variants), ())
        path = os.path.relpath(target.file).replace(os.sep, "/")
        benches.append(Bench(path, target.function.line, target.function.qualname, variants, seen.calls))
    if options.quiet < 2:
        console.emit(_render(options, benches), options.output, exact=options.form == "json")
    if base.finished.timed_out:
        note(f"error: the command {base.finished.ending}")
        return 2
    return 0 if all(bench.variants for bench in benches) else 1


def _around(files: tuple[str, ...]) -> str:
    """The folder that is analyzed for functions of these files: the current one, or theirs."""
    common = os.path.commonpath([os.path.abspath(file) for file in files])
    here = os.path.abspath(os.curdir)
    inside = os.path.commonpath([common, here]) == here
    return os.curdir if inside else (common if os.path.isdir(common) else os.path.dirname(common))


def _named(report: Report, names: set[str]) -> plans.Plan:
    """The functions that were named, decorated as the fix would, or right above their ``def``."""
    known = {one.function.span: one for one in plans.conversions(report, removals=False).targets}
    found: list[FunctionReport] = []
    for name in sorted(names):
        path, _, qualname = name.partition("::")
        file = os.path.realpath(path)
        own = [one for one in report.functions if os.path.realpath(os.path.join(report.root, one.path)) == file]
        hits = [one for one in own if one.qualname == qualname]
        if not hits:
            there = ", ".join(one.qualname for one in own[:8]) or "no functions"
            raise click.UsageError(f"there is no function {qualname!r} in {path}, which has {there}")
        if hits[0].hybrid:
            raise click.UsageError(f"{qualname} is under `tf.function` already")
        found += hits
    targets = plans.forced(report, found).targets
    return plans.Plan(
        tuple(
            msgspec.structs.replace(known[one.function.span], number=one.number) if one.function.span in known else one
            for one in targets
        )
    )


def _render(options: Options, benches: list[Bench]) -> str:
    from hybridize_bot.render import bench_table

    if options.form == "json":
        return bench_table.as_json(benches)
    return bench_table.render(benches, _run.style(options))
