"""A program: the lowered files, and how their imports find each other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from hybridize.project.modules import ModuleIndex
from hybridize.syntax.code import IMPORT_FROM, IMPORT_STAR, Code, ModuleFacts

STAR = "*"
"""Among imported names: all of them."""


class OutsideError(LookupError):
    """A part of a program needs a module, at ``path``, that is in another part: the two belong together."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Program:
    """All modules of one analysis, in the order of their paths."""

    def __init__(self, modules: Iterable[ModuleFacts], index: ModuleIndex) -> None:
        self.modules: dict[str, ModuleFacts] = {facts.path: facts for facts in sorted(modules, key=lambda m: m.path)}
        self.codes: dict[str, Code] = {id: code for facts in self.modules.values() for id, code in facts.codes.items()}
        self.index = index

    def part(self, paths: Collection[str]) -> Program:
        """The program of some of the modules, for which the same imports mean the same."""
        return Program((self.modules[path] for path in paths), self.index)

    def enclosing_class(self, code: Code) -> Code | None:
        """The class whose body the code stands in, itself or through functions around it."""
        current: Code | None = code
        while current is not None and current.parent:
            parent = self.codes.get(current.parent)
            if parent is not None and parent.kind == "class":
                return parent
            current = parent
        return None

    def is_method(self, code: Code) -> bool:
        """Whether the code is defined directly in a class body."""
        return code.in_class and code.kind == "function"

    def imported_names(self) -> dict[str, frozenset[str]]:
        """For each file, what ``from … import`` statements of the program take from it; `STAR` for a star import."""
        found: dict[str, set[str]] = {}
        for code in self.codes.values():
            for block in code.blocks:
                for instruction in block.instructions:
                    if instruction[0] == IMPORT_FROM:
                        _, _, level, module, name, _ = instruction
                    elif instruction[0] == IMPORT_STAR:
                        _, level, module, _ = instruction
                        name = STAR
                    else:
                        continue
                    source = self.index.resolve(code.path, level, module)
                    if source is not None:
                        found.setdefault(source.path, set()).add(name)
        return {path: frozenset(names) for path, names in found.items()}


def named(program: Program, names: Iterable[str]) -> frozenset[str]:
    """The ids of functions with one of these dotted names, in which ``*`` fits any text."""
    patterns = [re.compile(re.escape(name).replace(r"\*", ".*")) for name in names]
    if not patterns:
        return frozenset()
    return frozenset(
        code.id
        for code in program.codes.values()
        if code.kind == "function"
        for module in program.index.names(code.path)
        if any(pattern.fullmatch(f"{module}.{code.qualname}") for pattern in patterns)
    )
