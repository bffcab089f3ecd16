"""One body as the hazards read it: an index of its instructions, and which of its blocks run while it is traced."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.domains.atoms import Atom, Lib, Object
from hybridize.domains.value import Value
from hybridize.interproc import operators, protocols
from hybridize.interproc.plan import OPERANDS
from hybridize.syntax import code as ir
from hybridize.syntax.code import Block, Code, Instruction, Position, Region

PLACE = {
    ir.ATTR: 4, ir.SET_ATTR: 4, ir.DEL_ATTR: 3, ir.ITEM: 4, ir.SET_ITEM: 4, ir.DEL_ITEM: 3, ir.CALL: 5, ir.BINARY: 5,
    ir.INPLACE: 5, ir.UNARY: 4, ir.COMPARE: 5, ir.DECORATE: 4, ir.ITER: 3, ir.NEXT: 3, ir.UNPACK: 4, ir.ENTER: 3,
    ir.EXIT: 2, ir.YIELD_FROM: 3, ir.FORMAT: 3,
}  # fmt: skip
"""Where an instruction that may call something has its position."""

_NO_RESULT = frozenset({
    ir.STORE, ir.STORE_CELL, ir.STORE_GLOBAL, ir.STORE_NAME, ir.DELETE, ir.SET_ATTR, ir.DEL_ATTR, ir.SET_ITEM,
    ir.DEL_ITEM, ir.COLLECT, ir.UNPACK, ir.RETURN, ir.RAISE, ir.IMPORT_STAR, ir.EXIT, ir.REFINE, ir.ANNOTATE,
})  # fmt: skip

WHILE_TRACING = {
    "tensorflow.executing_eagerly": False,
    "tensorflow.inside_function": True,
    "tensorflow.config.functions_run_eagerly": False,
}
"""Questions to TensorFlow whose answer is known while a function is traced."""


class Body:
    """An index of one code."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.made: dict[int, Instruction] = {}
        """The instruction that writes a register."""
        self.stored: dict[str, list[int]] = {}
        """Registers bound to a local name, or to a name of the body's own that nested ones capture."""
        self.collected: dict[int, list[int]] = {}
        """Registers whose values a comprehension puts into its container."""
        self.returned: list[int] = []
        self.at: dict[Position, list[tuple[int, Instruction]]] = {}
        """(block, instruction) of what may call something, by place."""
        self.calls: list[Instruction] = []
        self.tests: dict[int, int] = {}
        """The block that a test ends."""
        self.read: set[int] = set()
        """Registers that something reads."""
        self.homes: dict[int, int] = {}
        """Number of the block that a register is written in."""
        for number, block in enumerate(code.blocks):
            if block.test >= 0:
                self.tests[block.test] = number
                self.read.add(block.test)
            for ins in block.instructions:
                opcode = ins[0]
                self.read.update(reads(ins))
                if opcode == ir.UNPACK:
                    for register in ins[1]:
                        self.made[register], self.homes[register] = ins, number
                elif opcode not in _NO_RESULT:
                    self.made[ins[1]], self.homes[ins[1]] = ins, number
                elif opcode == ir.STORE:
                    self.stored.setdefault(ins[1], []).append(ins[2])
                elif opcode == ir.STORE_CELL and ins[1] == 0:
                    self.stored.setdefault(ins[2], []).append(ins[3])
                if opcode == ir.CALL:
                    self.calls.append(ins)
                elif opcode == ir.COLLECT:
                    self.collected.setdefault(ins[1], []).append(ins[3])
                elif opcode == ir.RETURN:
                    self.returned.append(ins[1])
                if opcode in PLACE:
                    self.at.setdefault(ins[PLACE[opcode]], []).append((number, ins))

    def use_of(self, register: int) -> Position | None:
        """The place of the first instruction that reads a register, if it has one."""
        for block in self.code.blocks:
            for ins in block.instructions:
                if ins[0] in PLACE and register in reads(ins):
                    position: Position = ins[PLACE[ins[0]]]
                    return position
        return None

    def part(self, register: int) -> int:
        """The register of the item that an unpacked register gets, where it is a display that is unpacked."""
        made = self.made.get(register)
        if made is None or made[0] != ir.UNPACK or made[3] >= 0:
            return register
        source = self.made.get(made[2])
        if source is None or source[0] not in (ir.TUPLE, ir.LIST) or len(source[2]) != len(made[1]):
            return register
        item, starred = source[2][made[1].index(register)]
        return register if starred else self.part(item)

    def raises(self, block: Block) -> bool:
        """Whether a block ends in ``raise``."""
        return any(ins[0] == ir.RAISE for ins in block.instructions)

    def around(self, number: int) -> Iterator[tuple[int, Region]]:
        """(number, region) of the statements that a block stands in, innermost first."""
        region = self.code.blocks[number].region
        while region >= 0:
            yield region, self.code.regions[region]
            region = self.code.regions[region].parent


def reads(ins: Instruction) -> tuple[int, ...]:
    """The registers that an instruction reads."""
    layout = OPERANDS.get(ins[0])
    if layout is not None:
        return layout(ins)
    if ins[0] in (ir.STORE, ir.STORE_NAME):
        return (ins[2],)
    if ins[0] in (ir.RETURN, ir.RAISE):
        return (ins[1],)
    return ()


def holds(value: Value, cls: str) -> bool:
    """Whether a value is sure to be an object of that class of a library."""
    return bool(value.atoms) and all(isinstance(atom, Object) and atom.cls == cls for atom in value.atoms)


def answer(body: Body, registers: list[Value], register: int) -> bool | None:
    """What a test comes out as while tracing, where that is known."""
    known = operators.truth(registers[register])
    if known is not None:
        return known
    made = body.made.get(register)
    if made is None:
        return None
    if made[0] == ir.UNARY and made[2] == "not":
        inner = answer(body, registers, made[3])
        return None if inner is None else not inner
    if made[0] == ir.CALL:
        answers = {_answer_of(atom) for atom in registers[made[2]].atoms}
        return answers.pop() if len(answers) == 1 else None
    return None


def _answer_of(atom: Atom) -> bool | None:
    return WHILE_TRACING.get(atom.name) if isinstance(atom, Lib) else None


def in_init_scope(block: Block, registers: list[Value]) -> bool:
    """Whether a block stands in an ``init_scope``, which leaves the graph."""
    return any(holds(registers[register], "tensorflow.init_scope") for register in block.contexts)


def is_loop_head(block: Block) -> bool:
    """Whether a block takes the next item of a loop."""
    return block.test < 0 and len(block.targets) == 2 and any(ins[0] == ir.NEXT for ins in block.instructions)


def live_blocks(body: Body, registers: list[Value], eager: bool = False) -> frozenset[int]:
    """Blocks that may run while the body is traced: not those of another mode, of ``init_scope``, of expected errors.

    ``eager``: blocks that may run at all, but for those of expected errors.
    """
    blocks = body.code.blocks
    seen = {0}
    stack = [0]
    while stack:
        block = blocks[stack.pop()]
        following = block.targets if eager else successors(body, registers, block)
        for target in (*following, *block.handlers):
            if target not in seen:
                seen.add(target)
                stack.append(target)
    left_out = (protocols.EXPECTED_FAILURE,) if eager else (protocols.EXPECTED_FAILURE, "tensorflow.init_scope")
    return frozenset(
        number
        for number in seen
        if not any(holds(registers[register], cls) for register in blocks[number].contexts for cls in left_out)
    )


def successors(body: Body, registers: list[Value], block: Block) -> tuple[int, ...]:
    """Where a block goes on while the body is traced, exceptions aside."""
    if block.test < 0 or len(block.targets) != 2:
        return block.targets
    known = answer(body, registers, block.test)
    if known is None:
        return block.targets
    return (block.targets[0],) if known else (block.targets[1],)
