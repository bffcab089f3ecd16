"""How much eager execution does in one call of a function: operations, counted along calls and loops.

A graph saves what Python spends on each operation, and costs something per call, so the number of operations decides
whether it pays. What is counted is what the text shows: loops as often as their `range` or tuple says, calls with all
that they lead to. ``most`` is a bound that no call exceeds, whichever arms of conditions it takes; it is unknown where
a loop's turns or a library's operations are, which is most programs' case. ``least`` takes each of these once, and the
cheapest arms.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Final, NamedTuple

from hybridize.analyses.control_paths import along
from hybridize.analyses.hazards.body import Body, reads
from hybridize.domains.atoms import Const, Lib, Stream, Tensor, Tuple
from hybridize.domains.value import Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge, Use
from hybridize.interproc.machine import Machine
from hybridize.report import Gain
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position, Region

OPERATIONS: Final = frozenset({"op", "graph-state", "index", "op-effect"})
"""Kinds of uses that eager execution runs as operations."""
INDEXING: Final = 5
"""Operations of ``x[i, ...]`` at most: its parts are packed where some of them are tensors, then one slice is taken."""
DIVISION: Final = 3
"""Operations of ``/`` at most: integers are cast, both of them, before they are divided."""

WORTH: Final = {"keras.layers.": 20, "keras.optimizers.": 700, "tensorflow.GradientTape.gradient": 70}
"""What a call of these takes, in small operations (docs/benefit.md): Python code of Keras, the way back of a tape."""

COLLECTS: Final = 1
"""A turn over Python's items that runs no more operations converts or makes one item: there are seldom many of them."""

ONCE: Final = frozenset({"tensorflow.cond"})
"""What calls one of the functions that it is given, once."""


class Work(NamedTuple):
    """What one call runs."""

    least: int = 0
    most: int | None = 0
    worth: int = 0
    """In small operations: calls of Keras take more than the operations that they run."""
    small: bool = True
    """Every tensor is known to have no more elements than asked for."""
    unknown: str = ""
    """Why ``most`` is not known: the first thing nobody can count."""
    repeats: bool = False
    """Something in it runs as often as the data says: it may be many times the least."""

    def plus(self, other: Work) -> Work:
        """Both of them."""
        most = None if self.most is None or other.most is None else self.most + other.most
        return Work(
            self.least + other.least,
            most,
            self.worth + other.worth,
            self.small and other.small,
            self.unknown or other.unknown,
            self.repeats or other.repeats,
        )

    def either(self, other: Work) -> Work:
        """One of them."""
        most = None if self.most is None or other.most is None else max(self.most, other.most)
        worth = min(self.worth, other.worth)
        return self.plus(other)._replace(least=min(self.least, other.least), most=most, worth=worth)

    def at_times(self, other: Work) -> Work:
        """This, or the other where something raises."""
        return self.either(other)._replace(least=self.least, worth=self.worth)

    def times(self, turns: int | None) -> Work:
        """So many times; None: nobody knows how often."""
        if turns is None:
            unknown = self.unknown or "nobody knows how often a loop runs"
            return self if self.most == 0 else self._replace(most=None, unknown=unknown)
        return self._replace(
            least=self.least * turns, most=None if self.most is None else self.most * turns, worth=self.worth * turns
        )


class WorkAnalysis:
    """Answers for the functions of a finished run; each body is counted once, and only where somebody asks."""

    def __init__(self, machine: Machine, small: int) -> None:
        self.machine = machine
        self._small = small
        self._known: dict[Activation, Work] = {}
        self._bodies: dict[str, Body] = {}

    def of(self, code: Code) -> Work:
        """The work of one call of a function, of the contexts that were seen the one with the most."""
        found = [self._activation(act) for act in self.machine.by_code.get(code.id, ()) if act.evaluated]
        if not found:
            return Work(0, None, 0, small=False, unknown="nobody calls it")
        open_one = next((one for one in found if one.most is None), None)
        return Work(
            max(one.least for one in found),
            None if open_one is not None else max(one.most or 0 for one in found),
            max(one.worth for one in found),
            all(one.small for one in found),
            open_one.unknown if open_one is not None else "",
            any(one.repeats for one in found),
        )

    def gain(self, code: Code) -> Gain:
        """The work of a function as a report has it."""
        work = self.of(code)
        return Gain(work.least, work.most, work.unknown, work.small, work.worth, work.repeats)

    def _activation(self, activation: Activation) -> Work:
        known = self._known.get(activation)
        if known is not None:
            return known
        self._known[activation] = Work(0, None, 0, small=False, unknown="a recursion")
        body = self._body(activation.code)
        blocks: dict[int, Work] = {}
        once: dict[int, Work] = {}

        def add(position: Position, work: Work, turns: int | None = 1) -> None:
            homes = body.at.get(position)
            number = homes[0][0] if homes else 0
            blocks[number] = blocks.get(number, Work()).plus(work.times(turns))
            if turns is None:
                once[number] = once.get(number, Work()).plus(work)

        # A use is noted for each type that its operands may have: it is one operation.
        for use in {(one.kind, one.detail, one.position): one for one in activation.uses}.values():
            if use.kind in OPERATIONS:
                add(use.position, self._use(activation, use), self._turns(activation, use.position))
            elif use.kind == "creates-variable":
                add(use.position, Work(0, None, 0, False, f"`{_short(use.detail)}` makes variables"))
            elif use.kind == "unpacks-tensor":
                add(use.position, Work(1, None, 1, False, "the items of a tensor are taken"))
        sliced = next((one for one in activation.code.regions if one.kind == "for" and _slices(activation, one)), None)
        if sliced is not None:
            many = "a loop takes the items of a tensor or dataset"
            add(sliced.position, Work(1, None, 1, small=False, unknown=many, repeats=True))
        for position, targets in _calls(activation).items():
            add(position, self._call(activation, targets), self._turns(activation, position))
        work = along(body, activation.registers, Work(), lambda number: blocks.get(number, Work()))
        work = work._replace(repeats=work.repeats or _repeats(body, once))
        if any(effect.kind == "opaque" for effect in activation.effects):
            work = work.plus(Work(0, None, 0, small=False, unknown="a call leads to what is not known"))
        self._known[activation] = work
        return work

    def _call(self, activation: Activation, edges: list[Edge]) -> Work:
        """One call that reaches one of some bodies: all of them, to be sure, and no less than the least of them."""
        callees = [self._activation(edge.target) for edge in edges]
        work = Work()
        # Bodies of one name are the overrides of a method, or one body in several contexts: the call runs one of them.
        for name in dict.fromkeys(edge.target.code.name for edge in edges):
            same = [callee for edge, callee in zip(edges, callees, strict=True) if edge.target.code.name == name]
            work = work.plus(functools.reduce(Work.either, same))
        work = work._replace(least=min(one.least for one in callees), worth=min(one.worth for one in callees))
        hybrid = self.machine.hybridized
        if all(edge.kind == "call" or (edge.kind == "traced" and edge.target.code.id in hybrid) for edge in edges):
            return work
        position = edges[0].position
        by = [use.detail for use in activation.uses if use.position == position and use.kind in OPERATIONS]
        unknown = work.unknown or "TensorFlow decides how often a function runs"
        many = not ONCE.intersection(by) if by else work.least > COLLECTS
        return work._replace(most=None, unknown=unknown, repeats=work.repeats or many)

    # -- one operation ---------------------------------------------------------------------------------------------

    def _use(self, activation: Activation, use: Use) -> Work:
        instructions = [ins for _, ins in self._body(activation.code).at.get(use.position, ())]
        tensors = list(self._tensors(activation, instructions))
        dense = all(one.kind in ("dense", "variable", "ndarray") for one in tensors)
        small = bool(instructions) and all(map(self._is_small, tensors)) and not self._hides(activation, instructions)
        row = self.machine.library.row(use.detail)
        if use.kind == "index":
            count = INDEXING
        elif row is None:
            count = DIVISION if "/" in use.detail else 1
        else:
            count = row.operations
        worth = next((number for prefix, number in WORTH.items() if use.detail.startswith(prefix)), 1)
        if not count or not dense:
            what = f"`{_short(use.detail)}`" if row is not None else use.detail
            return Work(1, None, worth, small, f"nobody has counted the operations of {what}")
        # Reading a variable is an operation of its own.
        operands = [activation.registers[register] for ins in instructions for register in reads(ins)]
        variables = sum(any(_is_variable(atom) for atom in value.atoms) for value in operands)
        return Work(1, count + variables, worth, small)

    def _tensors(self, activation: Activation, instructions: list[Instruction]) -> Iterator[Tensor]:
        for value in _values(activation, instructions):
            yield from (atom for atom in value.atoms if isinstance(atom, Tensor))

    def _hides(self, activation: Activation, instructions: list[Instruction]) -> bool:
        """Whether an operation gets or gives what may hold tensors of any size."""
        return any(
            not isinstance(atom, _HARMLESS) and not _is_shape(atom)
            for value in _values(activation, instructions)
            for atom in value.atoms
        )

    def _is_small(self, tensor: Tensor) -> bool:
        if tensor.shape is None or None in tensor.shape:
            return False
        elements = 1
        for axis in tensor.shape:
            elements *= axis or 0
        return elements <= self._small

    # -- how often -------------------------------------------------------------------------------------------------

    def _turns(self, activation: Activation, position: Position) -> int | None:
        """How often a place runs in one call of its body."""
        body = self._body(activation.code)
        homes = body.at.get(position)
        if not homes:
            return None
        turns = 1
        for _, region in body.around(homes[0][0]):
            if region.kind in ("while", "comprehension"):
                return None
            if region.kind == "for":
                length = self._length(activation, body, region.reads[0]) if region.reads else None
                if length is None:
                    return None
                turns *= length
        return turns

    def _length(self, activation: Activation, body: Body, register: int) -> int | None:
        """How many items a loop takes, at most."""
        atoms = activation.registers[register].atoms
        if len(atoms) == 1 and isinstance(atoms[0], Tuple):
            return len(atoms[0].elements) if atoms[0].elements is not None else None
        made = body.made.get(register)
        if made is None or made[0] != ir.CALL or made[4] or any(starred for _, starred in made[3]):
            return None
        callee = activation.registers[made[2]].atoms
        if len(callee) != 1 or not isinstance(callee[0], Lib) or callee[0].name != "builtins.range":
            return None
        bounds = [_integer(activation.registers[argument]) for argument, _ in made[3]]
        known = [bound for bound in bounds if bound is not None]
        if len(known) != len(bounds) or not 1 <= len(known) <= 3 or known[2:] == [0]:
            return None
        return len(range(*known))

    def _body(self, code: Code) -> Body:
        found = self._bodies.get(code.id)
        if found is None:
            found = self._bodies[code.id] = Body(code)
        return found


_HARMLESS: Final = (Tensor, Const, Lib)


def _is_variable(atom: object) -> bool:
    return isinstance(atom, Tensor) and atom.kind == "variable"


def _is_shape(atom: object) -> bool:
    """Whether a tuple holds numbers alone, as shapes and axes do."""
    return (
        isinstance(atom, Tuple)
        and atom.elements is not None
        and all(isinstance(part, Const) for element in atom.elements for part in element.atoms)
    )


def _repeats(body: Body, once: dict[int, Work]) -> bool:
    """Whether a loop of which nobody knows the turns does more in each than convert or make an item."""
    turns: dict[int, int] = {}
    for number, work in once.items():
        for loop, region in body.around(number):
            if region.kind == "while" and work.most != 0:
                return True
            turns[loop] = turns.get(loop, 0) + max(work.least, work.worth)
    return any(least > COLLECTS for least in turns.values())


def _slices(activation: Activation, region: Region) -> bool:
    """Whether a loop runs operations to get its items."""
    atoms = activation.registers[region.reads[0]].atoms if region.reads else ()
    return any(
        isinstance(atom, Tensor) or (isinstance(atom, Stream) and atom.kind in ("dataset", "iterator"))
        for atom in atoms
    )


def _values(activation: Activation, instructions: list[Instruction]) -> Iterator[Value]:
    for ins in instructions:
        for register in (*reads(ins), *((ins[1],) if isinstance(ins[1], int) else ())):
            yield activation.registers[register]


def _calls(activation: Activation) -> dict[Position, list[Edge]]:
    found: dict[Position, list[Edge]] = {}
    for edge in activation.edges:
        if edge.kind in ("call", "callback", "traced"):
            found.setdefault(edge.position, []).append(edge)
    return found


def _integer(value: Value) -> int | None:
    if len(value.atoms) == 1 and isinstance(value.atoms[0], Const):
        constant = value.atoms[0].constant
        return constant if isinstance(constant, int) else None
    return None


def _short(name: str) -> str:
    """``tf.nn.dropout`` for ``tensorflow.nn.dropout``."""
    return f"tf.{name.removeprefix('tensorflow.')}" if name.startswith("tensorflow.") else name
