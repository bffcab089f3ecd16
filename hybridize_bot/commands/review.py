"""`hybridize review`: what a pull request causes, told on the pull request, and an exit code for the check."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from hybridize.engine import InputError
from hybridize.report import Report
from hybridize.runs import EvidenceError, Runs, decode
from hybridize_bot import console, evidence, trees
from hybridize_bot.commands import _baseline, _run
from hybridize_bot.config import ConfigError, FailLevel, Settings, find, load
from hybridize_bot.console import Progress, note
from hybridize_bot.files import write
from hybridize_bot.git import repository
from hybridize_bot.github import event
from hybridize_bot.github.analysis import Causes, Comparison, Difference, difference
from hybridize_bot.github.event import EventError, Subject
from hybridize_bot.github.history import Commits, commits
from hybridize_bot.github.remarks import MOST_BYTES as MOST_REPORT_BYTES
from hybridize_bot.github.remarks import VERSION, Reviewed, Told, UntrustedError, encoded, untrusted
from hybridize_bot.installed import version
from hybridize_bot.render import sarif
from hybridize_bot.render._facts import count
from hybridize_bot.render._notebooks import localized
from hybridize_bot.render._places import Places
from hybridize_bot.selection import Filter

MOST_BYTES = 4_000_000
"""Of a file that is written out before the settings, which may say otherwise, are known."""


class Options(_run.RunOptions, frozen=True, kw_only=True):
    """The options of `review`."""

    base: str | None = None
    head: str | None = None
    event: str | None = None
    fail_level: FailLevel | None = None
    exit_zero: bool = False
    dry_run: bool = False
    no_post: bool = False
    report: str | None = None
    from_report: str | None = None
    sarif: str | None = None

    def __post_init__(self) -> None:
        if self.head is not None and self.base is None:
            raise click.UsageError("--head needs --base, the commit to compare with")
        if self.from_report is not None:
            named = {"--base": self.base, "--report": self.report, "--sarif": self.sarif, "PATHS": self.paths}
            for name, value in named.items():
                if value:
                    raise click.UsageError(f"--from-report does not go with {name}: nothing is analyzed")


def run(options: Options, environment: Mapping[str, str] = os.environ) -> int:
    """Analyze and tell, or tell what another run has found; return the exit code."""
    if options.from_report is not None:
        reviewed = _received(options.from_report, options, environment)
    else:
        reviewed = _Review(options, environment).reviewed()
        if options.report is not None:
            _write(options.report, encoded(reviewed))
    _tell(reviewed, options, environment)
    return int(reviewed.failed and not options.exit_zero)


def _tell(reviewed: Reviewed, options: Options, environment: Mapping[str, str]) -> None:
    from hybridize_bot.github import post

    token = _token(environment)
    if options.dry_run or not reviewed.repository:
        console.emit(post.preview(reviewed), options.output)
        return

    def say(text: str) -> None:
        if not options.quiet:
            note(text)

    if options.no_post:
        post.log(reviewed, environment, say=say)
    else:
        post.publish(reviewed, environment, token=token, say=say)


def _token(environment: Mapping[str, str]) -> str:
    return environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or ""


def _write(path: str, data: bytes) -> None:
    try:
        write(path, data)
    except OSError as error:
        raise click.ClickException(f"cannot write {console.visible(path)}: {error.strerror or error}") from error


# -- what another run has found ----------------------------------------------------------------------------------------


def _received(path: str, options: Options, environment: Mapping[str, str]) -> Reviewed:
    """The report that a run without rights has left: data that nobody has vouched for."""
    try:
        with open(path, "rb") as file:
            reviewed = untrusted(file.read(MOST_REPORT_BYTES + 1))
        repository, head = event.run_of(options.event or environment.get("GITHUB_EVENT_PATH", ""))
    except OSError as error:
        raise click.ClickException(f"{console.visible(path)} cannot be read: {error.strerror or error}") from None
    except (UntrustedError, EventError) as error:
        raise click.ClickException(str(error)) from None
    if reviewed.repository.lower() != repository.lower() or reviewed.head != head or not reviewed.number:
        raise click.ClickException(
            "the report is about another commit than the workflow run that left it, so nothing is posted"
        )
    return reviewed


# -- what this run finds -----------------------------------------------------------------------------------------------


class _Placed(NamedTuple):
    """Settings, and the folder of their file relative to the top of the repository."""

    settings: Settings
    folder: str | None
    top: str
    """The folder with the files of the commit that they are from."""


class _Review:
    """One analysis of a pull request."""

    def __init__(self, options: Options, environment: Mapping[str, str]) -> None:
        self._options = options
        self._environment = environment
        self._repo = repository(os.getcwd())

    def reviewed(self) -> Reviewed:
        """What the head causes.

        Raises:
            click.ClickException: the commits, the settings or the paths are not to be had.
        """
        subject = self._subject()
        known = commits(self._repo, subject, token=_token(self._environment), environment=self._environment)
        repo, wanted = self._repo, trees.Wanted(MOST_BYTES, self._named(), settings=True)
        with trees.state(repo, known.head, wanted) as top:
            changed = difference(repo, known, top)
            if subject.trusted:
                placed = self._settings(top, known.head)
            else:
                with trees.state(repo, known.base, wanted) as trusted:
                    placed = self._settings(trusted, known.base)
            told = self._told(placed.settings)
            causes = Causes()
            if changed.matters or self._options.sarif is not None:
                with trees.state(repo, known.merge_base, wanted) as base:
                    causes = self._causes(changed, placed, told, self._runs(placed, known.base), base)
            reviewed = _result(subject, known, told, causes)
            if self._options.sarif is not None and causes.report is not None:
                _write(self._options.sarif, _sarif(causes.report, top, int(reviewed.failed)))
        return reviewed

    def _subject(self) -> Subject:
        options = self._options
        if options.base is not None:
            return Subject("", 0, self._repo.commit(options.head or "HEAD"), self._repo.commit(options.base))
        path = options.event or self._environment.get("GITHUB_EVENT_PATH")
        if not path:
            raise click.UsageError("outside of GitHub Actions, --base says what to compare with")
        name = self._environment.get("GITHUB_EVENT_NAME") or "pull_request"
        try:
            return event.subject(name, path)
        except EventError as error:
            raise click.ClickException(str(error)) from None

    def _named(self) -> list[str]:
        """Files that are wanted whatever they are called."""
        given = [*self._options.paths, *([self._options.config_file] if self._options.config_file else ())]
        return [self._relative(path) for path in given]

    def _relative(self, path: str) -> str:
        full = os.path.join(os.path.realpath(os.getcwd()), path)
        relative = os.path.relpath(os.path.normpath(full), self._repo.top).replace(os.sep, "/")
        if relative == ".." or relative.startswith("../"):
            raise click.UsageError(f"{path} is not in the repository {self._repo.top}")
        return relative

    def _settings(self, top: str, commit: str) -> _Placed:
        """The settings of the commit whose files lie in the folder ``top``."""
        options = self._options
        start = os.path.join(top, self._relative(options.paths[0] if options.paths else "."))
        try:
            if options.config_file is not None:
                path: Path | None = Path(top, self._relative(options.config_file))
            else:
                path = None if options.isolated else find(Path(start))
            if path is None or not _is_below(str(path), top):
                return _Placed(Settings(), None, top)
            settings = load(Path(start), path)
        except ConfigError as error:
            raise click.ClickException(str(error).replace(top + os.sep, "")) from error
        if settings.baseline and _is_below(settings.baseline, top):
            trees.add(self._repo, commit, top, os.path.relpath(settings.baseline, top).replace(os.sep, "/"))
        folder = os.path.relpath(settings.config.folder, top) if settings.config.folder else None
        return _Placed(settings, folder, top)

    def _told(self, settings: Settings) -> Told:
        fail_level = self._options.fail_level or settings.fail_level
        return Told(**msgspec.structs.asdict(settings.review), fail_level=fail_level)

    def _runs(self, placed: _Placed, base: str) -> Runs | None:
        """The evidence to go by: of this very job (`--evidence`), or of the base branch; no change brings its own."""
        options, folder = self._options, placed.folder or os.curdir
        if options.no_evidence:
            return None
        path = os.path.normpath(evidence.place(folder)).replace(os.sep, "/")
        try:
            if options.evidence is not None:
                path = options.evidence
                return evidence.read(path, folder).runs
            data = trees.content(self._repo, base, path)
            return None if data is None else Runs(folder, decode(data).functions)
        except EvidenceError as error:
            raise click.ClickException(f"{console.visible(path)}: {error}") from error

    def _causes(self, changed: Difference, placed: _Placed, told: Told, runs: Runs | None, base: str) -> Causes:
        options, settings = self._options, placed.settings
        config = msgspec.structs.replace(_run.merged(settings.config, options), runs=runs)
        paths = [self._relative(path) for path in options.paths or (".",)]
        accepted = _baseline.use(
            [os.path.normpath(os.path.join(placed.top, path)) for path in paths], settings, config,
            named=None, write=None, prune=False, unwanted=False, isolated=options.isolated,
        )  # fmt: skip

        def prior(root: str, top: str) -> list[Filter]:
            at = os.path.normpath(os.path.join(placed.top, os.path.relpath(root, top)))
            return [accepted.before.at(at)] if accepted else []

        comparison = Comparison(
            changed, paths, config, placed.folder, prior,
            suggestions=told.max_comments if told.suggestions else 0,
            store=_run.kept(Settings(), msgspec.structs.replace(options, paths=())),
        )  # fmt: skip
        progress = Progress(sys.stderr, enabled=not options.quiet)
        try:
            return comparison.causes(base, progress)
        except InputError as error:
            raise click.ClickException(str(error).replace(changed.changes.top + os.sep, "")) from error
        finally:
            progress.close()


def _is_below(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(folder + os.sep)


def _result(subject: Subject, known: Commits, told: Told, causes: Causes) -> Reviewed:
    failures = sum(not file.parsed for file in causes.report.files) if causes.report is not None else 0
    notes = [f"{count(failures, 'file')} could not be read; nothing is known of them."] if failures else []
    return Reviewed(
        version=VERSION,
        tool=version(),
        repository=subject.repository,
        number=subject.number,
        head=known.head,
        base=known.merge_base,
        remarks=causes.remarks,
        before=causes.before,
        resolved=causes.resolved,
        changes=causes.changes,
        notes=tuple(notes),
        told=told,
    )


def _sarif(report: Report, top: str, code: int) -> bytes:
    places = Places(report.root, top, report.files)
    return sarif.render(localized(report, places), places, exit_code=code, aside=()).encode("utf-8", "backslashreplace")
