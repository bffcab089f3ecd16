"""Class statements, and making instances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import Class, Function, Wrapped, class_of, object_of
from hybridize.domains.value import BOTTOM, Value, value_of
from hybridize.interproc.activation import Arguments
from hybridize.syntax.code import Code, Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

ENUMS: Final = ("enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum")


def define_class(frame: Frame, code: Code, bases: list[Value]) -> Value:
    """Run a class body and record what it defines."""
    from hybridize.interproc.frame import Frame as BodyFrame

    machine = frame.machine
    info = machine.classes.define(code.id, bases)
    # The body runs as part of the code around it: what it does is done there, and what it reads wakes that up.
    body = BodyFrame(machine, frame.activation, env_id=frame.env_id, code=code, point=frame.point)
    body.run()
    for event in body.all_events():
        frame.note(event)
    for name, value in body.exit_env.items():
        info.names.add(name)
        machine.write(("k", code.id, name), value)
        for atom in value.atoms:
            if isinstance(atom, Wrapped) and atom.kind in ("staticmethod", "classmethod"):
                for inner in atom.target.atoms:
                    if isinstance(inner, Function):
                        machine.method_kinds[inner.code] = atom.kind
    for name, annotation in body.inner_names.items():
        info.fields[name] = None
        machine.write(("f", code.id, name), annotation)
    return value_of(class_of(code.id))


def construct(frame: Frame, cls: Class, arguments: Arguments, position: Position) -> Value:
    """``Class(*arguments)``."""
    from hybridize.interproc.attributes import bind
    from hybridize.interproc.calls import call

    machine = frame.machine
    info = machine.classes.infos.get(cls.id)
    if info is None:
        return BOTTOM
    if machine.classes.has_library_base(cls.id, *ENUMS):
        return value_of(object_of(cls.id, "member"))
    atom = machine.allocate(frame.activation, cls.id, frame.site(position))
    found, where = machine.classes.lookup(cls.id, "__init__", frame.point)
    if isinstance(where, Class):
        call(frame, bind(frame, found, atom, position), arguments, position)
    elif fields := machine.classes.fields(cls.id):
        _set_fields(frame, fields, atom, arguments)
    else:
        base = machine.classes.unknown_base(cls.id)
        if base is not None:
            frame.effect("opaque", base.reason.value, position)
    after, owner = machine.classes.lookup(cls.id, "__post_init__", frame.point)
    if isinstance(owner, Class):
        call(frame, bind(frame, after, atom, position), Arguments(), position)
    return value_of(atom)


def _set_fields(frame: Frame, fields: Iterable[str], atom: object, arguments: Arguments) -> None:
    """The constructor that `dataclasses` and `typing.NamedTuple` write: one parameter per annotated name."""
    machine = frame.machine
    positional = list(arguments.positional)
    for name in fields:
        if positional:
            value = positional.pop(0)
        elif name in arguments.keywords:
            value = arguments.keywords[name]
        else:
            value = arguments.rest if arguments.rest is not BOTTOM else arguments.keyword_rest
        if value is not BOTTOM:
            machine.write(("a", atom, name), value)
