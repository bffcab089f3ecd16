"""Axes that a supplied input signature leaves open, where the body takes them for numbers.

The size of such an axis is None while tracing, whatever the calls pass. The body is evaluated once more on the side
(`interproc.probe`) with just what the signature says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hybridize.analyses.hazards.body import Body
from hybridize.analyses.hazards.moves import passed
from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import UNCERTAIN, Root, Traced, Tracing, name_of
from hybridize.domains.atoms import Atom, Const, PyType, Tensor, Tuple
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Hybridized
from hybridize.interproc.probe import Probe, contexts
from hybridize.interproc.static_shapes import OPEN
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction

NUMBERS: Final = frozenset(f"builtins.{name}" for name in ("abs", "float", "int", "range", "round"))
"""What refuses None for an argument."""
SIZES: Final = frozenset(
    {"numpy.prod", "numpy.zeros", "numpy.ones", "numpy.full"}
    | {f"tensorflow.random.{name}" for name in ("normal", "truncated_normal", "uniform")}
    | {f"tensorflow.{name}" for name in ("broadcast_to", "fill", "ones", "range", "reshape", "tile", "zeros")}
)
"""What refuses None for a size, in a shape as well."""


def open_axes(tracing: Tracing) -> Iterator[tuple[Traced, Seen]]:
    """Each place in the body of a function with a signature that needs an axis the signature leaves open."""
    machine = tracing.machine
    for id in sorted(machine.hybridized):
        code = machine.program.codes[id]
        activation = next((act for act in machine.by_code.get(id, ()) if act.evaluated), None)
        events = list(machine.hybridized[id])
        if activation is None or len(events) != 1 or not _reads_shapes(tracing, code):
            continue
        given = _given(tracing, code, events[0])
        own = {atom for value in given.values() for atom in value.atoms}
        if any(isinstance(atom, Tensor) and atom.shape is not None and None in atom.shape for atom in own):
            root = Root("tf.function", events[0].path, events[0].position)
            traced = Traced(activation, UNCERTAIN, root, None, None)
            for seen in _needed(tracing, code, given, own):
                yield traced, seen


def _reads_shapes(tracing: Tracing, code: Code) -> bool:
    return any(use.kind == "reads-shape" for act in tracing.machine.by_code.get(code.id, ()) for use in act.uses)


def _given(tracing: Tracing, code: Code, event: Hybridized) -> dict[str, Value]:
    """What the signature says of each parameter; nothing, if it cannot be read as one tensor for each."""
    elements = [atom.elements for atom in event.signature.atoms if isinstance(atom, Tuple)]
    if len(elements) != 1 or elements[0] is None or len(event.signature.atoms) != 1:
        return {}
    bound = event.given == "method" or tracing.machine.program.is_method(code)
    names = [p.name for p in code.parameters if p.kind.startswith("positional")][1 if bound else 0 :]
    one_each = all(len(value.atoms) == 1 and isinstance(value.atoms[0], Tensor) for value in elements[0])
    return dict(zip(names, elements[0], strict=False)) if one_each and len(elements[0]) <= len(names) else {}


def _needed(tracing: Tracing, code: Code, given: dict[str, Value], own: set[Atom]) -> Iterator[Seen]:
    probe = Probe(tracing.machine)
    for env, site, args in contexts(tracing.machine, code):
        for activation in probe.call(code, env, {**args, **given}, site):
            if activation.code is not code or not activation.registers or probe.exhausted:
                continue
            body = tracing.body(activation)
            read = [use.value.atoms[0] for use in activation.uses if use.kind == "reads-shape"]
            # Another tensor's shape may be open just because it is not known here.
            if any(_is_open(atom) and atom not in own for atom in read):
                continue
            for use in activation.uses:
                for number, ins in body.at.get(use.position, ()) if use.kind == "needs-axis" else ():
                    if _refuses_none(body, activation, ins):
                        yield Seen("needs-open-axis", use.position, "", number, BOTTOM)
                        break
            yield from _compared(activation)


def _is_open(atom: object) -> bool:
    return isinstance(atom, Tensor) and (atom.shape is None or None in atom.shape)


def _refuses_none(body: Body, activation: Activation, ins: Instruction) -> bool:
    """Whether an instruction raises for the size of an open axis; other uses may take None for what it is."""
    registers = activation.registers
    if ins[0] in (ir.BINARY, ir.INPLACE) or (ins[0] == ir.COMPARE and ins[2] in ("<", "<=", ">", ">=")):
        sides = [registers[register] for register in (ins[3], ins[4])]
        return any(_is_open_size(side) for side in sides) and all(map(_is_numeric, sides))
    if ins[0] == ir.UNARY:
        return ins[2] != "not" and _is_open_size(registers[ins[3]])
    if ins[0] != ir.CALL:
        return False
    names = {name_of(atom) for atom in registers[ins[2]].atoms}
    if names <= NUMBERS and len(names) == 1:
        return any(_is_open_size(registers[register]) for register in passed(ins))
    parts = (part for register in passed(ins) for part in _parts(body, activation, register))
    return names <= SIZES and len(names) == 1 and any(map(_is_open_size, parts))


def _parts(body: Body, activation: Activation, register: int) -> tuple[Value, ...]:
    """The items of a tuple, or of a list that is written there; else the value alone."""
    made = body.made.get(register)
    if made is not None and made[0] == ir.LIST:
        return tuple(activation.registers[item] for item, starred in made[2] if not starred)
    return _axes(activation.registers[register])


def _is_open_size(value: Value) -> bool:
    return value.atoms == (OPEN,)


def _is_numeric(value: Value) -> bool:
    """Whether a value is sure to be a number, a tensor, or an open size."""
    return bool(value.atoms) and all(
        atom is OPEN
        or isinstance(atom, Tensor)
        or (isinstance(atom, Const) and isinstance(atom.constant, (int, float)))
        or (isinstance(atom, PyType) and atom.name in ("int", "float", "bool"))
        for atom in value.atoms
    )


def _asks_equality(ins: Instruction) -> bool:
    return ins[0] == ir.COMPARE and ins[2] in ("==", "!=")


def _compared(activation: Activation) -> Iterator[Seen]:
    """``x.shape == (2, 3)``, ``x.shape[0] == 2``: what has an open axis equals no number."""
    for number, block in enumerate(activation.code.blocks):
        for ins in block.instructions:
            if _asks_equality(ins):
                sides = [_axes(activation.registers[register]) for register in (ins[3], ins[4])]
                if any(
                    len(one) == len(other) and all(map(_is_number, other)) and _may_fit(one, other)
                    for one, other in (sides, sides[::-1])
                ):
                    yield Seen("compares-open-axis", ins[5], "", number, BOTTOM)


def _axes(value: Value) -> tuple[Value, ...]:
    """The items of what is one tuple; else the value alone."""
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    return atom.elements if isinstance(atom, Tuple) and atom.elements is not None else (value,)


def _is_number(axis: Value) -> bool:
    return len(axis.atoms) == 1 and isinstance(axis.atoms[0], Const) and isinstance(axis.atoms[0].constant, int)


def _may_fit(shape: tuple[Value, ...], numbers: tuple[Value, ...]) -> bool:
    """Whether the shape has an open axis, and is the other one but for those."""
    opens = [one.atoms == (OPEN,) for one in shape]
    return any(opens) and all(is_open or one is two for is_open, one, two in zip(opens, shape, numbers, strict=True))
