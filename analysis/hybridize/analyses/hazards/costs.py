"""What eager code pays for over and over: traces that no later call can use, and Python where a graph would run.

Found are calls that stand in a loop, or in a function that is called in one, outside of graphs and of tests, where what
is called stays the same. What is called may cost as well without a loop, but not often.
"""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.moves import codes, loaded
from hybridize.analyses.hazards.repeats import MAX_CALLERS, WHOLE, Repeats
from hybridize.analyses.hazards.site import Seen
from hybridize.analyses.hazards.tracing import KERAS_OBJECTS, UNCERTAIN, Traced, name_of
from hybridize.domains.atoms import Atom, Bound, Class, Function, Object, Tensor, Wrapped
from hybridize.domains.value import BOTTOM, NONE, Value
from hybridize.interproc.activation import Activation
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction, Position

_RUNS = ("tensorflow.distribute.Strategy.run", "tensorflow.distribute.Strategy.experimental_run_v2")
_MODELS = ("keras.Model", "keras.Sequential")
_SAYS_ITSELF = frozenset({"__eq__", "__new__", "__tf_flatten__", "__tf_tracing_type__"})
"""Methods of classes whose objects may be the same to TensorFlow, though they are made anew."""


def costs(repeats: Repeats) -> Iterator[tuple[Traced, Seen]]:
    """Each call once, with the first of the reasons that its contexts have."""
    finder = _Costs(repeats)
    for id in sorted(repeats.eager):
        found: dict[tuple[Position, str], tuple[str, Activation]] = {}
        for activation in repeats.machine.by_code.get(id, ()):
            if not activation.evaluated or not activation.registers or not repeats.counts(activation.code):
                continue
            if activation in repeats.tracing.traced:
                continue
            for kind, position, why in finder.of(activation):
                if (position, kind) not in found or why < found[position, kind][0]:
                    found[position, kind] = why, activation
        for (position, kind), (why, activation) in sorted(found.items(), key=lambda one: one[0]):
            yield Traced(activation, UNCERTAIN, None, None, None), Seen(kind, position, why, 0, BOTTOM)


class _Costs:
    def __init__(self, repeats: Repeats) -> None:
        self.repeats = repeats
        self.tracing = repeats.tracing
        self.machine = repeats.machine
        self.classes = repeats.machine.classes
        self.unsigned = {
            id for id, events in self.machine.hybridized.items() if all(one.signature is NONE for one in events)
        }
        """Functions under `tf.function` without an input signature."""

    def of(self, activation: Activation) -> Iterator[tuple[str, Position, str]]:
        """(kind, place, why) of each call of a body that costs something over and over."""
        body = self.tracing.body(activation)
        for call in body.calls:
            callees = activation.registers[call[2]].atoms
            if not callees or not isinstance(callees[0], (Bound, Object, Wrapped)):
                continue
            if all(map(self._is_hybrid, callees)):
                yield from self._fresh_arguments(activation, call)
            elif isinstance(callees[0], Bound) and {name_of(atom) for atom in callees} <= set(_RUNS):
                yield from self._replicas(activation, call)
            elif all(map(self._is_model, callees)):
                yield from self._model(activation, call)

    def _is_hybrid(self, atom: Atom) -> bool:
        """Whether a call of an atom runs a function under `tf.function`, and no signature says what it takes."""
        inner = atom.function if isinstance(atom, Bound) else atom
        if not isinstance(inner, Wrapped) or inner.kind != "hybrid":
            return False
        return codes(inner.target) <= self.unsigned

    # -- arguments that are new each time --------------------------------------------------------------------------

    def _fresh_arguments(self, activation: Activation, call: Instruction) -> Iterator[tuple[str, Position, str]]:
        given = [register for register, starred in call[3] if not starred]
        given += [register for name, register in call[4] if name is not None]
        for register in given:
            what, home = self._made(activation, register)
            if what:
                why = self._again(activation, call, home)
                if why:
                    text = self.tracing.text(activation.code.path, self._place(activation, register, call))
                    yield "fresh-argument", call[5], f"`{text}`, {what} {why}"
                    return

    def _made(self, activation: Activation, register: int) -> tuple[str, int]:
        """What a body makes for an argument that no earlier call can have had, and the block where it does."""
        body = self.tracing.body(activation)
        made = body.made.get(register)
        direct = True
        if made is not None and loaded(made):
            stored = self.repeats.stored_in(body.code).get(loaded(made), [])
            if len(stored) != 1 or any(parameter.name == loaded(made) for parameter in body.code.parameters):
                return "", 0
            register, direct = stored[0][1], False
            made = body.made.get(register)
        if made is None:
            return "", 0
        home = body.homes[register]
        if made[0] == ir.FUNCTION:
            return "a new function", home
        atoms = activation.registers[register].atoms
        if made[0] == ir.ATTR and direct and atoms and all(map(_is_method, atoms)):
            return "a new bound method", home
        if made[0] == ir.CALL:
            if {name_of(atom) for atom in activation.registers[made[2]].atoms} == {"functools.partial"}:
                return "a new partial", home
            made_here = all(isinstance(atom, Class) for atom in activation.registers[made[2]].atoms)
            if atoms and made_here and all(map(self._is_told_apart, atoms)):
                return "a new object", home
        return "", 0

    def _is_told_apart(self, atom: Atom) -> bool:
        """Whether TensorFlow tells an object from any other of its class."""
        if not isinstance(atom, Object) or atom.cls not in self.classes.infos or not atom.exact:
            return False
        if self.classes.unknown_base(atom.cls) is not None:
            return False
        own = [self.classes.infos[id] for id in self.classes.project_bases(atom.cls)]
        plain = not set(self.classes.library_bases(atom.cls)) - {"builtins.object"}
        return plain and not any(info.dataclass or info.names & _SAYS_ITSELF for info in own)

    def _place(self, activation: Activation, register: int, call: Instruction) -> Position:
        """The text of an argument, where an instruction has its place; else of the call."""
        made = self.tracing.body(activation).made[register]
        at = {ir.FUNCTION: 5, ir.CALL: 5, ir.ATTR: 4}.get(made[0])
        position: Position = made[at] if at is not None else call[5]
        return position

    # -- Python where a graph would run ----------------------------------------------------------------------------

    def _replicas(self, activation: Activation, call: Instruction) -> Iterator[tuple[str, Position, str]]:
        """``strategy.run(step)``, where ``step`` is no graph, whoever calls, and calls none."""
        given = [register for register, starred in call[3][:1] if not starred]
        given += [register for name, register in call[4] if name == "fn"]
        strategy = activation.registers[call[2]].atoms
        if not given or any("TPUStrategy" in repr(atom) for atom in strategy):
            return  # refuses what is no graph
        contexts = [one for one in self.machine.by_code[activation.code.id] if one.evaluated and one.registers]
        steps = [atom for one in contexts for atom in one.registers[given[0]].atoms]
        inner = [atom.function if isinstance(atom, Bound) else atom for atom in steps]
        if not inner or not all(isinstance(atom, Function) for atom in inner):
            return
        bodies = [one for id in codes(activation.registers[given[0]]) for one in self.machine.by_code.get(id, ())]
        if any(edge.kind == "traced" for one in bodies for edge in one.edges):
            return
        why = self._again(activation, call)
        if why:
            yield "eager-replicas", call[5], why

    def _is_model(self, atom: Atom) -> bool:
        """Whether an atom is a model of Keras whose ``call`` is no graph by itself."""
        if not isinstance(atom, Object):
            return False
        if atom.cls not in self.classes.infos:
            return atom.cls in _MODELS
        call = self.machine.peek(("k", atom.cls, "call")).atoms
        return self.classes.has_library_base(atom.cls, *_MODELS) and not any(isinstance(a, Wrapped) for a in call)

    def _model(self, activation: Activation, call: Instruction) -> Iterator[tuple[str, Position, str]]:
        """``model(x)`` with tensors, other than in what Keras itself runs."""
        parent = activation.code.parent
        if parent in self.classes.infos and self.classes.has_library_base(parent, *KERAS_OBJECTS):
            return
        if call[3] and not call[3][0][1] and _is_tensor(activation.registers[call[3][0][0]]):
            why = self._again(activation, call)
            if why:
                yield "eager-model", call[5], why

    # -- how often -------------------------------------------------------------------------------------------------

    def _again(self, activation: Activation, call: Instruction, home: int | None = None) -> str:
        """Where a call is made over and over of the same thing; empty if nowhere.

        ``home`` is the block that makes something new: it has to run as often.
        """
        repeats, code = self.repeats, activation.code
        block = self.tracing.body(activation).homes[call[1]]
        if block not in self.tracing.live(activation, eager=True):
            return ""
        within = None if home is None else set(repeats.loops(code, home))
        for loop in repeats.loops(code, block):
            pays = (within is None or loop in within) and repeats.runs_on(activation, loop)
            if pays and repeats.fixed(activation, (call[2],), loop):
                return "in each turn of a loop"
        needs = repeats.origins_of(activation, (call[2],), WHOLE)
        if code.kind == "module" or needs is None:
            return ""
        where = repeats.repeated(activation, needs, MAX_CALLERS, pays=True)
        return f"each time `{code.qualname}` is called{where}" if where else ""


def _is_method(atom: Atom) -> bool:
    return isinstance(atom, Bound) and isinstance(atom.function, Function)


def _is_tensor(value: Value) -> bool:
    return bool(value.atoms) and all(isinstance(atom, Tensor) and atom.kind != "symbolic" for atom in value.atoms)
