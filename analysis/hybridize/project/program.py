"""A program: the lowered files, and how their imports find each other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hybridize.project.modules import ModuleIndex
from hybridize.syntax.code import Code, ModuleFacts


class OutsideError(LookupError):
    """A part of a program needs a module, at ``path``, that is in another part: the two belong together."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Program:
    """The modules of one analysis, in the order of their paths. There may be others: the ``index`` knows them all."""

    def __init__(self, modules: Iterable[ModuleFacts], index: ModuleIndex) -> None:
        self.modules: dict[str, ModuleFacts] = {facts.path: facts for facts in sorted(modules, key=lambda m: m.path)}
        self.codes: dict[str, Code] = {id: code for facts in self.modules.values() for id, code in facts.codes.items()}
        self.index = index

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
