"""Writes ``config/schema.json``: ``python -m tests.tools.schema`` after a change of keys or defaults."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from hybridize_bot.config import data_file
from hybridize_bot.keys import schema


def descriptions(text: str) -> dict[str, str]:
    """Each top-level key of the defaults and the comment above it, on one line."""
    found: dict[str, str] = {}
    remark: list[str] = []
    for line in text.splitlines():
        key = re.match(r"([a-z_]+):", line)
        if line.startswith("#"):
            remark.append(line.lstrip("# "))
        elif key is not None:
            found[key[1]] = " ".join(remark)
        if not line.startswith("#"):
            remark = []
    return found


def generated() -> str:
    """The schema that belongs to the keys and the defaults."""
    text = data_file("defaults.yaml").read_text(encoding="utf-8")
    defaults: dict[str, Any] = yaml.safe_load(text)
    return json.dumps(schema(descriptions(text), defaults), indent=2) + "\n"


def main() -> None:
    """Write the file."""
    data_file("schema.json").write_text(generated(), encoding="utf-8")


if __name__ == "__main__":
    main()
