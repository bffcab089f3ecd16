"""Notebooks in reports: the core counts the lines of all their cells together, people count them by cell.

Data (`told`) and whole reports (`localized`) get lines within their cells. Where the reader of a format looks at the
file itself, `Sources.in_file` gives the place in its JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from hybridize.report import FunctionReport, Report
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


def by_cell(functions: Sequence[FunctionReport], places: Places) -> list[FunctionReport]:
    """The functions with ``train.ipynb:cell 3`` for the path of those in notebooks, and lines within the cell."""
    return [_in_cell(function, places) if places.notebooks else function for function in functions]


def _in_cell(function: FunctionReport, places: Places) -> FunctionReport:
    cell, line = places.cell(function.path, function.line)
    if cell is None:
        return function
    end = line + function.end_line - function.line
    return msgspec.structs.replace(function, path=f"{function.path}:cell {cell}", line=line, end_line=end)


def localized(report: Report, places: Places) -> Report:
    """The report with texts of findings that name lines within cells; spans are as they were."""
    if not places.notebooks:
        return report
    findings = tuple(
        msgspec.structs.replace(
            finding,
            message=places.told(finding.message),
            help=places.told(finding.help),
            cause=places.told(finding.cause),
            proof=places.told(finding.proof),
            assumptions=tuple(map(places.told, finding.assumptions)),
            chain=tuple(msgspec.structs.replace(step, message=places.told(step.message)) for step in finding.chain),
        )
        for finding in report.findings
    )
    return msgspec.structs.replace(report, findings=findings)
