"""`hybridize check`: findings, and an exit code that says whether they matter."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click
import msgspec

from hybridize.config import Config
from hybridize.report import Report
from hybridize_bot import console
from hybridize_bot.commands import _baseline, _run, _select
from hybridize_bot.render._notebooks import localized
from hybridize_bot.render._places import Places, base
from hybridize_bot.selection import Filter, Selection, counts, exit_code, select

if TYPE_CHECKING:
    from hybridize_bot.cache import FileStore

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
    show_settings: bool = False
    add_ignore: bool = False
    reason: str = ""
    baseline: str | None = None
    write_baseline: str | None = None
    prune_baseline: bool = False
    no_baseline: bool = False
    diff_against: str | None = None
    new_since: str | None = None
    hook: bool = False

    def __post_init__(self) -> None:
        changes = [name for name, value in self._of_changes() if value]
        writes = [name for name, value in self._that_write() if value]
        if len(changes) > 1:
            raise click.UsageError(f"{changes[0]} and {changes[1]} do not go together")
        if changes and changes[0] != "--hook" and writes:
            raise click.UsageError(f"{changes[0]} does not go with {writes[0]}, which is about all findings")
        if self.hook and (self.write_baseline is not None or self.prune_baseline):
            raise click.UsageError("--hook does not go with writing a baseline")
        if self.diff and (self.write_baseline is not None or self.prune_baseline):
            raise click.UsageError("--diff changes nothing, so it does not go with writing a baseline")

    def _of_changes(self) -> tuple[tuple[str, bool], ...]:
        return (
            ("--diff-against", self.diff_against is not None),
            ("--new-since", self.new_since is not None),
            ("--hook", self.hook),
        )

    def _that_write(self) -> tuple[tuple[str, bool], ...]:
        return (
            ("--write-baseline", self.write_baseline is not None),
            ("--prune-baseline", self.prune_baseline),
            ("--fix", self.fix),
            ("--diff", self.diff),
        )


def run(options: Options) -> int:
    """Analyze and print, and fix if asked for; return the exit code."""
    given = options.paths
    if options.hook:  # the settings are those of the project, whichever of its files are named
        options = msgspec.structs.replace(options, paths=())
    settings = _run.settings(options)
    fail_level = settings.fail_level if options.fail_level is None else options.fail_level
    config = _run.merged(settings.config, options)
    config = _select.configured(config, settings.path, options.select, options.ignore)
    if options.show_settings:
        from hybridize_bot.commands import _settings

        shown = _settings.shown(settings, config, fail_level, options.baseline or settings.baseline)
        console.emit(shown, options.output)
        return 0
    hook = None
    if options.hook:
        from hybridize_bot.commands import _changes

        hook = _changes.hook(given, settings.path)
        options = msgspec.structs.replace(options, paths=hook.paths)
        config = hook.config(config)
    config = _run.informed(config, settings, options)
    paths = options.paths or (".",)
    accepted = _baseline.use(
        paths, settings, config, named=options.baseline, write=options.write_baseline, prune=options.prune_baseline,
        unwanted=options.no_baseline, isolated=options.isolated,
    )  # fmt: skip

    def prior(root: str | None = None) -> list[Filter]:
        """What is set aside without looking at changes, in a program that stands for the one at ``root``."""
        return [accepted.before.at(root)] if accepted else []

    store = _run.kept(settings, options)
    changed: list[Filter] = []
    if hook:
        fixing = options.fix or options.diff
        changed = [hook.named if fixing else hook.filter(config, prior, fail_level, store)]
    elif options.diff_against is not None or options.new_since is not None:
        from hybridize_bot.commands import _changes

        revisions = {"diff_against": options.diff_against, "new_since": options.new_since}
        changed = _changes.filters(paths, config, prior, store, **revisions)
    code, report = _analyzed(options, store, config, [*prior(), *changed])
    if options.diff:
        return 0 if options.exit_zero else code
    selection = select(report, [*([accepted.filter] if accepted else []), *changed])
    if accepted:
        accepted.finish(options.quiet, options.verbose)
    if options.add_ignore:
        from hybridize_bot.commands import _ignore

        return _ignore.run(selection.report, options.reason, quiet=bool(options.quiet))
    if not code:
        code = exit_code(selection.report.findings, fail_level)
    if options.exit_zero:
        code = 0
    if options.quiet < 2:
        shown = _render(options, selection, code)
        console.emit(shown, options.output, exact=options.form not in FOR_PEOPLE)
    if not options.quiet and options.form not in _WITH_COUNTS:
        for line in counts(selection.aside):
            console.note(line)
    return code


def _analyzed(options: Options, store: FileStore | None, config: Config, filters: list[Filter]) -> tuple[int, Report]:
    """The report, after the fixes that were asked for, and the exit code of these. What is set aside is not fixed."""
    if options.fix or options.diff:
        from hybridize_bot.commands import _fix

        most = _fix.most(options.unsafe_fixes)
        return _fix.run(options.paths, config, options, most=most, diff=options.diff, filters=filters)
    if options.unsafe_fixes:
        raise click.UsageError("--unsafe-fixes says which fixes to apply: give --fix or --diff as well")
    if options.show_fixes:
        from hybridize.fixing import propose

        return 0, _run.run(options.paths, config, options, propose)
    functions = bool(options.verbose or options.hook or options.diff_against or options.new_since)
    how = _run.remembering(store, options, functions=functions)
    return 0, _run.run(options.paths, config, options, how)


_WITH_COUNTS = ("text", "full", "json")
"""The formats that say themselves how many findings are not shown."""


def _render(options: Options, selection: Selection, code: int) -> str:
    places = Places(selection.report.root, base(options.form), selection.report.files)
    report = localized(selection.report, places)
    selection = Selection(report, selection.aside)
    if options.form in FOR_PEOPLE:
        return _for_people(options, selection, places)
    if options.form == "sarif":
        from hybridize_bot.render import sarif

        return sarif.render(report, places, exit_code=code, aside=selection.aside)
    if options.form == "json":
        from hybridize_bot.render import check_json

        return check_json.render(report, places, selection.aside)
    renderer = import_module(f"hybridize_bot.render.{FOR_PROGRAMS[options.form]}")
    return str(renderer.render(report, places))


def _for_people(options: Options, selection: Selection, places: Places) -> str:
    style = _run.style(options)
    if options.form == "concise":
        from hybridize_bot.render import concise

        return concise.render(selection.report, places, style)
    from hybridize_bot.render import text

    full = options.form == "full"
    return text.render(selection.report, places, style, full=full, summary=not options.quiet, aside=selection.aside)
