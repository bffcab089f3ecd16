"""Objects that are equal and have one hash, and so one trace, though the graph reads where they differ.

TensorFlow finds the trace for an argument that is no tensor, and for the receiver of a method, by equality.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import Traced, Tracing, name_of
from hybridize.domains.atoms import Const, Object
from hybridize.domains.value import BOTTOM, Value, const_value
from hybridize.interproc.activation import Activation
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction

PLAIN_CALLS = frozenset({"builtins.hash", "builtins.isinstance", "builtins.tuple", "builtins.type"})

SAYS_HOW = frozenset({"__tf_flatten__", "__tf_tracing_type__"})
"""Methods by which a class says itself how it is traced."""


class Equality(NamedTuple):
    """What ``__eq__`` of a class compares; ``ignored``: attributes that it is sure not to, None for all others."""

    compared: frozenset[str]
    ignored: frozenset[str] | None

    def ignores(self, name: str) -> bool:
        """Whether an attribute has no say."""
        return name in self.ignored if self.ignored is not None else name not in self.compared


def equality(tracing: Tracing) -> Iterator[tuple[Traced, Seen]]:
    """Each read of an attribute in which two equal objects differ that one traced function receives."""
    known: dict[str, Equality | None] = {}
    for several in tracing.traced.values():
        traced = several[0]
        root = traced.root
        if root is None or root.by != "tf.function" or not traced.activation.registers:
            continue
        received: dict[str, list[Object]] | None = None
        for number in sorted(tracing.live(traced.activation)):
            for ins in traced.activation.code.blocks[number].instructions:
                objects = _objects(tracing, traced.activation.registers[ins[2]]) if ins[0] == ir.ATTR else []
                for cls in sorted({atom.cls for atom in objects}):
                    if cls not in known:
                        known[cls] = _equality(tracing, cls)
                    rule = known[cls]
                    if rule is None or not rule.ignores(ins[3]) or _is_method(tracing, cls, ins[3]):
                        continue
                    if received is None:
                        received = _received(tracing, traced)
                    if any(_clash(tracing, rule, ins[3], *pair) for pair in combinations(received.get(cls, ()), 2)):
                        name = tracing.machine.program.codes[cls].name
                        yield traced, Seen("equal-objects-differ", ins[4], name, number, BOTTOM)


def _objects(tracing: Tracing, value: Value) -> list[Object]:
    infos = tracing.machine.classes.infos
    return [atom for atom in value.atoms if isinstance(atom, Object) and atom.cls in infos]


def _received(tracing: Tracing, traced: Traced) -> dict[str, list[Object]]:
    """The objects that the traced function gets as arguments, its receiver among them, by class."""
    start = list(traced.steps())[-1].activation.code
    found: dict[str, dict[Object, None]] = {}
    for activation in tracing.machine.by_code.get(start.id, ()):
        if activation in tracing.starts:
            for value in activation.args.values():
                for atom in _objects(tracing, value):
                    found.setdefault(atom.cls, {})[atom] = None
    return {cls: list(atoms) for cls, atoms in found.items()}


def _is_method(tracing: Tracing, cls: str, name: str) -> bool:
    codes = tracing.machine.program.codes
    return any(
        codes[child].name == name
        for base in tracing.machine.classes.project_bases(cls)
        for child in codes[base].children
    )


def _clash(tracing: Tracing, rule: Equality, name: str, one: Object, other: Object) -> bool:
    """Whether two objects may be equal, and differ in an attribute that equality ignores."""

    def values(attribute: str) -> tuple[Value, Value]:
        peek = tracing.machine.peek
        return peek(("a", one, attribute)), peek(("a", other, attribute))

    mine, theirs = values(name)
    equal = all(_is_one(a) and a is b for a, b in (values(compared) for compared in sorted(rule.compared)))
    return equal and mine is not BOTTOM and theirs is not BOTTOM and mine is not theirs


def _is_one(value: Value) -> bool:
    """Whether a value is known to be one thing of Python."""
    return value is BOTTOM or (len(value.atoms) == 1 and isinstance(value.atoms[0], Const))


def _equality(tracing: Tracing, cls: str) -> Equality | None:
    """How objects of a class are compared, where that is known and they have a hash."""
    classes, codes = tracing.machine.classes, tracing.machine.program.codes
    if classes.unknown_base(cls) is not None or len(classes.project_bases(cls)) != 1:
        return None
    if set(classes.library_bases(cls)) - {"builtins.object"}:
        return None
    names = classes.infos[cls].names
    if names & SAYS_HOW:
        return None
    if "__eq__" in names and "__hash__" in names:
        makers = [codes[child] for child in codes[cls].children if codes[child].name in ("__eq__", "__hash__")]
        read = [_read(tracing, code) for code in makers]
        return Equality(frozenset().union(*(one or () for one in read)), None) if None not in read else None
    if "__eq__" in names or "__hash__" in names or not _is_frozen(tracing, cls):
        return None
    ignored = frozenset(_uncompared(codes[cls]))
    return Equality(frozenset(classes.infos[cls].fields) - ignored, ignored) if ignored else None


def _read(tracing: Tracing, code: Code) -> frozenset[str] | None:
    """The attributes that a method reads; None if it calls something that may read more."""
    found: set[str] = set()
    for activation in tracing.machine.by_code.get(code.id, ()):
        if not activation.registers:
            continue
        if any(not _is_plain_call(activation, call) for call in tracing.body(activation).calls):
            return None
        found = {ins[3] for block in code.blocks for ins in block.instructions if ins[0] == ir.ATTR}
    return None if not found or found & {"__dict__", "__slots__"} else frozenset(found)


def _is_plain_call(activation: Activation, call: Instruction) -> bool:
    names = {name_of(atom) for atom in activation.registers[call[2]].atoms}
    return bool(names) and names <= PLAIN_CALLS


def _is_frozen(tracing: Tracing, cls: str) -> bool:
    """Whether a class is a dataclass whose objects are compared and have a hash by their fields."""
    machine = tracing.machine
    parent = machine.program.codes[cls].parent
    for activation in machine.by_code.get(parent, ()):
        if not activation.registers:
            continue
        body = tracing.body(activation)
        for block in activation.code.blocks:
            for ins in block.instructions:
                if ins[0] == ir.DECORATE and _makes(body.made.get(ins[3]), activation.code, cls):
                    call = body.made.get(ins[2])
                    if call is None or call[0] != ir.CALL:
                        return False
                    names = {name_of(atom) for atom in activation.registers[call[2]].atoms}
                    given = {name: activation.registers[register] for name, register in call[4]}
                    hashed = any(given.get(name) is const_value(True) for name in ("frozen", "unsafe_hash"))
                    return names == {"dataclasses.dataclass"} and hashed and "eq" not in given
    return False


def _makes(made: Instruction | None, code: Code, cls: str) -> bool:
    """Whether an instruction is the class statement, with no other decorator in between."""
    return made is not None and made[0] == ir.CLASS and code.children[made[2]] == cls


def _uncompared(code: Code) -> Iterator[str]:
    """Fields made by ``field(compare=False)`` in the body of a class."""
    made = {ins[1]: ins for block in code.blocks for ins in block.instructions if ins[0] in (ir.CALL, ir.CONST)}
    for block in code.blocks:
        for ins in block.instructions:
            call = made.get(ins[2]) if ins[0] == ir.STORE_NAME else None
            keywords = dict(call[4]) if call is not None and call[0] == ir.CALL else {}
            compare = made.get(keywords["compare"]) if "compare" in keywords else None
            if compare is not None and compare[0] == ir.CONST and compare[2] is False:
                yield ins[1]
