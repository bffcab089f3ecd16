"""The instances of each class of the project, and the summary object that stands for any of them.

Where more objects of a class meet than are kept apart, widening puts the class's *summary object* in their place
(`domains.value.widen`). Its attributes are those of every instance: what an instance's attribute comes to hold flows
into the summary's, once somebody reads that, and what is stored through the summary flows into every instance, also
into those made later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridize.domains.atoms import SEVERAL, Object, summary_of
from hybridize.domains.value import BOTTOM, Value, join, join_all, widen
from hybridize.interproc.activation import Cell, CellKey

if TYPE_CHECKING:
    from hybridize.interproc.machine import Machine


class Instances:
    """Which objects of each class were made, and what goes from them to their summary and back."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._below: Instances | None = None
        self._made: dict[str, dict[Object, None]] = {}
        self._read: dict[str, None] = {}
        """Classes with a summary of which some attribute was asked for."""
        self._stored: dict[str, dict[str, Value]] = {}
        """Class to what was stored through its summary, by attribute."""

    def beside(self, machine: Machine) -> Instances:
        """The same for a run on the side, which keeps to itself what it makes."""
        other = Instances(machine)
        other._below = self
        other._read = self._read.copy()
        other._stored = {cls: stored.copy() for cls, stored in self._stored.items()}
        return other

    def _of(self, cls: str) -> list[Object]:
        below = self._below._of(cls) if self._below is not None else []
        return [*below, *self._made.get(cls, ())]

    def made(self, instance: Object) -> None:
        """Take note of an object."""
        if not instance.summarizes:
            return
        known = self._made.setdefault(instance.cls, {})
        if instance in known:
            return
        known[instance] = None
        for name, value in self._stored.get(instance.cls, {}).items():
            self.machine.write(("a", instance, name), value)

    def opened(self, key: CellKey, cell: Cell) -> None:
        """Fill a new cell, if it is an attribute of a summary, with what the instances hold."""
        _, atom, name = key
        if not isinstance(atom, Object) or atom.site != SEVERAL:
            return
        self._read[atom.cls] = None
        held = join_all(self.machine.peek(("a", instance, name)) for instance in self._of(atom.cls))
        if held.atoms:
            cell.value = widen(held, self.machine.limits.values)
            self.machine.contents.setdefault(atom, {})[key] = None

    def grown(self, key: CellKey, value: Value) -> None:
        """An attribute of an object came to hold ``value``: let the summary's hold it, too, if anybody reads that."""
        _, atom, name = key
        if isinstance(atom, Object) and atom.cls in self._read and atom.site != SEVERAL:
            summary = ("a", summary_of(atom.cls), name)
            if self.machine.holds(summary):
                self.machine.write(summary, value)

    def store(self, summary: Object, name: str, value: Value) -> None:
        """Something stores ``value`` in an attribute of one instance or other."""
        stored = self._stored.setdefault(summary.cls, {})
        before = stored.get(name, BOTTOM)
        stored[name] = join(before, value)
        if stored[name] is before:
            return
        self.machine.write(("a", summary, name), value)
        for instance in self._of(summary.cls):
            self.machine.write(("a", instance, name), value)
