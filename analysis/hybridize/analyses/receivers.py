"""Methods called on an object that nobody holds: ``Model().step(x)``.

A decorated method refers weakly to the object it is taken from. Eagerly the call itself keeps the object; as a graph,
``self`` is None by the time the body runs (``tests/runtime/test_tracing.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hybridize.analyses.callgraph import CallGraph
from hybridize.analyses.effects import EffectAnalysis
from hybridize.domains.atoms import Atom, Object
from hybridize.finding import Span
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.interproc.machine import Machine
from hybridize.report import Evidence, Fact
from hybridize.span import place_name
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position

STORES = {ir.STORE: 2, ir.STORE_NAME: 2, ir.STORE_GLOBAL: 2, ir.STORE_CELL: 3}
"""Instructions that bind a name, and where the register stands that they bind it to."""


class Receivers:
    """The fact for every function of a finished run."""

    def __init__(self, machine: Machine, graph: CallGraph, effects: EffectAnalysis) -> None:
        self.machine = machine
        self.graph = graph
        self.effects = effects

    def temporary(
        self, code: Code, place: Callable[[str, Position], Span], text: Callable[[str, Position], str]
    ) -> Fact:
        """Whether some call of a method is certainly on an object that nobody holds while the body runs."""
        evidence: dict[tuple[str, Position], Evidence] = {}
        if self.machine.program.is_method(code) and code.id not in self.machine.method_kinds and _uses_receiver(code):
            for activation, edge in self._calls(code):
                if self._nobody_holds(activation, edge):
                    path, position = activation.code.path, edge.position
                    evidence[path, position] = Evidence(
                        path=path,
                        line=position[0],
                        text=text(path, position),
                        detail="calls it on an object that nobody holds",
                        span=place(path, position),
                    )
        return Fact(value=bool(evidence), basis="flow", evidence=tuple(evidence.values()))

    def _calls(self, code: Code) -> Iterator[tuple[Activation, Edge]]:
        for id, kind in self.graph.callers.get(code.id, ()):
            if kind == "call":
                for activation in self.machine.by_code.get(id, ()):
                    for edge in activation.edges:
                        if edge.kind == kind and edge.target.code.id == code.id and edge.passed:
                            yield activation, edge

    def _nobody_holds(self, activation: Activation, edge: Edge) -> bool:
        receivers = edge.passed[0].atoms
        if not receivers or any(self._held(atom) for atom in receivers):
            return False
        made = _receiver_call(activation.code, edge.position)
        return made is not None and all(self._made_by(atom, activation, made[-1]) for atom in receivers)

    def _held(self, atom: Atom) -> bool:
        return not isinstance(atom, Object) or not atom.exact or atom in self.effects.homes

    def _made_by(self, atom: Atom, activation: Activation, position: Position) -> bool:
        """Whether the call at a position makes the object, itself or in what it calls."""
        assert isinstance(atom, Object)
        here = f"{activation.code.path}:{place_name(position[0], position[1])}"
        if atom in activation.allocated and atom.site.partition("<")[0] == here:
            return True
        return any(
            edge.position == position
            and edge.target in self.effects.summaries
            and atom in self.effects.summaries[edge.target].allocated
            for edge in activation.edges
        )


def _uses_receiver(code: Code) -> bool:
    """Whether the body mentions its first parameter; ``super()`` does."""
    name = code.parameters[0].name if code.parameters else ""
    mentions = {(ir.LOAD, 2, name), (ir.LOAD_CELL, 3, name), (ir.LOAD_GLOBAL, 2, "super")}
    if code.parameters and code.parameters[0].cell:
        return True  # an inner function has it
    return any(
        (ins[0], field, ins[field]) in mentions
        for block in code.blocks
        for ins in block.instructions
        for field in (2, 3)
        if len(ins) > field and isinstance(ins[field], str)
    )


def _receiver_call(code: Code, position: Position) -> Instruction | None:
    """The call that makes what the method at a position is called on, if no name is bound to it."""
    instructions = [ins for block in code.blocks for ins in block.instructions]
    made = {ins[1]: ins for ins in instructions if ins[0] in (ir.ATTR, ir.CALL)}
    call = next((ins for ins in instructions if ins[0] == ir.CALL and ins[-1] == position), None)
    method = made.get(call[2]) if call is not None else None
    if method is None or method[0] != ir.ATTR:
        return None
    receiver = made.get(method[2])
    if receiver is None or receiver[0] != ir.CALL:
        return None
    kept = any(ins[0] in STORES and ins[STORES[ins[0]]] == receiver[1] for ins in instructions)
    return None if kept else receiver
