"""Writes the pages of the rules in docs/rules from their docstrings: ``python -m tests.tools.rulepages``."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "analysis")]

from hybridize.rules import _registry  # noqa: E402 -- the path is set above
from hybridize.rules._base import Rule  # noqa: E402
from hybridize_bot.commands.rule import page  # noqa: E402

FOLDER = ROOT / "docs" / "rules"
INDEX = "README.md"
FAMILIES = {
    "HYB0": ("The tool itself", "What could not be analyzed, and comments that suppress nothing."),
    "HYB1": ("Unsafe in a graph", "The function does not do as a graph what it does without one, or raises."),
    "HYB2": ("Retracing, cost and memory", "The graph is right, and costs more than it should."),
    "HYB3": ("Missed opportunity", "What would gain from a graph, or from a better one. Notes: they fail nothing."),
    "HYB4": ("Decorator without benefit", "A graph of which nobody has anything."),
    "HYB5": ("Arguments of the decorator", "Arguments of `tf.function` that are wrong, or do nothing."),
}
HEAD = """<!-- Written by `python -m tests.tools.rulepages` from the rules; do not edit. -->

# Rules

Each rule has a code, a name and a page, with what it finds, why that is bad, an example, what to write instead, and how
safe its fix is. `hybridize rule HYB101` shows the same page in the terminal.

- *Severity* is that of the certain case: errors fail a run, warnings and notes only with `--fail-level`. What is only
  likely is reported one severity lower, with what it takes for granted. The [configuration](../configuration.md)
  changes severities, and selects rules by code or by prefix: `HYB1` is all of a family.
- *Confidence* says how far a match in the source proves the claim.

[coverage.md](coverage.md) says what they find of a catalogue of facts about `tf.function`, each proven on TensorFlow.
"""


def pages() -> dict[str, str]:
    """File name to text, as it should be now."""
    rules = _registry.rules()
    return {INDEX: _index(rules), **{f"{rule.code}.md": _page(rule) for rule in rules}}


def _page(rule: Rule) -> str:
    entries = ", ".join(f"`{name}`" for name in sorted(rule.covers))
    return page(rule) + (
        f"\n## In the hazard catalogue\n{entries}; see [coverage.md](coverage.md).\n" if entries else ""
    )


def _index(rules: tuple[Rule, ...]) -> str:
    parts = [HEAD]
    for family, group in itertools.groupby(rules, key=lambda rule: rule.code[:4]):
        rows = ["| code | name | severity | confidence | finds |", "| --- | --- | --- | --- | --- |"]
        rows += [
            f"| [{rule.code}]({rule.code}.md) | {rule.slug} | {rule.severity.value} | {rule.confidence.value} "
            f"| {rule.summary} |"
            for rule in group
        ]
        title, about = FAMILIES[family]
        parts.append(f"## {family}xx: {title}\n\n{about}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def stray(names: set[str]) -> list[str]:
    """Pages of rules that are no more."""
    return sorted(name for name in names - set(pages()) if re.fullmatch(r"HYB\d+\.md", name))


def main() -> None:
    """Rewrite the pages."""
    for name in stray({path.name for path in FOLDER.iterdir()}):
        (FOLDER / name).unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
