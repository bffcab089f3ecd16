"""Names of Keras layers and models that are no names of scopes, where a graph opens one for them.

Keras opens a scope with the name of what is called. TensorFlow takes any text eagerly; in a graph a scope has a
stricter form, and one at the root must not start with ``_``, as the name does that Keras 3 makes of ``class _Net``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import KERAS_OBJECTS, Root, Traced, Tracing
from hybridize.domains.atoms import Atom, Bound, Const, Object
from hybridize.domains.value import BOTTOM
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction

SCOPE: Final = re.compile(r"[A-Za-z0-9_.\\/>-]*")
"""What TensorFlow takes for the name of a scope."""
STEPS: Final = ("keras.Model.fit", "keras.Model.evaluate", "keras.Model.predict")


def scopes(tracing: Tracing, eager: Collection[str]) -> Iterator[tuple[Traced, Seen]]:
    """Each call of a layer or model with such a name in a graph, and of ``fit`` and the like of one."""
    if tracing.keras == 2:
        return  # it makes ``private__net`` of the class
    for several in tracing.traced.values():
        if not several[0].activation.registers:
            continue
        for call, number in _calls(tracing, several[0]):
            layers = [atom for atom in several[0].activation.registers[call[2]].atoms if isinstance(atom, Object)]
            if len(layers) == 1:
                yield from _seen(tracing, several[0], layers[0], call, number, _in_scope(tracing, several[0], number))
    for run in tracing.eager(eager):
        for call, number in _calls(tracing, run):
            callees = run.activation.registers[call[2]].atoms
            if (
                len(callees) == 1
                and isinstance(callees[0], Bound)
                and getattr(callees[0].function, "name", "") in STEPS
            ):
                models = [atom for atom in callees[0].receiver.atoms if isinstance(atom, Object)]
                if len(models) == len(callees[0].receiver.atoms) == 1:
                    yield from _seen(tracing, run, models[0], call, number, inside=False)


def _calls(tracing: Tracing, traced: Traced) -> Iterator[tuple[Instruction, int]]:
    live = tracing.live(traced.activation, eager=traced.root is None)
    for number in sorted(live):
        for ins in traced.activation.code.blocks[number].instructions:
            if ins[0] == ir.CALL:
                yield ins, number


def _in_scope(tracing: Tracing, traced: Traced, number: int) -> bool:
    """Whether a scope may be open there: that of a layer whose ``call`` it is, or of a ``with`` statement."""
    classes = tracing.machine.classes
    of_keras = any(
        step.activation.code.in_class and classes.has_library_base(step.activation.code.parent, *KERAS_OBJECTS)
        for step in traced.steps()
    )
    return of_keras or bool(traced.activation.code.blocks[number].contexts) or traced.caller is not None


def _seen(
    tracing: Tracing, traced: Traced, layer: Object, call: Instruction, number: int, inside: bool
) -> Iterator[tuple[Traced, Seen]]:
    name, by_class = _name(tracing, layer)
    if not name or (SCOPE.fullmatch(name) and (inside or not name.startswith("_"))):
        return
    root = traced.root or Root("keras", traced.activation.code.path, call[5])
    conversion = tracing.by_keras(root) if by_class else traced.conversion
    yield (
        traced._replace(conversion=conversion),
        Seen("no-scope-name", call[5], name, number, BOTTOM, unconverted=by_class),
    )


def _name(tracing: Tracing, layer: Object) -> tuple[str, bool]:
    """The name of a layer, and whether Keras makes it of the class; empty if it is not known, or a plain one."""
    machine, classes = tracing.machine, tracing.machine.classes
    if layer.cls not in classes.infos:
        given: tuple[Atom, ...] = (
            machine.peek(("a", layer, "init name")).atoms if layer.cls.startswith("keras.") else ()
        )
        known = len(given) == 1 and isinstance(given[0], Const) and isinstance(given[0].constant, str)
        return (given[0].constant, False) if known and isinstance(given[0], Const) else ("", False)
    title = machine.program.codes[layer.cls].name
    plain = not title.startswith("_") or not layer.exact or classes.unknown_base(layer.cls) is not None
    if plain or not classes.has_library_base(layer.cls, *KERAS_OBJECTS) or not _is_named_by_class(tracing, layer.cls):
        return "", False
    return f"_{title.lower()}", True


def _is_named_by_class(tracing: Tracing, cls: str) -> bool:
    """Whether the constructors of a class say nothing of a name."""
    classes, codes = tracing.machine.classes, tracing.machine.program.codes
    bases = classes.project_bases(cls)
    makers = [code for code in codes.values() if code.parent in bases and code.name == "__init__"]
    stores = any(
        ins[0] == ir.SET_ATTR and ins[2] in ("name", "_name")
        for code in codes.values()
        if code.parent in bases
        for block in code.blocks
        for ins in block.instructions
    )
    return bool(makers) and not stores and all(_calls_above_plainly(tracing, code.id) for code in makers)


def _calls_above_plainly(tracing: Tracing, id: str) -> bool:
    """Whether a constructor calls that of its base, and passes it nothing."""
    activation = next((act for act in tracing.machine.by_code.get(id, ()) if act.registers), None)
    if activation is None:
        return False
    body = tracing.body(activation)
    above = [call for call in body.calls if _is_init(body.made.get(call[2]))]
    return bool(above) and not any(call[3] or call[4] for call in above)


def _is_init(made: Instruction | None) -> bool:
    return made is not None and made[0] == ir.ATTR and made[3] == "__init__"
