"""Writes the keys into ``docs/configuration.md``, from the schema: ``python -m tests.tools.configuration``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tools.schema import generated

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
BEGIN, END = "<!-- begin keys -->\n", "<!-- end keys -->\n"
SEE = {
    "review": "[Reviews of pull requests](review.md#settings) says what each is for.",
    "benefit": "[When a graph pays](benefit.md#what-is-counted) says what each is for.",
    "limits": "[What is bounded](soundness.md#what-is-bounded) says what happens at each.",
}
"""Where the keys inside of a key are explained."""


def sections() -> str:
    """A section for each key: what it may be, its default, what it is for."""
    properties: dict[str, dict[str, Any]] = json.loads(generated())["properties"]
    return "\n".join(_section(name, one) for name, one in properties.items())


def page() -> str:
    """The page with the sections that belong to the keys."""
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(BEGIN) + len(BEGIN)] + sections() + text[text.index(END) :]


def _section(name: str, schema: dict[str, Any]) -> str:
    inner = _heuristics(schema) if name == "speculation" else _keys(schema)
    default = "below" if inner else _shown(schema["default"])
    description = re.sub(r"docs/([\w-]+)\.md", r"[\1](\1.md)", schema["description"])
    parts = [f"### {name}", f"*{_values(schema)}; default: {default}*", description]
    if inner:
        parts.append("\n".join(inner))
    if name in SEE:
        parts.append(SEE[name])
    return "\n\n".join(parts) + "\n"


def _shown(default: Any) -> str:
    return "empty" if default in ("", [], {}) else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _values(schema: dict[str, Any]) -> str:
    """What a value may be."""
    if "anyOf" in schema:
        return " or ".join(_values(one) for one in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema["type"] == "array":
        return "list of texts"
    if schema["type"] == "object":
        return "mapping"
    if schema["type"] == "integer":
        most = f" to {schema['maximum']:,}" if schema["maximum"] < 2**31 - 1 else " on"
        return f"whole number, from {schema['minimum']}{most}"
    return {"boolean": "`true` or `false`", "string": "text"}[schema["type"]]


def _keys(schema: dict[str, Any]) -> list[str]:
    """The keys inside of a key."""
    rows = [
        f"| `{name}` | {_values(one)} | {_shown(schema['default'][name])} |"
        for name, one in schema.get("properties", {}).items()
    ]
    return ["| key | value | default |", "| --- | --- | --- |", *rows] if rows else []


def _heuristics(schema: dict[str, Any]) -> list[str]:
    rows = ["| name | `pattern` | `bases` |", "| --- | --- | --- |"]
    for name, row in schema["default"].items():
        bases = ", ".join(f"`{base}`" for base in row["bases"])
        rows.append(f"| `{name}` | `{row['pattern'].replace('|', chr(92) + '|')}` | {bases or 'any'} |")
    return rows


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
