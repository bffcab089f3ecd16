"""What a file has to do with the rest of its program: what its imports name, and what it says of the whole.

It is all that has to be known of a file to tell which other files an analysis of it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from hybridize.project.keras import asks_for_legacy
from hybridize.project.modules import ModuleIndex, Resolution
from hybridize.syntax.code import CONST, IMPORT, IMPORT_FROM, IMPORT_STAR, ModuleFacts

STAR = "*"
"""Among imported names: all of them."""


class Import(msgspec.Struct, frozen=True, array_like=True):
    """An import statement, or one name of a ``from … import``."""

    level: int
    """Leading dots."""
    module: str
    name: str | None
    """What is taken from the module, `STAR` for everything; None for ``import module``."""


class Links(msgspec.Struct, frozen=True, array_like=True):
    """What a file has to do with others."""

    imports: tuple[Import, ...]
    """Each once, in the order of the file."""
    idle: bool
    """Whether the module does nothing and has nothing: it may have a docstring."""
    legacy_keras: bool
    """Whether it asks for Keras 2."""


def links_of(facts: ModuleFacts) -> Links:
    """The links of a file."""
    imports: dict[Import, None] = {}
    for code in facts.codes.values():
        for block in code.blocks:
            for instruction in block.instructions:
                if instruction[0] == IMPORT:
                    imports[Import(0, instruction[2], None)] = None
                elif instruction[0] == IMPORT_FROM:
                    imports[Import(*instruction[2:5])] = None
                elif instruction[0] == IMPORT_STAR:
                    imports[Import(instruction[1], instruction[2], STAR)] = None
    return Links(tuple(imports), _is_idle(facts), asks_for_legacy(facts))


def _is_idle(facts: ModuleFacts) -> bool:
    (body, *others) = facts.codes.values()
    return not others and all(instruction[0] == CONST for block in body.blocks for instruction in block.instructions)


def imported_files(index: ModuleIndex, links: Mapping[str, Links], path: str) -> Iterator[str]:
    """The files, of those that there are ``links`` of, that imports in the file at ``path`` run."""
    for one in links[path].imports:
        if one.name is None:
            names = one.module.split(".")
            for length in range(1, len(names) + 1):
                yield from _files(links, index.resolve(path, 0, ".".join(names[:length])))
            continue
        found = index.resolve(path, one.level, one.module)
        yield from _files(links, found)
        if one.name != STAR and found is not None and found.kind != "module":
            yield from _files(links, index.submodule(found, one.name))


def _files(links: Mapping[str, Links], found: Resolution | None) -> Iterator[str]:
    """What an import of a module or package runs: it, and the packages around it."""
    if found is None:
        return
    if found.path in links:
        yield found.path
    folder = found.path
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        if (package := f"{folder}/__init__.py") in links:
            yield package


def imported_names(index: ModuleIndex, links: Mapping[str, Links]) -> dict[str, frozenset[str]]:
    """For each file, what ``from … import`` statements of the program take from it; `STAR` for a star import."""
    found: dict[str, set[str]] = {}
    for path, own in links.items():
        for one in own.imports:
            if one.name is not None and (source := index.resolve(path, one.level, one.module)) is not None:
                found.setdefault(source.path, set()).add(one.name)
    return {path: frozenset(names) for path, names in found.items()}
