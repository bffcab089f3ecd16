"""Writes docs/rules/coverage.md, what is found of the hazard catalogue: ``python -m tests.tools.coverage``.

What is reached is a ratchet: docs/rules/reached.yaml is raised to what the cases say, and never lowered here.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "analysis")]

from tools import hazards  # noqa: E402 -- the path is set above

PAGE = ROOT / "docs" / "rules" / "coverage.md"
REACHED = ROOT / "docs" / "rules" / "reached.yaml"
GOALS = {"certain": 1.0, "likely": 0.8, "safe": 1.0}
"""The shares that count as done."""
NAMES = {
    "certain": "hazards, certain: found",
    "likely": "hazards, likely: found",
    "heuristic": "hazards, heuristic: found",
    "note": "notes on opportunity: as noted",
    "safe": "safe patterns: silent",
}
HEAD = """# What is found of the hazard catalogue

Written by `python -m tests.tools.coverage` from [hazards.yaml](hazards.yaml), the rules and the
[cases](../../tests/cases/hazards); do not edit. Each entry is proven on TensorFlow in
[tests/runtime/hazards](../../tests/runtime/hazards), and has a program in the cases that runs there too.

*found*: a rule that covers the entry reports every place of it in its case; *partly*: some of them; *missed*: none;
*silent*: nothing is reported, as it should be; *alarm*: something is, and should not be.
"""


def states() -> dict[str, hazards.State]:
    """Id to what is reached."""
    cases = hazards.cases()
    return {entry.id: hazards.state(entry, cases[entry.id]) for entry in hazards.entries()}


def page() -> str:
    """The page as it should be now."""
    known, found = hazards.entries(), states()
    parts = [HEAD, _totals(known, found)]
    for title, group in itertools.groupby(known, key=lambda entry: entry.title):
        parts.append(f"## {title}\n\n{_table(list(group), found)}")
    return "\n".join(parts)


def _totals(known: list[hazards.Entry], found: dict[str, hazards.State]) -> str:
    rows = ["| | reached | of | share | goal |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, (reached, total) in hazards.counts(found, known).items():
        goal = f"{GOALS[name]:.0%}" if name in GOALS else ""
        rows.append(f"| {NAMES[name]} | {reached} | {total} | {reached / total:.0%} | {goal} |")
    left = sum(bool(entry.left_out) for entry in known)
    return "\n".join(rows) + f"\n\nLeft out, each with its reason: {left}.\n"


def _table(group: list[hazards.Entry], found: dict[str, hazards.State]) -> str:
    cases, rules = hazards.cases(), hazards.rules()
    rows = ["| entry | confidence | rule | case |", "| --- | --- | --- | --- |"]
    for entry in group:
        source = cases[entry.id].source.relative_to(ROOT).as_posix()
        covered = ", ".join(f"[{code}]({code}.md)" for code in rules.get(entry.id, ()))
        left = f"left out: {entry.left_out}" if entry.left_out else ""
        link = f"[{entry.id}](../../{source}#{entry.id})"
        rows.append(f"| {link} | {entry.confidence} | {covered or left} | {found[entry.id]} |")
    return "\n".join(rows) + "\n"


def reached() -> dict[str, int]:
    """What was reached before."""
    numbers: dict[str, int] = yaml.safe_load(REACHED.read_text(encoding="utf-8"))
    return numbers


def main() -> None:
    """Rewrite the page, and raise what is reached."""
    now = {name: number for name, (number, _) in hazards.counts(states(), hazards.entries()).items()}
    before = reached() if REACHED.exists() else {}
    lines = [f"{name}: {max(number, before.get(name, 0))}\n" for name, number in now.items()]
    REACHED.write_text("# The most that was reached; it does not fall.\n" + "".join(lines), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
