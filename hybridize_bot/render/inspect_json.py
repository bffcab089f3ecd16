"""`inspect --format json`: schema 1, one record per function."""

from __future__ import annotations

import msgspec

from hybridize.report import SCHEMA, Report
from hybridize_bot.render import _json
from hybridize_bot.render._notebooks import told
from hybridize_bot.render._places import Places


def render(report: Report, places: Places) -> str:
    """Return indented JSON with a final newline; places in notebooks have a ``cell``."""
    functions = told(msgspec.to_builtins(report.functions), places) if places.notebooks else report.functions
    return _json.encode({"schema": SCHEMA, "version": report.version, "functions": functions})
