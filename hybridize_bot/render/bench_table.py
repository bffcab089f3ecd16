"""`bench` for people and programs: medians with their spread, and whether a difference is more than noise."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import msgspec

from hybridize_bot.console import one_line
from hybridize_bot.render import _cells, _facts
from hybridize_bot.render._style import Style
from hybridize_bot.verify.records import Variant

_BAR = 24


class Bench(msgspec.Struct, frozen=True):
    """The times of one function."""

    path: str
    line: int
    function: str
    variants: tuple[Variant, ...]
    calls: int


class Spread(msgspec.Struct, frozen=True):
    """The median of some times, and the middle half of them."""

    median: float
    low: float
    high: float


def spread(times: Sequence[float]) -> Spread:
    """Median and quartiles."""
    low, _, high = statistics.quantiles(times, n=4, method="inclusive") if len(times) > 1 else [times[0]] * 3
    return Spread(statistics.median(times), low, high)


def is_noise(one: Spread, other: Spread) -> bool:
    """Whether two variants cannot be told apart: the middle halves of their times overlap."""
    return one.low <= other.high and other.low <= one.high


def render(benches: Sequence[Bench], style: Style) -> str:
    """Return a block for each function."""
    lines: list[str] = []
    for bench in benches:
        lines.append(f"{style.gutter(one_line(bench.path))}:{bench.line}  {style.strong(one_line(bench.function))}")
        if not bench.variants:
            lines.append("      the command does not call it outside of graphs")
            continue
        measured = {one.name: spread(one.times) for one in bench.variants if one.times}
        most = max((one.median for one in measured.values()), default=0.0)
        lines += [_line(one, measured, most, style) for one in bench.variants]
    rounds = max((len(one.times) for bench in benches for one in bench.variants), default=0)
    lines += ["", f"Medians of {_facts.count(rounds, 'round')} in turns, with the middle half of them in brackets."]
    return "\n".join(lines) + "\n"


def _line(one: Variant, measured: dict[str, Spread], most: float, style: Style) -> str:
    name = _cells.pad(one.name, 12)
    if one.error:
        return f"      {name}  {style.bad(one_line(one.error)[:160])}"
    own, eager = measured[one.name], measured.get("eager")
    bar = "█" * max(1, round(own.median / most * _BAR)) if most else ""
    first = f"  first call {time(one.first_ms)}" if one.name != "eager" else ""
    told = ""
    if eager is not None and one.name != "eager":
        told = "  no difference beyond noise" if is_noise(own, eager) else f"  {eager.median / own.median:.2f}×"
    middle = f"[{time(own.low)} … {time(own.high)}]"
    return f"      {name}  {time(own.median):>9} {_cells.pad(middle, 24)} {_cells.pad(bar, _BAR)}{told}{first}".rstrip()


def time(milliseconds: float) -> str:
    """``12 µs``, ``3.40 ms``, ``1.20 s``."""
    if milliseconds < 1:
        return f"{milliseconds * 1000:.0f} µs"
    return f"{milliseconds:.2f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"


def as_json(benches: Sequence[Bench]) -> str:
    """All times, with their medians and quartiles."""
    data: list[dict[str, Any]] = []
    for bench in benches:
        one = msgspec.to_builtins(bench)
        for variant, told in zip(bench.variants, one["variants"], strict=True):
            if variant.times:
                told |= {f"{key}_ms": value for key, value in msgspec.to_builtins(spread(variant.times)).items()}
        data.append(one)
    return msgspec.json.format(msgspec.json.encode({"functions": data}), indent=2).decode("utf-8") + "\n"
