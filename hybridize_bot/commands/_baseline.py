"""`check` and the baseline: which file it is, what is written to it, and what is told of it on stderr."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import click

from hybridize.config import Config
from hybridize.project.discovery import work_tree
from hybridize.report import Report
from hybridize.rules import _registry
from hybridize_bot import baseline
from hybridize_bot.baseline import Baseline, BaselineError, Scope
from hybridize_bot.config import Settings
from hybridize_bot.console import note, one_line
from hybridize_bot.identity import Identity
from hybridize_bot.selection import Selection


class Use:
    """The baseline of one run: read before the analysis, so that a mistake in it is told at once."""

    def __init__(self, path: str, known: Baseline, scope: Scope, *, write: bool, prune: bool) -> None:
        self._path = path
        self._scope = scope
        self._write = write
        self._prune = prune
        self.before = known
        """As it was read: what fixes leave alone."""
        self._after = known
        self._stale: Mapping[Identity, int] | None = {}

    def filter(self, report: Report) -> Selection:
        """Set aside what is accepted, or what is to be."""
        if self._write:
            self._after = Baseline(self._path, self.before.renewed(report, self._scope))
        else:
            self._stale = self.before.stale(report, self._scope)
            if self._prune:
                self._after = Baseline(self._path, self.before.without(self._stale or {}))
        return self._after.filter(report)

    def finish(self, quiet: int, verbose: int) -> None:
        """Write what was asked for, and tell of it."""
        if self._write or self._prune:
            try:
                baseline.save(self._path, self._after.accepted)
            except BaselineError as error:
                raise click.ClickException(str(error)) from error
        if quiet:
            return
        path = os.path.relpath(self._path)
        stale = self._stale or {}
        gone = sum(stale.values())
        if self._write:
            note(f"Wrote the baseline {path}: {_findings(sum(self._after.accepted.values()))} accepted.")
        elif self._prune and self._stale is None:
            note(f"Removed nothing from the baseline {path}: not all of the files that it names were analyzed.")
        elif self._prune:
            note(f"Removed {_findings(gone)} that {'is' if gone == 1 else 'are'} gone from the baseline {path}.")
        elif gone:
            is_gone, them = ("is gone", "it") if gone == 1 else ("are gone", "them")
            more = "" if verbose else f"; -v lists {them}"
            note(f"{_findings(gone)} in the baseline {is_gone}: `--prune-baseline` removes {them}{more}")
        if verbose:
            for identity, count in stale.items():
                times = f" ({count} times)" if count > 1 else ""
                note(one_line(f"gone: {identity.path}: {identity.code} {identity.message}{times}"))


def use(
    paths: Sequence[str],
    settings: Settings,
    config: Config,
    *,
    named: str | None,
    write: str | None,
    prune: bool,
    unwanted: bool,
    isolated: bool,
) -> Use | None:
    """The baseline that the options and the configuration name; None where there is none.

    ``named`` is what `--baseline` says, ``write`` what `--write-baseline` says (empty: no file), ``unwanted`` whether
    there is `--no-baseline`.
    """
    if unwanted and (named is not None or write is not None or prune):
        raise click.UsageError("--no-baseline speaks against the other options about the baseline")
    if write is not None and prune:
        raise click.UsageError("--write-baseline leaves nothing for --prune-baseline to remove; give one of them")
    if write and named:
        raise click.UsageError("name the file once: in --write-baseline, or in --baseline")
    if write and not write.endswith(".json"):
        raise click.UsageError(
            f"--write-baseline: {write} is no name of a .json file; give PATHS first, or write --write-baseline=FILE"
        )
    if unwanted:
        return None
    path = write or named or settings.baseline
    optional = not path
    if not path:
        path = os.path.join(_home(paths, settings), baseline.NAME)
        if write is None and not prune and (isolated or not os.path.lexists(path)):
            return None
    scope = Scope(paths, lambda code: _registry.selected(code, config.select, config.ignore))
    known = Baseline(path, _read(path, write=write is not None, optional=optional))
    return Use(path, known, scope, write=write is not None, prune=prune)


def _home(paths: Sequence[str], settings: Settings) -> str:
    """The folder of a baseline that nothing names: that of the configuration, or else at or above the first path.

    Where there is none yet, it is made at the top of the work tree.
    """
    if settings.path is not None:
        return os.path.dirname(os.path.abspath(settings.path))
    first = os.path.realpath(paths[0])
    start = folder = first if os.path.isdir(first) else os.path.dirname(first)
    top = work_tree(start)
    while not os.path.lexists(os.path.join(folder, baseline.NAME)):
        parent = os.path.dirname(folder)
        if folder in (top, parent):
            return top or start
        folder = parent
    return folder


def _read(path: str, *, write: bool, optional: bool) -> baseline.Accepted:
    if write and not os.path.lexists(path):
        return {}
    try:
        return baseline.read(path)
    except BaselineError as error:
        if write:
            note(f"warning: {error}; all of it is replaced")
            return {}
        hint = "" if os.path.lexists(path) or optional else "; `--write-baseline` makes one"
        raise click.ClickException(f"{error}{hint}") from error


def _findings(count: int) -> str:
    return f"{count} finding{'' if count == 1 else 's'}"
