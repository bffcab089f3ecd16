"""Classes of the project: bases, method resolution order, attributes found through it."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from hybridize.domains.atoms import Atom, Class, Generic, Lib, Unknown, class_of, lib_of, unknown
from hybridize.domains.value import BOTTOM, Value, join, value_of
from hybridize.reasons import Reason

if TYPE_CHECKING:
    from hybridize.interproc.activation import Activation
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


class ClassTable:
    """Every class of the program, by the id of its body."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.infos: dict[str, ClassInfo] = {}
        self._orders: dict[str, tuple[Atom, ...]] = {}

    def define(self, id: str, bases: list[Value]) -> ClassInfo:
        """Record a class statement that was evaluated."""
        info = self.infos.get(id)
        if info is None:
            info = self.infos[id] = ClassInfo()
        joined = [join(old, new) for old, new in zip_longest(info.bases, bases, fillvalue=BOTTOM)]
        if joined != info.bases:
            info.bases = joined
            self._orders.clear()
            for base in joined:
                for atom in base.atoms:
                    if isinstance(atom, Class) and atom.id in self.infos:
                        self.infos[atom.id].subclasses[id] = None
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
        found: dict[str, None] = {}
        stack = [id]
        while stack:
            info = self.infos.get(stack.pop())
            for child in sorted(info.subclasses if info else ()):
                if child not in found:
                    found[child] = None
                    stack.append(child)
        return sorted(found)

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

    def lookup(self, id: str, name: str, reader: Activation | None, after: str = "") -> tuple[Value, Atom | None]:
        """(value, class it was found in) of a class attribute; (BOTTOM, None) if no class of the project has it.

        ``after``: start behind that class, as ``super()`` does.
        """
        skipping = bool(after)
        for atom in self.order(id):
            if skipping:
                skipping = not (isinstance(atom, Class) and atom.id == after)
                continue
            if isinstance(atom, Class):
                info = self.infos.get(atom.id)
                if info is not None and name in info.names:
                    value = self.machine.read(("k", atom.id, name), reader)
                    if value is not BOTTOM:
                        return value, atom
            elif isinstance(atom, Lib):
                row = self.machine.library.method(atom.name, name)
                if row is not None:
                    return value_of(atom), atom
        return BOTTOM, None
