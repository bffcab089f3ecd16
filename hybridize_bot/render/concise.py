"""`check --format concise`: one line per finding, for editors, grep and logs."""

from __future__ import annotations

from hybridize.finding import Finding
from hybridize.report import Report
from hybridize_bot.console import one_line
from hybridize_bot.render._places import Places
from hybridize_bot.render._style import Style


def render(report: Report, places: Places, style: Style) -> str:
    """Return ``path:line:column: severity[CODE slug] message`` for each finding."""
    return "".join(_line(finding, places, style) for finding in report.findings)


def _line(finding: Finding, places: Places, style: Style) -> str:
    tag = style.severity(finding.severity, f"{finding.severity.value}[{finding.code} {finding.slug}]")
    rests = f" (assuming {'; '.join(finding.assumptions)})" if finding.assumptions else ""
    rests += f" ({finding.cause})" if finding.cause else ""
    rests += f" (proven: {finding.proof})" if finding.proof else ""
    return f"{one_line(places.position(finding.span))}: {tag} {one_line(finding.message + rests)}\n"
