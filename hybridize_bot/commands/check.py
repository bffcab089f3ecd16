"""`hybridize check`: findings, and an exit code that says whether they matter."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click
import msgspec

from hybridize.config import Config
from hybridize.finding import Finding, Severity
from hybridize.report import Report
from hybridize_bot import console
from hybridize_bot.commands import _run, _select
from hybridize_bot.config import Settings
from hybridize_bot.render._notebooks import localized
from hybridize_bot.render._places import Places, base

FOR_PEOPLE = ("text", "full", "concise")
FOR_PROGRAMS = {
    "json": "check_json",
    "json-lines": "json_lines",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "rdjson": "rdjson",
    "csv": "check_csv",
}
"""Formats, and the modules in `hybridize_bot.render` that write them."""


class Options(_run.RunOptions, frozen=True, kw_only=True):
    """The options of `check`."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exit_zero: bool = False
    fail_level: str | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    show_fixes: bool = False


def run(options: Options) -> int:
    """Analyze and print, and fix if asked for; return the exit code."""
    settings = _run.settings(options)
    config = _config(settings, options)
    code = 0
    if options.fix or options.diff:
        from hybridize_bot.commands import _fix

        code, report = _fix.run(options.paths, config, options, most=_fix.most(options.unsafe_fixes), diff=options.diff)
        if options.diff:
            return 0 if options.exit_zero else code
    elif options.unsafe_fixes:
        raise click.UsageError("--unsafe-fixes says which fixes to apply: give --fix or --diff as well")
    elif options.show_fixes:
        from hybridize.fixing import propose

        report = _run.run(options.paths, config, options, propose)
    else:
        report = _run.run(options.paths, config, options)
    if not code:
        code = exit_code(report.findings, settings.fail_level if options.fail_level is None else options.fail_level)
    if options.exit_zero:
        code = 0
    if options.quiet < 2:
        console.emit(_render(options, report, code), options.output, exact=options.form not in FOR_PEOPLE)
    return code


def exit_code(findings: Sequence[Finding], fail_level: str) -> int:
    """1 where a finding is at least as severe as ``fail_level``."""
    if fail_level == "never":
        return 0
    least = Severity(fail_level).rank
    return int(any(finding.severity.rank >= least for finding in findings))


def _config(settings: Settings, options: Options) -> Config:
    """The rules that the command line selects replace those of the file; those it ignores come on top."""
    config = _run.merged(settings.config, options)
    where = f" in {settings.path}"
    select = _select.codes(options.select, "--select") or _select.codes(config.select, "select" + where)
    ignore = (*_select.codes(config.ignore, "ignore" + where), *_select.codes(options.ignore, "--ignore"))
    return msgspec.structs.replace(config, select=select, ignore=ignore)


def _render(options: Options, report: Report, code: int) -> str:
    places = Places(report.root, base(options.form), report.files)
    report = localized(report, places)
    if options.form in FOR_PEOPLE:
        return _for_people(options, report, places)
    if options.form == "sarif":
        from hybridize_bot.render import sarif

        return sarif.render(report, places, exit_code=code)
    renderer = import_module(f"hybridize_bot.render.{FOR_PROGRAMS[options.form]}")
    return str(renderer.render(report, places))


def _for_people(options: Options, report: Report, places: Places) -> str:
    style = _run.style(options)
    if options.form == "concise":
        from hybridize_bot.render import concise

        return concise.render(report, places, style)
    from hybridize_bot.render import text

    return text.render(report, places, style, full=options.form == "full", summary=not options.quiet)
