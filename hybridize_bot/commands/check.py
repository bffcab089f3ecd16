"""`hybridize check`: findings, and an exit code that says whether they matter."""

from __future__ import annotations

import sys

import msgspec
from hybridize.finding import Finding, Severity
from hybridize.report import Report

from hybridize_bot import console
from hybridize_bot.commands import _run, _select
from hybridize_bot.render._places import Places


class Options(_run.RunOptions, frozen=True, kw_only=True):
    """The options of `check`."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exit_zero: bool = False
    fail_level: str | None = None


def run(options: Options) -> int:
    """Analyze and print; return the exit code."""
    settings = _run.settings(options)
    config = _run.merged(settings.config, options)
    if options.select:
        config = msgspec.structs.replace(config, select=_select.codes(options.select, "--select"))
    if options.ignore:
        config = msgspec.structs.replace(config, ignore=(*config.ignore, *_select.codes(options.ignore, "--ignore")))
    report, seconds = _run.run(options.paths, config, options)
    if options.quiet < 2:
        console.emit(_render(options, report, seconds), options.output)
    level = settings.fail_level if options.fail_level is None else options.fail_level
    return 0 if options.exit_zero else exit_code(report.findings, level)


def exit_code(findings: tuple[Finding, ...], fail_level: str) -> int:
    """1 where a finding is at least as severe as ``fail_level``."""
    if fail_level == "never":
        return 0
    least = Severity(fail_level).rank
    return int(any(finding.severity.rank >= least for finding in findings))


def _render(options: Options, report: Report, seconds: float) -> str:
    places = Places(report.root)
    from hybridize_bot.render import concise

    return concise.render(report, places)
