"""Building one code: blocks, registers, names. Shared by the lowering of expressions and of statements."""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Union

from hybridize.syntax.code import (
    DELETE,
    LOAD,
    LOAD_CELL,
    LOAD_GLOBAL,
    LOAD_NAME,
    STORE,
    STORE_CELL,
    STORE_GLOBAL,
    STORE_NAME,
    Block,
    Instruction,
    Position,
    Region,
)
from hybridize.syntax.scopes import Scope

Step = Generator["Union[int, Step]", int, int]
"""A suspended lowering of one expression: yields the parts it needs (a register, or another step)."""


class Loop:
    """Where ``break`` and ``continue`` go."""

    __slots__ = ("after", "head")

    def __init__(self, head: int, after: int) -> None:
        self.head, self.after = head, after


def position(node: ast.AST) -> Position:
    """The region of a node."""
    line, column = node.lineno, node.col_offset  # type: ignore[attr-defined]
    return (line, column, getattr(node, "end_lineno", None) or line, getattr(node, "end_col_offset", None) or column)


def run(step: int | Step) -> int:
    """Drive a step to its end with an explicit stack, so that deep expressions cost no recursion."""
    if isinstance(step, int):
        return step
    stack = [step]
    value: Any = None
    while True:
        try:
            item = stack[-1].send(value)
        except StopIteration as stop:
            stack.pop()
            value = stop.value
            if not stack:
                return value  # type: ignore[no-any-return]
            continue
        if isinstance(item, int):
            value = item
        else:
            stack.append(item)
            value = None


class CodeBuilder:
    """Blocks under construction, and the scope names are resolved in."""

    def __init__(self, scope: Scope, module_scope: Scope) -> None:
        self.scope = scope
        """Innermost scope: that of the code, or of the comprehension being lowered into it."""
        self.code_scope = scope
        self.module_scope = module_scope
        self.blocks: list[Block] = [Block([])]
        self.block = self.blocks[0]
        self.emitted: list[Instruction] = self.block.instructions
        self.registers = 0
        self.temporaries = 0
        self.loops: list[Loop] = []
        self.handlers: tuple[int, ...] = ()
        self.contexts: tuple[int, ...] = ()
        self.regions: list[Region] = []
        self.region = -1
        """The innermost region being lowered."""
        self.unconvertible: list[tuple[str, Position]] = []
        self.captures = False
        self.dropped: list[Position] = []
        self.late = False
        """Lowering an annotation: module names are read as they are in the end, not as they are now."""

    def register(self) -> int:
        """A fresh register."""
        self.registers += 1
        return self.registers - 1

    def temporary(self) -> str:
        """A fresh name no program can use."""
        self.temporaries += 1
        return f"%{self.temporaries}"

    def emit(self, *instruction: Any) -> None:
        """Append an instruction to the current block."""
        self.emitted.append(instruction)

    def new_block(self) -> int:
        """The number of a new empty block, in the region and under the handlers and context managers in force."""
        self.blocks.append(Block([], handlers=self.handlers, contexts=self.contexts, region=self.region))
        return len(self.blocks) - 1

    def region_of(self, kind: str, where: Position, reads: tuple[int, ...] = (), tried: int = -1) -> int:
        """The number of a new region inside the present one."""
        self.regions.append(Region(kind, self.region, where, reads, tried))
        return len(self.regions) - 1

    @contextmanager
    def within(
        self, kind: str, where: Position, *entries: int, reads: tuple[int, ...] = (), tried: int = -1
    ) -> Iterator[None]:
        """Lower a part of a statement as a region of its own, which the blocks ``entries`` belong to."""
        outer, self.region = self.region, self.region_of(kind, where, reads, tried)
        for number in entries:
            self.blocks[number].region = self.region
        yield
        self.region = outer

    def enter(self, number: int) -> None:
        """Go on in that block."""
        self.block = self.blocks[number]
        self.emitted = self.block.instructions

    def jump(self, target: int) -> None:
        """End the current block with a jump."""
        if not self.block.targets:
            self.block.targets = (target,)

    def branch(self, test: int, if_true: int, if_false: int, asks: str = "", at: Position = (0, 0, 0, 0)) -> None:
        """End the current block with a two-way branch on a register; see `Block` for ``asks`` and ``at``."""
        self.block.targets = (if_true, if_false)
        self.block.test = test
        self.block.asks, self.block.at = asks, at

    def unreachable(self) -> None:
        """Go on in a block nothing leads to (after ``return``, ``raise``, ``break``, ``continue``)."""
        self.enter(self.new_block())

    # -- names ---------------------------------------------------------------------------------------------------

    def _owner(self, name: str) -> tuple[str, str, int]:
        """(``local``, ``cell`` or ``global``; name in the code; hops) of a name in the current scope."""
        kind, owner = self.scope.resolve(name)
        if kind == "global" or owner is None:
            return "global", name, 0
        hops = self._hops(owner)
        spelled = f"{name}@{owner.number}" if owner.kind == "comprehension" else name
        if hops == 0 and name not in owner.cells:
            return "local", spelled, 0
        self.captures = self.captures or hops > 0 or self.code_scope.kind == "class"
        return "cell", spelled, hops

    def _hops(self, owner: Scope) -> int:
        """How many functions stand between the current code and the code that holds ``owner``'s names."""
        target = owner
        while target.kind == "comprehension" and target.parent is not None:
            target = target.parent
        hops, scope = 0, self.code_scope
        while scope is not target and scope.parent is not None:
            if scope.kind == "function":
                hops += 1
            scope = scope.parent
        return hops

    def load(self, name: str, pos: Position) -> int:
        """A register with the value of a name."""
        name = self.scope.mangle(name)
        dst = self.register()
        kind, spelled, hops = self._owner(name)
        if kind == "local":
            in_class = self.code_scope.kind == "class" and self.scope.resolve(name)[1] is self.code_scope
            if in_class:
                self.emit(LOAD_NAME, dst, spelled, pos)
            else:
                self.emit(LOAD, dst, spelled)
        elif kind == "cell":
            self.emit(LOAD_CELL, dst, hops, spelled)
        elif self.code_scope.kind == "module" and not self.late:
            self.emit(LOAD_NAME, dst, name, pos)
        else:
            self.emit(LOAD_GLOBAL, dst, name, pos)
        return dst

    def store(self, name: str, src: int, pos: Position) -> None:
        """Bind a name to a register's value."""
        name = self.scope.mangle(name)
        kind, spelled, hops = self._owner(name)
        if kind == "local":
            in_class = self.code_scope.kind == "class" and self.scope.resolve(name)[1] is self.code_scope
            self.emit(STORE_NAME if in_class else STORE, spelled, src)
        elif kind == "cell":
            self.emit(STORE_CELL, hops, spelled, src, pos)
        elif self.code_scope.kind == "module":
            self.emit(STORE_NAME, name, src)
        else:
            self.emit(STORE_GLOBAL, name, src, pos)

    def delete(self, name: str, pos: Position) -> None:
        """Unbind a name."""
        kind, spelled, _ = self._owner(self.scope.mangle(name))
        if kind == "local" or self.code_scope.kind == "module":
            self.emit(DELETE, spelled)
        elif kind == "global":
            self.emit(STORE_GLOBAL, spelled, -1, pos)

    def local_name(self, node: ast.expr) -> str | None:
        """How a plain local variable is spelled in the IR, or None if the expression is anything else."""
        if not isinstance(node, ast.Name):
            return None
        name = self.scope.mangle(node.id)
        kind, spelled, _ = self._owner(name)
        if kind == "local" or (kind == "global" and self.code_scope.kind == "module"):
            return spelled
        return None
