"""Whether what is kept for all later calls, where it is first needed, is the same in a graph."""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.domains.atoms import Atom, Object, Stream, Tensor, Tuple, Unknown
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.machine import Machine

DEEPEST = 5
"""Objects in objects that are looked into."""


def is_kept(machine: Machine, value: Value) -> bool | None:
    """Whether a value is variables and objects without tensors; None if nobody knows.

    A tensor that is made while tracing belongs to that trace.
    """
    return _value(machine, value, 0)


def _value(machine: Machine, value: Value, depth: int) -> bool | None:
    if depth >= DEEPEST or not value.atoms:
        return None if depth else False
    return _all(_atom(machine, atom, depth) for atom in value.atoms)


def _atom(machine: Machine, atom: Atom, depth: int) -> bool | None:
    if isinstance(atom, Unknown):
        return None
    if isinstance(atom, Tensor):
        return atom.kind == "variable" or (depth > 0 and atom.kind == "ndarray")
    if isinstance(atom, Tuple):
        parts = atom.elements if atom.elements is not None else (atom.element,)
        return _all(_value(machine, part, depth + 1) for part in parts)
    if isinstance(atom, Object):
        held = (machine.peek(key) for key in machine.contents.get(atom, ()))
        return _all(_value(machine, one, depth + 1) for one in held if one is not BOTTOM)
    return depth > 0 and not isinstance(atom, Stream)


def _all(answers: Iterable[bool | None]) -> bool | None:
    """The conjunction, where None is not known."""
    known = set(answers)
    return False if False in known else None if None in known else True
