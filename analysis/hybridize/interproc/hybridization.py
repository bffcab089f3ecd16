"""`tf.function` applied: as a decorator, as a call, configured first, on bodies and bound methods alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from hybridize.domains.atoms import Atom, Bound, Class, Function, Object, Partial, Wrapped, lib_of, wrapped_of
from hybridize.domains.value import BOTTOM, NONE, Value, const_value, join, join_all, unknown_value, value_of
from hybridize.interproc.activation import Arguments
from hybridize.interproc.events import Hybridized
from hybridize.interproc.library_calls import make_partial
from hybridize.interproc.structures import structure
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

NAME: Final = "tensorflow.function"
FALSE: Final = const_value(False)
TRUE: Final = const_value(True)
_DESCRIPTORS: Final = ("staticmethod", "classmethod", "property")


def apply(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``tf.function(*arguments)``: a hybrid function, or a decorator if there is no function yet."""
    target = arguments.get(0, "func")
    rest = Arguments(arguments.positional[1:], {k: v for k, v in arguments.keywords.items() if k != "func"})
    if target is None or target is NONE:
        configured = Arguments([], {**_named(rest.positional), **rest.keywords})
        made = make_partial(frame, value_of(lib_of(NAME)), configured, position)
        # `tf.function(*args)` for a sequence of unknown length: which function, if any, is not known.
        return made if arguments.rest is BOTTOM else join(made, unknown_value(Reason.UNKNOWN_ELEMENT))
    return mark(frame, target, Arguments([], {**_named(rest.positional), **rest.keywords}), position)


def _named(positional: list[Value]) -> dict[str, Value]:
    return dict(zip(("input_signature", "autograph", "jit_compile"), positional, strict=False))


def mark(frame: Frame, target: Value, arguments: Arguments, position: Position) -> Value:
    """Record that the bodies in ``target`` become hybrid here; the hybrid value."""
    if target is BOTTOM:
        return BOTTOM
    form, where = ("decorator", frame.decorating[0]) if frame.decorating else ("call", position)
    given = arguments.keywords.get("input_signature", NONE)
    signature = structure(frame, given, position) if given is not NONE else NONE
    over = next((a.kind for a in target.atoms if isinstance(a, Wrapped) and a.kind in _DESCRIPTORS), "")
    converts = arguments.keywords.get("autograph") is not FALSE
    unhinted = arguments.keywords.get("experimental_follow_type_hints") is FALSE
    compiled = any(arguments.keywords.get(name) is TRUE for name in ("jit_compile", "experimental_compile"))
    codes = dict.fromkeys(code for atom in target.atoms for code in bodies(frame, atom))
    to = _given(target)
    if frame.decorating and frame.decorating[1].id not in codes:
        # Over a decorator of the project: what becomes hybrid by this line is the function it stands over.
        codes, to = {frame.decorating[1].id: None}, "other"
    for code in codes:
        event = Hybridized(
            code, form, frame.path, where, signature, frame.configured, over, converts, unhinted, compiled, to
        )
        frame.machine.hybridized.setdefault(code, {})[event] = None
    # A hybrid function made hybrid again is the same (`safe-double-decoration` in the hazard catalogue).
    plain = join_all(
        atom.target if isinstance(atom, Wrapped) and atom.kind == "hybrid" else value_of(atom) for atom in target.atoms
    )
    return value_of(wrapped_of("hybrid", plain))


def _given(target: Value) -> Literal["function", "method", "other"]:
    if all(isinstance(atom, Function) for atom in target.atoms):
        return "function"
    if all(isinstance(atom, Bound) and isinstance(atom.function, Function) for atom in target.atoms):
        return "method"
    return "other"


def bodies(frame: Frame, atom: Atom) -> list[str]:
    """The codes a callable runs."""
    if isinstance(atom, Function):
        return [atom.code]
    if isinstance(atom, Bound):
        return bodies(frame, atom.function)
    if isinstance(atom, Wrapped):
        return [code for inner in atom.target.atoms for code in bodies(frame, inner)]
    if isinstance(atom, Partial):
        return [code for inner in atom.function.atoms for code in bodies(frame, inner)]
    if isinstance(atom, Object) and atom.cls in frame.machine.classes.infos:
        for name in ("call", "__call__"):
            found, where = frame.machine.classes.lookup(atom.cls, name, frame.point)
            if isinstance(where, Class):
                return [code for inner in found.atoms for code in bodies(frame, inner)]
    return []
