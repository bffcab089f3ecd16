"""What `check` and `inspect` share: options to settings, the run itself, and counters on stderr."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from hybridize.config import Config
from hybridize.engine import InputError, analyze
from hybridize.report import Report
from hybridize.runs import EvidenceError
from hybridize_bot import evidence
from hybridize_bot.config import ConfigError, Settings, load
from hybridize_bot.console import Progress, note, target, use_color, visible
from hybridize_bot.installed import compiled
from hybridize_bot.render._facts import count
from hybridize_bot.render._style import Style

if TYPE_CHECKING:
    from hybridize_bot.cache import FileStore

Analysis = Callable[[list[str], Config, Progress], Report]
"""What makes a report of paths; plain `analyze`, or with fixes."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options common to `check` and `inspect`, as click delivers them."""

    paths: tuple[str, ...]
    form: str
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    jobs: int | None = None
    config_file: str | None = None
    isolated: bool = False
    output: str | None = None
    color: str = "auto"
    no_cache: bool = False
    evidence: str | None = None
    no_evidence: bool = False
    quiet: int = 0
    verbose: int = 0


def settings(options: RunOptions) -> Settings:
    """Load the configuration that applies to the first path; a mistake in it is a usage error."""
    first = Path(options.paths[0]) if options.paths else Path()
    explicit = Path(options.config_file) if options.config_file is not None else None
    try:
        return load(first, explicit, options.isolated)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def merged(config: Config, options: RunOptions) -> Config:
    """Lay the options of the command line over ``config``."""
    if options.exclude:
        config = msgspec.structs.replace(config, exclude=(*config.exclude, *options.exclude))
    if options.jobs is not None:
        config = msgspec.structs.replace(config, jobs=options.jobs)
    return config


def informed(config: Config, settings: Settings, options: RunOptions) -> Config:
    """The settings with the evidence of runs, if there is any; a mistake in it is a usage error."""
    return with_runs(config, recorded(settings, options))


def with_runs(config: Config, known: evidence.Known | None) -> Config:
    """The settings with this evidence."""
    return config if known is None else msgspec.structs.replace(config, runs=known.runs)


def recorded(settings: Settings, options: RunOptions) -> evidence.Known | None:
    """The evidence of runs to go by, if there is any; a mistake in it is a usage error."""
    if options.no_evidence:
        if options.evidence is not None:
            raise click.UsageError("--no-evidence speaks against --evidence")
        return None
    folder = evidence.nearest(options.paths, settings) if options.evidence is None else home(settings)
    if folder is None:
        return None
    path = options.evidence or evidence.place(folder)
    try:
        return evidence.read(path, os.path.realpath(folder))
    except EvidenceError as error:
        raise click.ClickException(f"{visible(path)}: {error}") from error


def home(settings: Settings) -> str:
    """The folder of the project: that of the settings, or the current one."""
    return os.path.dirname(os.path.abspath(settings.path)) if settings.path else os.path.abspath(os.curdir)


def style(options: RunOptions) -> Style:
    """The colors for where the result goes."""
    return Style(use_color(options.color, target(options.output)))


def run(paths: Sequence[str], config: Config, options: RunOptions, how: Analysis = analyze) -> Report:
    """Analyze; with ``--verbose`` print counters and timings."""
    progress = Progress(sys.stderr, enabled=not options.quiet)
    try:
        report = how(list(paths) or ["."], config, progress)
    except InputError as error:
        raise click.ClickException(str(error)) from error
    finally:
        seconds = progress.close()
    gc.freeze()  # the process ends soon; until then the collector need not walk the whole analysis
    if not report.files and not options.quiet:
        note(f"warning: no Python files found in {', '.join(paths) or 'the current folder'}")
    if options.verbose:
        _print_counters(report, progress.phases, seconds)
    return report


def kept(settings: Settings, options: RunOptions) -> FileStore | None:
    """What former runs have found out, beside the configuration or in the first analyzed folder."""
    if options.no_cache:
        return None
    from hybridize_bot.cache import store

    first = os.path.abspath(options.paths[0] if options.paths else os.curdir)
    folder = os.path.dirname(os.path.abspath(settings.path)) if settings.path else first
    return store(Path(folder if os.path.isdir(folder) else os.path.dirname(folder)))


def remembering(store: FileStore | None, options: RunOptions, *, functions: bool) -> Analysis:
    """`analyze` with what former runs have found out; ``functions`` says whether the report needs them."""

    def how(paths: list[str], config: Config, progress: Progress) -> Report:
        report = analyze(paths, config, progress, store, functions=functions)
        if store is not None and store.trouble and options.verbose:
            note(f"nothing is remembered for the next run: {store.trouble}")
        return report

    return how


def _print_counters(report: Report, phases: dict[str, float], seconds: float) -> None:
    lines = sum(file.lines for file in report.files)
    sizes = (count(len(report.files), "file"), count(lines, "line"), count(report.function_count, "function"))
    note(f"{', '.join(sizes)} in {seconds:.2f} s, {'compiled' if compiled() else 'interpreted'} core")
    for phase, spent in phases.items():
        note(f"{spent:10.2f} s  {phase}")
    for name, value in sorted(report.counters.items()):
        note(f"{value:12}  {name}")
    if report.role is not None:
        note(f"role: {report.role.name} ({report.role.reason})")
    for function in report.functions:
        for obstacle in function.opportunity.obstacles if function.opportunity is not None else ():
            place = f"{function.path}:{function.line}"
            note(f"{place}: `{function.qualname}` is not suggested for conversion: {obstacle.reason}")
