"""What `verify`, `trace` and `bench` share: the command after ``--``, where evidence goes, how failures are told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from hybridize import runs
from hybridize.config import Config
from hybridize.fingerprints import alone, fingerprints, lines_of
from hybridize.report import Report
from hybridize.runs import EvidenceError, RunEvidence
from hybridize.syntax.source import SourceFile
from hybridize_bot import console
from hybridize_bot.commands import _run
from hybridize_bot.config import Settings
from hybridize_bot.console import note, visible
from hybridize_bot.evidence import place, read
from hybridize_bot.verify.evidence import Book
from hybridize_bot.verify.passes import RunError, Runner, missing
from hybridize_bot.verify.process import INTERRUPTED

SHOWN = 20
"""So many lines of what a failed command printed last are shown."""


class ExecuteOptions(_run.RunOptions, frozen=True, kw_only=True):
    """The options common to the commands that run something."""

    command: tuple[str, ...] = ()
    timeout: float | None = None


def runner(options: ExecuteOptions, report: Report) -> Runner:
    """What runs the command, in the folder where the tool was started."""
    reason = missing(options.command, os.environ)
    if reason:
        raise click.UsageError(reason)
    return Runner(options.command, report.root, os.curdir, options.timeout, os.environ)


def config(options: ExecuteOptions, settings: Settings) -> Config:
    """The settings, with what parameters received in earlier runs. What came of changes is found out anew."""
    merged = _run.merged(settings.config, options)
    home = _run.home(settings)
    path = options.evidence or place(home)
    if options.no_evidence or not os.path.exists(path):
        return merged
    try:
        known = read(path, os.path.realpath(home)).runs
    except EvidenceError as error:
        note(f"warning: {visible(path)} is replaced: {error}")
        return merged
    received = (msgspec.structs.replace(one, outcome="recorded", change="none") for one in known.functions)
    return msgspec.structs.replace(merged, runs=msgspec.structs.replace(known, functions=tuple(received)))


def book(options: ExecuteOptions, report: Report, settings: Settings) -> Book:
    """What makes evidence of runs."""
    notebooks = {file.path for file in report.files if file.cells}
    texts: dict[str, list[str]] = {}

    def lines(path: str) -> list[str]:
        if path not in texts:
            source = SourceFile(path, Path(report.root, path).read_bytes() if path not in notebooks else b"")
            texts[path] = lines_of(source.text)
        return texts[path]

    known = fingerprints(report.functions, lines)
    return Book(
        options.command,
        report.root,
        _run.home(settings),
        {
            (one.path, one.qualname): (
                known[one.path, one.qualname] if one.path not in notebooks else "",
                alone(lines(one.path)[one.line - 1 : one.end_line]) if one.path not in notebooks else "",
            )
            for one in report.functions
        },
    )


def keep(options: ExecuteOptions, settings: Settings, evidence: RunEvidence) -> None:
    """Write the evidence, unless that is not wanted."""
    if options.no_evidence:
        return
    path = options.evidence or place(_run.home(settings))
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


__all__ = ["INTERRUPTED", "ExecuteOptions", "book", "config", "failed", "keep", "paths", "runner", "say"]
