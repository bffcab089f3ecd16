"""Notebooks in reports: the core counts the lines of all their cells together, people count them by cell.

Data (`told`) and whole reports (`localized`) get lines within their cells. Where the reader of a format looks at the
file itself, `Sources.in_file` gives the place in its JSON.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hybridize.report import Report
from hybridize_bot.render._places import Places


def told(value: Any, places: Places) -> Any:
    """Plain data with ``cell`` beside the ``line`` of each place in a notebook, and its lines within that cell."""
    if not places.notebooks:
        return value
    if isinstance(value, str):
        return places.told(value)
    if isinstance(value, (list, tuple)):
        return [told(one, places) for one in value]
    if not isinstance(value, dict):
        return value
    known = {key: told(one, places) for key, one in value.items()}
    path, line = value.get("path"), value.get("line")
    if not isinstance(path, str) or not isinstance(line, int):
        return known
    cell, known["line"] = places.cell(path, line)
    if cell is None:
        return known
    if known.get("end_line"):
        known["end_line"] -= line - known["line"]
    return {**known, "cell": cell}


def localized(report: Report, places: Places) -> Report:
    """The report with texts of findings that name lines within cells; spans are as they were."""
    if not places.notebooks:
        return report
    findings = tuple(
        msgspec.structs.replace(
            finding,
            message=places.told(finding.message),
            help=places.told(finding.help),
            assumptions=tuple(map(places.told, finding.assumptions)),
            chain=tuple(msgspec.structs.replace(step, message=places.told(step.message)) for step in finding.chain),
        )
        for finding in report.findings
    )
    return msgspec.structs.replace(report, findings=findings)
