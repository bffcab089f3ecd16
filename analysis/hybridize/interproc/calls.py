"""Calls: finding the callee, binding arguments, entering bodies of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import (
    Atom,
    Bound,
    Class,
    Function,
    Generic,
    Lib,
    Object,
    Partial,
    Unknown,
    Wrapped,
    stream_of,
    tuple_of,
)
from hybridize.domains.value import BOTTOM, Value, const_value, join, join_all, unknown_value, value_of
from hybridize.interproc import containers, protocols
from hybridize.interproc.activation import Activation, Arguments
from hybridize.interproc.events import Choice, Edge
from hybridize.reasons import Reason
from hybridize.syntax.code import Code, Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

MAX_TARGETS: Final = 32
"""Callees followed at one call; more are cut and reported as opaque."""


def call(frame: Frame, callee: Value, arguments: Arguments, position: Position, kind: str = "call") -> Value:
    """``callee(*arguments)``; ``kind`` is that of the call graph's edge."""
    if len(callee.atoms) == 1:
        return call_atom(frame, callee.atoms[0], arguments, position, kind)
    if callee.atoms:
        frame.note(Choice(position, callee))
    results = [call_atom(frame, atom, arguments, position, kind) for atom in callee.atoms[:MAX_TARGETS]]
    if len(callee.atoms) > MAX_TARGETS:
        frame.effect("opaque", Reason.TOO_MANY_VALUES.value, position)
        results.append(unknown_value(Reason.TOO_MANY_VALUES))
    return join_all(results)


def call_atom(frame: Frame, atom: Atom, arguments: Arguments, position: Position, kind: str) -> Value:
    """A call of one atom."""
    if isinstance(atom, Function):
        return call_function(frame, atom, arguments, position, kind)
    if isinstance(atom, Bound):
        function = atom.function
        if isinstance(function, Function):
            return call_function(frame, function, arguments.with_first(atom.receiver), position, kind)
        if isinstance(function, Lib):
            from hybridize.interproc.library_calls import call_library

            return call_library(frame, function.name, arguments.with_first(atom.receiver), position, atom.receiver)
        return call_atom(frame, function, arguments.with_first(atom.receiver), position, kind)
    if isinstance(atom, Lib):
        from hybridize.interproc.library_calls import call_library

        return call_library(frame, atom.name, arguments, position, None)
    if isinstance(atom, Class):
        from hybridize.interproc.construct import construct

        return construct(frame, atom, arguments, position)
    if isinstance(atom, Partial):
        inner = arguments.with_first(*atom.args).with_keywords(atom.kwargs)
        outer, frame.configured = frame.configured, (*frame.configured, atom.site)
        result = call(frame, atom.function, inner, position, kind)
        frame.configured = outer
        return result
    if isinstance(atom, Wrapped):
        edge = "traced" if atom.kind == "hybrid" else kind
        result = call(frame, atom.target, arguments, position, edge)
        return _without_gradient(frame, result, position) if atom.kind == "gradient" else result
    if isinstance(atom, Object):
        return protocols.call_object(frame, atom, arguments, position, kind)
    if isinstance(atom, Generic):
        from hybridize.interproc.library_calls import call_library

        return call_library(frame, atom.base, arguments, position, None)
    if isinstance(atom, Unknown):
        frame.effect("opaque", atom.reason.value, position)
        expose(frame, arguments, position)
        return value_of(atom)
    return BOTTOM  # not callable: raises


def _without_gradient(frame: Frame, result: Value, position: Position) -> Value:
    """What a function under `tf.custom_gradient` gives its caller: TensorFlow keeps the gradient function."""
    gradient = containers.get_item(frame, result, const_value(1), position)
    expose(frame, Arguments([gradient]), position)
    frame.machine.gradients.update(atom.code for atom in gradient.atoms if isinstance(atom, Function))
    return containers.get_item(frame, result, const_value(0), position)


def expose(frame: Frame, arguments: Arguments, position: Position) -> None:
    """Functions handed to code nobody sees may be called there, with arguments nobody knows."""
    for value in arguments.all_values():
        for atom in value.atoms:
            if isinstance(atom, (Function, Wrapped)) or (
                isinstance(atom, Bound) and not isinstance(atom.function, Lib)
            ):
                frame.machine.note_exposed(atom)


def call_function(frame: Frame, function: Function, arguments: Arguments, position: Position, kind: str) -> Value:
    """A call of a body of the project."""
    machine = frame.machine
    failing = protocols.is_expected_to_fail(frame)
    if failing:
        machine.expected.setdefault(function.code, {}).update(dict.fromkeys(protocols.expected_errors(frame)))
    key = (
        function, tuple(arguments.positional), tuple(arguments.keywords.items()), arguments.rest,
        arguments.keyword_rest, kind == "traced", failing,
    )  # fmt: skip
    known = machine.calls.get(key)
    if known is None:
        known = _reach(frame, function, arguments, position, kind, failing)
        if known is None:
            return BOTTOM
        parameters = known[0].code.parameters
        if not parameters or parameters[-1].kind != "var-keyword":  # each call makes a mapping of its own
            machine.calls[key] = known
    activation, passed = known
    if not activation.evaluated:
        machine.demand(activation)
    activation.callers[frame.point] = None
    if activation.code.is_generator:
        return returned(frame, activation)
    frame.note(Edge(activation, position, kind, passed, frame.for_trace()))
    return activation.result


def _reach(
    frame: Frame, function: Function, arguments: Arguments, position: Position, kind: str, failing: bool
) -> tuple[Activation, tuple[Value, ...]] | None:
    """The activation that a call enters, and the value of each parameter; None if an argument is not known yet."""
    machine = frame.machine
    code = machine.program.codes[function.code]
    args, given = bind_arguments(frame, code, arguments, position)
    if any(args[name] is BOTTOM for name in given):
        # Some argument is not known yet (or never comes to be): its cell will bring the caller back.
        return None
    machine.called.add(code.id)
    for name in given:
        machine.note_received(code, name, args[name], kind == "traced", failing, (frame.path, position))
    receiver_site = ""
    if machine.program.is_method(code) and code.parameters:
        receiver = args[code.parameters[0].name]
        if len(receiver.atoms) == 1 and isinstance(receiver.atoms[0], Object):
            receiver_site = receiver.atoms[0].site
    decorates = frame.decorating is not None
    return machine.activation(code, function.env, args, receiver_site, decorates), tuple(args.values())


def returned(frame: Frame, activation: Activation) -> Value:
    """What calling a body gives: its result, or for a generator the generator."""
    if activation.code.is_generator:
        atom = stream_of("generator", activation.yielded, activation.id)
        frame.own(atom)
        return value_of(atom)
    return activation.result


def bind_arguments(
    frame: Frame, code: Code, arguments: Arguments, position: Position
) -> tuple[dict[str, Value], list[str]]:
    """(value of each parameter, names of those the call itself supplies)."""
    bound: dict[str, Value] = {}
    given: list[str] = []
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    machine = frame.machine
    for parameter in code.parameters:
        name, kind = parameter.name, parameter.kind
        if kind == "var-positional":
            rest = arguments.rest
            if rest is BOTTOM:
                bound[name] = containers.tuple_value(positional)
            else:
                bound[name] = value_of(tuple_of(None, join(rest, join_all(positional))))
            if positional or rest is not BOTTOM:
                given.append(name)
            positional = []
            continue
        if kind == "var-keyword":
            bound[name] = _keyword_dict(frame, keywords, arguments.keyword_rest, code, position)
            if keywords or arguments.keyword_rest is not BOTTOM:
                given.append(name)
            continue
        if kind in ("positional-only", "positional-or-keyword") and positional:
            bound[name] = positional.pop(0)
            given.append(name)
        elif kind != "positional-only" and name in keywords:
            bound[name] = keywords.pop(name)
            given.append(name)
        else:
            starred = BOTTOM
            if kind != "keyword-only":
                starred = join(starred, arguments.rest)
            if kind != "positional-only":
                starred = join(starred, arguments.keyword_rest)
            default = machine.read(("d", code.id, name), frame.point) if parameter.has_default else BOTTOM
            if starred is not BOTTOM:
                given.append(name)
                bound[name] = join(starred, default)
            elif parameter.has_default:
                bound[name] = default
            else:
                bound[name] = unknown_value(Reason.UNKNOWN_ELEMENT)  # the call raises; keep the body analyzed
    return bound, given


def _keyword_dict(frame: Frame, keywords: dict[str, Value], rest: Value, code: Code, position: Position) -> Value:
    """The dict a ``**kwargs`` parameter gets: one for each place of call."""
    site = f"{code.id}:**@{frame.site(position)}"
    atom = frame.machine.allocate(frame.activation, "dict", site)
    for key, value in keywords.items():
        containers.put(frame, atom, const_value(key), value)
    if rest is not BOTTOM:
        containers.put(frame, atom, unknown_value(Reason.UNKNOWN_ELEMENT), rest)
    return value_of(atom)
