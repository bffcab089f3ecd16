"""`inspect --format csv`: one row per function, its facts as columns; opens safely in a spreadsheet."""

from __future__ import annotations

import csv
import io

from hybridize.report import FACTS, FunctionReport, Report
from hybridize_bot.console import visible
from hybridize_bot.render import _facts
from hybridize_bot.render._notebooks import by_cell
from hybridize_bot.render._places import Places

_HEAD = (
    "path",
    "qualname",
    "line",
    "end_line",
    "hybrid",
    "form",
    "arguments",
    "tensor_parameters",
    "literal_parameters",
)
_TAIL = (
    "input_signature",
    "input_signature_absence",
    "action",
    "precondition",
    "failures",
    "signature_relation",
    "assumptions",
)
_FACT_COLUMNS = tuple(name + suffix for name in FACTS for suffix in ("", "_basis", "_reason", "_evidence"))
COLUMNS = (*_HEAD, *_FACT_COLUMNS, *_TAIL)

_TO_SPACE = str.maketrans("\t\r\n", "   ")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a cell for a formula, the full-width forms included."""


def render(report: Report, places: Places) -> str:
    """Return the rows, with a header. A fact is ``true``, ``false`` or empty, and then its reason column is not."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    functions = by_cell(report.functions, places)
    writer.writerows([_safe(places.told(cell)) for cell in _row(function)] for function in functions)
    return target.getvalue()


def _row(function: FunctionReport) -> list[str]:
    hybridization = function.hybridization
    arguments = hybridization.arguments if hybridization is not None else {}
    cells = [
        function.path,
        function.qualname,
        str(function.line),
        str(function.end_line),
        _facts.truth(function.hybrid),
        hybridization.form if hybridization is not None else "",
        "; ".join(f"{name}={text}" for name, text in arguments.items()),
        "; ".join(_facts.parameters(function, "tensor")),
        "; ".join(_facts.parameters(function, "literal")),
    ]
    for name in FACTS:
        fact = function.facts.get(name)
        if fact is None:
            cells += ["", "", "", ""]
        else:
            cells += [
                _facts.truth(fact.value),
                fact.basis or "",
                fact.reason,
                "; ".join(map(_facts.site, fact.evidence)),
            ]
    verdict = function.verdict
    return [
        *cells,
        _facts.signature(function),
        function.input_signature_absence,
        verdict.action or "",
        verdict.precondition or "",
        "; ".join(verdict.failures),
        verdict.signature_relation or "",
        "; ".join(function.assumptions),
    ]


def _safe(cell: str) -> str:
    """Return one line, with an apostrophe before what a spreadsheet would run as a formula."""
    line = visible(cell.translate(_TO_SPACE))
    return f"'{line}" if line.lstrip().startswith(_FORMULA) else line
