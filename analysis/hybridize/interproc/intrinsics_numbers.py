"""Built-in functions that give numbers and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import Const, Object, PyType, Tensor, Unknown, const, tensor
from hybridize.domains.value import BOTTOM, Value, const_value, join, join_all, type_value, unknown_value, value_of
from hybridize.interproc import containers, operators, protocols
from hybridize.interproc.activation import Arguments
from hybridize.interproc.intrinsics_base import Handler, first
from hybridize.interproc.library_calls import call_back
from hybridize.interproc.tensors import known_int
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame


def _scalar(name: str) -> Handler:
    """``int(x)``, ``float(x)``, ``bool(x)``: a Python number, which a tensor can give only eagerly."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
        tensors = [a for a in first(arguments).atoms if isinstance(a, Tensor) and a.kind != "ndarray"]
        if tensors:
            frame.use("converts-tensor", f"{name}()", position, value_of(*tensors))
        atoms = first(arguments).atoms
        if len(atoms) == 1 and isinstance(atoms[0], Const) and len(arguments.positional) == 1:
            try:
                return value_of(const({"int": int, "float": float, "bool": bool}[name](atoms[0].constant)))
            except (TypeError, ValueError, OverflowError):
                return type_value(name)
        return type_value(name)

    return handler


def _text(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    protocols.as_text(frame, first(arguments), position)
    return None


def _abs(frame: Frame, arguments: Arguments, position: Position) -> Value:
    result = BOTTOM
    for atom in first(arguments).atoms:
        if isinstance(atom, Tensor):
            if atom.kind != "ndarray":
                frame.use("op", "abs", position, value_of(atom))
            result = join(
                result, value_of(tensor("dense" if atom.kind == "variable" else atom.kind, atom.dtype, atom.shape))
            )
        elif isinstance(atom, Const) and isinstance(atom.constant, (int, float)):
            result = join(result, value_of(const(abs(atom.constant))))
        elif isinstance(atom, (PyType, Unknown)):
            result = join(result, value_of(atom))
        else:
            result = join(result, unknown_value(Reason.UNMODELED_LIBRARY))
    return result


def _sum(frame: Frame, arguments: Arguments, position: Position) -> Value:
    item = containers.element(frame, first(arguments), position)
    start = arguments.get(1, "start") or const_value(0)
    if item is BOTTOM:
        return start
    total = operators.binary(frame, "+", start, item, position)
    return join(total, operators.binary(frame, "+", total, item, position))


def _extreme(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``min`` and ``max``: one of the arguments, or of the items of the only one."""
    if len(arguments.positional) == 1:
        items = containers.element(frame, arguments.positional[0], position)
    else:
        items = join_all([*arguments.positional, arguments.rest])
    key = arguments.keywords.get("key")
    if key is not None and items is not BOTTOM:
        call_back(frame, key, Arguments([items]), position, "callback")
    return join(items, arguments.keywords.get("default", BOTTOM))


def _len(frame: Frame, arguments: Arguments, position: Position) -> Value:
    value = first(arguments)
    items = containers.exact_items(frame, value)
    if items is not None:
        return value_of(const(len(items)))
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    if isinstance(atom, Tensor) and atom.shape:
        return value_of(const(atom.shape[0])) if atom.shape[0] is not None else type_value("int")
    if isinstance(atom, Object) and protocols.has_method(frame, atom, "__len__"):
        protocols.call_method(frame, atom, "__len__", [], position)
    return type_value("int")


def _normal(sizes_from: int) -> Handler:
    """``randn(*sizes)`` and ``rand(*sizes)``: without sizes a Python float, else an array."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
        if arguments.rest is not BOTTOM:
            return None
        sizes = arguments.positional[sizes_from:]
        shape = tuple(known_int(size) for size in sizes)
        return value_of(tensor("ndarray", "float64", shape)) if sizes else type_value("float")

    return handler


INTRINSICS: Final[dict[str, Handler]] = {
    **dict.fromkeys(("numpy.random.rand", "numpy.random.randn"), _normal(0)),
    **dict.fromkeys(("numpy.random.RandomState.rand", "numpy.random.RandomState.randn"), _normal(1)),
    "builtins.len": _len,
    "builtins.int": _scalar("int"),
    "builtins.float": _scalar("float"),
    "builtins.bool": _scalar("bool"),
    "builtins.str": _text,
    "builtins.repr": _text,
    "builtins.format": _text,
    "builtins.abs": _abs,
    "builtins.sum": _sum,
    "builtins.min": _extreme,
    "builtins.max": _extreme,
}
