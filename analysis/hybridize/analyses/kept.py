"""Whether what is kept for all later calls, where it is first needed, is the same in a graph."""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.domains.atoms import Atom, Object, Stream, Tensor, Tuple, Unknown
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.machine import Machine

DEEPEST = 5
"""Objects in objects that are looked into."""


class KeptValues:
    """What is known of values after a run. Objects hold one another in many ways: each is looked into once a depth."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._values: list[dict[Value, bool | None]] = [{} for _ in range(DEEPEST)]
        """What is known of a value, by depth."""
        self._objects: list[dict[Object, bool | None]] = [{} for _ in range(DEEPEST)]

    def is_kept(self, value: Value) -> bool | None:
        """Whether a value is variables and objects without tensors; None if nobody knows.

        A tensor that is made while tracing belongs to that trace.
        """
        return self._value(value, 0)

    def _value(self, value: Value, depth: int) -> bool | None:
        if depth >= DEEPEST or not value.atoms:
            return None if depth else False
        known = self._values[depth]
        if value not in known:
            known[value] = _all(self._atom(atom, depth) for atom in value.atoms)
        return known[value]

    def _atom(self, atom: Atom, depth: int) -> bool | None:
        if isinstance(atom, Unknown):
            return None
        if isinstance(atom, Tensor):
            return atom.kind == "variable" or (depth > 0 and atom.kind == "ndarray")
        if isinstance(atom, Tuple):
            parts = atom.elements if atom.elements is not None else (atom.element,)
            return _all(self._value(part, depth + 1) for part in parts)
        if isinstance(atom, Object):
            known = self._objects[depth]
            if atom not in known:
                held = (self._machine.peek(key) for key in self._machine.contents.get(atom, ()))
                known[atom] = _all(self._value(one, depth + 1) for one in held if one is not BOTTOM)
            return known[atom]
        return depth > 0 and not isinstance(atom, Stream)


def _all(answers: Iterable[bool | None]) -> bool | None:
    """The conjunction, where None is not known."""
    result: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result
