"""`trace` for people: each function that was called, and below it what its parameters received."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

from hybridize.runs import FunctionEvidence, Received, RunEvidence
from hybridize_bot.console import one_line
from hybridize_bot.render import _facts
from hybridize_bot.render._style import Style

_KINDS = 4
"""So many kinds of one parameter are shown."""


def render(evidence: RunEvidence, style: Style) -> str:
    """Return the list."""
    lines = []
    for path, own in groupby(evidence.functions, key=lambda one: one.path):
        lines.append(style.gutter(one_line(path)))
        for one in own:
            calls = _facts.count(one.calls, "call")
            lines.append(f"{one.line:>6}  {style.strong(one_line(one.function))}  {style.faint(calls)}")
            lines += [f"        {text}" for text in _parameters(one)]
    called = _facts.count(len(evidence.functions), "function")
    versions = f"TensorFlow {evidence.tensorflow or '(none)'}, Python {evidence.python}"
    lines += ["", f"{called} called outside of graphs by `{one_line(' '.join(evidence.command))}`. {versions}."]
    return "\n".join(lines) + "\n"


def _parameters(one: FunctionEvidence) -> list[str]:
    kinds: dict[str, list[Received]] = defaultdict(list)
    for received in one.parameters:
        kinds[received.parameter].append(received)
    lines = []
    for name, found in kinds.items():
        shown = [_kind(received) for received in sorted(found, key=lambda received: -received.calls)]
        more = f" | … {len(shown) - _KINDS} more" if len(shown) > _KINDS else ""
        lines.append(one_line(f"{name}: {' | '.join(shown[:_KINDS])}{more}"))
    return lines


def _kind(received: Received) -> str:
    if not received.dtype:
        return received.kind
    axes = "..." if received.shape is None else ", ".join("?" if size is None else str(size) for size in received.shape)
    return f"{received.kind} {received.dtype}[{axes}]"
