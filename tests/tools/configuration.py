"""Writes the table of keys into ``docs/configuration.md``: ``python -m tests.tools.configuration``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.schema import generated

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
BEGIN, END = "<!-- begin keys -->\n", "<!-- end keys -->\n"


def table() -> str:
    """Each key, its default and what it is for."""
    properties: dict[str, dict[str, Any]] = json.loads(generated())["properties"]
    rows = ["| key | default | what it is for |", "| --- | --- | --- |"]
    for name, one in properties.items():
        default = "the four below" if name == "speculation" else f"`{json.dumps(one['default'])}`"
        rows.append(f"| `{name}` | {default} | {one['description'].replace('|', chr(92) + '|')} |")
    inner = [
        "",
        "`speculation` starts with these heuristics:",
        "",
        "| heuristic | pattern | bases |",
        "| --- | --- | --- |",
    ]
    for name, row in properties["speculation"]["default"].items():
        bases = ", ".join(f"`{base}`" for base in row["bases"])
        inner.append(f"| `{name}` | `{row['pattern'].replace('|', chr(92) + '|')}` | {bases or 'any'} |")
    return "\n".join([*rows, *inner]) + "\n"


def page() -> str:
    """The page with the table that belongs to the keys."""
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(BEGIN) + len(BEGIN)] + table() + text[text.index(END) :]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
