"""Functions under `tf.function` that are made anew and called at once: each starts without a trace.

What counts is where the new function goes. One that is only called in the body where it is made has a trace for each
time it is made, be it for one call or for the loop of an epoch. One that is stored or passed on may serve for longer.
One that is returned is as good as made by the call that gets it. What makes it has to run more than once, outside of
graphs, with nothing changing that the function hangs on: a function for each model is there for a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hybridize.analyses.hazards.body import reads
from hybridize.analyses.hazards.moves import SOURCE, codes, is_hybrid, loaded, passed, stored
from hybridize.analyses.hazards.repeats import MAX_CALLERS, WHOLE, Repeats
from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import UNCERTAIN, Traced, name_of
from hybridize.domains.value import BOTTOM
from hybridize.interproc.activation import Activation
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position

_RETURNED, _KEPT = -1, -2


class Fresh(NamedTuple):
    """A register that gets a new `tf.function` whenever it is written, and the registers it hangs on."""

    register: int
    block: int
    position: Position
    needs: tuple[int, ...]


def remaking(repeats: Repeats) -> Iterator[tuple[Traced, Seen]]:
    """Each place in eager bodies that makes a function for one use, over and over."""
    if repeats.machine.hybridized:
        yield from _Remaking(repeats).all()


class _Remaking:
    def __init__(self, repeats: Repeats) -> None:
        self.repeats = repeats
        self.tracing = repeats.tracing
        self.machine = repeats.machine
        self.made_at = {(e.path, e.position) for several in self.machine.hybridized.values() for e in several}
        self._given: dict[Activation, Fresh | None] = {}

    def all(self) -> Iterator[tuple[Traced, Seen]]:
        """Each place once, with the first of the reasons that its contexts have."""
        found: dict[tuple[str, Position], tuple[str, Activation]] = {}
        for id in sorted(self.repeats.eager):
            for activation in self.machine.by_code.get(id, ()):
                if not activation.evaluated or not activation.registers or not self.repeats.counts(activation.code):
                    continue
                for fresh in self._fresh(activation):
                    why, place = self._why(activation, fresh), (activation.code.path, fresh.position)
                    if why and (place not in found or why < found[place][0]):
                        found[place] = why, activation
        for (_, position), (why, activation) in sorted(found.items(), key=lambda one: one[0]):
            traced = Traced(activation, UNCERTAIN, None, None, None)
            yield traced, Seen("made-anew", position, why, 0, BOTTOM)

    def _why(self, activation: Activation, fresh: Fresh) -> str:
        uses = self._uses(activation, fresh)
        if not uses or any(use < 0 for use in uses):
            return ""
        loops = self.repeats.loops(activation.code, fresh.block)
        pays = any(set(self.repeats.loops(activation.code, block)) - set(loops) for block in uses)
        for loop in loops:
            if self.repeats.runs_on(activation, loop) and self.repeats.fixed(activation, fresh.needs, loop):
                return "in each turn of a loop"
        needs = self.repeats.origins_of(activation, fresh.needs, WHOLE)
        if needs is None or activation.code.kind == "module":
            return ""
        where = self.repeats.repeated(activation, needs, MAX_CALLERS, pays)
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
            params = self.repeats.origins_of(target, given.needs, WHOLE) if given is not None else None
            if given is None or params is None:
                return
            arguments = self.repeats.arguments(activation, ins, target.code, params)
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
        if not activation.registers or code.is_generator or code.id in self.machine.cached:
            return None
        for fresh in self._fresh(activation):
            if set(self._uses(activation, fresh)) == {_RETURNED} and not self.repeats.loops(code, fresh.block):
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
        bindings = self.repeats.stored_in(body.code).items()
        names = {name for name, bound in bindings if any(source == fresh.register for _, source in bound)}
        if any(name in self.repeats.captured(id, 1) for id in body.code.children for name in names):
            return [_KEPT]
        found: list[int] = []
        registers = {fresh.register, *(register for register, made in body.made.items() if loaded(made) in names)}
        for number, block in enumerate(body.code.blocks):
            for ins in block.instructions:
                if ins[0] in (ir.CALL, ir.DECORATE) and ins[1] == fresh.register:
                    continue  # `f = tf.function(f)`
                if ins[0] == ir.CALL and ins[2] in registers and not registers & set(passed(ins)):
                    found.append(number)
                elif ins[0] == ir.CALL and ins[2] not in registers and self._is_called_at_once(activation, ins):
                    found.extend([number] if registers & set(passed(ins)) else [])
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

    def _is_called_at_once(self, activation: Activation, ins: Instruction) -> bool:
        """Whether a library calls the functions that it is given here during the call, as `strategy.run` does."""
        rows = [self.machine.library.row(name_of(atom)) for atom in activation.registers[ins[2]].atoms]
        return bool(rows) and all(
            row is not None and bool(row.calls) and all(mode == "inline" for _, _, mode, _ in row.calls) for row in rows
        )

    def _rebinds(self, code: Code, fresh: Fresh, names: set[str]) -> bool:
        """Whether a loop at the top level of a module binds the names anew, which no function reads."""
        return bool(self.repeats.loops(code, fresh.block)) and not any(
            ins[0] == ir.LOAD_GLOBAL and ins[2] in names
            for other in self.machine.program.modules[code.path].codes.values()
            for block in other.blocks
            for ins in block.instructions
        )

    def _name(self, activation: Activation, register: int) -> str:
        made = self.tracing.body(activation).made.get(register)
        return loaded(made) if made is not None else ""
