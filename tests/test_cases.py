"""The case files as a whole: readable, named apart, able to fail, and all collected."""

from __future__ import annotations

from pathlib import Path

import pytest
from caselib import parse
from caselib.expectations import DEF_KEYS, read
from caselib.plugin import CASES, MANUAL
from caselib.run import case_options, configuration, validate

FILES = sorted(path for path in CASES.rglob("*.md") if path.name != MANUAL)


def test_there_are_cases_of_every_kind():
    folders = {path.parent.name for path in FILES}
    assert folders >= {
        "coverage",
        "effects",
        "hybrid",
        "literals",
        "recursion",
        "resolve",
        "rules",
        "speculation",
        "tensors",
        "verdicts",
    }


def test_folders_hold_nothing_but_cases():
    assert {path.suffix for path in CASES.rglob("*") if path.is_file()} == {".md"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CASES).as_posix())
def test_a_case_file_is_in_order(path: Path):
    cases = parse(path)
    assert cases, "a file without cases"
    assert len({case.titles for case in cases}) == len(cases)
    for case in cases:
        configuration(case)
        validate(case, read(case), case_options(case))


def test_each_kind_of_expectation_is_used():
    used = {expectation.key for path in FILES for case in parse(path) for expectation in read(case)}
    assert DEF_KEYS - used <= {"callees", "tensor-unknown", "literal-unknown"}


def test_the_manual_names_each_kind_of_expectation():
    manual = (CASES / MANUAL).read_text(encoding="utf-8")
    assert [key for key in sorted(DEF_KEYS) if f"`# {key}: " not in manual] == []
