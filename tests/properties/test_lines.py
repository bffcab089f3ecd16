"""Where things stand in a file is no fact about the program: lines that come before them change no answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from caselib import parse
from caselib.plugin import CASES, MANUAL

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.report import Report

LINES = 97
"""Few enough for line 5 to stay before line 30 as text, and for 105 not to."""
FILES = sorted(path for path in CASES.rglob("*.md") if path.name != MANUAL)


def program(folder: Path, files: list[Path], lead: str) -> Path:
    """The programs of case files, side by side, with ``lead`` before each module."""
    for path in files:
        for number, case in enumerate(parse(path)):
            for file in case.files:
                if file.path.endswith(".py"):
                    target = folder / f"{path.stem}_{number}" / file.path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(lead + file.text)
    return folder


def answers(report: Report, shift: int) -> tuple[Counter[tuple[object, ...]], list[bytes]]:
    """The findings, and what is known of each function, without its places."""
    findings = Counter(
        (one.code, one.span.path, one.span.line - shift, one.function, one.lasting_message) for one in report.findings
    )
    functions = [
        msgspec.json.encode(
            (
                one.path, one.qualname, one.line - shift, one.parameters, one.verdict, one.input_signature,
                {name: fact.value for name, fact in one.facts.items()},
            )
        )
        for one in report.functions
    ]  # fmt: skip
    return findings, functions


@pytest.mark.parametrize("part", range(6))
def test_lines_before_a_program_change_nothing(part: int, tmp_path: Path):
    files = FILES[part::12]
    before = analyze([program(tmp_path / "a", files, "")], Config(jobs=1))
    after = analyze([program(tmp_path / "b", files, "#\n" * LINES)], Config(jobs=1))
    assert len(before.functions) > 50
    findings, functions = answers(before, 0)
    assert findings
    shifted_findings, shifted_functions = answers(after, LINES)
    assert shifted_findings == findings
    assert shifted_functions == functions
