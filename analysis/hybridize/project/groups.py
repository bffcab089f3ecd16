"""Parts of a program that know nothing of one another: what is found out about one does not hang on the others.

Two modules are in one part if one imports the other, or if pytest hands fixtures of one to the other (`conftest.py`).
An ``__init__.py`` that does nothing joins nobody: it belongs to each part that imports it. What imports cannot show,
such as `importlib.import_module` of a computed name, shows when the part is evaluated (`OutsideError`), and joins then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hybridize.project.modules import Resolution
from hybridize.project.program import Program
from hybridize.syntax.code import CONST, IMPORT, IMPORT_FROM, IMPORT_STAR, ModuleFacts

CONFTEST: Final = "conftest.py"


def parts(program: Program) -> list[tuple[str, ...]]:
    """The paths of each part, sorted, the parts by their first path. Modules that do nothing may be in several parts.

    A module that does nothing and that nobody imports is a part of its own.
    """
    idle = {path for path, facts in program.modules.items() if _is_idle(facts)}
    union = _Union(program.modules)
    shared: dict[str, set[str]] = {}
    for path, facts in program.modules.items():
        for target in _imported(program, path, facts):
            if target in idle:
                shared.setdefault(path, set()).add(target)
            else:
                union.join(path, target)
    for path in program.modules:
        folder, _, name = path.rpartition("/")
        if name == CONFTEST:
            for other in program.modules:
                if other.startswith(f"{folder}/" if folder else "") and other not in idle:
                    union.join(path, other)
    found: dict[str, set[str]] = {}
    for path in program.modules:
        found.setdefault(union.first(path), set()).update((path, *shared.get(path, ())))
    used = {path for paths in shared.values() for path in paths}
    kept = (paths for first, paths in found.items() if not (first in used and len(paths) == 1))
    return sorted(tuple(sorted(paths)) for paths in kept)


class _Union:
    """Disjoint sets of paths."""

    def __init__(self, paths: Mapping[str, object]) -> None:
        self._above = {path: path for path in paths}

    def first(self, path: str) -> str:
        """The path that stands for the set of ``path``."""
        while self._above[path] != path:
            self._above[path] = self._above[self._above[path]]
            path = self._above[path]
        return path

    def join(self, one: str, other: str) -> None:
        """Make one set of two."""
        self._above[self.first(one)] = self.first(other)


def _is_idle(facts: ModuleFacts) -> bool:
    """Whether a module does nothing and has nothing: it may have a docstring."""
    (body, *others) = facts.codes.values()
    return not others and all(instruction[0] == CONST for block in body.blocks for instruction in block.instructions)


def _imported(program: Program, path: str, facts: ModuleFacts) -> Iterator[str]:
    """The files that imports in a module run."""
    for code in facts.codes.values():
        for block in code.blocks:
            for instruction in block.instructions:
                if instruction[0] == IMPORT:
                    names = instruction[2].split(".")
                    for length in range(1, len(names) + 1):
                        yield from _files(program, program.index.resolve(path, 0, ".".join(names[:length])))
                elif instruction[0] == IMPORT_FROM:
                    found = program.index.resolve(path, instruction[2], instruction[3])
                    yield from _files(program, found)
                    if found is not None and found.kind != "module":
                        yield from _files(program, program.index.submodule(found, instruction[4]))
                elif instruction[0] == IMPORT_STAR:
                    yield from _files(program, program.index.resolve(path, instruction[1], instruction[2]))


def _files(program: Program, found: Resolution | None) -> Iterator[str]:
    """What an import of a module or package runs: it, and the packages around it."""
    if found is None:
        return
    if found.path in program.modules:
        yield found.path
    folder = found.path
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        if (package := f"{folder}/__init__.py") in program.modules:
            yield package
