"""Evaluation of one body in one activation: flow-sensitive over its blocks, to a fixpoint at loop heads.

A frame outlives a visit. Registers are written by one instruction each, so a later visit (or a later turn of a loop)
only runs the instructions whose operands changed, and those that some cell or result they read has woken: the others
would give what their registers hold already. Local names flow through the blocks anew in every visit.
"""

from __future__ import annotations

import builtins
import heapq
from typing import Final

from hybridize.domains.atoms import Atom, lib_of
from hybridize.domains.constants import widen_constants
from hybridize.domains.value import BOTTOM, NONE, Value, absorb, join, type_value, unknown_value, value_of, widen
from hybridize.interproc import imports, operators, protocols
from hybridize.interproc.activation import Activation, Point
from hybridize.interproc.events import Edge, Effect, Event, Use
from hybridize.interproc.instructions import OPERATIONS
from hybridize.interproc.machine import Machine
from hybridize.interproc.plan import OPERANDS, Step
from hybridize.reasons import Reason
from hybridize.span import place_name
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Position

Env = dict[str, Value]

WIDEN_AFTER: Final = 3
"""Rounds of a loop after which constants that still change become their types."""


class Frame:
    """The evaluation of one activation; also the context that calls, attributes and operators work in."""

    def __init__(
        self,
        machine: Machine,
        activation: Activation,
        env_id: str | None = None,
        code: Code | None = None,
        point: Point | None = None,
    ) -> None:
        """``code``, where given, is a class body that runs as part of the activation's own, at ``point`` of it."""
        self.machine = machine
        self.activation = activation
        self.code: Code = activation.code if code is None else code
        self.path = self.code.path
        self.env_id = activation.id if env_id is None else env_id
        """Owner of the closure variables of this body."""
        self.plan = machine.plan(self.code)
        self.registers: list[Value] = self.plan.registers.copy()
        self.block: ir.Block = self.code.blocks[0]
        """The one that is evaluated."""
        self.env: Env = {}
        self.exit_env: Env = {}
        self.result = BOTTOM
        self.yielded = BOTTOM
        self.inner_names: dict[str, Value] = {}
        self.decorating: tuple[Position, Code] | None = None
        """The decorator being applied, if one is, and the definition it stands over."""
        self.configured: tuple[tuple[str, Position], ...] = ()
        """(path, position) of the calls that configured the partial being called."""
        self.fails: Value | None = None
        """What the call being made is expected to raise, if it is."""
        self.kind = "call"
        """Of the edge by which an object is being called: `tf.function` and `tf.data` trace what Keras calls for it."""
        self.point = Point(activation, -1) if point is None else point
        """The instruction that runs: what it reads wakes it."""
        self._points: list[Point | None] | None = [None] * len(self.plan.instructions) if point is None else None
        """The point of each step; None for class bodies, which are woken as a whole."""
        self._index = -1
        self._operands: list[object] = [None] * len(self.plan.instructions)
        """What each step read when it last ran."""
        self._events: list[list[Event] | None] = [None] * len(self.plan.instructions)
        """What each step wrote down when it last ran."""
        self._arguments: dict[str, Value] | None = None
        """The arguments of the last visit."""
        self._argument_readers: set[int] = set()
        self._dirty = activation.dirty if point is None else set()

    # -- control flow ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Evaluate all reachable blocks until their entry states stop growing."""
        if self._at_rest():
            return
        plan, blocks = self.plan, self.code.blocks
        order, steps = plan.order, plan.steps
        self.exit_env = {}
        entry: list[Env | None] = [None] * len(blocks)
        visits = [0] * len(blocks)
        entry[0] = self._parameters()
        heap = [(order[0], 0)]
        queued = {0}
        while heap:
            _, number = heapq.heappop(heap)
            queued.discard(number)
            self.block = blocks[number]
            visits[number] += 1
            before = entry[number]
            assert before is not None
            self.env = env = before.copy()
            ended = self._execute(steps[number])
            handlers = plan.handlers[number]
            if handlers:
                for target in handlers:
                    grew = self._flow(entry, target, before, visits)
                    if (self._flow(entry, target, env, visits) or grew) and target not in queued:
                        queued.add(target)
                        heapq.heappush(heap, (order[target], target))
            if ended:
                continue
            for target in self._taken(number):
                if self._flow(entry, target, env, visits) and target not in queued:
                    queued.add(target)
                    heapq.heappush(heap, (order[target], target))
            if not plan.targets[number]:
                self.exit_env = _joined(self.exit_env, env)
                if plan.is_function:
                    self.result = join(self.result, NONE)

    def _at_rest(self) -> bool:
        """Whether running the woken steps alone shows that nothing new flows: no argument, no register changed."""
        dirty = self._dirty
        if self._arguments == self.activation.args and self._points is not None:
            registers, before = self.registers, self.registers.copy()
            for index in sorted(dirty):
                instruction = self.plan.instructions[index]
                if instruction[0] not in OPERANDS:
                    return False
                dirty.discard(index)
                self._index = index
                self._events[index] = None
                self.point = self._points[index] or self._new_point(index)
                self.block = self.code.blocks[self.plan.homes[index]]
                OPERATIONS[instruction[0]](self, instruction)
            return registers == before
        self._arguments = self.activation.args.copy()
        dirty |= self._argument_readers
        return False

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
        """Join a state into a block's entry; whether that made it grow. States are never changed once they flowed."""
        old = entry[target]
        if old is None:
            entry[target] = env
            return True
        if old is env or old == env:  # values compare by identity: this is one pass in C
            return False
        grown_env: Env | None = None
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
                if grown_env is None:
                    grown_env = entry[target] = old.copy()
                grown_env[name] = grown
        return grown_env is not None

    def _taken(self, number: int) -> tuple[int, ...]:
        """The blocks that may follow one."""
        test, targets = self.plan.tests[number], self.plan.targets[number]
        if test < 0 or len(targets) != 2:
            return targets
        truth = operators.truth(self.registers[test])
        if truth is None:
            return targets
        return (targets[0],) if truth else (targets[1],)

    def _execute(self, steps: list[Step]) -> bool:
        """Run a block; whether it ended the body (return, raise)."""
        registers, env, dirty, seen = self.registers, self.env, self._dirty, self._operands
        events, points = self._events, self._points
        for opcode, instruction, index, operands in steps:
            if opcode == ir.LOAD:
                registers[instruction[1]] = env.get(instruction[2], BOTTOM)
            elif opcode == ir.STORE:
                env[instruction[1]] = registers[instruction[2]]
            elif opcode == ir.RETURN:
                self.result = join(self.result, registers[instruction[1]])
                return True
            elif opcode == ir.RAISE:
                return True
            else:
                if operands is not None:
                    now = operands(registers)
                    if now == seen[index] and index not in dirty:
                        continue
                    seen[index] = now
                    dirty.discard(index)
                self._index = index
                events[index] = None
                if points is not None:
                    self.point = points[index] or self._new_point(index)
                OPERATIONS[opcode](self, instruction)
        return False

    def _new_point(self, index: int) -> Point:
        assert self._points is not None
        point = self._points[index] = Point(self.activation, index)
        return point

    def argument(self, name: str) -> Value:
        """The value a parameter had at first, whatever the body binds its name to."""
        self._argument_readers.add(self._index)
        return self.activation.args.get(name, BOTTOM)

    # -- what instructions and their helpers record ----------------------------------------------------------------

    def note(self, event: Event) -> None:
        """Record an event of the step that runs."""
        self.machine.touches += 1
        events = self._events[self._index]
        if events is None:
            self._events[self._index] = [event]
        else:
            events.append(event)

    def noted(self) -> int:
        """How many events the step that runs has recorded."""
        return len(self._events[self._index] or ())

    def keep_edges(self, before: int) -> None:
        """Forget what the step that runs has recorded after its first events, but for calls of the project's bodies."""
        events = self._events[self._index]
        if events is not None:
            events[before:] = [event for event in events[before:] if isinstance(event, Edge)]

    def all_events(self) -> list[Event]:
        """Every event, in the order of the instructions."""
        found: list[Event] = []
        for events in self._events:
            if events is not None:
                found.extend(events)
        return found

    def own(self, made: Atom) -> None:
        """Record something mutable that the body makes."""
        self.machine.touches += 1
        self.activation.allocated.add(made)

    def effect(
        self, kind: str, detail: str, position: Position, objects: tuple[Atom, ...] = (),
        cell: tuple[str, str] | None = None, stored: Value | None = None, name: str = "",
    ) -> None:  # fmt: skip
        """Record something that may be visible after the call."""
        self.note(Effect(kind, detail, position, objects, cell, stored, name, self.for_trace()))

    def for_trace(self) -> bool:
        """Whether what is being evaluated stands under ``init_scope``, or leads to a `raise`: see `Effect`."""
        if self.plan.failing and self._index >= 0 and self.plan.homes[self._index] in self.plan.failing:
            return True
        return bool(self.block.contexts) and protocols.inside(self, "tensorflow.init_scope")

    def use(self, kind: str, detail: str, position: Position, value: Value = BOTTOM) -> None:
        """Record a library call or operator."""
        self.note(Use(kind, detail, position, value))

    def site(self, position: Position) -> str:
        """Name of an allocation at a position of this body."""
        return f"{self.path}:{place_name(position[0], position[1])}"

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
            return machine.read(("g", self.path, name), self.point)
        starred = imports.from_stars(machine, self.path, name, self.point)
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


MODULE_TEXTS: Final = frozenset({"__name__", "__file__", "__doc__"})
BUILTINS: Final = frozenset(dir(builtins))


def _joined(left: Env, right: Env) -> Env:
    result = dict(left)
    for name, value in right.items():
        result[name] = join(result.get(name, BOTTOM), value)
    return result
