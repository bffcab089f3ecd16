"""Attributes that whoever reads them has written just before: they carry nothing from one call to the next.

``self.step = step; self.run()``: what `run` reads was written in the same run, be it a trace or eager. Asked is each
place that reads the attribute of an object of that class: in its own body, or in every caller's before the call, or
where a closure is made, a write comes first on every way. The object is taken for the same.

TensorFlow calls the gradient function of `tf.custom_gradient` where the gradient is computed: in the run that made it,
unless a tape outside of the trace records the graph. TensorFlow traces it later then, and it may find what another
trace wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hybridize.analyses.callgraph import CallGraph
from hybridize.analyses.hazards.body import Body
from hybridize.domains.atoms import Atom, Object, Unknown
from hybridize.interproc.activation import Activation, Cell
from hybridize.interproc.events import Edge
from hybridize.interproc.machine import Machine
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position

CALLS = 2
"""So many calls deep a write is looked for: a method that sets the state up, by way of another."""

Place = tuple[int, int]
"""A block and the number of an instruction in it."""


class Scratch:
    """Answers for a finished run."""

    def __init__(self, machine: Machine, graph: CallGraph) -> None:
        self.machine = machine
        self._callgraph = graph
        self._edges: dict[Activation, list[tuple[Activation, Edge]]] = {}
        for activation in graph.activations:
            for edge in activation.edges:
                self._edges.setdefault(edge.target, []).append((activation, edge))
        self._bodies: dict[str, Body] = {}
        self._indexes: dict[str, dict[tuple[int, str], list[tuple[Place, int]]]] = {}
        self._known: dict[tuple[frozenset[str], str], bool] = {}
        self._cells: dict[tuple[str, str], list[Cell]] = {}
        """Class and attribute to the cells of its objects."""

    def is_scratch(self, objects: Collection[Atom], name: str) -> bool:
        """Whether the program reads an attribute of these objects, and never without writing it before.

        A class of which not all bases are known may be read, or called, by those: nothing is certain of it then, and
        what is not seen to be read without a write counts as scratch.
        """
        classes = frozenset(atom.cls for atom in objects if isinstance(atom, Object))
        if not name or not objects or not all(isinstance(atom, Object) for atom in objects):
            return False
        key = (classes, name)
        known = self._known.get(key)
        if known is None:
            readers = list(self._readers(classes, name))
            told = bool(readers) or any(self.machine.classes.unknown_base(cls) is not None for cls in classes)
            known = told and all(self._reads_own(reader, classes, name) for reader in readers)
            self._known[key] = known
        return known

    def is_unread(self, objects: Collection[Atom], name: str) -> bool:
        """Whether nothing in the program reads an attribute of these objects, or of one that nobody knows."""
        classes = frozenset(atom.cls for atom in objects if isinstance(atom, Object))
        known = bool(objects) and all(isinstance(atom, Object) for atom in objects)
        if not name or not known or any(True for _ in self._readers(classes, name)):
            return False
        return not any(
            isinstance(atom, Unknown)
            for activation in self._callgraph.activations
            for _, register in (self._index(activation.code).get((ir.ATTR, name), ()) if activation.registers else ())
            for atom in activation.registers[register].atoms
        )

    def _readers(self, classes: frozenset[str], name: str) -> Iterator[Activation]:
        if not self._cells:
            for key, cell in self.machine.cells.items():
                if key[0] == "a" and isinstance(key[1], Object):
                    self._cells.setdefault((key[1].cls, key[2]), []).append(cell)
        cells = (cell for cls in sorted(classes) for cell in self._cells.get((cls, name), ()))
        yield from dict.fromkeys(point.activation for cell in cells for point in cell.readers)

    def _reads_own(self, reader: Activation, classes: frozenset[str], name: str) -> bool:
        """Whether a write comes before each place of a body that reads the attribute."""
        named = self._index(reader.code).get((ir.ATTR, name), ())
        places = [place for place, register in named if _holds(reader, register, classes)]
        return bool(places) and all(self._written_before(reader, at, classes, name, set()) for at in places)

    def _written_before(
        self, activation: Activation, place: Place, classes: frozenset[str], name: str, asked: set[Activation]
    ) -> bool:
        if any(edge.kind == "traced" for edge in activation.edges):
            return False  # a trace in between may write it again
        if any(_comes_first(activation.code, one, place) for one in self._writes(activation, classes, name)):
            return True
        if activation in asked:
            return True  # one that only calls itself reads nothing before another one calls it
        asked.add(activation)
        if activation.root and self._is_supposed(activation):
            return True  # the calls that are seen answer
        if activation.root and self._is_hook(activation):
            return True
        if activation.root and not self._is_own_gradient(activation):
            return False
        ways = self._ways(activation)
        if not ways and not activation.root and not activation.code.is_generator:
            return True  # its call has other arguments by now, and enters another activation
        return bool(ways) and all(self._written_before(caller, at, classes, name, asked) for caller, at in ways)

    def _ways(self, activation: Activation) -> list[tuple[Activation, Place]]:
        """The calls of a body; where it is made, if nobody is seen to call it."""
        calls = self._edges.get(activation, [])
        if calls:
            return [(caller, at) for caller, edge in calls for at in self._places(caller.code, edge.position)]
        around = self.machine.by_id.get(activation.env)
        if around is None or activation.code.id not in around.code.children:
            return []
        child = around.code.children.index(activation.code.id)
        return [(around, at) for at, ins in _instructions(around.code) if ins[0] == ir.FUNCTION and ins[2] == child]

    def _is_supposed(self, activation: Activation) -> bool:
        """Whether a body was evaluated as if nobody called it, before somebody did."""
        called = activation.code.id in self.machine.called and activation.code.id not in self.machine.exposed_codes
        return called and activation not in self._edges

    def _is_hook(self, activation: Activation) -> bool:
        """Whether a base class that nobody knows may be what calls a body, in the run that wrote what it reads."""
        code = activation.code
        if code.id in self.machine.hybridized or not self.machine.program.is_method(code):
            return False
        return self.machine.classes.unknown_base(code.parent) is not None

    def _is_own_gradient(self, activation: Activation) -> bool:
        """Whether a body is a gradient function that no trace but the one that made it calls."""
        around = self.machine.by_id.get(activation.env)
        if around is None or activation.code.id not in self.machine.gradients or activation in self._edges:
            return False
        return not self._is_recorded_outside(around, False, set())

    def _is_recorded_outside(self, activation: Activation, traced: bool, asked: set[tuple[Activation, bool]]) -> bool:
        """Whether a tape is seen to record calls of a body from outside of the trace that they are in."""
        if (activation, traced) in asked:
            return False
        asked.add((activation, traced))
        for caller, edge in self._edges.get(activation, ()):
            beyond = traced or edge.kind == "traced"
            if any(_is_taped(caller, place) for place in self._places(caller.code, edge.position)):
                if beyond:
                    return True
            elif self._is_recorded_outside(caller, beyond, asked):
                return True
        return False

    def _writes(
        self, activation: Activation, classes: frozenset[str], name: str, depth: int = CALLS
    ) -> Iterator[Place]:
        """The places of a body that write the attribute, or call a body that does on every way."""
        for place, register in self._index(activation.code).get((ir.SET_ATTR, name), ()):
            if _holds(activation, register, classes):
                yield place
        for edge in activation.edges:
            if not depth or edge.kind != "call":
                continue
            if edge.passed and not activation.allocated.isdisjoint(edge.passed[0].atoms):
                continue  # what makes the object writes it for all that comes
            written = self._writes(edge.target, classes, name, depth - 1)
            if any(_on_every_way(edge.target.code, at) for at in written):
                yield from self._places(activation.code, edge.position)

    def _index(self, code: Code) -> dict[tuple[int, str], list[tuple[Place, int]]]:
        """Opcode and attribute to the places of a body that read or write it, and the registers of the objects."""
        found = self._indexes.get(code.id)
        if found is None:
            found = self._indexes[code.id] = {}
            for place, ins in _instructions(code):
                if ins[0] == ir.ATTR:
                    found.setdefault((ir.ATTR, ins[3]), []).append((place, ins[2]))
                elif ins[0] == ir.SET_ATTR:
                    found.setdefault((ir.SET_ATTR, ins[2]), []).append((place, ins[1]))
        return found

    def _places(self, code: Code, position: Position) -> list[Place]:
        body = self._bodies.get(code.id)
        if body is None:
            body = self._bodies[code.id] = Body(code)
        return [
            (number, next(i for i, one in enumerate(code.blocks[number].instructions) if one is ins))
            for number, ins in body.at.get(position, ())
        ]


def _instructions(code: Code) -> Iterator[tuple[Place, Instruction]]:
    for number, block in enumerate(code.blocks):
        yield from (((number, index), ins) for index, ins in enumerate(block.instructions))


def _holds(activation: Activation, register: int, classes: frozenset[str]) -> bool:
    """Whether a register holds an object of one of those classes."""
    registers = activation.registers
    return bool(registers) and any(
        isinstance(atom, Object) and atom.cls in classes for atom in registers[register].atoms
    )


def _is_taped(activation: Activation, place: Place) -> bool:
    """Whether a place stands under a `tf.GradientTape`."""
    registers = activation.registers
    contexts = activation.code.blocks[place[0]].contexts if registers else ()
    return any(
        isinstance(atom, Object) and atom.cls == "tensorflow.GradientTape"
        for register in contexts
        for atom in registers[register].atoms
    )


def _comes_first(code: Code, first: Place, place: Place) -> bool:
    """Whether every way through a body to a place comes by another one."""
    if first[0] == place[0]:
        return first[1] < place[1]
    seen = {0, first[0]}
    stack = [0] if first[0] != 0 else []
    while stack:
        number = stack.pop()
        if number == place[0]:
            return False
        block = code.blocks[number]
        for target in (*block.targets, *block.handlers):
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return True


def _on_every_way(code: Code, place: Place) -> bool:
    """Whether a body does not come to a normal end without a place."""
    ends = [
        number
        for number, block in enumerate(code.blocks)
        if any(ins[0] == ir.RETURN for ins in block.instructions) or not block.targets
    ]
    raising = {number for number in ends if any(ins[0] == ir.RAISE for ins in code.blocks[number].instructions)}
    last = max((len(block.instructions) for block in code.blocks), default=0)
    return all(_comes_first(code, place, (number, last)) for number in ends if number not in raising)
