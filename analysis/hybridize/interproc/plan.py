"""How a frame runs a code: the order of its blocks, and for each instruction the registers its result depends on."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from hybridize.domains.value import BOTTOM, NONE, Value, const_value
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction

Operands = Callable[[list[Value]], Any]
"""From the registers of a frame to what an instruction reads of them; equal answers are made of identical values."""

Step = tuple[int, Instruction, int, "Operands | None"]
"""Opcode, instruction, its number in the code, its operands. None: it reads or writes local names as well."""


class Plan:
    """What does not change from one evaluation of a code to the next."""

    __slots__ = (
        "failing", "handlers", "homes", "instructions", "is_function", "order", "registers", "steps", "targets",
        "tests",
    )  # fmt: skip

    def __init__(self, code: Code) -> None:
        self.order = _reverse_postorder(code)
        self.failing = _failing(code)
        """The blocks from which every way ends in a `raise`."""
        self.registers = [BOTTOM] * code.registers
        """What registers hold at first: the constants."""
        self.steps: list[list[Step]] = []
        self.instructions: list[Instruction] = []
        """The instruction of each step."""
        self.homes: list[int] = []
        """The block of each step."""
        self.is_function = code.kind in ("function", "lambda")
        # Of each block; the structures of the code are slow to ask in compiled code.
        self.targets: list[tuple[int, ...]] = [block.targets for block in code.blocks]
        self.handlers: list[tuple[int, ...]] = [block.handlers for block in code.blocks]
        self.tests: list[int] = [block.test for block in code.blocks]
        for home, block in enumerate(code.blocks):
            steps: list[Step] = []
            for instruction in block.instructions:
                if instruction[0] == ir.CONST:
                    self.registers[instruction[1]] = _constant(instruction[2])
                    continue
                layout = OPERANDS.get(instruction[0])
                number = len(self.instructions)
                # What a call gives may depend on the ``with`` statements around it.
                operands = layout and _getter(layout(instruction) + block.contexts)
                steps.append((instruction[0], instruction, number, operands))
                self.instructions.append(instruction)
                self.homes.append(home)
            self.steps.append(steps)


def _failing(code: Code) -> frozenset[int]:
    raising = {number for number, block in enumerate(code.blocks) if _raises(block)}
    if not raising:
        return frozenset()
    before: dict[int, list[int]] = {}
    for number, block in enumerate(code.blocks):
        for target in (*block.targets, *block.handlers):
            before.setdefault(target, []).append(number)
    work = [number for number, block in enumerate(code.blocks) if not block.targets and number not in raising]
    work += [number for number, block in enumerate(code.blocks) if any(i[0] == ir.RETURN for i in block.instructions)]
    ending = set(work)
    while work:
        for number in before.get(work.pop(), ()):
            if number not in ending:
                ending.add(number)
                work.append(number)
    return frozenset(range(len(code.blocks))) - ending


def _raises(block: ir.Block) -> bool:
    return any(instruction[0] == ir.RAISE for instruction in block.instructions)


def _getter(registers: tuple[int, ...]) -> Operands:
    found = _getters.get(registers)
    if found is None:
        used = [register for register in registers if register >= 0]
        found = _getters[registers] = itemgetter(*used) if used else _nothing
    return found


_getters: Final[dict[tuple[int, ...], Operands]] = {}


def _nothing(_: list[Value]) -> Any:
    return ()


def _at(*fields: int) -> Callable[[Instruction], tuple[int, ...]]:
    """Operands that stand in the named fields of an instruction."""
    if len(fields) == 1:
        return itemgetter(slice(fields[0], fields[0] + 1))
    return itemgetter(*fields) if fields else _none


def _none(_: Instruction) -> tuple[int, ...]:
    return ()


def _items(instruction: Instruction) -> tuple[int, ...]:
    return tuple(register for register, _ in instruction[2])


def _call(instruction: Instruction) -> tuple[int, ...]:
    _, _, function, arguments, keywords, _ = instruction
    if not arguments and not keywords:
        return (function,)
    return (function, *[register for register, _ in arguments], *[register for _, register in keywords])


OPERANDS: Final[dict[int, Callable[[Instruction], tuple[int, ...]]]] = {
    ir.LOAD_CELL: _at(), ir.STORE_CELL: _at(3), ir.LOAD_GLOBAL: _at(), ir.STORE_GLOBAL: _at(2), ir.ATTR: _at(2),
    ir.SET_ATTR: _at(1, 3), ir.DEL_ATTR: _at(1), ir.ITEM: _at(2, 3), ir.SET_ITEM: _at(1, 2, 3),
    ir.DEL_ITEM: _at(1, 2), ir.SLICE: _at(2, 3, 4),
    ir.CALL: _call, ir.BINARY: _at(3, 4), ir.INPLACE: _at(3, 4), ir.UNARY: _at(3), ir.COMPARE: _at(3, 4),
    ir.TUPLE: _items, ir.LIST: _items, ir.SET: _items, ir.DICT: lambda ins: tuple(chain.from_iterable(ins[2])),
    ir.FORMAT: itemgetter(2), ir.COLLECT: _at(1, 2, 3),
    ir.FUNCTION: lambda ins: tuple(register for _, register in (*ins[3], *ins[4])),
    ir.CLASS: lambda ins: tuple(register for register, _ in ins[3]), ir.DECORATE: _at(2, 3), ir.ITER: _at(2),
    ir.NEXT: _at(2), ir.UNPACK: _at(2), ir.YIELD: _at(2), ir.YIELD_FROM: _at(2), ir.AWAIT: _at(2), ir.IMPORT: _at(),
    ir.IMPORT_FROM: _at(), ir.IMPORT_STAR: _at(), ir.ENTER: _at(2), ir.EXIT: _at(1), ir.EXCEPTION: _at(2),
    ir.ANNOTATE: _at(2), ir.STREAM: _at(2),
}  # fmt: skip
"""Where the operands of an instruction stand, -1 for none. Opcodes that are not here touch local names."""

_constants: Final[dict[tuple[type, Any], Value]] = {}


def _constant(constant: Any) -> Value:
    if constant is None:
        return NONE
    key = (type(constant), constant)
    found = _constants.get(key)
    if found is None or (isinstance(constant, float) and math.isnan(constant)):
        found = _constants[key] = const_value(constant)
    return found


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
