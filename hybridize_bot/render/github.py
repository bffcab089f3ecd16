"""`check --format github`: workflow commands, which GitHub shows as annotations on the changed lines."""

from __future__ import annotations

from collections.abc import Mapping

from hybridize.finding import Finding, Severity, Span
from hybridize.report import Report
from hybridize_bot.render import _notes
from hybridize_bot.render._places import Places
from hybridize_bot.render._source import Sources

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, places: Places) -> str:
    """Return one command per finding, the most severe first: GitHub shows only the first ten of each kind."""
    ordered = sorted(report.findings, key=lambda finding: -finding.severity.rank)
    sources = Sources(places)
    return "".join(_command(finding, sources.in_file(finding.span), places) for finding in ordered)


def _command(finding: Finding, span: Span, places: Places) -> str:
    values = {"file": places.shown(span.path), "line": str(span.line), "col": str(span.column + 1)}
    if span.end_line == span.line and span.end_column > span.column:
        values |= {"endLine": str(span.end_line), "endColumn": str(span.end_column)}
    elif span.end_line > span.line:  # columns are allowed within one line only
        values = {"file": values["file"], "line": values["line"], "endLine": str(span.end_line)}
    values["title"] = f"{finding.code} {finding.slug}"
    lines = [finding.message, *_notes.steps(finding, places), *_notes.advice(finding)]
    return f"::{_COMMANDS[finding.severity]} {properties(values)}::{data(chr(10).join(lines))}\n"


def properties(values: Mapping[str, str]) -> str:
    """The properties of a command."""
    return ",".join(f"{key}={_property(value)}" for key, value in values.items())


def data(text: str) -> str:
    """The text of a command, on one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return data(text).replace(":", "%3A").replace(",", "%2C")
