"""What each instruction of the intermediate representation does to a frame: one function an opcode, and their table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridize.domains.atoms import Tensor, Unknown, stream_of
from hybridize.domains.value import BOTTOM, NONE, Value, join, type_value, unknown_value, value_of
from hybridize.interproc import containers, imports, operators, protocols
from hybridize.interproc.activation import Arguments
from hybridize.interproc.attributes import get_attribute, set_attribute
from hybridize.interproc.calls import call
from hybridize.interproc.construct import define_class
from hybridize.interproc.decorators import decorate
from hybridize.interproc.intrinsics_datasets import batches
from hybridize.interproc.origins import origin
from hybridize.reasons import Reason
from hybridize.syntax import code as ir

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame


def _load_cell(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = frame.machine.read(("v", frame.cell_owner(ins[2]), ins[3]), frame.point)


def _store_cell(frame: Frame, ins: ir.Instruction) -> None:
    _, hops, name, src, position = ins
    owner = frame.cell_owner(hops)
    frame.machine.write(("v", owner, name), frame.registers[src])
    if hops and src >= 0 and frame.code.kind in ("function", "lambda"):
        frame.effect("writes-nonlocal", f"rebinds the enclosing function's `{name}`", position, cell=(owner, name))


def _load_global(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = frame.global_value(ins[2])


def _store_global(frame: Frame, ins: ir.Instruction) -> None:
    _, name, src, position = ins
    frame.machine.write(("g", frame.path, name), frame.registers[src] if src >= 0 else BOTTOM)
    if frame.code.kind in ("function", "lambda"):
        frame.effect("writes-global", f"rebinds the global `{name}`", position, cell=(frame.path, name))


def _load_name(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, name, _ = ins
    value = frame.env.get(name)
    if value is not None and not (frame.code.kind == "module" and name in frame.code.rebound):
        frame.registers[dst] = value
    else:
        frame.registers[dst] = frame.global_value(name)


def _store_name(frame: Frame, ins: ir.Instruction) -> None:
    value = frame.registers[ins[2]]
    frame.env[ins[1]] = value
    if frame.code.kind == "module":
        frame.machine.write(("g", frame.path, ins[1]), value)


def _delete(frame: Frame, ins: ir.Instruction) -> None:
    frame.env.pop(ins[1], None)


def _attr(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = get_attribute(frame, frame.registers[ins[2]], ins[3], ins[4])


def _set_attr(frame: Frame, ins: ir.Instruction) -> None:
    _, obj, name, src, position, lazy = ins
    target = frame.registers[obj]
    set_attribute(frame, target, name, frame.registers[src], position, lazy, _origin(frame, obj, target))


def _origin(frame: Frame, register: int, target: Value) -> str | None:
    """Whose the object in a register is, where its atoms do not say."""
    if any(isinstance(atom, (Tensor, Unknown)) for atom in target.atoms):
        return origin(frame.code, register)
    return None


def _del_attr(frame: Frame, ins: ir.Instruction) -> None:
    target = frame.registers[ins[1]]
    set_attribute(frame, target, ins[2], BOTTOM, ins[3], False, _origin(frame, ins[1], target))


def _item(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.get_item(frame, frame.registers[ins[2]], frame.registers[ins[3]], ins[4])


def _set_item(frame: Frame, ins: ir.Instruction) -> None:
    _, obj, index, src, position = ins
    target = frame.registers[obj]
    where = _origin(frame, obj, target)
    containers.set_item(frame, target, frame.registers[index], frame.registers[src], position, where)


def _del_item(frame: Frame, ins: ir.Instruction) -> None:
    target = frame.registers[ins[1]]
    containers.set_item(frame, target, frame.registers[ins[2]], BOTTOM, ins[3], _origin(frame, ins[1], target))


def _slice(frame: Frame, ins: ir.Instruction) -> None:
    parts = tuple(frame.registers[register] if register >= 0 else NONE for register in ins[2:5])
    frame.registers[ins[1]] = operators.slice_value(parts)


def _call(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, func, args, kwargs, position = ins
    registers = frame.registers
    positional: list[Value] = []
    rest = keyword_rest = BOTTOM
    keywords: dict[str, Value] = {}
    for register, starred in args:
        value = registers[register]
        if not starred:
            if rest is BOTTOM:
                positional.append(value)
            else:
                rest = join(rest, value)
            continue
        items = containers.exact_items(frame, value)
        if items is not None and rest is BOTTOM:
            positional.extend(items)
        else:
            rest = join(rest, containers.element(frame, value, position))
    for name, register in kwargs:
        if name is not None:
            keywords[name] = registers[register]
            continue
        known, other = containers.mapping_items(frame, registers[register])
        keywords.update(known)
        keyword_rest = join(keyword_rest, other)
    registers[dst] = call(frame, registers[func], Arguments(positional, keywords, rest, keyword_rest), position)


def _binary(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, operator, a, b, position = ins
    frame.registers[dst] = operators.binary(frame, operator, frame.registers[a], frame.registers[b], position)


def _inplace(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, operator, a, b, position = ins
    left = frame.registers[a]
    where = _origin(frame, a, left)
    frame.registers[dst] = operators.inplace(frame, operator, left, frame.registers[b], position, where)


def _unary(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = operators.unary(frame, ins[2], frame.registers[ins[3]], ins[4])


def _compare(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, operator, a, b, position = ins
    frame.registers[dst] = operators.compare(frame, operator, frame.registers[a], frame.registers[b], position)


def _tuple(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.make_tuple(frame, ins[2])


def _list(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.make_list(frame, "list", ins[2], ins[3])


def _set(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.make_list(frame, "set", ins[2], ins[3])


def _dict(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = containers.make_dict(frame, ins[2], ins[3])


def _format(frame: Frame, ins: ir.Instruction) -> None:
    for register in ins[2]:
        protocols.as_text(frame, frame.registers[register], ins[3])
    frame.registers[ins[1]] = type_value("str")


def _collect(frame: Frame, ins: ir.Instruction) -> None:
    _, container, key, src = ins
    containers.collect(
        frame, frame.registers[container], frame.registers[key] if key >= 0 else None, frame.registers[src]
    )


def _function(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, child, defaults, annotations, _ = ins
    code = frame.machine.program.codes[frame.code.children[child]]
    for name, register in defaults:
        frame.machine.write(("d", code.id, name), frame.registers[register])
    for name, register in annotations:
        frame.machine.write(("n", code.id, name), frame.registers[register])
    frame.registers[dst] = frame.machine.define(code, frame.env_id)


def _class(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, child, bases, _, position = ins
    code = frame.machine.program.codes[frame.code.children[child]]
    values: list[Value] = []
    for register, starred in bases:
        value = frame.registers[register]
        values.append(containers.element(frame, value, position) if starred else value)
    frame.registers[dst] = define_class(frame, code, values)


def _decorate(frame: Frame, ins: ir.Instruction) -> None:
    _, dst, decorator, target, position, child = ins
    code = frame.machine.program.codes[frame.code.children[child]]
    frame.registers[dst] = decorate(frame, frame.registers[decorator], frame.registers[target], code, position)


def _iter(frame: Frame, ins: ir.Instruction) -> None:
    source = frame.registers[ins[2]]
    frame.registers[ins[1]] = source
    containers.note_iteration(frame, source, ins[3], ins[4])


def _next(frame: Frame, ins: ir.Instruction) -> None:
    source = frame.registers[ins[2]]
    if frame.code.kind == "module":  # which is no graph
        source = batches(frame, source, ins[3])
    frame.registers[ins[1]] = containers.element(frame, source, ins[3])


def _unpack(frame: Frame, ins: ir.Instruction) -> None:
    _, dsts, src, star, position = ins
    values = containers.unpack(frame, frame.registers[src], len(dsts), star, position)
    for register, value in zip(dsts, values, strict=True):
        frame.registers[register] = value


def _yield(frame: Frame, ins: ir.Instruction) -> None:
    frame.yielded = join(frame.yielded, frame.registers[ins[2]])
    frame.registers[ins[1]] = unknown_value(Reason.DEPENDS_ON_INPUT)


def _yield_from(frame: Frame, ins: ir.Instruction) -> None:
    frame.yielded = join(frame.yielded, containers.element(frame, frame.registers[ins[2]], ins[3]))
    frame.registers[ins[1]] = unknown_value(Reason.DEPENDS_ON_INPUT)


def _await(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = frame.registers[ins[2]]


def _import(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = imports.import_module(frame, ins[2], bool(ins[3]))


def _import_from(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = imports.import_from(frame, ins[2], ins[3], ins[4])


def _import_star(frame: Frame, ins: ir.Instruction) -> None:
    imports.import_star(frame, ins[1], ins[2])


def _enter(frame: Frame, ins: ir.Instruction) -> None:
    frame.registers[ins[1]] = protocols.enter_context(frame, frame.registers[ins[2]], ins[3])


def _exit(frame: Frame, ins: ir.Instruction) -> None:
    protocols.exit_context(frame, frame.registers[ins[1]], ins[2])


def _refine(frame: Frame, ins: ir.Instruction) -> None:
    _, name, test, register, polarity = ins
    value = frame.env.get(name)
    if value is not None and value is not BOTTOM:
        classes = frame.registers[register] if register >= 0 else BOTTOM
        frame.env[name] = operators.refine(frame, value, test, classes, polarity)


def _exception(frame: Frame, ins: ir.Instruction) -> None:
    kinds = frame.registers[ins[2]] if ins[2] >= 0 else BOTTOM
    frame.registers[ins[1]] = operators.caught(frame, kinds)


def _annotate(frame: Frame, ins: ir.Instruction) -> None:
    frame.inner_names[ins[1]] = frame.registers[ins[2]]


def _stream(frame: Frame, ins: ir.Instruction) -> None:
    element = containers.element(frame, frame.registers[ins[2]], (0, 0, 0, 0))
    frame.registers[ins[1]] = value_of(stream_of("generator", element))


OPERATIONS: Final[list[Any]] = [None] * len(ir.OPCODES)
"""What an opcode does, by number. The few that are not here need registers and names only: `Frame` runs them itself."""

for _opcode, _operation in {
    ir.LOAD_CELL: _load_cell, ir.STORE_CELL: _store_cell, ir.LOAD_GLOBAL: _load_global, ir.STORE_GLOBAL: _store_global,
    ir.LOAD_NAME: _load_name, ir.STORE_NAME: _store_name, ir.DELETE: _delete, ir.ATTR: _attr, ir.SET_ATTR: _set_attr,
    ir.DEL_ATTR: _del_attr, ir.ITEM: _item, ir.SET_ITEM: _set_item, ir.DEL_ITEM: _del_item, ir.SLICE: _slice,
    ir.CALL: _call, ir.BINARY: _binary, ir.INPLACE: _inplace, ir.UNARY: _unary, ir.COMPARE: _compare,
    ir.TUPLE: _tuple, ir.LIST: _list, ir.SET: _set, ir.DICT: _dict, ir.FORMAT: _format, ir.COLLECT: _collect,
    ir.FUNCTION: _function, ir.CLASS: _class, ir.DECORATE: _decorate, ir.ITER: _iter, ir.NEXT: _next,
    ir.UNPACK: _unpack, ir.YIELD: _yield, ir.YIELD_FROM: _yield_from, ir.AWAIT: _await, ir.IMPORT: _import,
    ir.IMPORT_FROM: _import_from, ir.IMPORT_STAR: _import_star, ir.ENTER: _enter, ir.EXIT: _exit, ir.REFINE: _refine,
    ir.EXCEPTION: _exception, ir.ANNOTATE: _annotate, ir.STREAM: _stream,
}.items():  # fmt: skip
    OPERATIONS[_opcode] = _operation
