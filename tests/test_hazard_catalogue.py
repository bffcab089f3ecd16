"""The hazard catalogue is whole: each entry has its proof, its program, and a rule or a reason for having none."""

from __future__ import annotations

import re

import pytest
from caselib.expectations import read
from tools import coverage, hazards, rulepages

from hybridize.rules import _registry

ENTRIES = hazards.entries()
CASES = hazards.cases()
NAMES = {entry.id for entry in ENTRIES}

every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)


def test_the_catalogue_has_what_it_is_known_to_have() -> None:
    kinds = [entry.kind for entry in ENTRIES]
    assert [kinds.count(kind) for kind in ("hazard", "note", "safe")] == [178, 10, 47]
    assert len(NAMES) == len(ENTRIES)
    assert all(entry.id.startswith("safe-") == (entry.kind == "safe") for entry in ENTRIES)
    assert {entry.confidence for entry in ENTRIES} == {"certain", "likely", "heuristic"}


def test_every_entry_has_one_section_in_the_cases() -> None:
    assert set(CASES) == NAMES
    assert sum(path.read_text("utf-8").count("\n## ") for path in hazards.CASES.glob("*.md")) == len(NAMES)


def test_every_entry_is_proven_by_one_test_of_its_name() -> None:
    proofs = hazards.proofs()
    assert [name for name in sorted(NAMES) if proofs[name] != 1] == []


@every_entry
def test_the_marks_of_a_case_are_its_own(entry: hazards.Entry) -> None:
    marks = [item.value for item in read(CASES[entry.id]) if item.key == "hazard"]
    assert set(marks) <= NAMES
    if entry.kind == "hazard":
        assert entry.id in marks
    if entry.kind == "safe":
        assert marks == []


@every_entry
def test_a_case_does_not_look_away(entry: hazards.Entry) -> None:
    ignored = CASES[entry.id].config.get("ignore", [])
    families = hazards.ALARMS if entry.kind == "safe" else ("HYB1", "HYB2", "HYB5")
    assert not [code for code in ignored if code.startswith(families)]
    assert set(CASES[entry.id].config) <= {"ignore"}


@every_entry
def test_an_entry_is_left_out_for_a_reason_or_covered(entry: hazards.Entry) -> None:
    covered = entry.id in hazards.rules()
    if entry.left_out:
        assert not covered, "a rule covers it: delete the reason"
        assert entry.confidence != "certain"
        assert re.fullmatch(r"[^\n]{20,}[^.]", entry.left_out)
    elif entry.confidence == "heuristic" and entry.kind == "hazard":
        assert covered, "say why it is left out"


def test_what_rules_cover_is_found() -> None:
    states = coverage.states()
    assert set(hazards.rules()) <= NAMES
    assert [name for name in sorted(hazards.rules()) if states[name] not in {"found", "partly"}] == []


def test_what_is_reached_does_not_fall() -> None:
    now = {name: number for name, (number, _) in hazards.counts(coverage.states(), ENTRIES).items()}
    before = coverage.reached()
    assert set(before) == set(now)
    assert {name: number for name, number in now.items() if number < before[name]} == {}


def test_the_page_is_current() -> None:
    assert coverage.PAGE.read_text("utf-8") == coverage.page(), "run `make rules`"


def test_the_page_links_to_what_exists() -> None:
    links = set(re.findall(r"\]\(([^)#]+)", coverage.page()))
    assert [link for link in sorted(links) if not (coverage.PAGE.parent / link).exists()] == []


def test_the_pages_of_the_rules_are_current() -> None:
    kept = {path.name: path.read_text("utf-8") for path in rulepages.FOLDER.glob("*.md")}
    assert [name for name, text in rulepages.pages().items() if kept.get(name) != text] == [], "run `make rules`"
    assert rulepages.stray(set(kept)) == []


def test_every_family_of_rules_has_a_name() -> None:
    assert {rule.code[:4] for rule in _registry.rules()} <= set(rulepages.FAMILIES)


CASE = """# T

## one

p

```python
{line}
```
"""


@pytest.mark.parametrize(
    ("kind", "line", "state"),
    [
        ("hazard", "f()  # hazard: one", "found"),
        ("hazard", "f()  # hazard: two # todo-hazard: one", "missed"),
        ("hazard", "f()  # hazard: one\ng()  # todo-hazard: one", "partly"),
        ("safe", "f()", "silent"),
        ("safe", "f()  # todo-ok: HYB101", "alarm"),
        ("safe", "f()  # finding: HYB401", "alarm"),
        ("safe", "f()  # todo-finding: HYB401", "silent"),
        ("safe", "f()  # finding: HYB301", "silent"),
        ("note", "f()  # finding: HYB301", "alarm"),
        ("note", "f()  # hazard: one", "found"),
    ],
)
def test_the_state_of_a_case(kind, line, state, tmp_path) -> None:
    from caselib import parse

    (case,) = parse(tmp_path / "a.md", CASE.format(line=line))
    assert hazards.state(hazards.Entry("one", "T", kind, "certain"), case) == state
