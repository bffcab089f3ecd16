"""`check --format csv`: one row per finding, by RFC 4180, for scripts and data frames.

Texts are as they are, but for control characters, which are written out. Unlike the table of `inspect`, cells are not
changed for spreadsheets: one that begins with `=` or `@` may be taken for a formula there.
"""

from __future__ import annotations

import csv
import io

from hybridize.finding import Finding
from hybridize.report import Report
from hybridize_bot.console import visible
from hybridize_bot.render._places import Places
from hybridize_bot.render._source import Sources

COLUMNS = (
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "severity",
    "code",
    "slug",
    "function",
    "message",
    "help",
    "assumptions",
    "confidence",
    "fix",
    "fingerprint",
    "cell",
)
"""The header. Columns may be added behind the last one; these keep their names and places."""


def render(report: Report, places: Places) -> str:
    """Return the rows with a header, lines ended by CR LF."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    sources = Sources(places)
    writer.writerows([visible(cell) for cell in _row(finding, places, sources)] for finding in report.findings)
    return target.getvalue()


def _row(finding: Finding, places: Places, sources: Sources) -> list[str]:
    span = finding.span
    cell, line = places.cell(span.path, span.line)
    end_line = line + (span.end_line or span.line) - span.line
    end_column = span.end_column if span.end_line else len(sources.line(span.path, span.line) or "")
    return [
        places.shown(span.path),
        *map(str, (line, span.column + 1, end_line, end_column + 1)),
        finding.severity.value,
        finding.code,
        finding.slug,
        finding.function,
        finding.message,
        finding.help,
        "; ".join(finding.assumptions),
        finding.confidence.value,
        f"{finding.fix.title} ({finding.fix.applicability.value})" if finding.fix is not None else "",
        finding.fingerprint,
        "" if cell is None else str(cell),
    ]
