"""From findings to fixed files, and the proof of each fix before it is offered.

Terms: a *candidate* is a finding with a proposal that could be written as edits; a *round* takes the candidates that
are not in conflict with one another, in canonical order, and proves them together. A set of fixes is *proven* if every
edited file still compiles and a new analysis of the whole program reports each finding of the set no more, and nothing
else that was not there, save what a rule that *follows* the fixed one has to say of the same function. Where a set
fails, the fixes whose own finding is still reported are dropped, and the others are tried again, by halves if it is not
plain which of them is to blame: a project with 60 good fixes takes one analysis per round.

Rounds go on until nothing more can be fixed. Each proven fix leaves fewer findings, or one of a rule further down the
line, so they end. What was dropped is
tried once more where other fixes were accepted since: so a second run finds nothing to do, unless the first ran into
the bound on the number of analyses.

Nothing is written here: the caller gets the bytes of each changed file as they were and as they should be.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from hybridize.config import Config
from hybridize.engine import Progress, run
from hybridize.finding import Finding, Fix
from hybridize.frontend import FrontEnd
from hybridize.intention import Applicability
from hybridize.project.links import imported_names
from hybridize.report import Report
from hybridize.rewrite.document import Refused
from hybridize.rewrite.edits import TextEdit, conflicting, located, written
from hybridize.rewrite.resolve import Documents, Resolved
from hybridize.rules import _registry, unused_suppression
from hybridize.syntax.parse import compiles
from hybridize.syntax.source import SourceFile

Key = tuple[str, str, str]
"""Code, path and function: what stays of a finding's identity when lines move and messages name other types."""

MOST_ANALYSES = 64
"""After so many analyses of the program no more are made, and what is not proven by then is dropped."""

Paths = Sequence[str | os.PathLike[str]]

Analysis = Callable[[Paths, Config, "Progress | None", "Mapping[str, bytes]"], "tuple[Report, FrontEnd]"]
"""What does `hybridize.engine.run`: the program with some files as they would be."""

Among = Callable[[Report], Sequence[Finding]]
"""Which findings of a report, on the way, are to be fixed."""


def _all(report: Report) -> Sequence[Finding]:
    return report.findings


class FileChange(msgspec.Struct, frozen=True):
    """One file, as it was when it was analyzed and as it should be."""

    path: str
    old: bytes
    new: bytes


class Dropped(msgspec.Struct, frozen=True):
    """A finding whose proposal came to nothing, and why: a clause without a period."""

    finding: Finding
    reason: str


class Fixed(msgspec.Struct, frozen=True):
    """What fixing would do. Findings in ``applied`` have their `fix`, with the places of the text it applied to."""

    before: Report
    after: Report
    changes: tuple[FileChange, ...]
    applied: tuple[Finding, ...]
    dropped: tuple[Dropped, ...]
    withheld: tuple[Finding, ...]
    """Findings whose fixes are less safe than what was asked for."""
    rounds: int
    analyses: int


def fix(
    paths: Paths,
    config: Config,
    most: Applicability = Applicability.SAFE,
    progress: Progress | None = None,
    among: Among = _all,
    analysis: Analysis = run,
) -> Fixed:
    """Work out and prove all fixes of findings ``among`` those of a report that are at least as safe as ``most``.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be read.
    """
    return _Fixer(paths, config, most, progress, among, analysis).to_the_end()


def propose(
    paths: Paths,
    config: Config,
    progress: Progress | None = None,
    most: Applicability = Applicability.DISPLAY,
    among: Among = _all,
    analysis: Analysis = run,
) -> Report:
    """Analyze, and give each finding ``among`` those of the report its fix, as edits of the files as they are.

    Safe and unsafe fixes are proven, together where they are not in conflict; those for display only are not. Findings
    whose fixes are less safe than ``most`` get none.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be read.
    """
    return _Fixer(paths, config, most, progress, among, analysis).proposed()


class _State(NamedTuple):
    """A program after some fixes, and what all rules report of it."""

    contents: dict[str, bytes]
    report: Report
    sources: dict[str, SourceFile]
    imported: dict[str, frozenset[str]]

    def documents(self) -> Documents:
        """Its files, to be edited."""
        return Documents(self.sources.get, lambda path: self.imported.get(path, frozenset()))


class _Candidate(NamedTuple):
    """A finding, and what its proposal is in the text of its files."""

    finding: Finding
    resolved: Resolved

    @property
    def key(self) -> Key:
        return _key(self.finding)

    @property
    def identity(self) -> tuple[object, ...]:
        """What a fix is known by in another round, when places have moved."""
        texts = tuple(edit.replacement for change in self.resolved.changes for edit in change.edits)
        return self.finding.fingerprint, self.finding.span.column, texts

    @property
    def paths(self) -> set[str]:
        return {change.path for change in self.resolved.changes}


class _Fixer:
    """One run of fixing."""

    def __init__(
        self,
        paths: Paths,
        config: Config,
        most: Applicability,
        progress: Progress | None,
        among: Among = _all,
        analysis: Analysis = run,
    ) -> None:
        self._paths = paths
        self._config = config
        # New findings count whatever rules were selected: a fix must not trade one problem for another.
        self._all_rules = msgspec.structs.replace(config, select=())
        self._most = most
        self._progress = progress
        self._among = among
        self._analysis = analysis
        self._rejected: dict[tuple[object, ...], tuple[int, str]] = {}
        """What was dropped: after how many accepted fixes, and why."""
        self.analyses = 0
        self._start = self.analyze({})

    def analyze(self, contents: dict[str, bytes]) -> _State:
        """The program with ``contents`` in place of the files on disk."""
        if self.analyses:
            gc.collect()  # the last analysis is one large heap of cycles
        self.analyses += 1
        report, front = self._analysis(self._paths, self._all_rules, self._progress, contents)
        return _State(contents, report, front.sources, imported_names(front.modules, front.links))

    # -- the two ways of fixing ------------------------------------------------------------------------------------

    def to_the_end(self) -> Fixed:
        """Round after round, until there is nothing left to try."""
        state, rounds = self._start, 0
        applied: list[Finding] = []
        while True:
            documents = state.documents()
            candidates, dropped, withheld = self._candidates(state, documents, len(applied))
            batch = _compatible(candidates)
            if not batch:
                break
            rounds += 1
            trial = _Round(self, state, documents)
            trial.prove(batch)
            for candidate, accepted, reason in trial.rejected:
                self._rejected[candidate.identity] = (len(applied) + accepted, reason)
            applied += [_with_fix(candidate, state, documents) for candidate in trial.accepted]
            state = trial.state
        old = self._start.sources
        return Fixed(
            before=self._selected(self._start.report),
            after=self._selected(state.report),
            changes=tuple(
                FileChange(path, old[path].data, new)
                for path, new in sorted(state.contents.items())
                if new != old[path].data
            ),
            applied=tuple(applied),
            dropped=tuple(dropped),
            withheld=tuple(withheld),
            rounds=rounds,
            analyses=self.analyses,
        )

    def proposed(self) -> Report:
        """One fix for each finding, all of them for the files as they are."""
        state = self._start
        documents = state.documents()
        left, _, _ = self._candidates(state, documents, 0)
        fixes: dict[int, Finding] = {}
        shown = [one for one in left if one.resolved.applicability is Applicability.DISPLAY]
        left = [one for one in left if one.resolved.applicability is not Applicability.DISPLAY]
        while left:
            batch = _compatible(left)
            trial = _Round(self, state, documents)
            trial.prove(batch)
            shown += trial.accepted
            left = [one for one in left if one not in batch]
        for candidate in shown:
            fixes[id(candidate.finding)] = _with_fix(candidate, state, documents)
        findings = tuple(fixes.get(id(finding), finding) for finding in state.report.findings)
        return self._selected(msgspec.structs.replace(state.report, findings=findings))

    def _selected(self, report: Report) -> Report:
        """The report with the findings that were asked for."""
        wanted = tuple(finding for finding in report.findings if self._wanted(finding))
        suppressed = tuple(one for one in report.suppressed if self._wanted(one.finding))
        return msgspec.structs.replace(report, findings=wanted, suppressed=suppressed)

    def _wanted(self, finding: Finding) -> bool:
        return _registry.selected(finding.code, self._config.select, self._config.ignore)

    def _candidates(
        self, state: _State, documents: Documents, accepted: int
    ) -> tuple[list[_Candidate], list[Dropped], list[Finding]]:
        """What can be tried, what cannot or was to no avail, and what is less safe than was asked for."""
        candidates: list[_Candidate] = []
        dropped: list[Dropped] = []
        withheld: list[Finding] = []
        for finding in self._among(self._selected(state.report)):
            proposal = finding.proposal
            if proposal is None:
                continue
            if proposal.applicability.rank > self._most.rank:
                withheld.append(finding)
                continue
            try:
                candidate = _Candidate(finding, documents.resolve(proposal))
            except Refused as refusal:
                dropped.append(Dropped(finding, str(refusal)))
                continue
            if candidate.resolved.applicability.rank > self._most.rank:
                withheld.append(finding)
                continue
            at, reason = self._rejected.get(candidate.identity, (-1, ""))
            if at == accepted:
                dropped.append(Dropped(finding, reason))
            else:
                candidates.append(candidate)
        return candidates, dropped, withheld


class _Round:
    """The proof of candidates for one text. ``accepted`` are those proven together; ``state`` is the program then."""

    def __init__(self, fixer: _Fixer, base: _State, documents: Documents) -> None:
        self._fixer = fixer
        self._base = base
        self._documents = documents
        self.state = base
        self.accepted: list[_Candidate] = []
        self.rejected: list[tuple[_Candidate, int, str]] = []
        """What was rejected, after how many were accepted, and why."""

    def prove(self, batch: list[_Candidate]) -> None:
        """Accept what of ``batch`` can be proven on top of what is accepted, and reject the rest."""
        if not batch:
            return
        if self._fixer.analyses >= MOST_ANALYSES:
            for one in batch:
                self._reject(one, f"it was not proven within {MOST_ANALYSES} analyses")
            return
        together = [*self.accepted, *batch]
        contents = self._contents(together)
        broken = {path for path in contents if not self._still_compiles(path, contents[path])}
        if broken:
            self._without([one for one in batch if one.paths & broken], batch, "the edited file is not valid Python")
            return
        state = self._fixer.analyze(contents)
        wrong = _wrong(self._base.report, state.report, together)
        if not wrong:
            self.accepted, self.state = together, state
            return
        own = Counter(one.key for one in batch)
        persistent = [one for one in batch if one.key in wrong and own[one.key] == 1]
        if persistent:
            for one in persistent:
                self._reject(one, "the finding would still be reported")
            self.prove([one for one in batch if one not in persistent])
            return
        first = min(wrong.values(), key=lambda finding: finding.sort_key)
        near = {finding.span.path for finding in wrong.values()}
        suspects = [one for one in batch if one.paths & near or one.key in wrong]
        self._without(suspects, batch, f"{first.code} would be reported in {first.span.path} instead")

    def _without(self, suspects: list[_Candidate], batch: list[_Candidate], reason: str) -> None:
        """Go on with the others first, then with the suspects; by halves where that does not divide ``batch``."""
        if len(batch) == 1:
            self._reject(batch[0], reason)
            return
        others = [one for one in batch if one not in suspects]
        parts = [others, suspects] if others and suspects else [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
        for part in parts:
            self.prove(part)

    def _reject(self, candidate: _Candidate, reason: str) -> None:
        self.rejected.append((candidate, len(self.accepted), reason))

    def _contents(self, candidates: list[_Candidate]) -> dict[str, bytes]:
        changes = [change for candidate in candidates for change in candidate.resolved.changes]
        contents = dict(self._base.contents)
        for path, edits in self._documents.edits(changes).items():
            source = self._base.sources[path]
            new = written(source, edits)
            if new is not None:  # else the finding stays, and the fix is dropped for it
                contents[path] = new
        return contents

    def _still_compiles(self, path: str, new: bytes) -> bool:
        return compiles(SourceFile(path, new)) or not compiles(self._base.sources[path])


def _key(finding: Finding) -> Key:
    return finding.code, finding.span.path, finding.function


def _wrong(before: Report, after: Report, fixed: Sequence[_Candidate]) -> dict[Key, Finding]:
    """What speaks against the fixes: a finding for each key that is reported more often than it should be by now."""
    allowed = Counter(map(_key, before.findings))
    allowed.subtract(candidate.key for candidate in fixed)
    for rule in _registry.rules():
        followed = (one.key for one in fixed if one.finding.code in rule.follows)
        allowed.update((rule.code, path, function) for _, path, function in followed)
    found: dict[Key, list[Finding]] = {}
    mended = {candidate.key for candidate in fixed}
    for finding in after.findings:
        if finding.code == unused_suppression.RULE.code and _key(finding) not in mended:
            continue  # what it suppressed is gone: that speaks for the fixes
        found.setdefault(_key(finding), []).append(finding)
    return {key: findings[-1] for key, findings in found.items() if len(findings) > allowed[key]}


def _compatible(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The candidates that are in conflict with none before them."""
    taken: dict[str, list[TextEdit]] = {}
    chosen = []
    for candidate in candidates:
        changes = candidate.resolved.changes
        if any(conflicting(change.edits, taken.get(change.path, ())) for change in changes):
            continue
        for change in changes:
            taken.setdefault(change.path, []).extend(change.edits)
        chosen.append(candidate)
    return chosen


def _with_fix(candidate: _Candidate, state: _State, documents: Documents) -> Finding:
    """The finding with its fix, as if that were the only one."""
    edits = documents.edits(candidate.resolved.changes)
    places = [place for path, own in sorted(edits.items()) for place in located(state.sources[path], own)]
    assert candidate.finding.proposal is not None
    fix = Fix(candidate.finding.proposal.title, candidate.resolved.applicability, tuple(places))
    return msgspec.structs.replace(candidate.finding, fix=fix)
