"""What `verify`, `trace` and `bench` share: the command after ``--``, where evidence goes, how failures are told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from hybridize import runs
from hybridize.fingerprints import fingerprints
from hybridize.report import Report
from hybridize.runs import RunEvidence
from hybridize_bot import console
from hybridize_bot.commands import _run
from hybridize_bot.config import Settings
from hybridize_bot.console import note, visible
from hybridize_bot.verify.evidence import Book
from hybridize_bot.verify.passes import RunError, Runner, missing
from hybridize_bot.verify.process import INTERRUPTED

SHOWN = 20
"""So many lines of what a failed command printed last are shown."""


class ExecuteOptions(_run.RunOptions, frozen=True, kw_only=True):
    """The options common to the commands that run something."""

    command: tuple[str, ...] = ()
    timeout: float | None = None
    evidence: str | None = None
    no_evidence: bool = False


def runner(options: ExecuteOptions, report: Report) -> Runner:
    """What runs the command, in the folder where the tool was started."""
    reason = missing(options.command, os.environ)
    if reason:
        raise click.UsageError(reason)
    return Runner(options.command, report.root, os.curdir, options.timeout, os.environ)


def folder(settings: Settings) -> str:
    """The folder of the project: that of its settings, or the current one."""
    return os.path.dirname(os.path.abspath(settings.path)) if settings.path else os.path.abspath(os.curdir)


def book(options: ExecuteOptions, report: Report, settings: Settings) -> Book:
    """What makes evidence of runs."""
    texts: dict[str, str] = {}

    def text(path: str) -> str:
        if path not in texts:
            data = Path(report.root, path).read_bytes()
            texts[path] = data.decode("utf-8", "replace")
        return texts[path]

    notebooks = {file.path for file in report.files if file.cells}
    plain = [one for one in report.functions if one.path not in notebooks]
    known = fingerprints(plain, text)
    known |= {(one.path, one.qualname): "" for one in report.functions if one.path in notebooks}
    return Book(options.command, report.root, folder(settings), known)


def keep(options: ExecuteOptions, settings: Settings, evidence: RunEvidence) -> None:
    """Write the evidence, unless that is not wanted."""
    if options.no_evidence:
        return
    path = options.evidence or os.path.join(folder(settings), *runs.PLACE.split("/"))
    console.emit(runs.encode(evidence).decode("utf-8"), path, exact=True)
    if not options.quiet:
        note(f"Evidence: {os.path.relpath(path)}")


def failed(error: RunError) -> NoReturn:
    """Tell why nothing can be said, with the end of what the command printed."""
    lines = error.output.strip().splitlines()[-SHOWN:]
    for line in lines:
        note(f"  | {visible(line)[:300]}")
    raise click.ClickException(str(error))


def say(options: ExecuteOptions, verb: str) -> Saying:
    """Tells which run is under way."""
    return Saying(verb, quiet=bool(options.quiet))


class Saying:
    """A line for each run, on stderr."""

    def __init__(self, verb: str, *, quiet: bool) -> None:
        self._verb = verb
        self._quiet = quiet
        self._number = 0

    def __call__(self, what: str) -> None:
        """One more run begins."""
        self._number += 1
        if not self._quiet:
            note(f"{self._verb} {self._number}: {what}")


def paths(options: ExecuteOptions) -> Sequence[str]:
    """What is analyzed."""
    return options.paths or (".",)


__all__ = ["INTERRUPTED", "ExecuteOptions", "book", "failed", "folder", "keep", "paths", "runner", "say"]
