"""Functions under `tf.function` that are made anew and called at once: each starts without a trace.

What counts is where the new function goes. One that is only called in the body where it is made has a trace for each
time it is made, be it for one call or for the loop of an epoch. One that is stored or passed on may serve for longer.
One that is returned is as good as made by the call that gets it. What makes it has to run more than once, outside of
graphs, with nothing changing that the function hangs on: a function for each model is there for a reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import takewhile
from typing import NamedTuple

from hybridize.analyses.hazards.body import reads
from hybridize.analyses.hazards.moves import (
    CELL_NAME,
    SOURCE,
    codes,
    comes_again,
    is_hybrid,
    is_one,
    is_plain,
    loaded,
    passed,
    stored,
)
from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import UNCERTAIN, Traced, Tracing
from hybridize.domains.atoms import Bound, Function, Lib, Tuple
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position

LOOPS = ("for", "while", "comprehension")
ARMS = ("then", "else", "case", "handler", "loop-else", "ternary", "boolean")
"""Statements that may be passed by: two calls in them may be one."""
CACHES = ("functools.lru_cache", "functools.cache", "functools.cached_property")
MAX_CALLERS = 4
"""Calls that are followed upwards from where a function is made, in search of a loop."""
_RETURNED, _KEPT = -1, -2
WHOLE = -1
"""In place of a loop: the whole body, over several calls of it."""


class Fresh(NamedTuple):
    """A register that gets a new `tf.function` whenever it is written, and the registers it hangs on."""

    register: int
    block: int
    position: Position
    needs: tuple[int, ...]


def remaking(tracing: Tracing, eager: Collection[str]) -> Iterator[tuple[Traced, Seen]]:
    """Each place in ``eager`` bodies that makes a function for one use, over and over."""
    if tracing.machine.hybridized:
        yield from _Remaking(tracing, frozenset(eager)).all()


class _Remaking:
    def __init__(self, tracing: Tracing, eager: frozenset[str]) -> None:
        self.tracing = tracing
        self.machine = tracing.machine
        self.eager = eager
        self.made_at = {(e.path, e.position) for several in self.machine.hybridized.values() for e in several}
        self.calls: dict[str, list[tuple[Activation, Edge]]] = {}
        """Code to the calls of it."""
        for activation in self.machine.by_id.values():
            for edge in activation.edges:
                if edge.kind in ("call", "callback") and activation.registers:
                    self.calls.setdefault(edge.target.code.id, []).append((activation, edge))
        self._given: dict[Activation, Fresh | None] = {}
        self._stores: dict[str, dict[str, list[tuple[int, int]]]] = {}
        self._captures: dict[str, frozenset[str]] = {}

    def all(self) -> Iterator[tuple[Traced, Seen]]:
        """Each place once, with the first of the reasons that its contexts have."""
        found: dict[tuple[str, Position], tuple[str, Activation]] = {}
        for id in sorted(self.eager):
            for activation in self.machine.by_code.get(id, ()):
                if not activation.evaluated or not activation.registers or not self._counts(activation.code):
                    continue
                for fresh in self._fresh(activation):
                    why, place = self._why(activation, fresh), (activation.code.path, fresh.position)
                    if why and (place not in found or why < found[place][0]):
                        found[place] = why, activation
        for (_, position), (why, activation) in sorted(found.items(), key=lambda one: one[0]):
            traced = Traced(activation, UNCERTAIN, None, None, None)
            yield traced, Seen("made-anew", position, why, 0, BOTTOM)

    def _counts(self, code: Code) -> bool:
        """Whether repetitions in a body are a matter of speed: not in graphs, tests and generators."""
        file = code.path.rpartition("/")[2]
        return (
            code.id in self.eager
            and code.id not in self.machine.hybridized
            and code.kind in ("module", "function", "lambda")
            and not code.is_generator
            and not (file.startswith("test_") or file.endswith("_test.py") or file == "conftest.py")
        )

    def _why(self, activation: Activation, fresh: Fresh) -> str:
        uses = self._uses(activation, fresh)
        if not uses or any(use < 0 for use in uses):
            return ""
        loops = self._loops(activation.code, fresh.block)
        pays = any(set(self._loops(activation.code, block)) - set(loops) for block in uses)
        for loop in loops:
            if self._runs_on(activation, loop) and self._fixed(activation, fresh.needs, loop):
                return "in each turn of a loop"
        needs = self._origins_of(activation, fresh.needs, WHOLE)
        if needs is None or activation.code.kind == "module":
            return ""
        where = self._repeated(activation, needs, MAX_CALLERS, pays)
        return f"each time `{activation.code.qualname}` is called{where}" if where else ""

    # -- what is made, and what becomes of it ----------------------------------------------------------------------

    def _fresh(self, activation: Activation) -> Iterator[Fresh]:
        for number in sorted(self.tracing.live(activation, eager=True)):
            for ins in activation.code.blocks[number].instructions:
                if ins[0] not in (ir.CALL, ir.DECORATE) or not is_hybrid(activation.registers[ins[1]]):
                    continue
                position: Position = ins[5] if ins[0] == ir.CALL else ins[4]
                if (activation.code.path, position) in self.made_at:
                    needs = self._target(ins)
                    if needs:
                        yield Fresh(ins[1], number, position, needs)
                    continue
                yield from self._by_call(activation, number, ins, position)

    @staticmethod
    def _target(ins: Instruction) -> tuple[int, ...]:
        """The function that is given to `tf.function`."""
        if ins[0] == ir.DECORATE:
            return (ins[3],)
        if ins[3] and not ins[3][0][1]:
            return (ins[3][0][0],)
        return tuple(register for name, register in ins[4] if name == "func")

    def _by_call(self, activation: Activation, number: int, ins: Instruction, position: Position) -> Iterator[Fresh]:
        """What a call gets that returns a new function each time."""
        callees = codes(activation.registers[ins[2]])
        targets = [e.target for e in activation.edges if e.position == position and e.target.code.id in callees]
        if not targets:
            return
        needs: list[int] = []
        for target in targets:
            given = self._returned(target)
            params = self._origins_of(target, given.needs, WHOLE) if given is not None else None
            if given is None or params is None:
                return
            arguments = self._arguments(activation, ins, target.code, params)
            if arguments is None:
                return
            needs.extend(arguments)
        yield Fresh(ins[1], number, position, tuple(needs))

    def _returned(self, activation: Activation) -> Fresh | None:
        """The new function that each call of a body returns; nothing if it may return something else."""
        if activation in self._given:
            return self._given[activation]
        self._given[activation] = None
        code = activation.code
        if not activation.registers or code.is_generator or self._is_cached(code):
            return None
        for fresh in self._fresh(activation):
            if set(self._uses(activation, fresh)) == {_RETURNED} and not self._loops(code, fresh.block):
                names = {parameter.name for parameter in code.parameters}
                others = [
                    register
                    for register in self.tracing.body(activation).returned
                    if not is_hybrid(activation.registers[register])
                ]
                # The parameter itself, as `conditional_decorator(tf.function, False)` returns it, is no other function.
                if all(self._name(activation, register) in names for register in others):
                    self._given[activation] = fresh
                    return fresh
        return None

    def _uses(self, activation: Activation, fresh: Fresh) -> list[int]:
        """Blocks of the calls of a new function; `_RETURNED` where it is returned, `_KEPT` where it goes elsewhere."""
        body = self.tracing.body(activation)
        bindings = self._stored_in(body.code).items()
        names = {name for name, bound in bindings if any(source == fresh.register for _, source in bound)}
        if any(name in self._captured(id, 1) for id in body.code.children for name in names):
            return [_KEPT]
        found: list[int] = []
        registers = {fresh.register, *(register for register, made in body.made.items() if loaded(made) in names)}
        for number, block in enumerate(body.code.blocks):
            for ins in block.instructions:
                if ins[0] in (ir.CALL, ir.DECORATE) and ins[1] == fresh.register:
                    continue  # `f = tf.function(f)`
                if ins[0] == ir.CALL and ins[2] in registers and not registers & set(passed(ins)):
                    found.append(number)
                elif ins[0] == ir.RETURN and ins[1] in registers:
                    found.append(_RETURNED)
                elif ins[0] in (ir.STORE_GLOBAL, ir.STORE_CELL, ir.STORE_NAME, ir.STORE):
                    if ins[SOURCE[ins[0]]] in registers and not stored(ins)[0]:
                        found.append(_KEPT)
                elif registers & set(reads(ins)):
                    found.append(_KEPT)
        if body.code.kind == "module" and names and not self._rebinds(body.code, fresh, names):
            found.append(_KEPT)  # other files and functions see it
        return found

    def _rebinds(self, code: Code, fresh: Fresh, names: set[str]) -> bool:
        """Whether a loop at the top level of a module binds the names anew, which no function reads."""
        return bool(self._loops(code, fresh.block)) and not any(
            ins[0] == ir.LOAD_GLOBAL and ins[2] in names
            for other in self.machine.program.modules[code.path].codes.values()
            for block in other.blocks
            for ins in block.instructions
        )

    # -- what runs more than once ----------------------------------------------------------------------------------

    def _repeated(self, activation: Activation, needs: frozenset[str], left: int, pays: bool) -> str:
        """Where it is that a body is called over and over with the same for ``needs``; empty if nowhere.

        ``pays``: one trace serves a loop, so that only a loop around that one is worth a word.
        """
        code = activation.code
        if self._is_cached(code) or not left:
            return ""
        calls = [
            (caller, edge)
            for caller, edge in self.calls.get(code.id, ())
            if self._counts(caller.code) and caller.code is not code and self.tracing.call_at(caller, edge.position)
        ]
        several: dict[str, dict[Position, tuple[Value, ...]]] = {}
        for caller, edge in sorted(calls, key=lambda one: (one[0].code.path, one[1].position, one[0].id)):
            call = self.tracing.call_at(caller, edge.position)
            assert call is not None
            at = f"{caller.code.path}:{edge.position[0]}"
            arguments = self._arguments(caller, call, code, needs)
            if arguments is None:
                continue
            for number, _ in self.tracing.body(caller).at[edge.position]:
                loops = self._loops(caller.code, number)
                here = edge.target is activation  # not only the same body, for some other object
                if here and any(self._runs_on(caller, loop) and self._fixed(caller, arguments, loop) for loop in loops):
                    return f", at {at} in a loop"
                arms = [region for _, region in self.tracing.body(caller).around(number) if region.kind in ARMS]
                if not arms and not loops and not pays:
                    values = tuple(caller.registers[register] for register in arguments)
                    several.setdefault(caller.code.id, {})[edge.position] = values
            above = self._origins_of(caller, arguments, WHOLE)
            if above is not None and edge.target is activation and caller.code.kind != "module":
                where = self._repeated(caller, above, left - 1, pays)
                if where:
                    return f" by `{caller.code.qualname}`{where}"
        for id, values_at in sorted(several.items()):
            first, *others = values_at.values()
            if others and all(one == first for one in others) and all(is_one(value) for value in first):
                lines = sorted({position[0] for position in values_at})
                return f", at {self.machine.program.codes[id].path}:{' and '.join(map(str, lines))}"
        return ""

    def _is_cached(self, code: Code) -> bool:
        """Whether a cache of `functools` keeps what a body returns."""
        for parent in self.machine.by_code.get(code.parent, ()):
            body = self.tracing.body(parent)
            for block in parent.code.blocks:
                for ins in block.instructions:
                    if ins[0] != ir.DECORATE or parent.code.children[ins[5]] != code.id or not parent.registers:
                        continue
                    made = body.made.get(ins[2])
                    chosen = [ins[2], *([made[2]] if made is not None and made[0] == ir.CALL else [])]
                    held = {atom.name for r in chosen for atom in parent.registers[r].atoms if isinstance(atom, Lib)}
                    if held & set(CACHES):
                        return True
        return False

    def _loops(self, code: Code, number: int) -> list[int]:
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

    def _runs_on(self, activation: Activation, loop: int) -> bool:
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

    def _fixed(self, activation: Activation, registers: tuple[int, ...], loop: int) -> bool:
        """Whether registers hold the same in each turn of a loop, tensors and numbers aside."""
        return self._origins_of(activation, registers, loop) is not None and not self._renews(activation, loop)

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

    def _origins_of(self, activation: Activation, registers: tuple[int, ...], within: int) -> frozenset[str] | None:
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
                for one in sorted(self._captured(body.code.children[made[2]], 1))
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
        for block, register in self._stored_in(code).get(name, ()):
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
        # The head of a loop, which takes its items, stands before the loop's own region.
        return any(
            ins[0] == ir.NEXT and ins[3] == code.regions[within].position for ins in code.blocks[block].instructions
        )

    def _stored_in(self, code: Code) -> dict[str, list[tuple[int, int]]]:
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

    def _captured(self, id: str, hops: int) -> frozenset[str]:
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
                own |= self._captured(child, deeper)
            found = self._captures[key] = frozenset(own)
        return found

    def _name(self, activation: Activation, register: int) -> str:
        made = self.tracing.body(activation).made.get(register)
        return loaded(made) if made is not None else ""

    def _arguments(
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
