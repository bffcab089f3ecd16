"""What a pull request causes: its head and the merge base analyzed, compared, and put as remarks.

Both states are written to folders of their own, so that what is checked out does not matter: a runner checks out the
merge of the two. Settings come from the head, or from the base branch where the head is a stranger's.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from hybridize.config import Config
from hybridize.engine import Progress, analyze
from hybridize.finding import Applicability, Finding, Fix, Related
from hybridize.fixing import propose
from hybridize.recall import Store
from hybridize.report import FunctionReport, Report
from hybridize.syntax.notebook import SUFFIX
from hybridize.workers import beside
from hybridize_bot.changes import Changes, FileChange, Hunk, Positions, as_python_counts, between
from hybridize_bot.git import Repository, shown
from hybridize_bot.github.history import Commits
from hybridize_bot.github.remarks import Change, Lines, Remark, Step, Suggestion
from hybridize_bot.github.suggestion import NoSuggestion, Text, commented, suggestion, text
from hybridize_bot.identity import Identities, Identity, below
from hybridize_bot.render._places import Places
from hybridize_bot.selection import Filter, select
from hybridize_bot.since import caused, counted, made

CONTEXT = 3
"""So many unchanged lines around changed ones does GitHub show, and take comments on."""

_DECIDES = (".py", ".pyw", ".ipynb", ".yaml", ".yml", ".toml", ".txt", ".cfg", ".lock", ".gitignore")
"""How the names of files end that findings may depend on."""

Prior = Callable[[str], Sequence[Filter]]


class Difference(NamedTuple):
    """What a pull request changes, as GitHub shows it."""

    changes: Changes
    hunks: dict[str, tuple[Hunk, ...]]
    """Of each changed file that is there."""

    @property
    def matters(self) -> bool:
        """Whether findings may depend on a changed file."""
        return any(path.endswith(_DECIDES) for path in (*self.changes.files, *self.changes.renames))


class Causes(NamedTuple):
    """What a comparison of two states comes to."""

    report: Report | None = None
    """Of the head; None where nothing was analyzed."""
    remarks: tuple[Remark, ...] = ()
    before: int = 0
    resolved: int = 0
    changes: tuple[Change, ...] = ()


class _Past(NamedTuple):
    """What the merge base comes to, under the names that files have now; it comes from another process."""

    findings: Counter[Identity]
    words: dict[tuple[str, str], str]
    """(path, function) to how the function ran, in words."""


def difference(repo: Repository, commits: Commits, top: str) -> Difference:
    """What the head, whose files lie in the folder ``top``, changes.

    Raises:
        GitError: Git cannot say.
    """
    files: dict[str, tuple[tuple[int, int], ...]] = {}
    hunks: dict[str, tuple[Hunk, ...]] = {}
    renames: dict[str, str] = {}
    for change in between(repo, commits.merge_base, commits.head, CONTEXT):
        path = shown(change.new)
        if change.old and change.old != change.new:
            renames[shown(change.old)] = path  # of a file that is gone: nothing
        if change.new:
            files[path] = as_python_counts(os.path.join(os.fsencode(top), change.new), change.lines)
            hunks[path] = _commentable(change)
    listed = repo.ask("ls-tree", "-r", "-z", "--name-only", "--full-tree", commits.head).split(b"\0")
    tracked = frozenset(shown(path) for path in listed if path)
    return Difference(Changes(top, files, tracked, renames), hunks)


def _commentable(change: FileChange) -> tuple[Hunk, ...]:
    # Lines of a notebook are not those of the file that holds it.
    return () if shown(change.new).endswith(SUFFIX) else change.hunks


class Comparison:
    """One pull request.

    Args:
        known: what it changes.
        paths: what is analyzed, relative to the top.
        config: the settings, without the folder that they are relative to; that of evidence is relative to the top.
        folder: that folder, relative to the top; None where there is none.
        prior: what is set aside in a program, given the folder that stands for the root of its report.
        suggestions: for how many findings fixes are worked out, at most.
    """

    def __init__(
        self,
        known: Difference,
        paths: Sequence[str],
        config: Config,
        folder: str | None,
        prior: Callable[[str, str], Sequence[Filter]],
        *,
        suggestions: int,
        store: Store | None = None,
    ) -> None:
        self._known = known
        self._paths = paths
        self._config = config
        self._folder = folder
        self._prior = prior
        self._suggestions = suggestions
        self._store = store

    def causes(self, base: str, progress: Progress | None = None) -> Causes:
        """The comparison with the program in the folder ``base``.

        Raises:
            InputError: one of the paths is not there.
        """
        with beside(lambda: self._past(base)) as past:
            return self._causes(past, progress)

    def _causes(self, past: Callable[[], _Past], progress: Progress | None) -> Causes:
        top = self._known.changes.top
        paths = [os.path.normpath(os.path.join(top, path)) for path in self._paths]

        def among(report: Report) -> list[Finding]:
            chosen = select(report, self._prior(report.root, top)).report
            new = self._caused(chosen, past().findings)
            positions = Positions(self._known.changes, report)
            wanted = (one for one in chosen.findings if id(one) in new and self._can_be_suggested(one, positions))
            return sorted(wanted, key=_order)[: self._suggestions]

        config = self._placed(top)
        if self._suggestions:
            report = propose(paths, config, progress, Applicability.SAFE, among)
        else:
            report = analyze(paths, config, progress, self._store)
        left = select(report, self._prior(report.root, top)).report
        before = past().findings
        found = self._caused(left, before)
        kept = Counter(map(self._identities(report).of, left.findings))
        return Causes(
            report=left,
            remarks=_Remarks(self._known, left).of([found[id(one)] for one in left.findings if id(one) in found]),
            before=(kept & before).total(),
            resolved=(before - kept).total(),
            changes=_changes(self._known.changes, past().words, left),
        )

    def _past(self, base: str) -> _Past:
        """What there was in the folder ``base``, under the names that files have now."""
        top, known = self._known.changes.top, self._known.changes
        folders = [path for path in self._paths if os.path.isdir(os.path.join(top, path))]
        report = analyze(made(base, self._paths, folders), self._placed(base), None, self._store)
        report = select(report, self._prior(report.root, base)).report
        renamed = below(base, report.root)
        words = {
            (known.renames.get(renamed(path), renamed(path)), name): word
            for (path, name), (word, _) in _words(report).items()
        }
        return _Past(counted(report, known, base), words)

    def _caused(self, report: Report, before: Counter[Identity]) -> dict[int, Finding]:
        return caused(report, self._known.changes, before, {id(one): one for one in report.findings})

    def _placed(self, top: str) -> Config:
        folder = "" if self._folder is None else os.path.normpath(os.path.join(top, self._folder))
        runs = self._config.runs
        if runs is not None:
            runs = msgspec.structs.replace(runs, folder=os.path.normpath(os.path.join(top, runs.folder)))
        return msgspec.structs.replace(self._config, folder=folder, runs=runs)

    def _identities(self, report: Report) -> Identities:
        return Identities((file.path for file in report.files), below(self._known.changes.top, report.root))

    def _can_be_suggested(self, finding: Finding, positions: Positions) -> bool:
        proposal = finding.proposal
        if proposal is None or proposal.applicability is not Applicability.SAFE:
            return False
        return bool(self._known.hunks.get(positions.path(finding.span.path)))


def _order(finding: Finding) -> tuple[object, ...]:
    return (-finding.severity.rank, *finding.sort_key)


class _Remarks:
    """Findings of the head as remarks."""

    def __init__(self, known: Difference, report: Report) -> None:
        self._known = known
        self._report = report
        self._positions = Positions(known.changes, report)
        self._places = Places(report.root, known.changes.top, report.files)
        self._identities = Identities((file.path for file in report.files), below(known.changes.top, report.root))
        self._texts: dict[str, Text | NoSuggestion] = {}
        self._taken: dict[str, list[Lines]] = {}
        self._counts: Counter[Identity] = Counter()

    def of(self, findings: Sequence[Finding]) -> tuple[Remark, ...]:
        """One remark for each finding, the most severe first."""
        return tuple(self._remark(finding) for finding in sorted(findings, key=_order))

    def _remark(self, finding: Finding) -> Remark:
        path = self._positions.path(finding.span.path)
        span = finding.span
        remark = Remark(
            identity=self._identity(finding),
            code=finding.code,
            slug=finding.slug,
            severity=finding.severity.value,
            path=path,
            line=max(span.line, 1),
            end_line=max(span.line, span.end_line, 1),
            message=self._places.told(finding.message),
            function=finding.function,
            help=self._places.told(finding.help),
            cause=self._places.told(finding.cause),
            proof=self._places.told(finding.proof),
            chain=tuple(map(self._step, finding.chain)),
            assumptions=tuple(map(self._places.told, finding.assumptions)),
            lines=commented(span, self._known.hunks.get(path, ())),
        )
        fix = finding.fix
        if fix is None or fix.applicability is not Applicability.SAFE:
            return remark
        try:
            proposed = self._suggestion(fix, span.path, path)
        except NoSuggestion as reason:
            return msgspec.structs.replace(remark, fix=f"{fix.title} (not suggested: {reason})")
        return msgspec.structs.replace(remark, lines=proposed.lines, suggestion=proposed)

    def _suggestion(self, fix: Fix, name: str, path: str) -> Suggestion:
        """The fix of a finding in the file that the report calls ``name``, at ``path``.

        Raises:
            NoSuggestion: it cannot be one.
        """
        if {edit.span.path for edit in fix.edits} != {name}:
            raise NoSuggestion("it changes more than this file")
        proposed = suggestion(fix, self._text(name), self._known.hunks.get(path, ()))
        taken = self._taken.setdefault(path, [])
        # GitHub applies several at once only where no two have a line in common.
        if any(one.first <= proposed.lines.last and proposed.lines.first <= one.last for one in taken):
            raise NoSuggestion("another suggestion is about the same lines")
        taken.append(proposed.lines)
        return proposed

    def _step(self, step: Related) -> Step:
        return Step(self._positions.path(step.span.path), max(step.span.line, 1), self._places.told(step.message))

    def _identity(self, finding: Finding) -> str:
        identity = self._identities.of(finding)
        self._counts[identity] += 1
        parts = (*msgspec.structs.astuple(identity), str(self._counts[identity]))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _text(self, path: str) -> Text:
        if path not in self._texts:
            try:
                with open(os.path.join(self._report.root, path), "rb") as file:
                    self._texts[path] = text(file.read())
            except NoSuggestion as reason:
                self._texts[path] = reason
        found = self._texts[path]
        if isinstance(found, NoSuggestion):
            raise found
        return found


def _changes(known: Changes, past: Mapping[tuple[str, str], str], report: Report) -> tuple[Change, ...]:
    """Functions for which something else is to be done now, and new ones for which anything is."""
    positions, found = Positions(known, report), []
    for (path, name), (after, function) in _words(report).items():
        place = positions.path(path)
        before = past.get((place, name), "")
        if after != before and (before or (after != EAGER and positions.changed(function.span))):
            found.append(Change(place, max(function.line, 1), name, before, after))
    return tuple(sorted(found, key=lambda one: (one.path, one.line, one.function)))


EAGER, GRAPH = "eager", "graph"
UNSAFE, CANDIDATE = "graph, unsafe", "eager, worth a graph"


def _words(report: Report) -> dict[tuple[str, str], tuple[str, FunctionReport]]:
    """In words, how each function runs, and whether that is as it should be."""
    unsafe = {(one.span.path, one.function) for one in report.findings if one.code.startswith("HYB1")}
    wanted = {(one.span.path, one.function) for one in report.findings if one.code == "HYB301"}
    found = {}
    for function in report.functions:
        key = function.path, function.qualname
        graph, eager = (UNSAFE if key in unsafe else GRAPH), (CANDIDATE if key in wanted else EAGER)
        found[key] = (graph if function.hybrid else eager), function
    return found
