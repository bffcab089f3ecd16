"""Whether a tensor is symbolic while a body is traced, or one that an earlier, eager computation left behind.

A tensor that comes out of an operation in a trace is symbolic, and so is an argument of the function that is traced.
A tensor in a global, in an attribute, or in a variable of a function around the traced one is what Python put there:
it has a value that ``numpy()`` and ``if`` may ask for.
"""

from __future__ import annotations

from hybridize.analyses.hazards.body import in_init_scope
from hybridize.analyses.hazards.tracing import Tracing, name_of
from hybridize.domains.atoms import Class, Const, Dtype, Function, Lib, Module, Object, PyType, Stream, Tensor
from hybridize.domains.value import Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction

SYMBOLIC = 1
"""The result of an operation in the trace."""
ARGUMENT = 2
"""An argument of the traced function, which is symbolic even if the caller passed a NumPy array."""
OUTSIDE = 4
"""These are flags: a value may come from several places. 0 stands for nothing known."""

_NO_TENSORS = (Class, Const, Dtype, Function, Lib, Module, PyType)
_HANDS_ON = ("builtins.", "collections.", "copy.", "functools.", "itertools.", "typing.")
"""Library functions that give what they were given, or what is in it."""

_FROM_PARTS = frozenset({
    ir.ATTR, ir.ITEM, ir.BINARY, ir.INPLACE, ir.COMPARE, ir.UNARY, ir.TUPLE, ir.LIST, ir.SET, ir.DICT, ir.NEXT, ir.ITER,
    ir.UNPACK, ir.STREAM, ir.AWAIT,
})  # fmt: skip

_STRUCTURED = frozenset({"like", "each", "result", "structure", "union", "choice"})
"""What gives of a row have the structure of something else."""

_OPERATIONS = frozenset({ir.ATTR, ir.ITEM, ir.BINARY, ir.INPLACE, ir.COMPARE, ir.UNARY, ir.CALL})
"""What may make a tensor; the others hand one on."""

MAX_STEPS = 400
"""Registers asked for one answer."""


class Symbols:
    """Answers for the activations of all traces."""

    def __init__(self, tracing: Tracing) -> None:
        self.tracing = tracing
        self.machine = tracing.machine
        self._known: dict[tuple[Activation, int], int] = {}
        self._asked: set[tuple[Activation, int | str]] = set()

    def of(self, activation: Activation, register: int) -> int:
        """Where the tensors in a register come from."""
        key = (activation, register)
        found = self._known.get(key)
        if found is None:
            self._asked = set()
            found = self._known[key] = self._register(activation, register)
        return found

    def _register(self, activation: Activation, register: int) -> int:
        key = (activation, register)
        value = activation.registers[register]
        if key in self._asked or len(self._asked) > MAX_STEPS or not _may_hold_tensors(value):
            return 0
        self._asked.add(key)
        body = self.tracing.body(activation)
        made = body.made.get(register)
        if made is None:
            return 0
        found = self._made(activation, made)
        block = body.code.blocks[body.homes[register]]
        computed = found & SYMBOLIC and made[0] in _OPERATIONS and block.contexts
        if computed and in_init_scope(block, activation.registers):
            return OUTSIDE  # computed eagerly
        return found

    def _any(self, activation: Activation, registers: list[int]) -> int:
        found = 0
        for register in registers:
            found |= self._register(activation, register)
        return found

    def _made(self, activation: Activation, ins: Instruction) -> int:
        opcode = ins[0]
        if opcode == ir.LOAD:
            return self._name(activation, ins[2])
        if opcode == ir.LOAD_CELL:
            return self._cell(activation, ins[2], ins[3])
        if opcode in (ir.LOAD_GLOBAL, ir.LOAD_NAME):
            return OUTSIDE
        if opcode in _FROM_PARTS:
            return self._from_parts(activation, ins)
        if opcode == ir.CALL:
            return self._call(activation, ins)
        return 0

    def _from_parts(self, activation: Activation, ins: Instruction) -> int:
        """Of an operator or of what holds tensors: operations are symbolic, all else comes from where its parts do."""
        opcode, registers = ins[0], activation.registers
        if opcode == ir.ATTR:
            if _is_tensor(registers[ins[2]]):
                return SYMBOLIC
            return self._register(activation, ins[2]) if self._is_record(registers[ins[2]]) else OUTSIDE
        if opcode == ir.ITEM:
            return SYMBOLIC if _is_tensor(registers[ins[2]]) else self._register(activation, ins[2])
        if opcode in (ir.BINARY, ir.INPLACE, ir.COMPARE, ir.UNARY):
            # Tensors in lists are handed on by ``+``; an operator on a tensor is an operation.
            parts = [ins[3]] if opcode == ir.UNARY else [ins[3], ins[4]]
            return SYMBOLIC if _is_tensor(registers[ins[1]]) else self._any(activation, parts)
        if opcode in (ir.TUPLE, ir.LIST, ir.SET, ir.DICT):
            items = [item[1] if opcode == ir.DICT else item[0] for item in ins[2]]
            return self._any(activation, items + self.tracing.body(activation).collected.get(ins[1], []))
        source = registers[ins[2]]
        if opcode != ir.ITER and _is_tensor(source):
            return SYMBOLIC
        if any(isinstance(atom, Stream) and atom.kind in ("dataset", "iterator") for atom in source.atoms):
            return SYMBOLIC
        return self._register(activation, ins[2])

    def _is_record(self, value: Value) -> bool:
        """Whether a value is a named tuple, whose items TensorFlow takes as arguments of their own."""
        return bool(value.atoms) and all(
            isinstance(atom, Object) and self.machine.classes.has_library_base(atom.cls, "typing.NamedTuple")
            for atom in value.atoms
        )

    # -- names -----------------------------------------------------------------------------------------------------

    def _name(self, activation: Activation, name: str) -> int:
        body = self.tracing.body(activation)
        found = self._any(activation, body.stored.get(name, []))
        if any(parameter.name == name for parameter in body.code.parameters):
            found |= self.parameter(activation, name)
        return found

    def _cell(self, activation: Activation, hops: int, name: str) -> int:
        owner = activation.id
        for _ in range(hops):
            owner = self.machine.env_parent.get(owner, "")
        around = self.machine.by_id.get(owner)
        if around is None:
            return OUTSIDE
        return self._name(around, name) if around in self.tracing.traced else OUTSIDE

    def parameter(self, activation: Activation, name: str) -> int:
        """Where the tensors come from that a parameter receives in a trace."""
        key = (activation, name)
        if key in self._asked:
            return 0
        self._asked.add(key)
        if activation in self.tracing.starts:
            return ARGUMENT
        found = 0
        for caller, edge in self.tracing.callers.get(activation, ()):
            found |= self._passed(caller, edge, activation, name)
        return found

    def _passed(self, caller: Activation, edge: Edge, target: Activation, name: str) -> int:
        """Where the tensors come from that one call passes for a parameter."""
        call = self.tracing.call_at(caller, edge.position)
        if call is None:
            return 0
        if edge.kind != "call" or any(name_of(atom) for atom in caller.registers[call[2]].atoms):
            return SYMBOLIC  # a library calls it, with tensors of its own
        names = [parameter.name for parameter in target.code.parameters]
        index = names.index(name)
        if index >= len(edge.passed):
            return 0
        value = edge.passed[index]
        for keyword, register in call[4]:
            if keyword == name:
                return self._register(caller, register)
        positional = [register for register, starred in call[3] if not starred]
        candidates = [register for register in positional if caller.registers[register] is value]
        for offset in range(index + 1):  # a receiver, or what a partial holds, comes first
            at = index - offset
            if at < len(positional) and positional[at] in candidates and _aligned(caller, positional, edge, offset):
                return self._register(caller, positional[at])
        if candidates:
            return self._any(caller, candidates)
        starred = [register for register, star in call[3] if star]
        starred += [register for keyword, register in call[4] if keyword is None]
        if call[2] in self.tracing.body(caller).made and not starred:
            made = self.tracing.body(caller).made[call[2]]
            if made[0] == ir.ATTR and caller.registers[made[2]] is value:
                return self._register(caller, made[2])
        return self._any(caller, starred)

    # -- calls -----------------------------------------------------------------------------------------------------

    def _call(self, activation: Activation, ins: Instruction) -> int:
        callees = activation.registers[ins[2]]
        arguments = [register for register, _ in ins[3]] + [register for _, register in ins[4]]
        found = 0
        for atom in callees.atoms:
            name = name_of(atom)
            if not name:
                continue
            if not name.startswith(_HANDS_ON):
                found |= SYMBOLIC if self._gives_tensor(name, activation.registers[ins[1]]) else 0
                continue
            given = [*arguments]
            made = self.tracing.body(activation).made.get(ins[2])
            if made is not None and made[0] == ir.ATTR:
                given.append(made[2])
            found |= self._any(activation, given)
            streams = (a for register in given for a in activation.registers[register].atoms if isinstance(a, Stream))
            if any(stream.kind in ("dataset", "iterator") for stream in streams):
                found |= SYMBOLIC
        for edge in activation.edges:
            if edge.position == ins[5] and edge.kind in ("call", "traced"):
                if edge.kind == "traced":
                    found |= SYMBOLIC
                elif edge.target in self.tracing.traced:
                    found |= self._any(edge.target, self.tracing.body(edge.target).returned)
        if any(isinstance(atom, Object) and atom.cls not in self.machine.classes.infos for atom in callees.atoms):
            found |= SYMBOLIC  # a layer of the library
        return found

    def _gives_tensor(self, name: str, result: Value) -> bool:
        """Whether a library function gives a tensor for sure, and not what has the structure of something unknown."""
        row = self.machine.library.row(name)
        structured = row is not None and row.returns is not None and row.returns[0] in _STRUCTURED
        return _is_tensor(result) and not (structured and is_vague(result))


def _aligned(caller: Activation, positional: list[int], edge: Edge, offset: int) -> bool:
    return all(
        number + offset < len(edge.passed) and caller.registers[register] is edge.passed[number + offset]
        for number, register in enumerate(positional)
    )


def _is_tensor(value: Value) -> bool:
    """Whether a value may be a tensor of TensorFlow; NumPy arrays are none, unless a trace makes tensors of them."""
    return any(isinstance(atom, Tensor) and atom.kind != "ndarray" for atom in value.atoms)


def is_vague(value: Value) -> bool:
    """Whether nothing is known of the tensors in a value: neither dtype nor shape.

    What comes out of a dataset or a structure nobody knows is such a tensor, and may well be a tuple of them.
    """
    return any(isinstance(atom, Tensor) and atom.dtype is None and atom.shape is None for atom in value.atoms)


def _may_hold_tensors(value: Value) -> bool:
    return any(not isinstance(atom, _NO_TENSORS) for atom in value.atoms)
