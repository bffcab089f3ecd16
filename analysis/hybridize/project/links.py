"""Which files the imports of a program run, and what they take from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hybridize.project.modules import ModuleIndex, Resolution
from hybridize.syntax.links import STAR, Links


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
