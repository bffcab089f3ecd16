"""What the variables and attributes of one file hold, and where they get it: a question of its own, asked after a run.

A run of the analysis keeps what decides findings. What a name holds is asked by a person who points at it, so the part
of the program that the file is in is evaluated once more, and only the file's own bodies are read out.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from hybridize.config import Config
from hybridize.domains.value import BOTTOM, Value, join
from hybridize.experience import Experience
from hybridize.frontend import FrontEnd
from hybridize.interproc.machine import Machine
from hybridize.models.library import library
from hybridize.project.groups import parts
from hybridize.project.program import OutsideError
from hybridize.reasons import Reason
from hybridize.span import Span
from hybridize.syntax.code import ATTR, SET_ATTR, STORE, STORE_CELL, STORE_GLOBAL, STORE_NAME, Code, Position
from hybridize.syntax.source import SourceFile

_OWNER: Final = re.compile(r"[^\s|,(\[]*::")
_AROUND: Final = re.compile(r"~[^\s|,)\]]*")
_UNKNOWN: Final = re.compile(r"unknown\(([a-z-]+)\)")
_SITE: Final = re.compile(r"@[^\s|,)\]]*")
_DIGEST: Final = re.compile(r"…[0-9a-f]{24}")


class Held(msgspec.Struct, frozen=True):
    """What one name is given in one body: the variable ``name``, or the expression ``self.name`` at ``at``."""

    name: str
    value: str
    """Such as ``float32[?, 10] | None``."""
    within: Span
    """The body: a function, a class, or the file."""
    at: Span | None = None
    """Where it is given: the expression that gives it; of an attribute, the attribute itself."""
    attribute: bool = False


def held(front: FrontEnd, config: Config, path: str) -> tuple[Held, ...]:
    """What names in the file at ``path`` hold, in the order of the file."""
    if path not in front.links:
        return ()
    machine = _machine(front, config, path)
    source = front.sources[path]
    found: dict[Held, None] = {}
    for code in machine.program.modules[path].codes.values():
        found.update(dict.fromkeys(_in_code(machine, code, source)))
    return tuple(sorted(found, key=lambda one: (one.at or one.within, one.name, one.value)))


def shown(value: Value) -> str:
    """A value for people: without the places in the program that tell its objects apart."""
    text = _SITE.sub("", _OWNER.sub("", _AROUND.sub("", _DIGEST.sub("…", repr(value)))))
    text = _UNKNOWN.sub(lambda match: f"unknown: {Reason(match[1]).text}", text)
    return " | ".join(dict.fromkeys(text.replace("tensorflow.", "tf.").split(" | ")))


def _machine(front: FrontEnd, config: Config, path: str) -> Machine:
    """The finished run of the part of the program that ``path`` is in."""
    groups = parts(front.modules, front.links)
    own = {one for group in groups if path in group for one in group}
    experience = Experience(config.runs, front.root, front.sources)
    while True:
        program = front.part(own)
        machine = Machine(program, library(config.models, config.hybrid_wrappers), config)
        machine.seen = experience.seen(program)
        try:
            machine.run(None)
        except OutsideError as error:
            own |= {one for group in groups if error.path in group for one in group}
        else:
            return machine


def _in_code(machine: Machine, code: Code, source: SourceFile) -> list[Held]:
    activations = machine.by_code.get(code.id, ())
    within = _span(source, code.position) if code.kind != "module" else Span(code.path, 1, 0, source.line_count + 1)
    made: dict[int, Position] = {}
    """Register to the place of the expression whose value it has."""
    found = []
    for parameter in code.parameters:
        value = BOTTOM
        for activation in activations:
            value = join(value, activation.args.get(parameter.name, BOTTOM))
        if value is not BOTTOM:
            found.append(Held(parameter.name, shown(value), within))
    for block in code.blocks:
        for instruction in block.instructions:
            position = _position(instruction)
            opcode = instruction[0]
            if position is not None and isinstance(instruction[1], int):
                made[instruction[1]] = position
            if opcode == ATTR:
                name, register, at = instruction[3], instruction[1], position
            elif opcode == SET_ATTR:
                name, register, at = instruction[2], instruction[3], position
            elif opcode in (STORE, STORE_NAME):
                name, register, at = instruction[1], instruction[2], made.get(instruction[2])
            elif opcode == STORE_CELL:
                name, register, at = instruction[2], instruction[3], instruction[4]
            elif opcode == STORE_GLOBAL:
                name, register, at = instruction[1], instruction[2], instruction[3]
            else:
                continue
            if register < 0 or not name.isidentifier():
                continue
            value = BOTTOM
            for activation in activations:
                value = join(value, activation.registers[register] if activation.registers else BOTTOM)
            if value is BOTTOM:
                continue
            place = _span(source, at) if at is not None else None
            found.append(Held(name, shown(value), within, place, opcode in (ATTR, SET_ATTR)))
    return found


def _position(instruction: tuple[object, ...]) -> Position | None:
    for operand in instruction[2:]:
        if isinstance(operand, tuple) and len(operand) == 4 and all(isinstance(one, int) for one in operand):
            return operand
    return None


def _span(source: SourceFile, position: Position) -> Span:
    line, column, end_line, end_column = position
    return Span(source.path, line, source.column(line, column), end_line, source.column(end_line, end_column))
