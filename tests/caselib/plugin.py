"""The pytest side: every ``*.md`` below ``tests/cases`` is a file of tests, one item for each case."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import pytest

from caselib.compare import Mismatch
from caselib.markdown import Case, CaseError, parse
from caselib.run import check
from caselib.update import Mode, rewrite

CASES = Path(__file__).resolve().parent.parent / "cases"
MANUAL = "README.md"


class CaseMismatchError(Exception):
    """A case that disagrees with the analysis."""

    def __init__(self, case: Case, mismatches: list[Mismatch]) -> None:
        super().__init__(case.name)
        self.case = case
        self.mismatches = mismatches


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two ways of rewriting expectations."""
    group = parser.getgroup("cases", "Markdown cases")
    group.addoption("--update-cases", action="store_true", help="write what the analysis says into failing cases")
    group.addoption("--todo-cases", action="store_true", help="mark what failing cases want as known gaps")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to rewrite files from several processes."""
    rewriting = config.getoption("update_cases") or config.getoption("todo_cases")
    if rewriting and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--update-cases and --todo-cases need one process: leave out -n")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect Markdown below ``tests/cases``, the manual aside."""
    if file_path.suffix != ".md" or file_path.name == MANUAL or not file_path.resolve().is_relative_to(CASES):
        return None
    collector: MarkdownFile = MarkdownFile.from_parent(parent, path=file_path)
    return collector


class MarkdownFile(pytest.File):
    """One Markdown file."""

    def collect(self) -> Iterable[pytest.Item]:
        """One item for each case."""
        for case in parse(self.path):
            yield CaseItem.from_parent(self, name=case.titles[-1], case=case)


class CaseItem(pytest.Item):
    """One case."""

    funcargs: ClassVar[dict[str, object]] = {}
    """No fixtures: `pytest-lsp` takes every item for one that has some."""

    def __init__(self, *, case: Case, name: str, parent: pytest.Collector) -> None:
        super().__init__(name, parent)
        self.case = case

    def runtest(self) -> None:
        """Analyze, compare, and rewrite where asked to."""
        with tempfile.TemporaryDirectory(prefix="case-") as folder:
            mismatches = check(self.case, Path(folder))
        if not mismatches:
            return
        mode: Mode | None = None
        if self.config.getoption("todo_cases"):
            mode = "todo"
        elif self.config.getoption("update_cases"):
            mode = "accept"
        if mode is not None and rewrite(self.case, mismatches, mode):
            pytest.skip(f"rewrote {len(mismatches)} expectations")
        raise CaseMismatchError(self.case, mismatches)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """Line, wanted, got for mismatches; the plain text for a case that cannot be read."""
        if isinstance(excinfo.value, CaseMismatchError):
            return describe(excinfo.value.case, excinfo.value.mismatches)
        if isinstance(excinfo.value, CaseError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case starts."""
        return self.path, self.case.line - 1, self.case.name


def describe(case: Case, mismatches: Iterable[Mismatch]) -> str:
    """The failure text of one case: for each mismatch the place, the line, what was wanted and what came."""
    shown = [f"{case.source}:{case.line}: {case.name}"]
    for mismatch in mismatches:
        file = case.file(mismatch.path)
        if file is not None and 1 <= mismatch.line <= len(file.lines):
            line = file.lines[mismatch.line - 1]
            shown.append(f"  {case.source}:{line.number} ({mismatch.path}:{mismatch.line})")
            shown.append(f"      {line.text.strip()}")
        else:
            shown.append(f"  {mismatch.path}:{mismatch.line}, which is not a line of the case")
        shown.append(f"    wanted  {mismatch.wanted}")
        shown.append(f"    got     {mismatch.got}")
    return "\n".join(shown)
