"""The hazard catalogue as data: its entries, what the rules cover of it, and what its cases say is found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from caselib import Case, parse
from caselib.expectations import read

from hybridize.rules import _registry

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "docs" / "rules" / "hazards.yaml"
CASES = ROOT / "tests" / "cases" / "hazards"
PROOFS = ROOT / "tests" / "runtime" / "hazards"

Kind = Literal["hazard", "note", "safe"]
State = Literal["found", "partly", "missed", "silent", "alarm"]
ALARMS = ("HYB1", "HYB2", "HYB4", "HYB5")
"""What a safe program must not get; that it could gain something (HYB3) is no alarm."""


@dataclass(frozen=True)
class Entry:
    """One fact of the catalogue; ``left_out`` says why no rule reports it."""

    id: str
    title: str
    kind: Kind
    confidence: str
    left_out: str = ""


def entries(data: Path = DATA) -> list[Entry]:
    """The catalogue, in its order."""
    groups = yaml.safe_load(data.read_text(encoding="utf-8"))
    return [
        Entry(name, group["title"], group["kind"], **facts)
        for group in groups
        for name, facts in group["entries"].items()
    ]


def cases() -> dict[str, Case]:
    """Id to the section of the case files that shows it."""
    found = [case for path in sorted(CASES.glob("*.md")) for case in parse(path)]
    return {case.titles[-1]: case for case in found}


def proofs() -> Counter[str]:
    """Id to the number of tests of that name."""
    names = [
        name
        for path in sorted(PROOFS.glob("test_*.py"))
        for name in re.findall(r"^def test_(\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    return Counter(name.replace("_", "-") for name in names)


def rules() -> dict[str, list[str]]:
    """Id to the codes of the rules that cover it."""
    found: dict[str, list[str]] = {}
    for rule in _registry.rules():
        for name in rule.covers:
            found.setdefault(name, []).append(rule.code)
    return found


def state(entry: Entry, case: Case) -> State:
    """What the marks of the section say; the case tests hold them to the analysis.

    A hazard is found if each of its marks is. A program without marks of its own must get no alarm.
    """
    expectations = read(case)
    marks = [item.todo for item in expectations if item.key == "hazard" and item.value == entry.id]
    if marks:
        return "found" if not any(marks) else "missed" if all(marks) else "partly"
    reported = [item.value for item in expectations if item.key in {"finding", "todo-ok"} and not item.todo]
    alarms = ALARMS if entry.kind == "safe" else (*ALARMS, "HYB3")
    return "alarm" if any(code.startswith(alarms) for code in reported) else "silent"


def counts(found: Mapping[str, State], known: Collection[Entry]) -> dict[str, tuple[int, int]]:
    """How many of how many: hazards found by confidence, safe programs that stay silent."""
    groups = {
        confidence: [entry for entry in known if entry.kind == "hazard" and entry.confidence == confidence]
        for confidence in ("certain", "likely", "heuristic")
    }
    groups["note"] = [entry for entry in known if entry.kind == "note"]
    groups["safe"] = [entry for entry in known if entry.kind == "safe"]
    return {
        name: (sum(found[entry.id] in {"found", "silent"} for entry in group), len(group))
        for name, group in groups.items()
    }
