"""The plan: which functions of which files to watch, and what to do to them. The tool writes it, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Planned:
    """One function."""

    number: int
    path: str
    """Absolute, links resolved."""
    line: int
    """Of its ``def``."""
    name: str
    apply: str
    """``none``: watch it; ``decorate``: put `tf.function` on it; ``undecorate``: take that away."""
    at: int
    """The line before which the decorator goes: that of the ``def``, or of a decorator."""
    method: bool = False
    """Defined in a class, and not a static method."""
    signature: Any = None
    """Of the decorator, as nested lists of ``{"spec", "dtype", "shape"}``; None for none."""
    drop: int = 0
    """The line of the decorator to take away."""


@dataclass(frozen=True)
class Plan:
    """One run."""

    mode: str
    """``verify``: watch calls and compare; ``trace``: note what parameters receive; ``bench``: time variants."""
    records: str
    """The folder for what is recorded."""
    root: str
    """The folder of the project: what lies there is its own code."""
    seed: int
    functions: tuple[Planned, ...]
    options: dict[str, Any] = field(default_factory=dict)

    def in_file(self, path: str) -> list[Planned]:
        """The functions of a file."""
        return [one for one in self.functions if one.path == path]


def read(path: str) -> Plan:
    """The plan in the file."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    functions = tuple(Planned(**one) for one in data.pop("functions"))
    return Plan(functions=functions, **data)
