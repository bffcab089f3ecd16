"""Evaluation of one body in one activation: flow-sensitive over its blocks, to a fixpoint at loop heads."""

from __future__ import annotations

import builtins
import heapq
import math
from typing import Any

from hybridize.domains.atoms import Atom, lib_of
from hybridize.domains.value import (
    BOTTOM,
    NONE,
    Value,
    absorb,
    const_value,
    join,
    type_value,
    unknown_value,
    value_of,
    widen,
)
from hybridize.interproc import imports, operators
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge, Effect, Use
from hybridize.interproc.instructions import OPERATIONS
from hybridize.interproc.machine import Machine, widen_constants
from hybridize.reasons import Reason
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Position

Env = dict[str, Value]

WIDEN_AFTER = 3
"""Rounds of a loop after which constants that still change become their types."""


class Frame:
    """The evaluation of one activation; also the context that calls, attributes and operators work in."""

    def __init__(
        self, machine: Machine, activation: Activation, env_id: str | None = None, code: Code | None = None
    ) -> None:
        """``code``, where given, is a class body that runs as part of the activation's own."""
        self.machine = machine
        self.activation = activation
        self.code: Code = activation.code if code is None else code
        self.path = self.code.path
        self.env_id = activation.id if env_id is None else env_id
        """Owner of the closure variables of this body."""
        self.registers: list[Value] = [BOTTOM] * self.code.registers
        self.block: ir.Block = self.code.blocks[0]
        """The one being evaluated."""
        self.env: Env = {}
        self.exit_env: Env = {}
        self.result = BOTTOM
        self.yielded = BOTTOM
        self.edges: dict[Edge, None] = {}
        self.effects: dict[Effect, None] = {}
        self.choices: dict[Position, Value] = {}
        self.uses: dict[Use, None] = {}
        self.inner_names: dict[str, Value] = {}
        self.decorating: tuple[Position, Code] | None = None
        """The decorator being applied, if one is, and the definition it stands over."""
        self.configured: tuple[tuple[str, Position], ...] = ()
        """(path, position) of the calls that configured the partial being called."""

    # -- control flow ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Evaluate all reachable blocks until their entry states stop growing."""
        blocks = self.code.blocks
        order = self.machine.block_orders.get(self.code.id)
        if order is None:
            order = self.machine.block_orders[self.code.id] = _reverse_postorder(self.code)
        entry: list[Env | None] = [None] * len(blocks)
        visits = [0] * len(blocks)
        entry[0] = self._parameters()
        heap = [(order[0], 0)]
        queued = {0}
        while heap:
            _, number = heapq.heappop(heap)
            queued.discard(number)
            block = self.block = blocks[number]
            visits[number] += 1
            before = entry[number]
            self.env = dict(before)  # type: ignore[arg-type]
            ended = self._execute(block.instructions)
            successors: tuple[int, ...] = () if ended else self._taken(block)
            if not block.targets and not ended:
                self.exit_env = _joined(self.exit_env, self.env)
            for target in successors:
                if self._flow(entry, target, self.env, visits) and target not in queued:
                    queued.add(target)
                    heapq.heappush(heap, (order[target], target))
            for target in block.handlers:
                grew = self._flow(entry, target, before, visits)  # type: ignore[arg-type]
                if (self._flow(entry, target, self.env, visits) or grew) and target not in queued:
                    queued.add(target)
                    heapq.heappush(heap, (order[target], target))
            if not block.targets and not ended and self.code.kind in ("function", "lambda"):
                self.result = join(self.result, NONE)

    def _parameters(self) -> Env:
        env: Env = {}
        for parameter in self.code.parameters:
            value = self.activation.args.get(parameter.name, BOTTOM)
            if parameter.cell:
                self.machine.write(("v", self.env_id, parameter.name), value)
            else:
                env[parameter.name] = value
        return env

    def _flow(self, entry: list[Env | None], target: int, env: Env, visits: list[int]) -> bool:
        """Join a state into a block's entry; whether that made it grow."""
        old = entry[target]
        if old is None:
            entry[target] = dict(env)
            return True
        if old == env:  # values compare by identity: this is one pass in C
            return False
        changed = False
        late = visits[target] >= WIDEN_AFTER
        for name, value in env.items():
            current = old.get(name)
            if current is value:
                continue
            grown = value if current is None else join(current, value)
            if grown is current:
                continue
            if late:
                grown = absorb(widen_constants(grown))
            grown = widen(grown, self.machine.limits.values, current or BOTTOM)
            if grown is not current:
                old[name] = grown
                changed = True
        return changed

    def _taken(self, block: ir.Block) -> tuple[int, ...]:
        if block.test < 0 or len(block.targets) != 2:
            return block.targets
        truth = operators.truth(self.registers[block.test])
        if truth is None:
            return block.targets
        return (block.targets[0],) if truth else (block.targets[1],)

    def _execute(self, instructions: list[ir.Instruction]) -> bool:
        """Run a block; whether it ended the body (return, raise)."""
        registers = self.registers
        env = self.env
        for instruction in instructions:
            opcode = instruction[0]
            if opcode == ir.LOAD:
                registers[instruction[1]] = env.get(instruction[2], BOTTOM)
            elif opcode == ir.STORE:
                env[instruction[1]] = registers[instruction[2]]
            elif opcode == ir.CONST:
                registers[instruction[1]] = _constant(instruction[2])
            elif opcode == ir.RETURN:
                self.result = join(self.result, registers[instruction[1]])
                return True
            elif opcode == ir.RAISE:
                return True
            else:
                OPERATIONS[opcode](self, instruction)
        return False

    # -- what instructions and their helpers record ----------------------------------------------------------------

    def effect(
        self, kind: str, detail: str, position: Position, objects: tuple[Atom, ...] = (),
        cell: tuple[str, str] | None = None, lazy: bool = False,
    ) -> None:  # fmt: skip
        """Record something that may be visible after the call."""
        self.effects[Effect(kind, detail, position, objects, cell, lazy)] = None

    def choice(self, position: Position, callees: Value) -> None:
        """Record that a call reaches one of several callees."""
        self.choices[position] = join(self.choices.get(position, BOTTOM), callees)

    def use(self, kind: str, detail: str, position: Position, value: Value = BOTTOM) -> None:
        """Record a library call or operator."""
        self.uses[Use(kind, detail, position, value)] = None

    def site(self, position: Position) -> str:
        """Name of an allocation at a position of this body."""
        return f"{self.path}:{position[0]}.{position[1]}"

    # -- names -----------------------------------------------------------------------------------------------------

    def cell_owner(self, hops: int) -> str:
        """The activation that owns a closure variable, some functions outwards."""
        owner = self.env_id
        for _ in range(hops):
            owner = self.machine.env_parent.get(owner, "") or (self.activation.env if owner == self.env_id else "")
        return owner

    def global_value(self, name: str) -> Value:
        """The value of a module-level or built-in name."""
        machine = self.machine
        if name in machine.names_of_module(self.path):
            return machine.read(("g", self.path, name), self.activation)
        starred = imports.from_stars(machine, self.path, name, self.activation)
        if starred is not None:
            return starred
        if name in MODULE_TEXTS:
            return type_value("str")
        builtin = f"builtins.{name}"
        if machine.library.row(builtin) is not None or name in BUILTINS:
            return value_of(lib_of(builtin))
        if name == "reveal":  # a name for tests: what is known of a value at a place
            return value_of(lib_of("hybridize.reveal"))
        return unknown_value(Reason.UNRESOLVED_NAME)


MODULE_TEXTS = frozenset({"__name__", "__file__", "__doc__"})
BUILTINS = frozenset(dir(builtins))

_constants: dict[tuple[type, Any], Value] = {}


def _constant(constant: Any) -> Value:
    if constant is None:
        return NONE
    key = (type(constant), constant)
    found = _constants.get(key)
    if found is None or (isinstance(constant, float) and math.isnan(constant)):
        found = _constants[key] = const_value(constant)
    return found


def _joined(left: Env, right: Env) -> Env:
    result = dict(left)
    for name, value in right.items():
        result[name] = join(result.get(name, BOTTOM), value)
    return result


def _reverse_postorder(code: Code) -> list[int]:
    """Rank of each block; handlers count as successors."""
    blocks = code.blocks
    rank = [len(blocks)] * len(blocks)
    seen = [False] * len(blocks)
    finished: list[int] = []
    stack: list[tuple[int, int]] = [(0, 0)]
    seen[0] = True
    while stack:
        number, index = stack.pop()
        block = blocks[number]
        # What leaves a loop (the second target, a handler) is searched first, and so ranks behind the loop's body:
        # a loop comes to rest before what follows it is evaluated.
        successors = (*block.handlers, *reversed(block.targets))
        if index < len(successors):
            stack.append((number, index + 1))
            following = successors[index]
            if not seen[following]:
                seen[following] = True
                stack.append((following, 0))
        else:
            finished.append(number)
    for position, number in enumerate(reversed(finished)):
        rank[number] = position
    return rank
