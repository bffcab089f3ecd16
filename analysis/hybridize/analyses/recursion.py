"""Recursion below a function that is not recursive itself, and whether tracing comes to its end.

Under `tf.function` both branches of an ``if`` over a tensor are traced. A recursion that only such a test ends eagerly
goes on for ever while tracing (``tests/runtime/test_tracing.py``); one that a Python value ends does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from hybridize.analyses.callgraph import CallGraph
from hybridize.domains.atoms import Tensor, Unknown
from hybridize.finding import Span
from hybridize.interproc.activation import Activation
from hybridize.interproc.machine import Machine
from hybridize.reasons import Reason
from hybridize.report import Evidence, Fact
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position

Test = Literal["tensor", "python", "unknown"]
"""What a branch looks at."""

MAKING = frozenset({ir.LOAD, ir.COMPARE, ir.CALL, ir.BINARY, ir.UNARY, ir.ATTR, ir.ITEM})
"""Instructions that fill a register from a name, or with what the position they end with gives."""


class Recursion:
    """The fact for functions of a finished run."""

    def __init__(self, machine: Machine, graph: CallGraph) -> None:
        self.machine = machine
        self.graph = graph

    def endless(
        self,
        code: Code,
        reached: Iterable[Activation],
        place: Callable[[str, Position], Span],
        text: Callable[[str, Position], str],
    ) -> Fact:
        """Whether tracing a function runs into a recursion that nothing ends; ``reached``: what its graph contains."""
        own = self.graph.recursive.get(code.id, ())
        doubtful: list[Evidence] = []
        for activation in reached:
            callee = activation.code
            if callee.id not in self.graph.reentrant or callee.id in own:
                continue
            for edge in activation.edges:
                if edge.target.code.id not in self.graph.recursive[callee.id]:
                    continue
                tests = _guards(activation, edge.position)
                if "python" in tests:
                    continue
                evidence = Evidence(
                    path=callee.path,
                    line=edge.position[0],
                    text=text(callee.path, edge.position),
                    detail="calls itself, and no Python value ends that",
                    span=place(callee.path, edge.position),
                )
                if "unknown" not in tests:
                    return Fact(value=True, basis="flow", evidence=(evidence,))
                doubtful.append(evidence)
        if doubtful:
            return Fact(value=None, evidence=tuple(doubtful[:3]), reason=Reason.UNKNOWN_TEST.value)
        return Fact(value=False, basis="flow")


def _guards(activation: Activation, position: Position) -> set[Test]:
    """What the branches look at that decide whether a body gets to the call at a position."""
    blocks = activation.code.blocks
    calls = [
        n for n, block in enumerate(blocks) if any(i[0] == ir.CALL and i[-1] == position for i in block.instructions)
    ]
    found: set[Test] = set()
    for number, block in enumerate(blocks):
        if block.test >= 0 and len(block.targets) == 2:
            ways = [_leads(activation.code, target, calls) for target in block.targets]
            if ways[0] is not ways[1] and (number in calls or _leads(activation.code, 0, [number])):
                found.add(_test(activation, block.test))
    return found


def _leads(code: Code, start: int, goals: list[int]) -> bool:
    seen = {start}
    stack = [start]
    while stack:
        number = stack.pop()
        if number in goals:
            return True
        for target in code.blocks[number].targets:
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return False


def _test(activation: Activation, register: int) -> Test:
    """What a register that decides a branch holds: where it comes from, and whether an operation made it."""
    operations = {use.position for use in activation.uses if use.kind == "op"}
    made: dict[int, Instruction] = {
        ins[1]: ins for block in activation.code.blocks for ins in block.instructions if ins[0] in MAKING
    }
    unknown = any(isinstance(atom, Unknown) for value in activation.args.values() for atom in value.atoms)
    instruction = made.get(register)
    while instruction is not None and instruction[0] == ir.UNARY and instruction[2] == "not":
        instruction = made.get(instruction[3])
    if instruction is not None and instruction[0] == ir.LOAD:
        atoms = activation.args[instruction[2]].atoms if instruction[2] in activation.args else ()
        if atoms:
            return "tensor" if all(isinstance(atom, Tensor) for atom in atoms) else "python"
        return "unknown"
    if instruction is not None and instruction[-1] in operations:
        return "tensor"
    return "unknown" if unknown or instruction is None else "python"
