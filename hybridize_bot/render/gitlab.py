"""`check --format gitlab`: a report of GitLab's Code Quality, which merge requests show as a widget and in the diff.

GitLab compares the fingerprints of two runs to tell new findings from old ones, and drops all but one of those that
have the same. So the second of several like findings gets a counter, in the order of the file.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hybridize.finding import Finding, Severity
from hybridize.report import Report
from hybridize_bot.render import _json, _notes, _tool
from hybridize_bot.render._places import Places
from hybridize_bot.render._source import Sources

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}
_CATEGORIES = {"HYB1": "Bug Risk", "HYB5": "Bug Risk", "HYB2": "Performance", "HYB3": "Performance"}
"""By family of rules; what else there is costs clarity."""


def render(report: Report, places: Places) -> str:
    """Return the issues as one JSON array."""
    known: Counter[str] = Counter()
    sources = Sources(places)
    issues = []
    for finding in report.findings:
        known[finding.fingerprint] += 1
        span = sources.in_file(finding.span)
        issue = _issue(finding, known[finding.fingerprint], places, report.version)
        lines = {"begin": span.line, "end": max(span.line, span.end_line)}
        issues.append({**issue, "location": {"path": places.shown(span.path), "lines": lines}})
    return _json.encode(issues)


def _issue(finding: Finding, number: int, places: Places, version: str) -> dict[str, Any]:
    notes = [*_notes.steps(finding, places), *_notes.advice(finding)]
    body = [finding.message, *(f"- {' '.join(note.split())}" for note in notes)]
    body.append(f"- [{finding.code} {finding.slug}]({_tool.page(finding.code, version)})")
    return {
        "type": "issue",
        "check_name": finding.code,
        "description": f"{finding.code}: {' '.join(finding.message.split())}",
        "content": {"body": "\n".join([body[0], "", *body[1:]])},
        "categories": [_CATEGORIES.get(finding.code[:4], "Clarity")],
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": finding.fingerprint if number == 1 else f"{finding.fingerprint}-{number}",
    }
