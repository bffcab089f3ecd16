"""Parts of a program that know nothing of one another: what is found out about one does not hang on the others.

Two modules are in one part if one imports the other, or if pytest hands fixtures of one to the other (`conftest.py`).
An ``__init__.py`` that does nothing joins nobody: it belongs to each part that imports it. What imports cannot show,
such as `importlib.import_module` of a computed name, shows when the part is evaluated (`OutsideError`), and joins then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hybridize.project.links import imported_files
from hybridize.project.modules import ModuleIndex
from hybridize.syntax.links import Links

CONFTEST: Final = "conftest.py"


def parts(index: ModuleIndex, links: Mapping[str, Links]) -> list[tuple[str, ...]]:
    """The paths of each part, sorted, the parts by their first path. Modules that do nothing may be in several parts.

    A module that does nothing and that nobody imports is a part of its own.
    """
    union = _Union(links)
    shared: dict[str, set[str]] = {}
    for path in links:
        for target in imported_files(index, links, path):
            if links[target].idle:
                shared.setdefault(path, set()).add(target)
            else:
                union.join(path, target)
    for path in links:
        folder, _, name = path.rpartition("/")
        if name == CONFTEST:
            for other in links:
                if other.startswith(f"{folder}/" if folder else "") and not links[other].idle:
                    union.join(path, other)
    found: dict[str, set[str]] = {}
    for path in links:
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
