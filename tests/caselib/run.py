"""Lay a case out as a project, analyze it, compare."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from caselib.compare import Mismatch, compare
from caselib.expectations import Expectation, read
from caselib.markdown import Case, CaseError
from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.report import Report

Analyze = Callable[[Sequence[str | Path], Config], Report]

CASE_KEY = "case"
"""The configuration key that speaks to the runner.

``paths`` to analyze; ``invalid`` files that do not parse. For the suite that executes cases on a real TensorFlow: the
scripts to ``run`` (default: main.py), folders to put on the ``import`` path, claims that are ``unobserved`` there.
"""
_CASE_KEYS = frozenset({"paths", "invalid", "run", "import", "unobserved"})


def configuration(case: Case) -> Config:
    """The analysis settings of a case: its yaml over the defaults, in one process.

    Raises:
        CaseError: a key or value that `Config` does not know.
    """
    values = {key: value for key, value in case.config.items() if key != CASE_KEY}
    unknown = set(values) - set(Config.__struct_fields__)
    if unknown:
        raise CaseError(case.source, case.line, f"unknown configuration {', '.join(sorted(unknown))}")
    try:
        return msgspec.convert({"jobs": 1, **values}, Config)
    except msgspec.ValidationError as error:
        raise CaseError(case.source, case.line, f"configuration: {error}") from error


def check(case: Case, folder: Path, analyzer: Analyze = analyze) -> list[Mismatch]:
    """Write the case below ``folder``, analyze it, and return what disagrees.

    Raises:
        CaseError: the case itself is wrong (unknown keys, code that is no Python, nothing expected).
    """
    expectations = read(case)
    validate(case, expectations, case_options(case))
    return compare(analyzed(case, folder, analyzer), expectations)


def analyzed(case: Case, folder: Path, analyzer: Analyze = analyze) -> Report:
    """Write the case below ``folder`` and analyze it; paths in the report are relative to the project's root."""
    root = lay_out(case, folder)
    paths = [root / path for path in case_options(case).get("paths", ["."])]
    return _rebase(analyzer(paths, configuration(case)), _base(paths), root)


def lay_out(case: Case, folder: Path) -> Path:
    """Write the files of a case below ``folder``; the project's root."""
    root = folder / "project"
    for file in case.files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    return root


def validate(case: Case, expectations: Sequence[Expectation], options: Mapping[str, Any]) -> None:
    """A case must be Python, and must be able to fail.

    Raises:
        CaseError: a block that does not parse, or one that does although named in ``invalid``; no expectation at all
            while findings are switched off.
    """
    for file in case.files:
        if not file.path.endswith(".py"):
            continue
        error = _syntax_error(file.text)
        invalid = file.path in options.get("invalid", ())
        if error is None and invalid:
            raise CaseError(case.source, case.line, f"{file.path} is Python, although listed as invalid")
        if error is not None and not invalid:
            number = file.lines[min(error.lineno or 1, len(file.lines)) - 1].number if file.lines else case.line
            raise CaseError(case.source, number, f"{file.path} is no Python: {error.msg}")
    if not expectations and "HYB" in case.config.get("ignore", ()):
        raise CaseError(case.source, case.line, "this case expects nothing and so cannot fail")


def _syntax_error(text: str) -> SyntaxError | None:
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error
    return None


def case_options(case: Case) -> Mapping[str, Any]:
    """What the case says to the runner.

    Raises:
        CaseError: something the runner does not know.
    """
    options = case.config.get(CASE_KEY, {})
    if not isinstance(options, dict) or set(options) - _CASE_KEYS:
        raise CaseError(case.source, case.line, f"`{CASE_KEY}` takes {', '.join(sorted(_CASE_KEYS))}")
    return options


def _base(paths: Sequence[Path]) -> Path:
    """What the paths of the report are relative to: the one path (or its folder), or the common parent of several."""
    folders = [path.resolve() if path.is_dir() else path.resolve().parent for path in paths]
    base = folders[0]
    while not all(folder.is_relative_to(base) for folder in folders):
        base = base.parent
    return base


def _rebase(report: Report, base: Path, root: Path) -> Report:
    """The report with paths relative to the project's root."""
    prefix = base.relative_to(root.resolve()).as_posix()
    if prefix == ".":
        return report

    def moved(path: str) -> str:
        return f"{prefix}/{path}"

    functions = tuple(msgspec.structs.replace(item, path=moved(item.path)) for item in report.functions)
    findings = tuple(
        msgspec.structs.replace(item, span=msgspec.structs.replace(item.span, path=moved(item.span.path)))
        for item in report.findings
    )
    changes: dict[str, Any] = {"functions": functions, "findings": findings}
    if hasattr(report, "reveals"):
        changes["reveals"] = tuple((moved(path), line, text) for path, line, text in report.reveals)
    return msgspec.structs.replace(report, **changes)
