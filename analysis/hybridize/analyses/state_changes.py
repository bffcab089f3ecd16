"""Python state of the program: the places that something changes after they were made, and the bodies that read them.

The places are the cells of the run, whose readers are known: attributes, globals, variables of enclosing functions,
and what lists and dicts hold. A *change* is a write that is not part of making the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from hybridize.analyses import describe
from hybridize.analyses.call_order import CallOrder, Place, region_of
from hybridize.analyses.callgraph import CallGraph
from hybridize.domains.atoms import Atom, Class, Const, Lib, Module, Object, Tensor
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Effect
from hybridize.interproc.machine import OUTSIDE, Machine
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position

CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__", "__setstate__", "__init_subclass__"})
LIFECYCLE = {"build": ("keras.layers.Layer", "keras.Layer", "keras.Model"), "setUp": ("unittest.TestCase",)}
"""Methods that a framework calls once, before it uses the object of such a class."""

LIBRARY_STATE = ("tensorflow.", "keras.")
"""Objects of these: what assigning to their attributes does is the library's affair."""

WRITES = frozenset({"writes-attribute", "writes-global", "writes-nonlocal", "writes-item", "mutates"})
GLOBAL, VARIABLE, ATTRIBUTE, ITEMS = "g", "v", "a", "e"

CONTAINERS = frozenset({"list", "dict"})
"""What `tf.function` takes apart in arguments."""

HOLDING = frozenset({ir.LOAD_GLOBAL, ir.LOAD_NAME, ir.LOAD_CELL, ir.ATTR})
"""Instructions that read a name or an attribute of something."""

Key = tuple[Any, ...]
"""A cell; for what a container holds ``("e", atom)``."""


class Change(NamedTuple):
    """A write to a place, in one activation."""

    activation: Activation
    position: Position
    at: Place
    making: bool
    """Part of making the object."""
    detail: str
    """What it does, in words that complete "which …"."""
    certain: bool = True
    """Nothing else than this place may be what is written."""


class Read(NamedTuple):
    """A read of a place, in one activation."""

    key: Key
    activation: Activation
    position: Position


class StateChanges:
    """Changes and reads of a finished run."""

    def __init__(self, machine: Machine, graph: CallGraph, order: CallOrder) -> None:
        self.machine = machine
        self.graph = graph
        self._order = order
        self._stores: dict[str, list[tuple[Place, Instruction]]] = {}
        self._arrays = self._array_cells()
        self.changes = self._all_changes()
        """By place: every write to it, where one of them is no part of making it."""
        self._by_name: dict[str, list[Key]] = {}
        for key in self.changes:
            if key[0] == ATTRIBUTE:
                self._by_name.setdefault(key[2], []).append(key)
        self._others: dict[Key, Change | None] = {}
        self.reads = self._all_reads()
        """By body: the places it reads that are changed, or may be."""

    def _all_changes(self) -> dict[Key, list[Change]]:
        found: dict[Key, list[Change]] = {}
        working = self._beside_making()
        for activation in self.graph.activations:
            for effect in activation.effects:
                if effect.kind not in WRITES:
                    continue
                at = self._order.place(activation.code, effect.position)
                if _is_lazy(activation.code, at):
                    continue  # what is made when it is first needed was not there before
                certain = len(effect.objects) <= 1
                for key in _keys(effect):
                    making = activation not in working or self._makes(activation, key)
                    detail = describe.effect(effect.kind, effect)
                    found.setdefault(key, []).append(Change(activation, effect.position, at, making, detail, certain))
            for key, change in (*self._rebound(activation), *self._array_stores(activation, working)):
                found.setdefault(key, []).append(change)
        return {
            key: changes
            for key, changes in found.items()
            if not all(change.making for change in changes) and not self._is_constant(key)
        }

    def _beside_making(self) -> set[Activation]:
        """The activations that some calls reach other than through a constructor."""
        stack = [act for act in self.graph.activations if act.root and not self.is_constructor(act.code)]
        seen = set(stack)
        while stack:
            for edge in stack.pop().edges:
                if edge.target not in seen and not self.is_constructor(edge.target.code):
                    seen.add(edge.target)
                    stack.append(edge.target)
        # A constructor also changes other objects than the one it makes.
        return seen | {act for act in self.graph.activations if self.is_constructor(act.code)}

    def is_constructor(self, code: Code) -> bool:
        """Whether a body is run to make an object, once for each."""
        if not self.machine.program.is_method(code):
            return False
        bases = LIFECYCLE.get(code.name)
        return code.name in CONSTRUCTORS or (
            bases is not None and self.machine.classes.has_library_base(code.parent, *bases)
        )

    def _makes(self, activation: Activation, key: Key) -> bool:
        """Whether a constructor writes to the object that it makes."""
        return self.is_constructor(activation.code) and key[1] in receiver(activation)

    def _is_constant(self, key: Key) -> bool:
        """Whether all writes store the same."""
        atoms = self.machine.peek(key).atoms if key[0] != ITEMS else ()
        return len(atoms) == 1 and isinstance(atoms[0], (Class, Const, Lib, Module))

    def _rebound(self, activation: Activation) -> Iterator[tuple[Key, Change]]:
        """Names that a module, or a function around others, binds more than once itself."""
        code = activation.code
        opcode = {"module": ir.STORE_NAME, "function": ir.STORE_CELL}.get(code.kind)
        stores: dict[str, list[Place]] = {}
        for number, block in enumerate(code.blocks):
            for index, instruction in enumerate(block.instructions):
                if instruction[0] != opcode:
                    continue
                if opcode == ir.STORE_NAME:
                    stores.setdefault(instruction[1], []).append(Place(number, index))
                elif not instruction[1]:
                    stores.setdefault(instruction[2], []).append(Place(number, index))
        for name, places in stores.items():
            passed = any(parameter.name == name for parameter in code.parameters)
            if len(places) > 1 or passed or in_loop(code, places[0].block):
                key = (GLOBAL, code.path, name) if code.kind == "module" else (VARIABLE, activation.id, name)
                for at in places:
                    yield key, Change(activation, _position_at(code, at), at, False, f"binds `{name}` anew")

    def _array_stores(self, activation: Activation, working: set[Activation]) -> Iterator[tuple[Key, Change]]:
        """Items of NumPy arrays that are assigned to: arrays are told apart by the place that holds them."""
        for at, source in self._item_stores(activation.code):
            for key in self._holders(activation, source):
                if any(isinstance(atom, Tensor) and atom.kind == "ndarray" for atom in self.machine.peek(key).atoms):
                    making = activation not in working or self._makes(activation, key)
                    position = _position_at(activation.code, at)
                    yield key, Change(activation, position, at, making, f"writes into the array `{key[2]}`")

    def _item_stores(self, code: Code) -> list[tuple[Place, Instruction]]:
        """Where a body assigns to items of what a name or an attribute holds, and the instruction that reads that."""
        found = self._stores.get(code.id)
        if found is None:
            reading = {ins[1]: ins for block in code.blocks for ins in block.instructions if ins[0] in HOLDING}
            found = self._stores[code.id] = [
                (Place(number, index), reading[ins[1]])
                for number, block in enumerate(code.blocks)
                for index, ins in enumerate(block.instructions)
                if ins[0] == ir.SET_ITEM and ins[1] in reading
            ]
        return found

    def _holders(self, activation: Activation, source: Instruction) -> Iterator[Key]:
        """The cells that an instruction reads in an activation."""
        if source[0] in (ir.LOAD_GLOBAL, ir.LOAD_NAME):
            yield (GLOBAL, activation.code.path, source[2])
        for key in self._arrays.get(source[3], ()) if source[0] in (ir.ATTR, ir.LOAD_CELL) else ():
            if any(point.activation is activation for point in self.machine.cells[key].readers):
                yield key

    def _array_cells(self) -> dict[str, list[Key]]:
        """Attributes and variables of enclosing functions that may hold a NumPy array, by name."""
        found: dict[str, list[Key]] = {}
        for key, cell in self.machine.cells.items():
            if key[0] in (ATTRIBUTE, VARIABLE) and any(
                isinstance(atom, Tensor) and atom.kind == "ndarray" for atom in cell.value.atoms
            ):
                found.setdefault(key[2], []).append(key)
        return found

    def _all_reads(self) -> dict[Activation, list[Read]]:
        found: dict[Activation, dict[Key, Read]] = {}
        for key in self._watched():
            cells: tuple[Key, ...] = (key,)
            if key[0] == ITEMS:
                cells = tuple(cell for cell in self.machine.contents.get(key[1], ()) if cell[0] == ITEMS)
            for cell in cells:
                held = self.machine.cells.get(cell)
                for point in held.readers if held is not None else ():
                    activation = point.activation
                    if point.index >= 0 and activation.code.kind == "function":
                        following = self.machine.plan(activation.code).instructions[point.index :]
                        regions = (region_of(instruction) for instruction in following)  # a cell's read has none
                        position = next((region for region in regions if region), activation.code.position)
                        found.setdefault(activation, {}).setdefault(key, Read(key, activation, position))
        return {activation: list(reads.values()) for activation, reads in found.items()}

    def _watched(self) -> dict[Key, None]:
        """What is changed, and the same attributes of objects that may be the same ones."""
        watched = dict.fromkeys(self.changes)
        for cell in self.machine.cells:
            if cell[0] == ATTRIBUTE and cell[2] in self._by_name and self.elsewhere(cell) is not None:
                watched[cell] = None
        return watched

    def elsewhere(self, key: Key) -> Change | None:
        """A change to the same attribute of an object that may be the same one.

        An object from outside may be any of its class: what methods that nobody calls do to it may happen to each,
        and what a method does to one of the program's may happen to it.
        """
        if key not in self._others:
            self._others[key] = self._elsewhere(key)
        return self._others[key]

    def _elsewhere(self, key: Key) -> Change | None:
        if key[0] != ATTRIBUTE or not isinstance(key[1], Object):
            return None
        for other in self._by_name.get(key[2], ()):
            if other[1] is key[1] or not isinstance(other[1], Object) or not self._may_be_one(key[1], other[1]):
                continue
            for change in self.changes[other]:
                if not change.making and (other[1].site == OUTSIDE or other[1] in receiver(change.activation)):
                    return change
        return None

    def _may_be_one(self, one: Object, other: Object) -> bool:
        classes = self.machine.classes
        if OUTSIDE not in (one.site, other.site) or one.cls not in classes.infos or other.cls not in classes.infos:
            return False
        return other.cls in classes.project_bases(one.cls) or one.cls in classes.project_bases(other.cls)


def _keys(effect: Effect) -> Iterator[Key]:
    """The places that a write changes, as far as they are known."""
    if effect.kind in ("writes-global", "writes-nonlocal"):
        if effect.cell is not None:
            yield (GLOBAL if effect.kind == "writes-global" else VARIABLE, *effect.cell)
        return
    for atom in effect.objects:
        if effect.kind != "writes-attribute":
            if isinstance(atom, Object):
                yield (ITEMS, atom)
        elif effect.name and not (isinstance(atom, Object) and atom.cls.startswith(LIBRARY_STATE)):
            yield (ATTRIBUTE, atom, effect.name)


def receiver(activation: Activation) -> tuple[Atom, ...]:
    """What a method is called on."""
    parameters = activation.code.parameters
    return activation.args[parameters[0].name].atoms if activation.code.in_class and parameters else ()


def _is_lazy(code: Code, at: Place) -> bool:
    """Whether an attribute is stored under a test that it is missing."""
    instruction = code.blocks[at.block].instructions[at.number] if at.number >= 0 else (None,)
    return instruction[0] == ir.SET_ATTR and bool(instruction[5])


def in_loop(code: Code, block: int) -> bool:
    """Whether a block of a body may run more than once in one run."""
    stack, seen = list(code.blocks[block].targets), set()
    while stack:
        number = stack.pop()
        if number == block:
            return True
        if number not in seen:
            seen.add(number)
            stack.extend(code.blocks[number].targets)
    return False


def _position_at(code: Code, at: Place) -> Position:
    """The position of an instruction, or of the one that computes what it stores."""
    for instruction in reversed(code.blocks[at.block].instructions[: at.number + 1]):
        region = region_of(instruction)
        if region is not None:
            return region
    return code.position
