"""A report as rows: one for each function and each finding, with the columns that questions are asked about.

The column ``record`` has everything else: of a function what `inspect --format json` says of it, of a finding what
`check --format json` says.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hybridize.report import FACTS, Report
from hybridize_bot.render import _json
from hybridize_bot.render._notebooks import told
from hybridize_bot.render._places import Places
from hybridize_bot.render.check_json import fields

Row = dict[str, Any]


def functions(report: Report) -> list[Row]:
    """The functions, in the order of the report."""
    places = Places(report.root, report.root, report.files)
    records: Any = told(msgspec.to_builtins(report.functions), places) if places.notebooks else report.functions
    rows = []
    for function, record in zip(report.functions, records, strict=True):
        verdict, opportunity = function.verdict, function.opportunity
        rows.append({
            "path": text(function.path),
            "qualname": text(function.qualname),
            "line": function.line,
            "end_line": function.end_line,
            "hybrid": function.hybrid,
            "method": function.method,
            "nested": function.nested,
            **{name: fact.value if (fact := function.facts.get(name)) is not None else None for name in FACTS},
            "action": verdict.action,
            "precondition": verdict.precondition,
            "failures": list(verdict.failures),
            "signature_relation": verdict.signature_relation,
            "suggested": opportunity is not None and not opportunity.obstacles,
            "record": _json.line(record).rstrip("\n"),
        })  # fmt: skip
    return rows


def findings(report: Report) -> list[Row]:
    """The findings, and those that comments suppress, each by place."""
    places = Places(report.root, report.root, report.files)
    found = [(finding, False) for finding in report.findings]
    found += [(one.finding, True) for one in report.suppressed]
    return [
        {
            "path": text(finding.span.path),
            "line": finding.span.line,
            "column": finding.span.column,
            "code": finding.code,
            "rule": finding.slug,
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "function": text(finding.function),
            "message": text(finding.message),
            "suppressed": suppressed,
            "fingerprint": finding.fingerprint,
            "record": _json.line(fields(finding, places)).rstrip("\n"),
        }
        for finding, suppressed in sorted(found, key=lambda one: one[0].sort_key)
    ]


def text(value: str) -> str:
    """A text that UTF-8 can hold, as it is or with escapes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")
