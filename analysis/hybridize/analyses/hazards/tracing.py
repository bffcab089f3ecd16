"""Which bodies are traced, by what, along which calls, and whether AutoGraph converts them there.

Traces start at a `tf.function`, at a function given to `tf.data`, and at what Keras runs in a graph of its own. They go
on along calls, but not into bodies that TensorFlow runs as Python, nor from places that do not run while tracing, nor
where a call may reach one of several bodies: what cannot be proven of one of them is not said of any.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from hybridize.analyses.hazards.body import Body, live_blocks
from hybridize.domains.atoms import Atom, Bound, Function, Lib, Object, Partial, Wrapped
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.interproc.machine import Machine
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction, Position

KERAS_OBJECTS = ("keras.layers.Layer", "keras.Layer", "keras.Model", "keras.Sequential")

FOLLOWED = frozenset({"call", "callback", "traced"})


class Conversion(NamedTuple):
    """Whether AutoGraph converts a body; None: it cannot be told. ``why`` not, and where the reason stands."""

    converted: bool | None
    why: str = ""
    path: str = ""
    position: Position = (0, 0, 0, 0)


CONVERTED = Conversion(converted=True)
UNCERTAIN = Conversion(converted=None)


class Root(NamedTuple):
    """What starts a trace: ``by`` is tf.function, tf.data or keras; ``position`` that of the decorator or the call."""

    by: str
    path: str
    position: Position
    supposed: bool = False
    """Nothing traces the function: what would happen if a `tf.function` stood on it is asked."""


class Traced(NamedTuple):
    """A body in one call context as a trace contains it."""

    activation: Activation
    conversion: Conversion
    root: Root | None
    """None: the body is not traced here."""
    caller: Traced | None
    edge: Edge | None
    """The call that leads here from ``caller``."""

    def steps(self) -> Iterator[Traced]:
        """This body, its caller, and so on to the one that starts the trace."""
        step: Traced | None = self
        while step is not None:
            yield step
            step = step.caller


class Tracing:
    """The traces of a finished run; or, with ``supposed``, the one that a `tf.function` on that body would make.

    ``base`` are then the traces that there are: what they have found out of bodies is used again, and where one of them
    starts, the supposed one ends.
    """

    def __init__(
        self,
        machine: Machine,
        keras: int | None,
        text: Callable[[str, Position], str],
        supposed: Code | None = None,
        base: Tracing | None = None,
    ) -> None:
        self.machine = machine
        self.supposed = supposed
        self.keras = keras
        """The major version; one that is not known is taken for 3."""
        self.text = text
        """From a path and a place there to the code."""
        self._bodies: dict[str, Body] = base._bodies if base is not None else {}
        self._live: dict[tuple[Activation, bool], frozenset[int]] = base._live if base is not None else {}
        self._calls: dict[str, list[tuple[Activation, Edge]]] | None = None
        self.traced: dict[Activation, list[Traced]] = {}
        """Each activation in a trace, once for each answer to whether it is converted; nearest root first."""
        self.callers: dict[Activation, list[tuple[Activation, Edge]]] = {}
        """Calls inside of a trace that lead to an activation."""
        self.starts: set[Activation] = set()
        """Activations whose arguments TensorFlow turns into symbolic tensors."""
        self._apart: set[Activation] = base.starts if base is not None else self.starts
        """Where traces of their own start."""
        queue = deque(self._roots() if supposed is None else self._supposed(supposed))
        while queue:
            one = queue.popleft()
            known = self.traced.setdefault(one.activation, [])
            if any(other.conversion.converted is one.conversion.converted for other in known):
                continue
            known.append(one)
            for following in self._following(one):
                queue.append(following)

    # -- bodies ----------------------------------------------------------------------------------------------------

    def body(self, activation: Activation) -> Body:
        """The index of an activation's code."""
        code = activation.code
        found = self._bodies.get(code.id)
        if found is None:
            found = self._bodies[code.id] = Body(code)
        return found

    def live(self, activation: Activation, eager: bool = False) -> frozenset[int]:
        """Blocks of an activation that may run while it is traced, or while Python runs it."""
        found = self._live.get((activation, eager))
        if found is None:
            found = live_blocks(self.body(activation), activation.registers, eager)
            self._live[activation, eager] = found
        return found

    def call_at(self, activation: Activation, position: Position) -> Instruction | None:
        """The one call expression at a place."""
        found = [ins for _, ins in self.body(activation).at.get(position, ()) if ins[0] == ir.CALL]
        return found[0] if len(found) == 1 else None

    # -- where traces start ----------------------------------------------------------------------------------------

    def _roots(self) -> Iterator[Traced]:
        machine = self.machine
        entered: dict[str, list[tuple[Activation, Edge | None, Activation | None]]] = {}
        called: set[str] = set()
        supposed = _called_as_one_of_several(machine)
        for source in machine.by_id.values():
            for edge in source.edges if source not in supposed else ():
                if edge.kind != "traced" or not edge.target.evaluated or _is_one_of_several(source, edge):
                    continue
                called.add(edge.target.code.id)
                if self._runs(source, edge):
                    entered.setdefault(edge.target.code.id, []).append((edge.target, edge, source))
        for id in machine.hybridized:
            for activation in machine.by_code.get(id, ()):
                # What stands in a function is called in sight only; others may call what a module has as well.
                nested = machine.program.codes[activation.code.parent].kind == "function"
                if activation.root and activation.evaluated and id not in (called if nested else entered):
                    entered.setdefault(id, []).append((activation, None, None))
        for id in sorted(entered):
            seen: set[Activation] = set()
            for activation, way, caller in entered[id]:
                if activation in seen:
                    continue
                seen.add(activation)
                root = self._root(activation, way, caller)
                if root is not None:
                    self.starts.add(activation)
                    yield root

    def _supposed(self, code: Code) -> Iterator[Traced]:
        root = Root("tf.function", code.path, code.name_position, supposed=True)
        for activation in self.machine.by_code.get(code.id, ()):
            if activation.evaluated and activation.registers:
                self.starts.add(activation)
                yield Traced(activation, self._own(code), root, None, None)

    def eager(self, codes: Collection[str]) -> Iterator[Traced]:
        """The activations of bodies that run without a trace around them."""
        for id in codes:
            for activation in self.machine.by_code.get(id, ()):
                if activation.evaluated and activation.registers:
                    yield Traced(activation, UNCERTAIN, None, None, None)

    def calls_of(self, code: Code | None) -> list[tuple[Activation, Edge]]:
        """The calls that the project makes of a body, without TensorFlow in between."""
        if self._calls is None:
            self._calls = {}
            for activation in self.machine.by_id.values():
                if activation.registers:
                    for edge in activation.edges:
                        if edge.kind == "call":
                            self._calls.setdefault(edge.target.code.id, []).append((activation, edge))
        return self._calls.get(code.id, []) if code is not None else []

    def _runs(self, caller: Activation, edge: Edge) -> bool:
        """Whether a call is one that a program makes without expecting it to fail."""
        if not caller.registers:
            return True
        places = self.body(caller).at.get(edge.position, ())
        live = self.live(caller, eager=True)
        return not places or any(number in live for number, _ in places)

    def _root(self, activation: Activation, edge: Edge | None, caller: Activation | None) -> Traced | None:
        """The start of a trace; None where it is not known that, and what, traces."""
        code = activation.code
        events = sorted(
            self.machine.hybridized.get(code.id, ()), key=lambda e: (e.form != "decorator", e.path, e.position)
        )
        library = self._library_callee(caller, edge) if caller is not None and edge is not None else ""
        shared = self._shares_line(code)
        if library and caller is not None and edge is not None:
            by = "keras" if library.startswith("keras.") else "tf.data"
            root = Root(by, caller.code.path, edge.position)
            conversion = self.by_keras(root) if by == "keras" and self.keras != 2 else self._own(code)
        elif events:
            event = events[0]
            root = Root("tf.function", event.path, event.position)
            told = Conversion(converted=False, why="autograph=False", path=event.path, position=event.position)
            # A wrapper that several functions share passes each one's arguments, as far as they are told apart.
            conversion = self._own(code) if any(one.converts for one in events) else told
        elif caller is not None and edge is not None and self._calls_hybrid(caller, edge):
            root = Root(
                "tf.function", code.path, code.name_position
            )  # a wrapper around the function with the decorator
            conversion = UNCERTAIN
        else:
            return None  # `data.map(f)`, where the data are a `tf.data.Dataset` or something else
        if shared and conversion.converted:
            conversion = Conversion(False, "lambdas", code.path, code.position)
        return Traced(activation, conversion, root, None, None)

    def _shares_line(self, code: Code) -> bool:
        """Whether a lambda stands on a line with another one of the same parameters: AutoGraph finds them by line."""
        if code.kind != "lambda":
            return False
        names = [parameter.name for parameter in code.parameters]
        return any(
            other.kind == "lambda"
            and other is not code
            and other.position[0] == code.position[0]
            and [parameter.name for parameter in other.parameters] == names
            for other in self.machine.program.modules[code.path].codes.values()
        )

    def _library_callee(self, caller: Activation, edge: Edge) -> str:
        """The library function that makes a call, if one does."""
        call = self.call_at(caller, edge.position)
        names = {name_of(atom) for atom in caller.registers[call[2]].atoms} if call is not None else set()
        return names.pop() if len(names) == 1 else ""

    def _calls_hybrid(self, caller: Activation, edge: Edge) -> bool:
        """Whether a call is one of a `tf.function` for sure."""
        call = self.call_at(caller, edge.position)
        atoms = caller.registers[call[2]].atoms if call is not None else ()
        return bool(atoms) and all(self.is_hybrid(atom) for atom in atoms)

    # -- conversion ------------------------------------------------------------------------------------------------

    def _own(self, code: Code) -> Conversion:
        """Whether AutoGraph can convert a body that it is asked to convert."""
        if code.id in self.machine.unconverted:
            return Conversion(False, "do_not_convert", code.path, code.name_position)
        if code.is_generator or code.is_async:
            return Conversion(False, "generator", code.path, code.name_position)
        refused = self._refused(code)
        return CONVERTED if refused is None else Conversion(False, refused[0], code.path, refused[1])

    def _refused(self, code: Code) -> tuple[str, Position] | None:
        """Syntax of a body, or of one nested in it, that AutoGraph refuses."""
        if code.unconvertible:
            return code.unconvertible[0]
        for id in code.children:
            child = self.machine.program.codes[id]
            if child.is_generator and child.kind == "function":
                return "nested-generator", child.name_position
            found = self._refused(child)
            if found is not None:
                return found
        return None

    def by_keras(self, root: Root) -> Conversion:
        """What Keras 3 calls itself is not converted."""
        return Conversion(False, "keras", root.path, root.position)

    def _of_call(self, caller: Traced, edge: Edge, call: Instruction | None) -> Conversion:
        """Whether the body that a call inside of a trace reaches is converted."""
        code = edge.target.code
        callees = caller.activation.registers[call[2]] if call is not None else BOTTOM
        if self.keras != 2 and self._through_keras(code, callees):
            return Conversion(False, "keras", caller.activation.code.path, edge.position)
        if caller.conversion.converted is True:
            if any(isinstance(atom, Wrapped) and atom.kind == "gradient" for atom in callees.atoms):
                return UNCERTAIN
            return self._own(code)
        if edge.kind == "call" and code.id not in self.machine.hybridized:
            return caller.conversion
        return UNCERTAIN

    def _through_keras(self, code: Code, callees: Value) -> bool:
        """Whether it is Keras that calls ``call``: for ``layer(x)``, but not for ``layer.call(x)``."""
        return (
            code.name == "call"
            and any(isinstance(atom, Object) for atom in callees.atoms)
            and self.machine.classes.has_library_base(code.parent, *KERAS_OBJECTS)
        )

    # -- along calls -----------------------------------------------------------------------------------------------

    def _following(self, one: Traced) -> Iterator[Traced]:
        caller = one.activation
        body, live = self.body(caller), self.live(caller)
        for edge in caller.edges:
            if edge.kind not in FOLLOWED or not edge.target.evaluated:
                continue
            places = body.at.get(edge.position)
            if places and not any(number in live for number, _ in places):
                continue
            self.callers.setdefault(edge.target, []).append((caller, edge))
            if edge.target in self._apart and edge.kind == "traced":
                continue  # a trace of its own
            call = self.call_at(caller, edge.position)
            choices = caller.choices.get(edge.position)
            if choices is not None and len(choices.atoms) > 1:
                continue  # it may go elsewhere
            yield Traced(edge.target, self._of_call(one, edge, call), one.root, one, edge)

    def is_hybrid(self, atom: Atom) -> bool:
        """Whether a callee is a `tf.function`, or the function that is supposed to be one."""
        if isinstance(atom, Bound):
            return self.is_hybrid(atom.function)
        if isinstance(atom, Function):
            return self.supposed is not None and atom.code == self.supposed.id
        return isinstance(atom, Wrapped) and atom.kind == "hybrid"


def _is_one_of_several(caller: Activation, edge: Edge) -> bool:
    """Whether a call traces a body with what one of several receivers gives it: which one, nobody knows."""
    choices = caller.choices.get(edge.position)
    return (
        choices is not None
        and len(choices.atoms) > 1
        and any(
            other.position == edge.position
            and other.target is not edge.target
            and other.target.code is edge.target.code
            for other in caller.edges
        )
    )


def _called_as_one_of_several(machine: Machine) -> set[Activation]:
    """Bodies that are only called with one of several receivers: `Dataset.apply` calls them with each."""
    found: set[Activation] = set()
    certain: set[Activation] = set()
    for caller in machine.by_id.values():
        for edge in caller.edges:
            (found if _is_one_of_several(caller, edge) else certain).add(edge.target)
    return {activation for activation in found - certain if not activation.root}


def name_of(atom: Atom) -> str:
    """The library's name of what a call of an atom runs; empty if it runs a body of the project."""
    if isinstance(atom, Lib):
        return atom.name
    if isinstance(atom, Bound):
        return name_of(atom.function)
    if isinstance(atom, Partial) and len(atom.function.atoms) == 1:
        return name_of(atom.function.atoms[0])
    return ""
