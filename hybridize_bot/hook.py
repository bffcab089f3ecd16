"""`check --hook`: what pre-commit asks for. It names files; the program is all that Git knows of around them.

Findings in the named files are shown. So are those that the commit in the making causes elsewhere, told by one run
only where pre-commit divides a long list of files among several. pre-commit puts away what is not staged, so the work
tree is what is to be committed; files that Git does not know of are no part of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from hybridize.config import Config
from hybridize.finding import Finding, Severity
from hybridize.recall import Store
from hybridize.report import Report
from hybridize_bot.changes import changes, staged
from hybridize_bot.git import Repository
from hybridize_bot.selection import Filter, Selection, SetAside, divide, with_findings
from hybridize_bot.since import Since, untracked

SHORTEST_DIVIDED = 2000
"""pre-commit never divides a list of fewer characters than this, on any system."""

_PYTHON = (".py", ".pyi", ".pyw", ".ipynb")
_NOT_NAMED = (".pyi", ".ipynb")
_SPECIAL = re.compile(r"([\\*?\[\]#! ])")

FROM, TO = "PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"
"""What pre-commit says of a run that is not for a commit but for the commits between two."""


class Hook:
    """One run.

    Args:
        repo: the repository.
        root: the folder that is analyzed: its top, or that of the configuration.
        given: the files that pre-commit named.
    """

    def __init__(self, repo: Repository, root: str, given: Sequence[str], environment: Mapping[str, str]) -> None:
        self._repo = repo
        self._root = root
        self._given = given
        self._files = {os.path.realpath(path) for path in given}
        self._environment = environment

    @property
    def paths(self) -> tuple[str, ...]:
        """What to analyze: the whole program. A script is not found by its name, so it is named."""
        lead = os.path.join(os.path.realpath(self._root), "")
        inside = (path for path in self._given if os.path.realpath(path).startswith(lead))
        return (self._root, *sorted(path for path in inside if not path.endswith(_NOT_NAMED)))

    def config(self, config: Config) -> Config:
        """The settings, with files excluded that Git does not know of."""
        base = os.path.realpath(config.folder or self._root)
        unknown = (os.path.relpath(os.path.join(self._repo.top, path), base) for path in untracked(self._repo))
        # A pattern is one line, so a name of several cannot be one: such a file stays in.
        lines = sorted(path.replace(os.sep, "/") for path in unknown if path.isprintable())
        patterns = ("/" + _SPECIAL.sub(r"\\\1", path) for path in lines)
        return msgspec.structs.replace(config, exclude=(*config.exclude, *patterns))

    def named(self, report: Report) -> Selection:
        """A filter that leaves what is in the named files."""
        is_named = self._in_named(report)
        return divide(report, lambda one: None if is_named(one) else SetAside(one, "elsewhere", "in another file"))

    def filter(
        self,
        config: Config,
        prior: Callable[[str], Sequence[Filter]],
        fail_level: str,
        store: Store | None = None,
    ) -> Filter:
        """A filter that leaves that, and what the commit causes elsewhere, except for mere information."""
        least = Severity.INFO.rank if fail_level == "info" else Severity.WARNING.rank
        commits, changed = self._commits()
        told = _tells(self._relative(), changed)

        def filter(report: Report) -> Selection:
            is_named = self._in_named(report)
            others = [one for one in report.findings if not is_named(one) and one.severity.rank >= least]
            if not others or not told:
                return self.named(report)
            new = Since(self._repo, commits, self.paths, config, prior, store).new(report, others)
            rest = self.named(with_findings(report, [one for one in report.findings if id(one) not in new]))
            shown = (*rest.report.findings, *new.values())
            return Selection(with_findings(report, sorted(shown, key=lambda one: one.sort_key)), rest.aside)

        return filter

    def _commits(self) -> tuple[list[str | None], list[str]]:
        """What to compare with, and the files that changed since."""
        reference = self._environment.get(FROM)
        if reference and self._environment.get(TO):
            base = self._repo.merge_base(reference)
            return [base], sorted(changes(self._repo, base).files)
        head = self._repo.head()
        return [head, *self._repo.merged()], staged(self._repo, head or self._repo.nothing())

    def _relative(self) -> set[str]:
        return {os.path.relpath(path, self._repo.top).replace(os.sep, "/") for path in self._files}

    def _in_named(self, report: Report) -> Callable[[Finding], bool]:
        return lambda one: os.path.realpath(os.path.join(report.root, one.span.path)) in self._files


def _tells(given: Collection[str], changed: Sequence[str]) -> bool:
    """Whether this run tells what the commit causes elsewhere.

    It does if it has the first changed file, or is the only run. That is certain of a commit's own files where their
    names are so few that pre-commit does not divide them: then the first one may have been left out by its settings.
    """
    python = [path for path in changed if path.endswith(_PYTHON)]
    if not changed:
        return False
    if python and min(python) in given:
        return True
    return set(given) <= set(changed) and sum(len(path) + 1 for path in changed) < SHORTEST_DIVIDED
