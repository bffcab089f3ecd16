"""`inspect --format json`: schema 1, one record per function."""

from __future__ import annotations

import msgspec

from hybridize.report import SCHEMA, FunctionReport, Report
from hybridize_bot.render import _json


class Document(msgspec.Struct, frozen=True):
    """The whole answer."""

    schema: int
    version: str
    functions: tuple[FunctionReport, ...]


def render(report: Report) -> str:
    """Return indented JSON with a final newline."""
    return _json.encode(Document(SCHEMA, report.version, report.functions))
