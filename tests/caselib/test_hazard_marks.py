"""Marks that name an entry of the hazard catalogue, and where a program stops."""

from __future__ import annotations

from pathlib import Path

from caselib import parse, rewrite
from caselib.compare import compare
from caselib.expectations import read
from caselib.test_caselib import case_of, finding, report_of
from hybridize.report import Report


def test_a_hazard_is_found_by_any_rule_that_covers_it() -> None:
    covers = {"HYB101": ("print-once",), "HYB102": ("print-once", "loop-once"), "HYB103": ()}
    twice = report_of(finding(1), finding(1, code="HYB102"), finding(1, message="again"))

    def wanted(code: str, report: Report = twice) -> list[str]:
        return [item.wanted for item in compare(report, read(case_of(code)), covers)]

    assert wanted("print()  # hazard: print-once") == []
    assert wanted("print()  # hazard: loop-once, print-once") == []
    assert wanted("print()  # hazard: loop-once") == ["no finding", "no finding"]
    assert wanted("print()  # hazard: loop-once # finding: HYB101, HYB101") == []
    assert wanted("x = 1\nprint()  # hazard: print-once", report_of(finding(1))) == ["no finding", "print-once"]
    assert wanted("print()  # hazard: print-once", report_of(finding(1, code="HYB103"))) == ["no finding", "print-once"]


def test_a_hazard_that_is_missed_must_still_be_missed() -> None:
    covers = {"HYB101": ("print-once",)}
    expectations = read(case_of("print()  # todo-hazard: print-once"))
    assert compare(report_of(), expectations, covers) == []
    (found,) = compare(report_of(finding(1)), expectations, covers)
    assert (found.wanted, found.accept) == ("print-once is a known miss", ("hazard", "print-once"))


def test_where_a_program_stops_is_nothing_to_analyze() -> None:
    (expectation,) = read(case_of('f()  # raises: ValueError "a, b"'))
    assert (expectation.key, expectation.value) == ("raises", 'ValueError "a, b"')
    assert compare(report_of(), [expectation], {}) == []


def test_hazards_are_marked_in_place(tmp_path: Path) -> None:
    source = tmp_path / "a.md"
    before = "print()  # hazard: one, two # raises: ValueError"
    source.write_text(f"# T\n\np\n\n```python\n{before}\n```\n")
    (case,) = parse(source)
    covers = {"HYB101": ("two",)}
    assert rewrite(case, compare(report_of(finding(1)), read(case), covers), "todo")
    assert "print()  # todo-hazard: one # hazard: two # raises: ValueError\n" in source.read_text()
    (case,) = parse(source)
    assert rewrite(case, compare(report_of(finding(1)), read(case), {"HYB101": ("one", "two")}), "todo")
    assert "print()  # hazard: one, two # raises: ValueError\n" in source.read_text()
