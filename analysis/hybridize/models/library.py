"""The rows by name, decoded when they are first asked for.

>>> library().row("tensorflow.reduce_sum").does
frozenset({'op'})
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import msgspec

from hybridize.models.names import Names
from hybridize.models.rows import COMPILED, DATA, Compiled, Row, digest, frozen


class Library:
    """All rows, by name. Use `library()`; building one from other rows is for tests."""

    def __init__(self, rows: Mapping[str, msgspec.Raw], aliases: Mapping[str, str]) -> None:
        """``rows`` are encoded `Row`s; ``aliases`` maps other names, or prefixes of names, to row names or prefixes."""
        self._raw = rows
        self._decoded: dict[str, Row] = {}
        self._decoder = msgspec.msgpack.Decoder(Row)
        self._methods: dict[tuple[str, str], Row | None] = {}
        self._names = Names(rows, aliases)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._raw)

    def __contains__(self, name: object) -> bool:
        """Whether there is a row of exactly this name."""
        return name in self._raw

    def names(self) -> tuple[str, ...]:
        """Every row name, sorted."""
        return tuple(sorted(self._raw))

    def row(self, name: str) -> Row | None:
        """The row of a canonical name."""
        found = self._decoded.get(name)
        if found is None and name in self._raw:
            found = self._decoded[name] = frozen(self._decoder.decode(self._raw[name]))
        return found

    def canonical(self, dotted: str) -> str:
        """The row name (or its best approximation, when there is no row) of a full dotted path as imported."""
        return self._names.canonical(dotted)

    def method(self, class_name: str, attr: str) -> Row | None:
        """The row of an attribute of a library class, its own or inherited."""
        key = (class_name, attr)
        if key not in self._methods:
            self._methods[key] = next(
                (row for name in self.mro(class_name) if (row := self.row(f"{name}.{attr}"))), None
            )
        return self._methods[key]

    def mro(self, class_name: str) -> tuple[str, ...]:
        """The class and its bases, nearest first, each once."""
        order: dict[str, None] = {}
        stack = [class_name]
        while stack:
            name = stack.pop()
            if name not in order:
                order[name] = None
                row = self.row(name)
                stack.extend(reversed(row.bases if row else ()))
        return tuple(order)

    def names_under(self, prefix: str) -> tuple[str, ...]:
        """The names directly inside a module or class, sorted: what ``from prefix import *`` binds."""
        return self._names.under(prefix)

    def is_module(self, name: str) -> bool:
        """Whether rows live under this name and it is no row itself."""
        return self._names.is_module(name)


@functools.cache
def compiled() -> Compiled:
    """The rows that come with the package. Falls back to the YAML when the compiled form is missing or stale."""
    files = tuple(DATA.rglob("*.yaml"))
    try:
        found = msgspec.msgpack.decode(COMPILED.read_bytes(), type=Compiled)
    except (OSError, msgspec.DecodeError):
        found = None
    if found is None or (files and found.digest != digest(files)):
        from hybridize.models.loader import compile_rows

        found = compile_rows(files)
    return found


@functools.cache
def library(files: tuple[tuple[str, str], ...] = (), hybrid: tuple[str, ...] = ()) -> Library:
    """The rows that come with the package, and more of them: see `models.loader.extended`."""
    if files or hybrid:
        from hybridize.models.loader import extended

        return extended(files, hybrid)
    return Library(compiled().rows, compiled().aliases)
