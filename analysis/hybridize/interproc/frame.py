"""Evaluation of one body in one activation: flow-sensitive over its blocks, to a fixpoint at loop heads."""

from __future__ import annotations

import heapq
from typing import Any

from hybridize.domains.atoms import (
    Atom, Class, Const, Dtype, Function, Lib, Module, Object, Partial, PyType, Stream, Tensor, Tuple, Unknown, Wrapped,
    bound_of, const, lib_of, partial_of, py_type, stream_of, tuple_of, unknown,
)  # fmt: skip
from hybridize.domains.value import (
    BOTTOM, NONE, Value, const_value, has_unknown, join, join_all, type_value, unknown_value, value_of, widen,
)  # fmt: skip
from hybridize.interproc import containers, imports, operators, protocols
from hybridize.interproc.activation import Activation, Arguments
from hybridize.interproc.attributes import get_attribute, set_attribute
from hybridize.interproc.calls import call
from hybridize.interproc.events import Edge, Effect, Use
from hybridize.interproc.machine import Machine, widen_constants
from hybridize.interproc.origins import origin
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
        self.env: Env = {}
        self.exit_env: Env = {}
        self.result = BOTTOM
        self.yielded = BOTTOM
        self.edges: dict[Edge, None] = {}
        self.effects: dict[Effect, None] = {}
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
            block = blocks[number]
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
                grown = widen_constants(grown)
            grown = widen(grown, self.machine.limits.values)
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
                _OPERATIONS[opcode](self, instruction)
        return False

    # -- what instructions and their helpers record ----------------------------------------------------------------

    def effect(
        self, kind: str, detail: str, position: Position, objects: tuple[Atom, ...] = (),
        cell: tuple[str, str] | None = None, lazy: bool = False,
    ) -> None:  # fmt: skip
        """Record something that may be visible after the call."""
        self.effects[Effect(kind, detail, position, objects, cell, lazy)] = None

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
        if name == "__name__" or name == "__file__" or name == "__doc__":
            return type_value("str")
        builtin = f"builtins.{name}"
        if machine.library.row(builtin) is not None or name in BUILTINS:
            return value_of(lib_of(builtin))
        if name == "reveal":  # a name for tests: what is known of a value at a place
            return value_of(lib_of("hybridize.reveal"))
        return unknown_value(Reason.UNRESOLVED_NAME)


BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)

_constants: dict[tuple[type, Any], Value] = {}


def _constant(constant: Any) -> Value:
    if constant is None:
        return NONE
    key = (type(constant), constant)
    found = _constants.get(key)
    if found is None or (isinstance(constant, float) and constant != constant):
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


# -- instructions ----------------------------------------------------------------------------------------------------


def _load_cell(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = frame.machine.read(("v", frame.cell_owner(ins[2]), ins[3]), frame.activation)


def _store_cell(frame: Frame, ins: ir.Instruction) -> None:
    _, hops, name, src, position = ins
    owner = frame.cell_owner(hops)
    frame.machine.write(("v", owner, name), frame.registers[src])
    if hops and src >= 0 and frame.code.kind in ("function", "lambda"):
        frame.effect("writes-nonlocal", f"rebinds the enclosing function's `{name}`", position, cell=(owner, name))


def _load_global(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = frame.global_value(ins[2])


def _store_global(frame: Frame, ins: ir.Instruction) -> None:
    _, name, src, position = ins
    frame.machine.write(("g", frame.path, name), frame.registers[src] if src >= 0 else BOTTOM)
    if frame.code.kind in ("function", "lambda"):
        frame.effect("writes-global", f"rebinds the global `{name}`", position, cell=(frame.path, name))


def _load_name(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, name, position = ins
    value = frame.env.get(name)
    if value is not None and not (frame.code.kind == "module" and name in frame.code.rebound):
        frame.registers[dst] = value
    else:
        frame.registers[dst] = frame.global_value(name)


def _store_name(frame: Frame, ins: ir.Instruction) -> None:
    value = frame.registers[ins[2]]
    frame.env[ins[1]] = value
    if frame.code.kind == "module":
        frame.machine.write(("g", frame.path, ins[1]), value)


def _delete(frame: Frame, ins: ir.Instruction) -> None:
    frame.env.pop(ins[1], None)


def _attr(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = get_attribute(frame, frame.registers[ins[2]], ins[3], ins[4])


def _set_attr(frame: Frame, ins: ir.Instruction) -> None:
    _, obj, name, src, position, lazy = ins
    set_attribute(frame, frame.registers[obj], name, frame.registers[src], position, lazy)


def _del_attr(frame: Frame, ins: ir.Instruction) -> None:
    set_attribute(frame, frame.registers[ins[1]], ins[2], BOTTOM, ins[3], False)


def _item(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.get_item(frame, frame.registers[ins[2]], frame.registers[ins[3]], ins[4])


def _set_item(frame: Frame, ins: ir.Instruction) -> None:
    _, obj, index, src, position = ins
    target = frame.registers[obj]
    where = origin(frame.code, obj) if any(isinstance(atom, Tensor) for atom in target.atoms) else None
    containers.set_item(frame, target, frame.registers[index], frame.registers[src], position, where)


def _del_item(frame: Frame, ins: ir.Instruction) -> None:
    containers.set_item(frame, frame.registers[ins[1]], frame.registers[ins[2]], BOTTOM, ins[3])


def _slice(frame: Frame, ins: ir.Instruction) -> None:
    parts = tuple(frame.registers[register] if register >= 0 else NONE for register in ins[2:5])
    frame.registers[ins[1]] = operators.slice_value(parts)


def _call(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, func, args, kwargs, position = ins
    registers = frame.registers
    positional: list[Value] = []
    rest = keyword_rest = BOTTOM
    keywords: dict[str, Value] = {}
    for register, starred in args:
        value = registers[register]
        if not starred:
            if rest is BOTTOM:
                positional.append(value)
            else:
                rest = join(rest, value)
            continue
        items = containers.exact_items(frame, value)
        if items is not None and rest is BOTTOM:
            positional.extend(items)
        else:
            rest = join(rest, containers.element(frame, value, position))
    for name, register in kwargs:
        if name is not None:
            keywords[name] = registers[register]
            continue
        known, other = containers.mapping_items(frame, registers[register])
        keywords.update(known)
        keyword_rest = join(keyword_rest, other)
    registers[dst] = call(frame, registers[func], Arguments(positional, keywords, rest, keyword_rest), position)


def _binary(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, operator, a, b, position = ins
    frame.registers[dst] = operators.binary(frame, operator, frame.registers[a], frame.registers[b], position)


def _inplace(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, operator, a, b, position = ins
    left = frame.registers[a]
    where = origin(frame.code, a) if any(isinstance(atom, Tensor) for atom in left.atoms) else None
    frame.registers[dst] = operators.inplace(frame, operator, left, frame.registers[b], position, where)


def _unary(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = operators.unary(frame, ins[2], frame.registers[ins[3]], ins[4])


def _compare(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, operator, a, b, position = ins
    frame.registers[dst] = operators.compare(frame, operator, frame.registers[a], frame.registers[b], position)


def _tuple(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.make_tuple(frame, ins[2])


def _list(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.make_list(frame, "list", ins[2], ins[3])


def _set(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.make_list(frame, "set", ins[2], ins[3])


def _dict(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.make_dict(frame, ins[2], ins[3])


def _format(frame: Frame, ins: ir.Instruction) -> None:
    for register in ins[2]:
        protocols.as_text(frame, frame.registers[register], ins[3])
    frame.registers[ins[1]] = type_value("str")


def _collect(frame: Frame, ins: ir.Instruction) -> None:
    _, container, key, src = ins
    containers.collect(
        frame, frame.registers[container], frame.registers[key] if key >= 0 else None, frame.registers[src]
    )


def _function(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, child, defaults, annotations, position = ins
    code = frame.machine.program.codes[frame.code.children[child]]
    for name, register in defaults:
        frame.machine.write(("d", code.id, name), frame.registers[register])
    for name, register in annotations:
        frame.machine.write(("n", code.id, name), frame.registers[register])
    frame.registers[dst] = frame.machine.define(code, frame.env_id)


def _class(frame: Frame, ins: ir.Instruction) -> None:
    from hybridize.interproc.construct import define_class

    _, dst, child, bases, keywords, position = ins
    code = frame.machine.program.codes[frame.code.children[child]]
    values: list[Value] = []
    for register, starred in bases:
        value = frame.registers[register]
        values.append(containers.element(frame, value, position) if starred else value)
    frame.registers[dst] = define_class(frame, code, values)


def _decorate(frame: Frame, ins: ir.Instruction) -> None:
    from hybridize.interproc.decorators import decorate

    _, dst, decorator, target, position, child = ins
    code = frame.machine.program.codes[frame.code.children[child]]
    frame.registers[dst] = decorate(frame, frame.registers[decorator], frame.registers[target], code, position)


def _iter(frame: Frame, ins: ir.Instruction) -> None:
    source = frame.registers[ins[2]]
    frame.registers[ins[1]] = source
    containers.note_iteration(frame, source, ins[3], ins[4])


def _next(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.element(frame, frame.registers[ins[2]], ins[3])


def _unpack(frame: Frame, ins: ir.Instruction) -> None:
    _, dsts, src, star, position = ins
    for register, value in zip(dsts, containers.unpack(frame, frame.registers[src], len(dsts), star, position)):
        frame.registers[register] = value


def _yield(frame: Frame, ins: ir.Instruction) -> None:
    frame.yielded = join(frame.yielded, frame.registers[ins[2]])
    frame.registers[ins[1]] = unknown_value(Reason.DEPENDS_ON_INPUT)


def _yield_from(frame: Frame, ins: ir.Instruction) -> None:
    frame.yielded = join(frame.yielded, containers.element(frame, frame.registers[ins[2]], ins[3]))
    frame.registers[ins[1]] = unknown_value(Reason.DEPENDS_ON_INPUT)


def _await(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = frame.registers[ins[2]]


def _import(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = imports.import_module(frame, ins[2], bool(ins[3]))


def _import_from(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = imports.import_from(frame, ins[2], ins[3], ins[4])


def _import_star(frame: Frame, ins: ir.Instruction) -> None:
    imports.import_star(frame, ins[1], ins[2])


def _enter(frame: Frame, ins: ir.Instruction) -> None:
    from hybridize.interproc.protocols import enter_context

    frame.registers[ins[1]] = enter_context(frame, frame.registers[ins[2]], ins[3])


def _exit(frame: Frame, ins: ir.Instruction) -> None:
    from hybridize.interproc.protocols import exit_context

    exit_context(frame, frame.registers[ins[1]], ins[2])


def _refine(frame: Frame, ins: ir.Instruction) -> None:
    _, name, test, register, polarity = ins
    value = frame.env.get(name)
    if value is not None and value is not BOTTOM:
        classes = frame.registers[register] if register >= 0 else BOTTOM
        frame.env[name] = operators.refine(frame, value, test, classes, polarity)


def _exception(frame: Frame, ins: ir.Instruction) -> None:
    kinds = frame.registers[ins[2]] if ins[2] >= 0 else BOTTOM
    frame.registers[ins[1]] = operators.caught(frame, kinds)


def _annotate(frame: Frame, ins: ir.Instruction) -> None:
    frame.inner_names[ins[1]] = frame.registers[ins[2]]


def _stream(frame: Frame, ins: ir.Instruction) -> None:
    element = containers.element(frame, frame.registers[ins[2]], (0, 0, 0, 0))
    frame.registers[ins[1]] = value_of(stream_of("generator", element))


_OPERATIONS: list[Any] = [None] * len(ir.OPCODES)
for _opcode, _operation in {
    ir.LOAD_CELL: _load_cell, ir.STORE_CELL: _store_cell, ir.LOAD_GLOBAL: _load_global, ir.STORE_GLOBAL: _store_global,
    ir.LOAD_NAME: _load_name, ir.STORE_NAME: _store_name, ir.DELETE: _delete, ir.ATTR: _attr, ir.SET_ATTR: _set_attr,
    ir.DEL_ATTR: _del_attr, ir.ITEM: _item, ir.SET_ITEM: _set_item, ir.DEL_ITEM: _del_item, ir.SLICE: _slice,
    ir.CALL: _call, ir.BINARY: _binary, ir.INPLACE: _inplace, ir.UNARY: _unary, ir.COMPARE: _compare,
    ir.TUPLE: _tuple, ir.LIST: _list, ir.SET: _set, ir.DICT: _dict, ir.FORMAT: _format, ir.COLLECT: _collect,
    ir.FUNCTION: _function, ir.CLASS: _class, ir.DECORATE: _decorate, ir.ITER: _iter, ir.NEXT: _next,
    ir.UNPACK: _unpack, ir.YIELD: _yield, ir.YIELD_FROM: _yield_from, ir.AWAIT: _await, ir.IMPORT: _import,
    ir.IMPORT_FROM: _import_from, ir.IMPORT_STAR: _import_star, ir.ENTER: _enter, ir.EXIT: _exit, ir.REFINE: _refine,
    ir.EXCEPTION: _exception, ir.ANNOTATE: _annotate, ir.STREAM: _stream,
}.items():  # fmt: skip
    _OPERATIONS[_opcode] = _operation
