"""`check --format concise`: one line per finding, for editors, grep and logs."""

from __future__ import annotations

from hybridize.report import Report

from hybridize_bot.console import one_line
from hybridize_bot.render._places import Places


def render(report: Report, places: Places) -> str:
    """``path:line:column: severity[CODE] message``."""
    return "".join(
        f"{one_line(places.position(finding.span))}: {finding.severity.value}[{finding.code}] {one_line(finding.message)}\n"
        for finding in report.findings
    )
