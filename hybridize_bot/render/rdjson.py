"""`check --format rdjson`: reviewdog's `DiagnosticResult`, which it turns into comments on a pull request.

Columns count bytes of UTF-8, and a suggestion replaces one range of the file that the finding is in. A fix of several
edits becomes one suggestion that reaches from the first to the last, since half of a fix is none; a fix that touches
other files becomes no suggestion, and neither does one of a notebook, whose lines are JSON.
"""

from __future__ import annotations

import itertools
from typing import Any

from hybridize.finding import Finding, Severity, Span
from hybridize.report import Report
from hybridize_bot.render import _json, _notes, _tool
from hybridize_bot.render._places import Places
from hybridize_bot.render._positions import Positions, utf8
from hybridize_bot.render._source import Sources

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def render(report: Report, places: Places) -> str:
    """Return the result as JSON."""
    return _json.encode(_Result(report, places).document())


class _Result:
    def __init__(self, report: Report, places: Places) -> None:
        self._report = report
        self._places = places
        self._sources = Sources(places)
        self._positions = Positions(self._sources, utf8)

    def document(self) -> dict[str, Any]:
        return {
            "source": {"name": _tool.NAME, "url": _tool.HOME},
            "diagnostics": [self._diagnostic(finding) for finding in self._report.findings],
        }

    def _diagnostic(self, finding: Finding) -> dict[str, Any]:
        return {
            "message": "\n".join([finding.message, *_notes.advice(finding)]),
            "location": self._location(finding.span),
            "severity": _SEVERITIES[finding.severity],
            "code": {"value": finding.code, "url": _tool.page(finding.code, self._report.version)},
            "suggestions": self._suggestions(finding),
            "related_locations": [
                {"message": step.message, "location": self._location(step.span)} for step in finding.chain
            ],
        }

    def _location(self, span: Span) -> dict[str, Any]:
        return {"path": self._places.shown(span.path), "range": self._range(span)}

    def _range(self, span: Span) -> dict[str, Any]:
        line, column, end_line, end_column = self._positions.region(span)
        return {"start": {"line": line, "column": column}, "end": {"line": end_line, "column": end_column}}

    def _suggestions(self, finding: Finding) -> list[dict[str, Any]]:
        source = self._sources.file(finding.span.path)
        if finding.fix is None or source is None or source.notebook is not None:
            return []
        edits = sorted(finding.fix.edits)
        if any(edit.span.path != finding.span.path for edit in edits):
            return []
        first, last = edits[0].span, edits[-1].span
        text = edits[0].replacement
        for before, edit in itertools.pairwise(edits):
            end, start = before.span, edit.span
            text += source.text[source.offset(end.end_line, end.end_column) : source.offset(start.line, start.column)]
            text += edit.replacement
        span = Span(first.path, first.line, first.column, last.end_line, last.end_column)
        return [{"range": self._range(span), "text": text}]
