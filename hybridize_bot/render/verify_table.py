"""`verify` for people: a line per function with a bar for its speed, and below it what speaks against it."""

from __future__ import annotations

import math
from collections import Counter
from itertools import groupby

from hybridize.runs import AGAINST, OUTCOMES, FunctionEvidence, RunEvidence
from hybridize_bot.console import one_line
from hybridize_bot.render import _cells, _facts
from hybridize_bot.render._style import Style
from hybridize_bot.render.bench_table import time

_HEADER = ("LINE", "FUNCTION", "OUTCOME", "CALLS", "TRACES", "EAGER", "GRAPH", "GAIN")
_RIGHT = (0, 3, 4, 5, 6, 7)
_GAP = "  "
_BAR = 16


def render(evidence: RunEvidence, runs: int, style: Style, columns: int = 0) -> str:
    """Return the table; ``columns`` is the width to fit, 0 for any."""
    rows = [(one, _row(one)) for one in evidence.functions]
    widths = [max(_cells.width(row[at]) for row in [_HEADER, *(row for _, row in rows)]) for at in range(len(_HEADER))]
    most = max((one.gain or 0.0 for one in evidence.functions), default=0.0)
    lines = [style.strong(_line(_HEADER, widths))]
    for path, own in groupby(rows, key=lambda item: item[0].path):
        lines.append(style.gutter(one_line(path)))
        for one, row in own:
            bar = _bar(one.gain, most)
            lines.append(_colored(one, _line(row, widths), style) + (_GAP + _paint(one, bar, style) if bar else ""))
            lines += [_cells.fit(f"      {text}", columns or 10_000) for text in _remarks(one)]
    lines += ["", _summary(evidence, runs)]
    return "\n".join(lines) + "\n"


def _row(one: FunctionEvidence) -> tuple[str, ...]:
    exercised = one.eager_ms is not None
    return (
        str(one.line),
        one_line(one.function) + (" (removed)" if one.change == "undecorate" else ""),
        one.outcome,
        str(one.calls),
        f"{one.traces}/{one.signatures}" if exercised else "-",
        _time(one.eager_ms),
        _time(one.graph_ms),
        f"{one.gain:.2f}×" if one.gain is not None else "-",
    )


def _time(value: float | None) -> str:
    return "-" if value is None else time(value)


def _bar(gain: float | None, most: float) -> str:
    """On a logarithmic scale, since twice as fast is as far from 1 as twice as slow."""
    if gain is None or gain <= 0:
        return ""
    scale = math.log2(max(most, 2.0)) / _BAR
    return (
        "█" * max(1, round(math.log2(gain) / scale))
        if gain >= 1
        else "▒" * max(1, min(_BAR, round(-math.log2(gain) / scale)))
    )


def _paint(one: FunctionEvidence, bar: str, style: Style) -> str:
    return style.good(bar) if one.outcome == "proven" else style.faint(bar)


def _colored(one: FunctionEvidence, line: str, style: Style) -> str:
    if one.outcome in AGAINST:
        return style.bad(line)
    return style.faint(line) if one.outcome == "not-exercised" else line


def _remarks(one: FunctionEvidence) -> list[str]:
    lines = [one_line(one.message)] if one.message else []
    lines += [f"note: {one_line(note)}" for note in one.notes]
    if one.tracing_ms and one.outcome not in AGAINST:
        paid = _pays(one)
        lines.append(f"tracing took {_time(one.tracing_ms)}{paid}")
    return lines


def _pays(one: FunctionEvidence) -> str:
    """After how many calls the traces have paid for themselves."""
    if one.eager_ms is None or one.graph_ms is None or one.graph_ms >= one.eager_ms or not one.tracing_ms:
        return ""
    return f", which pays after {_facts.count(math.ceil(one.tracing_ms / (one.eager_ms - one.graph_ms)), 'call')}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = []
    for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
        blank = " " * (width - _cells.width(cell))
        cells.append(blank + cell if at in _RIGHT else cell + blank)
    return _GAP.join(cells).rstrip()


def _summary(evidence: RunEvidence, runs: int) -> str:
    counts = Counter(one.outcome for one in evidence.functions)
    parts = [f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome]]
    gains = [one.gain for one in evidence.functions if one.gain and one.outcome in ("proven", "equal-but-slower")]
    mean = f" Mean gain {math.exp(sum(map(math.log, gains)) / len(gains)):.2f}× (geometric)." if gains else ""
    versions = f"TensorFlow {evidence.tensorflow or '(none)'}, Python {evidence.python}"
    functions = _facts.count(len(evidence.functions), "function")
    ran = f"{_facts.count(runs, 'run')} of `{one_line(' '.join(evidence.command))}`"
    return f"{functions} in {ran}: {', '.join(parts)}.{mean} {versions}."
