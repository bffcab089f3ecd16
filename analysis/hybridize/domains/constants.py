"""Values without the constants in them: of numbers and texts only the type, where they would never come to an end."""

from __future__ import annotations

from typing import Final

from hybridize.domains.atoms import Atom, Const, Tuple, py_type, tuple_of
from hybridize.domains.value import Value, value_of

_coarse: Final[dict[Value, Value]] = {}
_widened: Final[dict[Value, Value]] = {}


def coarsen(value: Value) -> Value:
    """What of an argument makes a difference between contexts: numbers count by their type only."""
    found = _coarse.get(value)
    if found is None:
        found = _coarse[value] = value_of(*map(_without_number, value.atoms)) if value.atoms else value
    return found


def _without_number(atom: Atom) -> Atom:
    """Numeric constants become their types."""
    if isinstance(atom, Const) and type(atom.constant) in (int, float, complex):
        return py_type(type(atom.constant).__name__)
    return atom


def widen_constants(value: Value) -> Value:
    """All constants but None, True and False become their types; nested tuples lose their constants too."""
    found = _widened.get(value)
    if found is None:
        found = _widened[value] = value_of(*map(_without_constant, value.atoms)) if value.atoms else value
    return found


def _without_constant(atom: Atom) -> Atom:
    if isinstance(atom, Const) and not isinstance(atom.constant, (bool, type(None))):
        return py_type(type(atom.constant).__name__)
    if isinstance(atom, Tuple) and atom.elements is not None:
        return tuple_of(tuple(map(widen_constants, atom.elements)), atom.element)
    return atom
