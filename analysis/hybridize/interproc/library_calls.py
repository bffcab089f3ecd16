"""Calls of library symbols: an intrinsic where a row cannot say it, else the row, else an unknown result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import (
    Atom,
    Bound,
    Class,
    Const,
    Function,
    Lib,
    Object,
    Partial,
    Tensor,
    Tuple,
    Unknown,
    Wrapped,
    partial_of,
)
from hybridize.domains.value import BOTTOM, NONE, Value, is_py, join, unknown_value, value_of
from hybridize.interproc import arrays, containers, semantics, static_shapes
from hybridize.interproc.activation import Arguments
from hybridize.interproc.events import Choice
from hybridize.interproc.tensors import leaves
from hybridize.models.rows import Row
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

EDGE_KINDS: Final = {"inline": "callback", "traced": "traced", "eager": "eager", "later": "later"}


def call_library(frame: Frame, name: str, arguments: Arguments, position: Position, receiver: Value | None) -> Value:
    """``name(*arguments)``; for methods the receiver is the first argument as well."""
    from hybridize.interproc.intrinsics import INTRINSICS

    machine = frame.machine
    if name.startswith(("numpy.", "scipy.")):
        _note_numpy(frame, name, arguments, position)
    if machine.probing:
        static_shapes.note_call(frame, name, arguments, receiver, position)
    if machine.arrays_as_tensors:
        arrays.note_call(frame, name, arguments, position)
    handler = INTRINSICS.get(name)
    if handler is not None:
        handled = handler(frame, arguments, position)
        if handled is not None:
            row = machine.library.row(name)
            if row is not None and (row.does or row.mutates):
                semantics.record(frame, row, arguments, position)
            return handled
    row = machine.library.row(name)
    if row is None:
        return _unmodeled(frame, name, arguments, position)
    if BOTTOM in arguments.positional or BOTTOM in arguments.keywords.values():
        return BOTTOM
    return call_row(frame, row, arguments, position)


def call_row(frame: Frame, row: Row, arguments: Arguments, position: Position) -> Value:
    """What a row says of a call."""
    machine = frame.machine
    if row.does or row.mutates:
        semantics.record(frame, row, arguments, position)
    key = (
        row.name, tuple(arguments.positional), tuple(arguments.keywords.items()), arguments.rest,
        arguments.keyword_rest,
    )  # fmt: skip
    known = machine.pure.get(key)
    if known is not None:
        return known
    touches = machine.touches
    result = row_result(frame, row, arguments, position)
    if machine.touches == touches:
        machine.pure[key] = result
    return result


def row_result(frame: Frame, row: Row, arguments: Arguments, position: Position) -> Value:
    """What a row gives, without what it does."""
    machine = frame.machine
    args = semantics.bind_row(row, arguments)
    if row.class_ is not None and row.bases:
        args = {**semantics.bind_bases(frame.machine.library, row, arguments), **args}
    scope = semantics.Scope(row, args, position)
    _note_name(frame, row, args, position)
    if machine.arrays_as_tensors and row.name.startswith("tensorflow."):
        arrays.note_row(frame, row, args, position)
    for _, callback, mode, parts in row.calls:
        values = args.get(callback, BOTTOM)
        inner = _callback_arguments(frame, parts, scope)
        scope.results[callback] = join(
            scope.results.get(callback, BOTTOM), call_back(frame, values, inner, position, EDGE_KINDS[mode])
        )
    if row.constant is not None and row.returns is None and row.class_ is None:
        return unknown_value(Reason.UNMODELED_LIBRARY)
    node = row.class_ if row.class_ is not None else row.returns
    if node is None:
        return unknown_value(Reason.UNMODELED_LIBRARY)
    return semantics.result_of(frame, node, scope)


def call_back(frame: Frame, callee: Value, arguments: Arguments, position: Position, kind: str) -> Value:
    """A function the library calls. Values that are no functions (a name of an activation, say) are passed over."""
    from hybridize.interproc.calls import call_atom, expose

    if kind == "later":
        expose(frame, Arguments([callee]), position)
        return unknown_value(Reason.UNKNOWN_CALLEE)
    result = BOTTOM
    before = frame.noted()
    if len(callee.atoms) > 1:
        frame.note(Choice(position, callee))
    for atom in callee.atoms:
        if isinstance(atom, Unknown):
            frame.effect("opaque", atom.reason.value, position)
            result = join(result, value_of(atom))
        elif isinstance(atom, (Function, Bound, Wrapped, Class, Lib, Object, Partial)):
            result = join(result, call_atom(frame, atom, arguments, position, kind))
    if kind == "eager":  # what it does happens on each call, of a graph as well
        frame.keep_edges(before)
    return result


def _note_name(frame: Frame, row: Row, args: dict[str, Value], position: Position) -> None:
    """An op's ``name`` must be a string, and a valid one, when it is traced; eager execution ignores it."""
    name = args.get("name")
    if name is None or "op" not in row.does or not row.name.startswith("tensorflow."):
        return
    wrong = [
        atom
        for atom in name.atoms
        if not isinstance(atom, Unknown)
        and (
            not is_py(atom, "str", "NoneType", "bytes") or (isinstance(atom, Const) and _is_no_name(row, atom.constant))
        )
    ]
    if wrong:
        frame.use("name-argument", row.name, position, value_of(*wrong))


_NAME: Final = re.compile(r"[A-Za-z0-9_.\\/>-]*")
"""What TensorFlow takes for the name of an operation in some scope; at the root it must not start with ``_``."""


def _is_no_name(row: Row, text: object) -> bool:
    """Whether a text cannot be the name of an operation; `tf.data` takes any, and a cast may be no operation."""
    takes_any = row.name.startswith(("tensorflow.data.", "tensorflow.cast"))
    return isinstance(text, str) and not takes_any and not _NAME.fullmatch(text)


def _callback_arguments(frame: Frame, parts: tuple[tuple[object, ...], ...], scope: semantics.Scope) -> Arguments:
    arguments = Arguments()
    for part in parts:
        if part[0] in ("star", "spread"):
            value = semantics.evaluate(frame, part[1], scope)  # type: ignore[arg-type]
            items = containers.exact_items(frame, value)
            if items is not None:
                arguments.positional.extend(items)
            elif part[0] == "spread" and not any(isinstance(atom, Tuple) for atom in value.atoms):
                arguments.positional.append(value)
            elif value is not NONE:
                arguments.rest = join(arguments.rest, containers.element(frame, value, scope.position))
        elif part[0] == "kwstar":
            known, other = containers.mapping_items(frame, semantics.evaluate(frame, part[1], scope))  # type: ignore[arg-type]
            arguments.keywords.update(known)
            arguments.keyword_rest = join(arguments.keyword_rest, other)
        else:
            arguments.positional.append(semantics.evaluate(frame, part, scope))
    return arguments


def _unmodeled(frame: Frame, name: str, arguments: Arguments, position: Position) -> Value:
    from hybridize.interproc.calls import expose

    frame.effect("opaque", f"{Reason.UNMODELED_LIBRARY.value}:{name}", position)
    expose(frame, arguments, position)
    return unknown_value(Reason.UNMODELED_LIBRARY)


def _note_numpy(frame: Frame, name: str, arguments: Arguments, position: Position) -> None:
    tensors: list[Atom] = []
    for value in arguments.all_values():
        tensors += [atom for atom in leaves(frame, value) if isinstance(atom, Tensor) and atom.kind != "ndarray"]
    if tensors or static_shapes.has_open(frame, arguments):
        frame.use("numpy", name, position, value_of(*tensors))


def make_partial(frame: Frame, function: Value, arguments: Arguments, position: Position) -> Value:
    """``functools.partial``, or a decorator factory that still waits for its function."""
    keywords = tuple(sorted(arguments.keywords.items()))
    return value_of(partial_of(function, tuple(arguments.positional), keywords, (frame.path, position)))
