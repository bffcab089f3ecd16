"""`check --fix` and `check --diff`: fixes worked out and proven by the core, written or shown here."""

from __future__ import annotations

from collections.abc import Sequence

from hybridize.config import Config
from hybridize.finding import Applicability, Finding
from hybridize.fixing import FileChange, Fixed, fix
from hybridize.report import Report
from hybridize_bot import console
from hybridize_bot.commands import _run
from hybridize_bot.console import Progress, note, one_line
from hybridize_bot.files import WriteError, replace
from hybridize_bot.render import diff as diffs
from hybridize_bot.render._facts import count
from hybridize_bot.render._places import Places
from hybridize_bot.selection import Filter, select

NOT_WRITTEN = 2
"""Exit code where a file could not be written."""


def most(unsafe: bool) -> Applicability:
    """How unsafe a fix may be."""
    return Applicability.UNSAFE if unsafe else Applicability.SAFE


def run(
    paths: Sequence[str],
    config: Config,
    options: _run.RunOptions,
    *,
    most: Applicability,
    diff: bool,
    filters: Sequence[Filter] = (),
) -> tuple[int, Report]:
    """Fix what ``filters`` leave, or show what fixing would change.

    The result is the exit code of that, and the report of the program as it is then.
    """
    results: list[Fixed] = []

    def how(paths: list[str], config: Config, progress: Progress) -> Report:
        results.append(fix(paths, config, most, progress, lambda one: select(one, filters).report.findings))
        return results[-1].after

    report = _run.run(paths, config, options, how)
    (result,) = results
    places = Places(report.root, files=result.before.files)
    if diff:
        stream = console.target(options.output)
        if options.quiet < 2:
            terminal = stream is not None and stream.isatty()
            console.emit(diffs.render(result.changes, places, terminal=terminal), options.output)
        code = int(bool(result.changes))
        done = "Would fix"
    else:
        failures = _write(result.changes, places)
        code = NOT_WRITTEN if failures else 0
        done = "Fixed"
    if not options.quiet:
        _tell(result, places, done, options.verbose)
    return code, report


def _write(changes: Sequence[FileChange], places: Places) -> int:
    """Write each file, one after the other; how many could not be written."""
    failures = 0
    for change in changes:
        try:
            replace(places.file(change.path), change.old, change.new)
        except WriteError as error:
            failures += 1
            note(f"error: {places.shown(change.path)} was not written: {error}")
    return failures


def _tell(result: Fixed, places: Places, done: str, verbose: int) -> None:
    """On stderr: what was fixed, what was dropped and why, and what would take another option."""
    for dropped in result.dropped:
        where = places.position(dropped.finding.span)
        note(f"no fix: {one_line(where)}: {dropped.finding.code}: {one_line(dropped.reason)}")
    if verbose:
        for finding in result.applied:
            title = finding.fix.title if finding.fix is not None else ""
            note(f"{done.lower()}: {one_line(places.position(finding.span))}: {finding.code}: {title}")
        note(f"{count(result.rounds, 'round')}, {result.analyses} analyses")
    files = f" in {count(len(result.changes), 'file')}" if result.changes else ""
    note(f"{done} {count(len(result.applied), 'finding')}{files}{_more(result.withheld)}.")


def _more(withheld: Sequence[Finding]) -> str:
    unsafe = sum(
        finding.proposal is not None and finding.proposal.applicability is not Applicability.DISPLAY
        for finding in withheld
    )
    return (
        f"; {count(unsafe, 'more fix') if unsafe == 1 else f'{unsafe} more fixes'} with --unsafe-fixes"
        if unsafe
        else ""
    )
