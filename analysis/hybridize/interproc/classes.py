"""Classes of the project: bases, method resolution order, attributes found through it."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from hybridize.domains.atoms import Atom, Class, Generic, Lib, Unknown, class_of, lib_of, unknown
from hybridize.domains.value import BOTTOM, Value, join, value_of
from hybridize.reasons import Reason

if TYPE_CHECKING:
    from hybridize.interproc.activation import CellKey, Point
    from hybridize.interproc.machine import Machine


class ClassInfo:
    """One class statement."""

    __slots__ = ("bases", "dataclass", "fields", "names", "subclasses")

    def __init__(self) -> None:
        self.bases: list[Value] = []
        self.dataclass = False
        self.fields: dict[str, None] = {}
        """Annotated names of the body, in order."""
        self.names: set[str] = set()
        """What the body binds."""
        self.subclasses: dict[str, None] = {}


class _Found:
    """What a lookup found, and who asked."""

    __slots__ = ("empty", "key", "readers", "value", "where")

    def __init__(self, key: tuple[str, str, str]) -> None:
        self.key = key
        self.value: Value = BOTTOM
        self.where: Atom | None = None
        self.readers: dict[Point, None] = {}
        self.empty: list[CellKey] = []
        """Class attributes that are bound somewhere but hold nothing yet."""


class ClassTable:
    """Every class of the program, by the id of its body."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.infos: dict[str, ClassInfo] = {}
        self._orders: dict[str, tuple[Atom, ...]] = {}
        self._named_tuples: dict[str, bool] = {}
        self._descendants: dict[str, list[str]] = {}
        self._found: dict[tuple[str, str, str], _Found] = {}
        self._asked: dict[str, dict[_Found, None]] = {}
        """Class to the lookups that went through it."""

    def beside(self, machine: Machine) -> ClassTable:
        """The same classes as a probe of this run sees them: its lookups are its own."""
        table = ClassTable(machine)
        table.infos, table._orders, table._descendants = self.infos, self._orders, self._descendants
        table._named_tuples = self._named_tuples
        return table

    def define(self, id: str, bases: list[Value]) -> ClassInfo:
        """Record a class statement that was evaluated."""
        info = self.infos.get(id)
        if info is None:
            info = self.infos[id] = ClassInfo()
        joined = [join(old, new) for old, new in zip_longest(info.bases, bases, fillvalue=BOTTOM)]
        if joined != info.bases:
            info.bases = joined
            self._orders.clear()
            self._named_tuples.clear()
            self._descendants.clear()
            for base in joined:
                for atom in base.atoms:
                    if isinstance(atom, Class) and atom.id in self.infos:
                        self.infos[atom.id].subclasses[id] = None
                        self.machine.write(("s", atom.id), value_of(class_of(id)))
            for found in list(self._asked.get(id, ())):
                self._search_again(found)
        return info

    def order(self, id: str) -> tuple[Atom, ...]:
        """Method resolution order: Class, Lib and Unknown atoms, the class itself first.

        A depth-first walk in which a base shared by several branches comes last, which is what C3 gives wherever C3
        is defined and the hierarchy is not contrived.
        """
        found = self._orders.get(id)
        if found is not None:
            return found
        walk: list[Atom] = []
        stack: list[Atom] = [class_of(id)]
        seen: dict[Atom, int] = {}
        while stack and len(walk) < 500:
            atom = stack.pop()
            walk.append(atom)
            seen[atom] = seen.get(atom, 0) + 1
            if isinstance(atom, Class) and seen[atom] <= 8:
                info = self.infos.get(atom.id)
                for base in reversed(info.bases if info else []):
                    for item in reversed(base.atoms):
                        if isinstance(item, (Class, Lib, Unknown)) and item is not atom:
                            stack.append(item)
                        elif isinstance(item, Generic):
                            stack.append(lib_of(item.base))
        last = {atom: index for index, atom in enumerate(walk)}
        order = tuple(atom for index, atom in enumerate(walk) if last[atom] == index)
        self._orders[id] = order
        return order

    def descendants(self, id: str) -> list[str]:
        """Ids of all subclasses, direct or not, in a fixed order."""
        known = self._descendants.get(id)
        if known is not None:
            return known
        found: dict[str, None] = {}
        stack = [id]
        while stack:
            info = self.infos.get(stack.pop())
            for child in sorted(info.subclasses if info else ()):
                if child not in found:
                    found[child] = None
                    stack.append(child)
        known = self._descendants[id] = sorted(found)
        return known

    def project_bases(self, id: str) -> list[str]:
        """Ids of the classes of the project among the ancestors, the class itself first."""
        return [atom.id for atom in self.order(id) if isinstance(atom, Class) and atom.id in self.infos]

    def fields(self, id: str) -> dict[str, None]:
        """The annotated names of a class and its bases in the project, in the order of a constructor of them."""
        names: dict[str, None] = {}
        for base in reversed(self.project_bases(id)):
            names.update(self.infos[base].fields)
        return names

    def is_named_tuple(self, id: str) -> bool:
        """Whether objects of the class are tuples whose items are its `fields`."""
        found = self._named_tuples.get(id)
        if found is None:
            found = self._named_tuples[id] = self.has_library_base(id, "typing.NamedTuple")
        return found

    def library_bases(self, id: str) -> list[str]:
        """Names of the library classes among the ancestors, nearest first, with their own bases."""
        names: dict[str, None] = {}
        for atom in self.order(id):
            if isinstance(atom, Lib):
                for name in self.machine.library.mro(atom.name):
                    names[name] = None
        return list(names)

    def has_library_base(self, id: str, *names: str) -> bool:
        """Whether one of the library classes is an ancestor."""
        bases = self.library_bases(id)
        return any(name in bases for name in names)

    def unknown_base(self, id: str) -> Unknown | None:
        """An ancestor that is not known, if there is one."""
        for atom in self.order(id):
            if isinstance(atom, Unknown):
                return atom
            if isinstance(atom, Lib) and self.machine.library.row(atom.name) is None:
                return unknown(Reason.UNKNOWN_BASE)
        return None

    def lookup(self, id: str, name: str, reader: Point, after: str = "") -> tuple[Value, Atom | None]:
        """(value, class it was found in) of a class attribute; (BOTTOM, None) if no class of the project has it.

        ``after``: start behind that class, as ``super()`` does.
        """
        key = (id, name, after)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = _Found(key)
            self._search(found)
        found.readers[reader] = None
        for empty in found.empty:
            self.machine.read(empty, reader)
        return found.value, found.where

    def grown(self, id: str, name: str) -> None:
        """An attribute of a class grew: lookups that went through the class may find more."""
        for found in list(self._asked.get(id, ())):
            if found.key[1] == name:
                self._search_again(found)

    def _search_again(self, found: _Found) -> None:
        value, where = found.value, found.where
        self._search(found)
        if found.value is not value or found.where is not where:
            for reader in found.readers:
                self.machine.wake(reader)

    def _search(self, found: _Found) -> None:
        id, name, after = found.key
        skipping = bool(after)
        found.value, found.where = BOTTOM, None
        found.empty.clear()
        for atom in self.order(id):
            if isinstance(atom, Class):
                self._asked.setdefault(atom.id, {})[found] = None
            if skipping:
                skipping = not (isinstance(atom, Class) and atom.id == after)
            elif isinstance(atom, Class):
                info = self.infos.get(atom.id)
                if info is not None and name in info.names:
                    found.value = self.machine.peek(("k", atom.id, name))
                    if found.value is not BOTTOM:
                        found.where = atom
                        return
                    found.empty.append(("k", atom.id, name))
            elif isinstance(atom, Lib):
                row = self.machine.library.method(atom.name, name)
                if row is not None:
                    found.value, found.where = value_of(atom), atom
                    return
