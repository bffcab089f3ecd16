"""A traced body as observers see it: values of registers, which tensors are symbolic, and what is sure to run."""

from __future__ import annotations

from typing import NamedTuple

from hybridize.analyses.hazards.body import PLACE, Body, is_loop_head, successors
from hybridize.analyses.hazards.symbols import ARGUMENT, SYMBOLIC, Symbols, is_vague
from hybridize.analyses.hazards.tracing import Traced, Tracing, name_of
from hybridize.domains.atoms import Atom, Const, Lib, Object, Stream, Tensor, Tuple, Unknown
from hybridize.domains.value import BOTTOM, Value, join, join_all
from hybridize.interproc import containers
from hybridize.syntax import code as ir
from hybridize.syntax.code import Block, Instruction, Position

TENSORS = ("dense", "ragged", "sparse")
"""Kinds of tensors that are symbolic in a trace; variables keep their identity."""


class Seen(NamedTuple):
    """What an observer reports: see `report.Observation`."""

    kind: str
    position: Position
    detail: str
    block: int
    value: Value
    """The tensors."""
    unconverted: bool = False
    """It happens because AutoGraph does not convert the code."""


class Site:
    """One body in one trace."""

    def __init__(self, tracing: Tracing, symbols: Symbols, traced: Traced) -> None:
        self.tracing = tracing
        self.symbols = symbols
        self.traced = traced
        self.activation = traced.activation
        self.body: Body = tracing.body(traced.activation)
        self.live = tracing.live(traced.activation, eager=traced.root is None)
        self.registers = traced.activation.registers
        self._certain: dict[int, bool] = {}

    @property
    def converted(self) -> bool | None:
        """Whether AutoGraph converts the body."""
        return self.traced.conversion.converted

    def value(self, register: int) -> Value:
        """What a register holds."""
        return self.registers[register]

    def symbolic(self, register: int, kinds: tuple[str, ...] = TENSORS) -> bool:
        """Whether a register is sure to hold a symbolic tensor of one of these kinds.

        What may be something else is none: the next best answer of a checker is silence.
        """
        return self._is_symbolic(register, self.registers[register], kinds)

    def items(self, register: int, kinds: tuple[str, ...] = TENSORS) -> bool:
        """Whether the items of a tuple, list or generator are symbolic tensors."""
        return self._is_symbolic(register, self.item_value(register), kinds)

    def item_value(self, register: int) -> Value:
        """What the items of a tuple, list or generator are."""
        found = BOTTOM
        for atom in self.registers[register].atoms:
            if isinstance(atom, Tuple):
                found = join(found, join_all(atom.elements) if atom.elements is not None else atom.element)
            elif isinstance(atom, Stream):
                found = join(found, atom.element)
            elif isinstance(atom, Object) and atom.cls in containers.LISTS:
                found = join(found, self.tracing.machine.peek(("e", atom, "*")))
        return found

    def length(self, atom: Object) -> int | None:
        """The length of a list that nothing but its display makes."""
        peek = self.tracing.machine.peek
        length = peek(("e", atom, "#length")).atoms
        known = len(length) == 1 and isinstance(length[0], Const) and peek(("e", atom, "#open")) is BOTTOM
        return length[0].constant if known and isinstance(length[0], Const) else None

    def text(self, position: Position) -> str:
        """The code at a place of the body."""
        return self.tracing.text(self.body.code.path, position)

    def text_of(self, register: int) -> str:
        """The code that a register gets its value from: a name, or an expression."""
        made = self.body.made.get(register)
        if made is None:
            return ""
        if made[0] in (ir.LOAD, ir.LOAD_GLOBAL, ir.LOAD_NAME):
            return str(made[2])
        if made[0] == ir.LOAD_CELL:
            return str(made[3])
        return self.text(made[PLACE[made[0]]]) if made[0] in PLACE else ""

    def is_python(self, register: int) -> bool:
        """Whether a register holds values of Python alone, as far as it is known."""
        atoms = self.registers[register].atoms
        return bool(atoms) and not any(
            isinstance(atom, (Unknown, Tensor)) or (isinstance(atom, Stream) and atom.kind in ("dataset", "iterator"))
            for atom in atoms
        )

    def is_sequence(self, register: int) -> bool:
        """Whether a register holds a list or tuple for sure."""
        atoms = self.registers[register].atoms
        return bool(atoms) and all(
            isinstance(atom, Tuple) or (isinstance(atom, Object) and atom.cls == "list") for atom in atoms
        )

    def _is_symbolic(self, register: int, value: Value, kinds: tuple[str, ...]) -> bool:
        arrays = any(_is(atom, ("ndarray",)) for atom in value.atoms)
        if not value.atoms or not all(_is(atom, (*kinds, "ndarray")) for atom in value.atoms):
            return False
        source = self.symbols.of(self.activation, register)
        if source & ARGUMENT and is_vague(value) and not self.activation.root:
            return False
        # An array is symbolic only as an argument of what is traced: what NumPy makes of one is not.
        return source == ARGUMENT or (not arrays and source in (SYMBOLIC, SYMBOLIC | ARGUMENT))

    def library(self, register: int) -> str:
        """The library symbol that a register holds, if it is one for sure."""
        atoms = self.registers[register].atoms
        return atoms[0].name if len(atoms) == 1 and isinstance(atoms[0], Lib) else ""

    def callee(self, ins: Instruction) -> str:
        """The library's name of what a call runs, methods among them; empty if it is not one for sure."""
        names = {name_of(atom) for atom in self.registers[ins[2]].atoms}
        return names.pop() if len(names) == 1 else ""

    # -- what is sure to run ---------------------------------------------------------------------------------------

    def certain(self, number: int) -> bool:
        """Whether every trace of the body that comes to its end runs a block.

        Where a tensor decides, AutoGraph traces both ways; loops are taken to run at least once.
        """
        known = self._certain.get(number)
        if known is None:
            blocks = self.body.code.blocks
            self._certain[number] = False  # no way that leads back here proves anything
            known = self._passes_through(0, number) or any(
                self._goes_both_ways(block)
                and other != number
                and any(self._passes_through(target, number) for target in block.targets)
                and self.certain(other)
                for other, block in enumerate(blocks)
            )
            self._certain[number] = known
        return known

    def _goes_both_ways(self, block: Block) -> bool:
        if is_loop_head(block):
            return True
        if block.test < 0 or len(block.targets) != 2:
            return False
        return block.asks in ("if", "while", "ternary") and self.symbolic(block.test)

    def _passes_through(self, start: int, number: int) -> bool:
        """Whether no way from ``start`` leads to a normal end without ``number``."""
        blocks = self.body.code.blocks
        if start == number:
            return True
        seen = {start, number}
        stack = [start]
        while stack:
            block = blocks[stack.pop()]
            following = successors(self.body, self.registers, block)
            if not following and not self.body.raises(block):
                return False
            for target in following:
                if target not in seen:
                    seen.add(target)
                    stack.append(target)
        return True


def _is(atom: Atom, kinds: tuple[str, ...]) -> bool:
    return isinstance(atom, Tensor) and atom.kind in kinds
