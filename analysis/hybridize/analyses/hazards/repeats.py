"""What eager code does over and over: which code runs more than once, and what stays the same meanwhile.

Loops over a few items that are written out, loops that measure the time, tests and graphs do not count: what they cost
is no matter of speed, or not theirs.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import takewhile

from hybridize.analyses.hazards.moves import (
    CELL_NAME,
    comes_again,
    is_hybrid,
    is_one,
    is_plain,
    loaded,
    passed,
    stored,
)
from hybridize.analyses.hazards.tracing import Tracing
from hybridize.domains.atoms import Bound, Function, Lib, Tuple
from hybridize.domains.value import Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.project.tests import is_test
from hybridize.syntax import code as ir
from hybridize.syntax.code import Block, Code, Instruction, Position, Region

LOOPS = ("for", "while", "comprehension")
ARMS = ("then", "else", "case", "handler", "loop-else", "ternary", "boolean")
"""Statements that may be passed by: two calls in them may be one."""
MAX_CALLERS = 4
"""Calls that are followed upwards from a place, in search of a loop around it."""
WHOLE = -1
"""In place of a loop: the whole body, over several calls of it."""


class Repeats:
    """Answers for the bodies that Python runs without a trace."""

    def __init__(self, tracing: Tracing, eager: Collection[str]) -> None:
        self.tracing = tracing
        self.machine = tracing.machine
        self.eager = frozenset(eager)
        self._stores: dict[str, dict[str, list[tuple[int, int]]]] = {}
        self._captures: dict[str, frozenset[str]] = {}
        self._calls: dict[str, list[tuple[Activation, Edge]]] | None = None

    @property
    def calls(self) -> dict[str, list[tuple[Activation, Edge]]]:
        """Code to the calls of it."""
        if self._calls is None:
            self._calls = {}
            for activation in self.machine.by_id.values():
                for edge in activation.edges:
                    if edge.kind in ("call", "callback") and activation.registers:
                        self._calls.setdefault(edge.target.code.id, []).append((activation, edge))
        return self._calls

    def counts(self, code: Code) -> bool:
        """Whether repetitions in a body are a matter of speed: not in graphs, tests and generators."""
        return (
            code.id in self.eager
            and code.id not in self.machine.hybridized
            and code.kind in ("module", "function", "lambda")
            and not code.is_generator
            and not is_test(code.path)
        )

    # -- what runs more than once ----------------------------------------------------------------------------------

    def repeated(self, activation: Activation, needs: frozenset[str], left: int, pays: bool) -> str:
        """Where it is that a body is called over and over with the same for ``needs``; empty if nowhere.

        ``pays``: one trace serves a loop, so that only a loop around that one is worth a word.
        """
        code = activation.code
        if code.id in self.machine.cached or not left:
            return ""
        calls = [
            (caller, edge)
            for caller, edge in self.calls.get(code.id, ())
            if self.counts(caller.code)
            and caller.code is not code
            and self.tracing.call_at(caller, edge.position)
            and not _is_one_of_many(caller, edge)
        ]
        several: dict[str, dict[Position, tuple[Value, ...]]] = {}
        for caller, edge in sorted(calls, key=lambda one: (one[0].code.path, one[1].position, one[0].id)):
            call = self.tracing.call_at(caller, edge.position)
            assert call is not None
            at = f"{caller.code.path}:{edge.position[0]}"
            arguments = self.arguments(caller, call, code, needs)
            if arguments is None:
                continue
            for number, _ in self.tracing.body(caller).at[edge.position]:
                loops = self.loops(caller.code, number)
                here = edge.target is activation  # not only the same body, for some other object
                if here and any(self.runs_on(caller, loop) and self.fixed(caller, arguments, loop) for loop in loops):
                    return f", at {at} in a loop"
                arms = [region for _, region in self.tracing.body(caller).around(number) if region.kind in ARMS]
                if not arms and not loops and not pays:
                    values = tuple(caller.registers[register] for register in arguments)
                    several.setdefault(caller.code.id, {})[edge.position] = values
            above = self.origins_of(caller, arguments, WHOLE)
            if above is not None and edge.target is activation and caller.code.kind != "module":
                where = self.repeated(caller, above, left - 1, pays)
                if where:
                    return f" by `{caller.code.qualname}`{where}"
        for id, values_at in sorted(several.items()):
            first, *others = values_at.values()
            if others and all(one == first for one in others) and all(is_one(value) for value in first):
                lines = sorted({position[0] for position in values_at})
                return f", at {self.machine.program.codes[id].path}:{' and '.join(map(str, lines))}"
        return ""

    def loops(self, code: Code, number: int) -> list[int]:
        """The loops around a block, innermost first; none if it is left behind once it has run, by ``return``."""
        found: list[int] = []
        if not comes_again(code, number):
            return found
        region = code.blocks[number].region
        while region >= 0:
            if code.regions[region].kind in LOOPS:
                found.append(region)
            region = code.regions[region].parent
        return found

    def runs_on(self, activation: Activation, loop: int) -> bool:
        """Whether a loop does the work of the program: not a few items written out, nor fixed turns for a clock."""
        region, body = activation.code.regions[loop], self.tracing.body(activation)
        if region.kind == "while":
            return True
        for register in region.reads:
            made = body.made.get(register)
            shown = made is not None and made[0] in (ir.TUPLE, ir.LIST, ir.SET, ir.DICT)
            atoms = activation.registers[register].atoms
            if shown or any(isinstance(atom, Tuple) and atom.elements is not None for atom in atoms):
                return False
            if made is None or made[0] != ir.CALL or any(body.made[one][0] != ir.CONST for one in passed(made)):
                return True
        clocks = [effect.position for effect in activation.effects if effect.kind == "time"]
        return not any(
            loop in (number for number, _ in body.around(block))
            for position in clocks
            for block, _ in body.at.get(position, ())
        )

    # -- what a function hangs on ----------------------------------------------------------------------------------

    def fixed(self, activation: Activation, registers: tuple[int, ...], loop: int) -> bool:
        """Whether registers hold the same in each turn of a loop, tensors and numbers aside."""
        return self.origins_of(activation, registers, loop) is not None and not self._renews(activation, loop)

    def _renews(self, activation: Activation, loop: int) -> bool:
        """Whether a loop binds an object anew that functions see from elsewhere: an attribute, a global variable."""
        code = activation.code
        inside = [
            ins
            for number, block in enumerate(code.blocks)
            if self._inside(code, number, loop)
            for ins in block.instructions
        ]
        globals_ = {
            ins[1]
            for ins in inside
            if ins[0] in (ir.STORE_NAME, ir.STORE_GLOBAL) and self._renewed(activation, ins[2], loop)
        }
        attributes = {ins[2] for ins in inside if ins[0] == ir.SET_ATTR and self._renewed(activation, ins[3], loop)}
        return bool(globals_ or attributes) and any(
            (ins[0] == ir.LOAD_GLOBAL and ins[2] in globals_) or (ins[0] == ir.ATTR and ins[3] in attributes)
            for other in self.machine.program.modules[code.path].codes.values()
            if other is not code
            for block in other.blocks
            for ins in block.instructions
        )

    def _renewed(self, activation: Activation, register: int, loop: int) -> bool:
        return register >= 0 and self._origins(activation, register, loop, set()) is None

    def origins_of(self, activation: Activation, registers: tuple[int, ...], within: int) -> frozenset[str] | None:
        """The parameters that registers come from; None if something else may differ, such as an object made there."""
        found: set[str] = set()
        for register in registers:
            one = self._origins(activation, register, within, set())
            if one is None:
                return None
            found |= one
        return frozenset(found)

    def _origins(self, activation: Activation, register: int, within: int, seen: set[object]) -> set[str] | None:
        body = self.tracing.body(activation)
        if register in seen or not self._inside(body.code, body.homes.get(register, 0), within):
            return set()
        seen.add(register)
        made, value = body.made.get(register), activation.registers[register]
        if made is None or made[0] in (ir.CONST, ir.LOAD_GLOBAL) or is_plain(value):
            return set()
        name = loaded(made)
        if name:
            return self._origins_of_name(activation, name, within, seen)
        if made[0] == ir.LOAD_CELL:
            return set()
        if made[0] == ir.ATTR:
            return self._origins(activation, made[2], within, seen)
        if made[0] == ir.FUNCTION:
            sources = [
                self._origins_of_name(activation, one, within, seen)
                for one in sorted(self.captured(body.code.children[made[2]], 1))
            ]
        elif made[0] == ir.DECORATE:
            sources = [self._origins(activation, made[3], within, seen)]
        elif made[0] == ir.CALL and (is_hybrid(value) or self._is_partial(activation, made)):
            sources = [self._origins(activation, one, within, seen) for one in passed(made)]
        else:
            return None
        found: set[str] = set()
        for source in sources:
            if source is None:
                return None
            found |= source
        return found

    def _origins_of_name(self, activation: Activation, name: str, within: int, seen: set[object]) -> set[str] | None:
        if name in seen:
            return set()
        seen.add(name)
        code = activation.code
        if is_plain(self.machine.peek(("v", activation.id, name))):
            return set()
        found: set[str] = set()
        if within == WHOLE and any(parameter.name == name for parameter in code.parameters):
            found.add(name)
        for block, register in self.stored_in(code).get(name, ()):
            if self._inside(code, block, within):
                source = self._origins(activation, register, within, seen)
                if source is None:
                    return None
                found |= source
        return found

    def _is_partial(self, activation: Activation, call: Instruction) -> bool:
        return any(
            isinstance(atom, Lib) and atom.name == "functools.partial" for atom in activation.registers[call[2]].atoms
        )

    def _inside(self, code: Code, block: int, within: int) -> bool:
        if within == WHOLE:
            return True
        region = code.blocks[block].region
        while region >= 0:
            if region == within:
                return True
            region = code.regions[region].parent
        # The head of a loop, which takes its items, and the block that binds them stand before the loop's own region.
        heads = [number for number, one in enumerate(code.blocks) if self._takes_items(one, code.regions[within])]
        return any(block == head or block == code.blocks[head].targets[0] for head in heads)

    @staticmethod
    def _takes_items(block: Block, region: Region) -> bool:
        return any(ins[0] == ir.NEXT and ins[3] == region.position for ins in block.instructions)

    def stored_in(self, code: Code) -> dict[str, list[tuple[int, int]]]:
        """Variables of a body to (block, register) of what is bound to them."""
        found = self._stores.get(code.id)
        if found is None:
            found = self._stores[code.id] = {}
            for number, block in enumerate(code.blocks):
                for ins in block.instructions:
                    name, source = stored(ins)
                    if name:
                        found.setdefault(name, []).append((number, source))
        return found

    def captured(self, id: str, hops: int) -> frozenset[str]:
        """Variables that a nested body takes from the body ``hops`` functions around it."""
        code = self.machine.program.codes[id]
        key = f"{id}/{hops}"
        found = self._captures.get(key)
        if found is None:
            own = {
                ins[CELL_NAME[ins[0]]]
                for block in code.blocks
                for ins in block.instructions
                if ins[0] in CELL_NAME and ins[2 if ins[0] == ir.LOAD_CELL else 1] == hops
            }
            deeper = hops if code.kind == "class" else hops + 1
            for child in code.children:
                own |= self.captured(child, deeper)
            found = self._captures[key] = frozenset(own)
        return found

    def arguments(
        self, caller: Activation, ins: Instruction, code: Code, names: frozenset[str]
    ) -> tuple[int, ...] | None:
        """The registers that a call passes for parameters; None if that cannot be told."""
        if ins[0] == ir.DECORATE:
            return (ins[3],) if names else ()
        if not names:
            return ()
        atoms = caller.registers[ins[2]].atoms
        keywords = dict(ins[4])
        positional = [register for register, _ in takewhile(lambda one: not one[1], ins[3])]
        unknown = len(positional) < len(ins[3]) or None in keywords
        if all(isinstance(atom, Bound) for atom in atoms):
            made = self.tracing.body(caller).made.get(ins[2])
            if made is None or made[0] != ir.ATTR:
                return None
            positional.insert(0, made[2])
        elif not all(isinstance(atom, Function) for atom in atoms):
            return None
        found: list[int] = []
        for index, parameter in enumerate(code.parameters):
            if parameter.name not in names:
                continue
            if parameter.kind.startswith("var-"):
                return None
            if index < len(positional) and parameter.kind != "keyword-only":
                found.append(positional[index])
            elif parameter.name in keywords:
                found.append(keywords[parameter.name])
            elif unknown or not parameter.has_default:
                return None
        return tuple(found)


def _is_one_of_many(caller: Activation, edge: Edge) -> bool:
    """Whether a call may as well reach another body: which one, nobody knows, as in a wrapper that several share."""
    choices = caller.choices.get(edge.position)
    return (
        choices is not None
        and len(choices.atoms) > 1
        and any(other.position == edge.position and other.target.code is not edge.target.code for other in caller.edges)
    )
