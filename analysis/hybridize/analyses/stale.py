"""Stale reads: a model's list of variables is read before the first call of the model, which is what creates them.

Eagerly such a list is short on the first call. `tf.function` traces a body that creates variables twice, and the second
trace finds them all: the graph does not do what the eager first call did (``tests/runtime/test_stale_reads.py``).

The order of events in a body is that of their places in the text; what a called body does counts at the call.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hybridize.analyses.callgraph import CallGraph
from hybridize.domains.value import Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Use
from hybridize.interproc.machine import Machine
from hybridize.syntax.code import Code, Position

FOLLOWED: Final = frozenset({"call", "callback", "traced"})


class _Summary(NamedTuple):
    """What a body does to models, for its callers."""

    builds: frozenset[Value]
    """Models that it, or what it calls, calls."""
    reads: frozenset[Value]
    """Models whose variables it reads before it calls them."""


class StaleReads:
    """Reads and calls of models in every activation, bottom-up over the call graph."""

    def __init__(self, machine: Machine, graph: CallGraph) -> None:
        self.machine = machine
        self._summaries: dict[Activation, _Summary] = {}
        for group in graph.groups:
            found = [self._summary(activation) for activation in group]
            builds = frozenset().union(*(one.builds for one in found))
            reads = frozenset().union(*(one.reads for one in found))
            for activation in group:
                self._summaries[activation] = _Summary(builds, reads)

    def stale(self, code: Code) -> dict[Position, Use]:
        """The stale reads of one function, by place."""
        found: dict[Position, Use] = {}
        for activation in self.machine.by_code.get(code.id, ()):
            builds, reads = self._events(activation)
            for use in reads:
                places = builds.get(use.value, ())
                later = any(use.position < place for place in places)
                if later and not any(place <= use.position for place in places):
                    found.setdefault(use.position, use)
        return found

    def _events(self, activation: Activation) -> tuple[dict[Value, list[Position]], list[Use]]:
        """(places where each model gets called, reads of variables) in a body and in what it calls."""
        builds: dict[Value, list[Position]] = {}
        reads: list[Use] = []
        for use in activation.uses:
            if use.kind == "calls-layer":
                builds.setdefault(use.value, []).append(use.position)
            elif use.kind == "reads-variables":
                reads.append(use)
        for edge in activation.edges:
            summary = self._summaries.get(edge.target)
            if summary is None or edge.kind not in FOLLOWED:
                continue
            for model in summary.builds:
                builds.setdefault(model, []).append(edge.position)
            reads += [Use("reads-variables", edge.target.code.name, edge.position, model) for model in summary.reads]
        return builds, reads

    def _summary(self, activation: Activation) -> _Summary:
        builds, reads = self._events(activation)
        early = (use.value for use in reads if not any(p <= use.position for p in builds.get(use.value, ())))
        return _Summary(frozenset(builds), frozenset(early))
