"""`hybridize report`: a page to look at, with everything that is known of every function."""

from __future__ import annotations

import os
import sys

import click

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.fixing import propose
from hybridize.report import Report
from hybridize_bot import console
from hybridize_bot.commands import _baseline, _run, _select
from hybridize_bot.console import Progress, note
from hybridize_bot.render._facts import count
from hybridize_bot.render._notebooks import localized
from hybridize_bot.render._places import Places
from hybridize_bot.render.html import page
from hybridize_bot.selection import Selection, select


class Options(_run.RunOptions, frozen=True, kw_only=True):
    """The options of `report`."""

    fixes: bool = True
    title: str | None = None
    baseline: str | None = None
    no_baseline: bool = False


def run(options: Options) -> int:
    """Analyze, prove the fixes, write the page; return the exit code."""
    if options.output is None and sys.stdout.isatty():
        raise click.UsageError("the page is no text for a terminal; name a file: hybridize report -o report.html")
    settings = _run.settings(options)
    config = _select.configured(_run.merged(settings.config, options), settings.path)
    known = _run.recorded(settings, options)
    config = _run.with_runs(config, known)
    accepted = _baseline.use(
        options.paths or (".",), settings, config, named=options.baseline, write=None, prune=False,
        unwanted=options.no_baseline, isolated=options.isolated,
    )  # fmt: skip
    how = _proposing if options.fixes else _plain
    selection = select(_run.run(options.paths, config, options, how), [accepted.filter] if accepted else [])
    places = Places(selection.report.root, files=selection.report.files)
    shown = Selection(localized(selection.report, places), selection.aside)
    title = options.title if options.title is not None else _title(shown.report)
    text = page.render(shown, places, known, title)
    console.emit(text, options.output, exact=True)
    if options.output not in (None, "-") and not options.quiet:
        functions = count(shown.report.function_count, "function")
        note(f"Wrote {options.output}: {functions}, {count(len(shown.report.findings), 'finding')}.")
    return 0


def _proposing(paths: list[str], config: Config, progress: Progress) -> Report:
    return propose(paths, config, progress)


def _plain(paths: list[str], config: Config, progress: Progress) -> Report:
    return analyze(paths, config, progress, functions=True)


def _title(report: Report) -> str:
    """The name of the analyzed folder."""
    return os.path.basename(os.path.abspath(report.root)) or "/"
