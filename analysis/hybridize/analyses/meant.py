"""Effects that a graph has as often as Python has them, or that speak of the trace itself.

What is done where something is first needed is done once in any case: ``if self.ops is None: …; self.ops = load()``, or
``if not self.built: self.build()``, which sets ``built``. A log under a condition on what an argument *is* (None, of a
class, an empty list of the function's own), or in an exception handler, says what tracing found: nothing of it changes
from one run of the graph to the next. What the `__enter__` of a context manager sets and its `__exit__` sets again is
for the code between them, which is traced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from hybridize.analyses.hazards.body import Body
from hybridize.analyses.scratch import Scratch
from hybridize.domains.atoms import Atom, Const, Lib, Object, PyType, Tensor, Tuple
from hybridize.domains.value import NONE, Value
from hybridize.interproc import containers
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge, Effect
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position

PLAIN = frozenset({"io", "rng", "library-state", "time", "env"})
"""Effects that are visible wherever they happen."""
ASKS_WHAT_IT_IS = frozenset({
    "builtins.callable", "builtins.hasattr", "builtins.isinstance", "builtins.issubclass",
})  # fmt: skip
_AROUND = frozenset({"with", "try"})
"""Statements whose body runs if they do."""
_STORED = {ir.SET_ATTR: (3, 4), ir.STORE_GLOBAL: (2, 3), ir.STORE_CELL: (3, 4)}
"""Where instructions that bind a name have its register, and their place."""

_OTHER_END = {"__enter__": "__exit__", "__exit__": "__enter__"}


class Meant:
    """What activations do as it is meant, looked up by the statements around it."""

    def __init__(self, scratch: Scratch, codes: Mapping[str, Code]) -> None:
        self._scratch = scratch
        self._codes = codes
        self._bodies: dict[str, Body] = {}
        self._first: dict[str, frozenset[int]] = {}
        self._stores: dict[str, dict[Position, list[int]]] = {}
        """Code and place to the registers whose values names are bound to there."""
        self._effects: dict[Activation, tuple[Effect, ...]] = {}

    def effects(self, activation: Activation) -> tuple[Effect, ...]:
        """The effects of an activation's own body, marked where they are meant for the trace."""
        known = self._effects.get(activation)
        if known is None:
            joined = _joined(activation.effects)
            known = self._effects[activation] = tuple(self._marked(activation, one) for one in joined)
        return known

    def through(self, activation: Activation, edge: Edge, effect: Effect) -> Effect:
        """An effect as a call shows it that an activation makes."""
        if effect.for_trace:
            return effect
        return effect.once_per_trace() if edge.for_trace else self._once(activation, edge.position, effect)

    def _once(self, activation: Activation, position: Position, effect: Effect) -> Effect:
        if not effect.constant and effect.kind not in PLAIN:
            return effect
        once = self._is_first(activation, position) or (effect.constant and self._answers(activation, position, effect))
        return effect.once_per_trace() if once else effect

    def _answers(self, activation: Activation, position: Position, effect: Effect) -> bool:
        """Whether an effect sets the attribute that a test around the place asks for: ``if not self.built: …``."""
        if not effect.name:
            return False
        code, body = activation.code, self._body(activation.code)
        regions = (code.regions[number] for number in self._regions(code, position))
        return any(one.kind == "then" and _ask_for(body, one.reads, effect.name) for one in regions)

    def _marked(self, activation: Activation, effect: Effect) -> Effect:
        if effect.name and self._scratch.is_scratch(effect.objects, effect.name):
            effect = effect.on_scratch()
        if effect.for_trace:
            return effect
        if effect.name and self._is_first(activation, effect.position) and self._binds(activation, effect, _is_lasting):
            return effect.once_per_trace()  # eager execution does it once, too
        if effect.stored is not None:
            return effect
        if effect.kind not in PLAIN and self._is_set_back(activation.code, effect.position):
            return effect.once_per_trace()
        constant = effect.kind not in PLAIN and self._binds(activation, effect, _is_constant)
        effect = effect.of_constant() if constant else effect
        log = effect.kind == "io" and is_log(effect.detail) and self._tells(activation, effect.position)
        return effect.once_per_trace() if log else self._once(activation, effect.position, effect)

    def _body(self, code: Code) -> Body:
        found = self._bodies.get(code.id)
        if found is None:
            found = self._bodies[code.id] = Body(code)
        return found

    def _is_set_back(self, code: Code, position: Position) -> bool:
        """Whether a method that enters or leaves a context binds a name at a place that the other one binds, too."""
        other = _OTHER_END.get(code.name)
        parent = self._codes.get(code.parent)
        if other is None or parent is None or parent.kind != "class":
            return False
        bound = _bound(code, position)
        ends = (self._codes[child] for child in parent.children if self._codes[child].name == other)
        return bool(bound) and any(bound <= _bound(end, None) for end in ends)

    def _binds(self, activation: Activation, effect: Effect, wanted: Callable[[Atom], bool]) -> bool:
        """Whether what binds a name where an effect is binds it to nothing but wanted atoms."""
        code = activation.code
        stores = self._stores.get(code.id)
        if stores is None:
            stores = self._stores[code.id] = {}
            for block in code.blocks:
                for ins in block.instructions:
                    if ins[0] in _STORED:
                        register, at = _STORED[ins[0]]
                        stores.setdefault(ins[at], []).append(ins[register])
        return all(
            register >= 0
            and bool(activation.registers[register].atoms)
            and all(map(wanted, activation.registers[register].atoms))
            for register in stores.get(effect.position, (-1,))
        )

    def _regions(self, code: Code, position: Position) -> Iterable[int]:
        """The statements around a place, innermost first."""
        homes = self._body(code).at.get(position, ())
        return (number for number, _ in self._body(code).around(homes[0][0])) if homes else ()

    # -- where something is first needed ---------------------------------------------------------------------------

    def _is_first(self, activation: Activation, position: Position) -> bool:
        """Whether a place stands under a test that an attribute is missing, which it then is no more."""
        code = activation.code
        first = self._first.get(code.id)
        if first is None:
            first = self._first[code.id] = frozenset(self._filled(code))
        return bool(first) and any(number in first for number in self._regions(code, position))

    def _filled(self, code: Code) -> Iterable[int]:
        """The arms of an ``if`` that set the attribute whose absence it asks for."""
        for block in code.blocks:
            for ins in block.instructions:
                if ins[0] != ir.SET_ATTR or not ins[5]:
                    continue
                body = self._body(code)
                made = body.made.get(ins[3])
                if made is not None and made[0] == ir.CONST and made[2] is None:
                    continue
                number = block.region
                while number >= 0 and code.regions[number].kind in _AROUND:
                    number = code.regions[number].parent
                region = code.regions[number] if number >= 0 else None
                if region is not None and region.kind == "then" and _ask_for(body, region.reads, ins[2]):
                    yield number

    # -- what speaks of the trace ----------------------------------------------------------------------------------

    def _tells(self, activation: Activation, position: Position) -> bool:
        """Whether a place stands under conditions on what values are, or where an exception was caught."""
        code = activation.code
        for number in self._regions(code, position):
            region = code.regions[number]
            if region.kind == "handler":
                return True
            asks = region.reads if region.kind in ("then", "else") else ()
            if asks and all(self._asks_what_it_is(activation, test) for test in asks):
                return True
        return False

    def _asks_what_it_is(self, activation: Activation, register: int) -> bool:
        made = self._body(activation.code).made.get(register)
        if made is not None and made[0] == ir.UNARY and made[2] == "not":
            return self._asks_what_it_is(activation, made[3])
        if made is not None and made[0] == ir.COMPARE and made[2] in ("is", "is not"):
            return NONE in (activation.registers[made[3]], activation.registers[made[4]])
        if made is not None and made[0] == ir.CALL:
            callees = activation.registers[made[2]].atoms
            if callees and all(isinstance(atom, Lib) and atom.name in ASKS_WHAT_IT_IS for atom in callees):
                return True
        return _is_own_container(activation, activation.registers[register])


def _joined(effects: Iterable[Effect]) -> Iterable[Effect]:
    """Effects, those of one place that write one of several objects as one."""
    found: dict[Effect, list[Atom]] = {}
    for effect in effects:
        several = all(isinstance(atom, Object) for atom in effect.objects)
        found.setdefault(effect.on(()) if several else effect, []).extend(effect.objects)
    return (one.on(tuple(dict.fromkeys(objects))) for one, objects in found.items())


def _is_constant(atom: Atom) -> bool:
    """Whether an atom is a number, a text or None."""
    return isinstance(atom, Const)


def _is_lasting(atom: Atom) -> bool:
    """Whether an atom is no tensor of a trace, nor holds one."""
    return isinstance(atom, (Const, PyType)) or (isinstance(atom, Tensor) and atom.kind == "variable")


def is_log(detail: str) -> bool:
    """Whether a function that has an effect logs or warns."""
    return detail == "warnings.warn" or "log" in detail.lower()


def _is_own_container(activation: Activation, value: Value) -> bool:
    """Whether a value is a tuple, or a list or dict that the body makes."""
    return bool(value.atoms) and all(
        isinstance(atom, Tuple)
        or (
            isinstance(atom, Object)
            and atom in activation.allocated
            and (atom.cls in containers.LISTS or atom.cls in containers.DICTS)
        )
        for atom in value.atoms
    )


def _ask_for(body: Body, tests: tuple[int, ...], name: str) -> bool:
    """Whether one of some tests asks for an attribute."""
    return any(_names(body, test, name) for test in tests)


def _names(body: Body, register: int, name: str) -> bool:
    """Whether a test asks for an attribute: ``x.name is None``, ``not x.name``, ``not hasattr(x, "name")``."""
    made: Instruction | None = body.made.get(register)
    if made is None:
        return False
    if made[0] == ir.ATTR:
        return bool(made[3] == name)
    if made[0] == ir.UNARY:
        return _names(body, made[3], name)
    if made[0] == ir.COMPARE:
        return _names(body, made[3], name)
    if made[0] == ir.CALL:
        return any(_is_text(body, argument, name) for argument, _ in made[3])
    return False


def _is_text(body: Body, register: int, text: str) -> bool:
    made = body.made.get(register)
    return made is not None and made[0] == ir.CONST and made[2] == text


def _bound(code: Code, position: Position | None) -> set[str]:
    """The attributes and globals that a body binds, at a place or anywhere."""
    return {
        ins[2] if ins[0] == ir.SET_ATTR else ins[1]
        for block in code.blocks
        for ins in block.instructions
        if ins[0] in (ir.SET_ATTR, ir.STORE_GLOBAL) and (position is None or ins[_STORED[ins[0]][1]] == position)
    }
