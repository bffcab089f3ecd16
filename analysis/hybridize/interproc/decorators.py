"""Decorators: calls like others, and what becomes of a function whose decorator is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridize.domains.atoms import Atom, Bound, Class, Function, Lib, Partial, Unknown, Wrapped
from hybridize.domains.value import BOTTOM, Value, join, value_of
from hybridize.interproc.activation import Arguments
from hybridize.syntax.code import Code, Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame


def decorate(frame: Frame, decorator: Value, target: Value, code: Code, position: Position) -> Value:
    """``@decorator`` over ``target``.

    A decorator that is not known is taken to hand the function back; the assumption is recorded for the function.
    """
    from hybridize.interproc.calls import call_atom

    result = BOTTOM
    for atom in decorator.atoms:
        if _is_unknown(frame, atom):
            name = atom.name if isinstance(atom, Lib) else ""
            frame.machine.unknown_decorators.setdefault(code.id, {})[name, position] = None
            result = join(result, target)
            continue
        outer, frame.decorating = frame.decorating, (position, code)
        one = call_atom(frame, atom, Arguments([target]), position, "call")
        frame.decorating = outer
        if any(isinstance(item, Unknown) for item in one.atoms):
            frame.machine.unknown_decorators.setdefault(code.id, {})["", position] = None
            kept = [item for item in one.atoms if not isinstance(item, Unknown)]
            one = join(value_of(*kept), target) if kept else target
        result = join(result, one)
    return result if decorator is not BOTTOM else target


def _is_unknown(frame: Frame, atom: Atom) -> bool:
    from hybridize.interproc.intrinsics import INTRINSICS

    if isinstance(atom, Lib):
        return atom.name not in INTRINSICS and frame.machine.library.row(atom.name) is None
    return isinstance(atom, Unknown) or (
        not isinstance(atom, (Function, Bound, Class, Partial, Wrapped)) and not hasattr(atom, "cls")
    )
