"""`inspect --format table`: a line per function, grouped by file, cut to the terminal's width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from hybridize.report import FunctionReport, Report
from hybridize_bot.console import one_line
from hybridize_bot.render import _cells, _facts
from hybridize_bot.render._notebooks import by_cell
from hybridize_bot.render._places import Places
from hybridize_bot.render._style import Style

_HEADER = ("LINE", "FUNCTION", "RUNS AS", "TENSORS", "LITERALS", "EFFECTS", "VERDICT")
_LEAST = (4, 12, 7, 8, 8, 7, 16)
"""Columns below which a cell is not cut, however narrow the terminal."""
_GAP = "  "


def render(report: Report, places: Places, style: Style, columns: int = 0) -> str:
    """Return the table; ``columns`` is the width to fit, 0 for any."""
    if not report.functions:
        return f"No functions in {_facts.count(len(report.files), 'file')}.\n"
    rows = [(function.path, _row(function)) for function in by_cell(report.functions, places)]
    widths = _widths([_HEADER, *(row for _path, row in rows)], columns)
    lines = [style.strong(_line(_HEADER, widths))]
    for path, own in groupby(rows, key=lambda item: item[0]):
        lines.append(style.gutter(one_line(places.shown(path))))
        lines += [_line(row, widths) for _path, row in own]
    lines += ["", _summary(report, [row for _path, row in rows])]
    return "\n".join(lines) + "\n"


def _row(function: FunctionReport) -> tuple[str, ...]:
    cells = (
        str(function.line),
        function.qualname,
        "graph" if function.hybrid else "eager",
        " ".join(_facts.parameters(function, "tensor")) or "-",
        " ".join(_facts.parameters(function, "literal")) or "-",
        _effects(function),
        _facts.verdict(function),
    )
    return tuple(one_line(cell) for cell in cells)


def _effects(function: FunctionReport) -> str:
    fact = function.facts.get("side_effects")
    if fact is None or fact.value is None:
        return "?"
    kinds = sorted({evidence.kind for evidence in fact.evidence if evidence.kind})
    return (" ".join(kinds) or "yes") if fact.value else "-"


def _widths(rows: Sequence[Sequence[str]], columns: int) -> list[int]:
    """The widest cell of each column; where that is too much in all, the widest columns give way first."""
    widths = [max(_cells.width(row[index]) for row in rows) for index in range(len(_HEADER))]
    room = columns - len(_GAP) * (len(_HEADER) - 1) if columns else sum(widths)
    while sum(widths) > room:
        excess = [(width - least, index) for index, (width, least) in enumerate(zip(widths, _LEAST, strict=True))]
        most, index = max(excess)
        if most <= 0:
            break
        widths[index] -= 1
    return widths


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [_cells.fit(cell, width) for cell, width in zip(row, widths, strict=True)]
    first = " " * (widths[0] - _cells.width(cells[0])) + cells[0]
    rest = (_cells.pad(cell, width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return _GAP.join([first, *rest]).rstrip()


def _summary(report: Report, rows: Sequence[Sequence[str]]) -> str:
    hybrid = sum(function.hybrid for function in report.functions)
    actions = [function.verdict.action for function in report.functions if function.verdict.action]
    files = _facts.count(len(report.files), "file")
    parts = [f"{_facts.count(len(report.functions), 'function')} in {files}, {hybrid} of them run as graphs"]
    parts += [f"{actions.count(action)} {action}" for action in dict.fromkeys(sorted(actions))]
    doubt = " A question mark: cannot be told." if any("?" in cell for row in rows for cell in row) else ""
    return "; ".join(parts) + "." + doubt
