"""`inspect --format json`: schema 1, one record per function."""

from __future__ import annotations

import msgspec
from hybridize.report import SCHEMA, FunctionReport, Report


class Document(msgspec.Struct, frozen=True):
    """The whole answer."""

    schema: int
    version: str
    functions: tuple[FunctionReport, ...]


def render(report: Report) -> str:
    """Return indented JSON with a final newline."""
    compact = msgspec.json.encode(Document(SCHEMA, report.version, report.functions))
    return msgspec.json.format(compact, indent=2).decode("utf-8") + "\n"
