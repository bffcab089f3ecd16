"""Layers frozen behind the first call of a traced step, which has chosen its variables by then."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.body import PLACE
from hybridize.analyses.hazards.moves import is_hybrid
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Atom, Object, Wrapped
from hybridize.domains.value import BOTTOM, Value
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction, Position

CHOOSES = frozenset({"trainable_variables", "trainable_weights"})


def frozen_late(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``model.layers[0].trainable = False`` between two calls of a traced step that trains ``model``."""
    if ins[2] != "trainable":
        return
    place = ins[4]
    models = _models(site, ins[1])
    calls = [call for call in site.body.calls if is_hybrid(site.value(call[2]))] if models else []
    for first in calls:
        later = [last for last in calls if last[5] > place and site.value(last[2]) is site.value(first[2])]
        if first[5] < place and later and not _made_anew(site, place, later[-1][5]):
            if any(_trains(site, atom, models) for atom in site.value(first[2]).atoms):
                yield Seen("frozen-late", place, site.text_of(first[2]), block, BOTTOM)
            return


def _made_anew(site: Site, start: Position, end: Position) -> bool:
    """Whether some function gets under `tf.function` between two places."""
    return any(
        start < ins[PLACE[ins[0]]] < end and is_hybrid(site.value(ins[1]))
        for block in site.body.code.blocks
        for ins in block.instructions
        if ins[0] in (ir.CALL, ir.DECORATE)
    )


def _models(site: Site, register: int) -> set[Atom]:
    """The models that a layer is reached from by attributes, items and calls, and the layer itself."""
    found: set[Atom] = set()
    step = register
    while True:
        found.update(atom for atom in site.value(step).atoms if isinstance(atom, Object))
        made = site.body.made.get(step)
        if made is None or made[0] not in (ir.ATTR, ir.ITEM, ir.CALL):
            return found
        step = made[2]


def _trains(site: Site, callee: Atom, models: set[Atom]) -> bool:
    """Whether what a traced function runs reads the trainable variables of one of the models."""
    traced = site.tracing.traced
    starts = [act for act in traced if act in site.tracing.starts and _is_of(act.code.id, callee)]
    for activation, several in traced.items():
        if activation.registers and any(step.activation in starts for one in several for step in one.steps()):
            for block in activation.code.blocks:
                for ins in block.instructions:
                    if ins[0] == ir.ATTR and ins[3] in CHOOSES and _holds(site, activation.registers[ins[2]], models):
                        return True
    return False


def _is_of(code: str, callee: Atom) -> bool:
    inner = callee.target.atoms if isinstance(callee, Wrapped) else ()
    return any(getattr(getattr(atom, "function", atom), "code", "") == code for atom in inner)


def _holds(site: Site, value: Value, models: set[Atom]) -> bool:
    """Whether a value is one of the models, or has one of them in an attribute."""
    machine = site.tracing.machine
    for atom in value.atoms:
        if atom in models:
            return True
        if isinstance(atom, Object) and any(
            models & set(machine.peek(key).atoms) for key in machine.contents.get(atom, ())
        ):
            return True
    return False
