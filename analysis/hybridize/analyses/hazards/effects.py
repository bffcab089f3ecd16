"""Python side effects of functions that are traced, though no `tf.function` stands over them.

`tf.data` and Keras trace what they are given; under a `tf.function` over another decorator, the wrapper is traced.
"""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses import describe
from hybridize.analyses.effects import EffectAnalysis, Occurrence
from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import Traced, Tracing
from hybridize.domains.value import BOTTOM


def effects(tracing: Tracing, analysis: EffectAnalysis) -> Iterator[tuple[Traced, Seen]]:
    """The certain effects of what starts such a trace, at their places in its own body."""
    done: set[str] = set()
    starts = {
        one.activation
        for several in tracing.traced.values()
        for one in several
        if one.caller is None and one.root is not None
    }
    for several in tracing.traced.values():
        for traced in several:
            code = traced.activation.code
            if traced.caller is not None or traced.root is None:
                continue
            if code.id in done or code.id in tracing.machine.hybridized:
                continue  # facts of the function say it
            done.add(code.id)
            # What a body does when somebody else calls it, perhaps with other arguments, is no part of the trace.
            within = [act for act in tracing.machine.by_code[code.id] if act in starts]
            for one in analysis.occurrences(code.id, within):
                if not one.certain or one.kind == "opaque" or one.effect.for_trace or one.effect.scratch:
                    continue
                # What a wrapper calls tells its own effects if it is traced itself; the rest is mostly caches. The
                # dicts that tf.data and Keras pass are made for the trace: nobody else sees what becomes of them.
                wrapper = traced.root.by == "tf.function"
                meant = not one.chain if wrapper else one.kind != "writes-parameter"
                if meant:
                    yield traced, Seen("python-effect", one.position, _clause(one), 0, BOTTOM)


def _clause(one: Occurrence) -> str:
    """What happens, with the calls that lead there: "calls `log` (train.py:41), which prints (train.py:12)"."""
    deed = describe.effect(one.kind, one.effect, one.parameter)
    if not one.chain:
        return deed
    callees = [activation.code for activation, _, _ in one.chain]
    steps = (f"`{code.qualname or code.name}` ({code.path}:{code.position[0]})" for code in callees)
    calls = ", which ".join(f"calls {step}" for step in steps)
    return f"{calls}, which {deed} ({one.path}:{one.effect.position[0]})"
