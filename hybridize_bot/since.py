"""What a change causes, wherever it shows: the findings of now, less those of the program as it was.

The program of before is analyzed in a folder of its own, with the settings of now: a rule that was switched on is not
the change's doing. Findings are compared by identity, as often as they occur; the names of files that were renamed
count as the new ones.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.finding import Finding
from hybridize.recall import Store
from hybridize.report import Report
from hybridize_bot import trees
from hybridize_bot.changes import Changes, Positions, changes
from hybridize_bot.git import GitError, Repository, shown
from hybridize_bot.identity import Identities, Identity, below
from hybridize_bot.selection import Filter, Selection, SetAside, select, with_findings

Analyze = Callable[[Sequence[str], Config], Report]


class Since:
    """Tells findings of now from those of before.

    Args:
        commits: what to compare with, a commit each, or None for nothing at all. Where there are several, as the
            parents of a merge, a finding is new if it is in none of them.
        paths: what was analyzed.
        prior: what was set aside before, given the folder that stands for the root of the report.
        store: what former runs have found out; the state before was mostly the state of now in one of them.
    """

    def __init__(
        self,
        repo: Repository,
        commits: Sequence[str | None],
        paths: Sequence[str],
        config: Config,
        prior: Callable[[str], Sequence[Filter]],
        store: Store | None = None,
    ) -> None:
        self._repo = repo
        self._commits = commits
        self._paths = [self._relative(path) for path in paths]
        self._folders = [path for path, full in zip(self._paths, paths, strict=True) if os.path.isdir(full)]
        self._config = config
        self._prior = prior
        self._store = store

    def filter(self, report: Report) -> Selection:
        """Set aside what was there before."""
        new = self.new(report, report.findings)
        aside = [SetAside(one, "before", "not from this change") for one in report.findings if id(one) not in new]
        kept = [new[id(one)] for one in report.findings if id(one) in new]
        return Selection(with_findings(report, kept), tuple(aside))

    def new(self, report: Report, among: Sequence[Finding]) -> dict[int, Finding]:
        """Those of ``among`` that the change causes, by ``id``, and with their cause where that is elsewhere."""
        left = {id(finding): finding for finding in among}
        for commit in self._commits:
            if not left:
                break
            known = changes(self._repo, commit or self._repo.nothing())
            left = caused(report, known, self._before(report, known, commit), left)
        return left

    # -- the program of before -------------------------------------------------------------------------------------

    def _before(self, report: Report, known: Changes, commit: str | None) -> Counter[Identity]:
        """How often each finding was there."""
        # What `exclude` is relative to may lie above the repository: the folders between the two keep their names.
        of, inner = self._repo.top, self._inner()
        lead = os.path.relpath(of, os.path.join(of, inner)) if inner.startswith(os.pardir) else ""
        wanted = trees.Wanted(self._config.limits.file_bytes, self._paths)
        with trees.state(self._repo, commit, wanted, lead) as top:
            try:
                trees.copy(self._repo.top, self._ignored(report, known), top)
                paths = made(top, self._paths, self._folders)
            except OSError as error:
                raise GitError(f"the state to compare with cannot be written: {error.strerror or error}") from None
            gc.collect()  # the last analysis is one large heap of cycles
            old = analyze(paths, self._moved(top), None, self._store, functions=False)
            old = select(old, self._prior(self._root_of_now(old.root, top))).report
        return counted(old, known, top)

    def _inner(self) -> str:
        """The folder of the settings relative to the repository's; the latter where the two have nothing in common."""
        root, top = os.path.realpath(self._config.folder or self._repo.top), self._repo.top
        return os.path.relpath(root, top) if _is_inside(root, top) or _is_inside(top, root) else "."

    def _moved(self, top: str) -> Config:
        """The settings, for the files in ``top``."""
        folder = os.path.normpath(os.path.join(top, self._inner())) if self._config.folder else ""
        runs = self._config.runs
        if runs is not None:
            runs = msgspec.structs.replace(runs, folder=os.path.join(top, os.path.relpath(runs.folder, self._repo.top)))
        return msgspec.structs.replace(self._config, folder=folder, runs=runs)

    def _root_of_now(self, root: str, top: str) -> str:
        return os.path.normpath(os.path.join(self._repo.top, os.path.relpath(os.path.realpath(root), top)))

    def _ignored(self, report: Report, known: Changes) -> list[str]:
        """Files that were analyzed and that Git is told to ignore: they are part of neither state, or of both."""
        positions = Positions(known, report)
        unknown = {positions.path(file.path) for file in report.files} - known.tracked
        if not unknown:
            return []
        new = untracked(self._repo)
        folders = tuple(path for path in new if path.endswith("/"))  # repositories that are no submodules
        return sorted(path for path in unknown - new if not path.startswith(folders))

    def _relative(self, path: str) -> str:
        full = os.path.realpath(path)
        if not _is_inside(full, self._repo.top):
            raise GitError(f"{path} is not in the repository {self._repo.top}")
        return os.path.relpath(full, self._repo.top)


def caused(report: Report, known: Changes, before: Counter[Identity], among: dict[int, Finding]) -> dict[int, Finding]:
    """Those of ``among``, by ``id``, that occur in ``report`` more often than ``before``, with their cause.

    ``before`` is what `counted` says of the older state.
    """
    identities = Identities((file.path for file in report.files), below(known.top, report.root))
    positions = Positions(known, report)
    groups: dict[Identity, list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault(identities.of(finding), []).append(finding)
    new: dict[int, Finding] = {}
    for identity, group in groups.items():
        more = len(group) - before[identity]
        if more > 0:
            # Of equal ones it is those that have to do with changed lines, or else the last.
            group.sort(key=positions.involved)
            for finding in group[-more:]:
                if id(finding) in among:
                    cause = _cause(finding, positions)
                    new[id(finding)] = msgspec.structs.replace(among[id(finding)], cause=cause)
    return new


def counted(old: Report, known: Changes, top: str) -> Counter[Identity]:
    """How often each finding of the older state is there, under the names that files have now.

    Args:
        old: the report of that state, a copy of which lies in the folder ``top``.
        known: what has changed since.
        top: that folder.
    """
    renamed = below(top, old.root)

    def path_of_now(path: str) -> str:
        return known.renames.get(renamed(path), renamed(path))

    return Counter(map(Identities((file.path for file in old.files), path_of_now).of, old.findings))


def made(top: str, paths: Sequence[str], folders: Sequence[str]) -> list[str]:
    """The analyzed ``paths``, in the folder ``top``. What is not there is empty: it keeps its place."""
    full = [os.path.normpath(os.path.join(top, path)) for path in paths]
    for path, relative in zip(full, paths, strict=True):
        if relative in folders:
            os.makedirs(path, exist_ok=True)
        elif not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "xb"):
                pass
    return full


def untracked(repo: Repository) -> set[str]:
    """The files that Git does not know of, and is not told to ignore."""
    return {shown(path) for path in repo.ask("ls-files", "-z", "--others", "--exclude-standard").split(b"\0") if path}


def _is_inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _cause(finding: Finding, positions: Positions) -> str:
    """Why a finding is new that is not on a changed line."""
    if positions.changed(finding.span):
        return ""
    steps = positions.rests_on(finding)
    for step in steps:
        if positions.changed(step.span):
            return f"because of this change: {step.span.path}:{step.span.line}, {step.message}"
    if positions.in_changed_file(finding.span):
        return ""
    for step in steps:
        if positions.in_changed_file(step.span):
            return f"because of this change to {step.span.path}"
    return "because of this change"
