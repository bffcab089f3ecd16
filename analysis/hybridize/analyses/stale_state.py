"""Python state that a function reads and that the program changes between calls: a graph keeps the first call's value.

`tf.function` looks at Python values once, while it traces: attributes, globals, variables of enclosing functions, and
what lists and dicts hold. What is assigned to a `tf.Variable` is seen by later calls, another variable bound to the
same name is not (``tests/runtime/test_stale_state.py``).

Three answers for a function and a place it reads: the program calls, changes, and calls again (true); a change
exists, but nobody in sight says when it happens (undetermined); every call comes after the changes, or before (false).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from hybridize.analyses import call_order
from hybridize.analyses.call_order import CallOrder, Happening, Place
from hybridize.analyses.callgraph import CARRYING, CallGraph
from hybridize.analyses.stale_proof import StaleProof
from hybridize.analyses.state_changes import (
    ATTRIBUTE,
    CONTAINERS,
    GLOBAL,
    ITEMS,
    VARIABLE,
    Change,
    Key,
    Read,
    StateChanges,
)
from hybridize.domains.atoms import Atom, Object, Tuple
from hybridize.finding import Span
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.interproc.machine import Machine
from hybridize.reasons import Reason
from hybridize.report import Evidence, Fact
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Position

MAX_SHOWN = 3
"""Places of which the read and the change are shown, and whatever is proven."""

At = Callable[[str, Position], Span]
Text = Callable[[str, Position], str]


class Stale(NamedTuple):
    """A read that a graph would answer with an old value. ``certain``: the program shows the calls and the change."""

    chain: tuple[Edge, ...]
    """From the function to the body that reads."""
    read: Read
    change: Change
    certain: bool
    proven: bool = False
    """It is one place, and one graph: see ``stale_proof``. Asked for hybrid functions alone."""


class _Seen:
    """What is known of one place that a function reads."""

    __slots__ = ("calls", "chain", "changes", "read")

    def __init__(self, chain: tuple[Edge, ...], read: Read, changes: list[Change]) -> None:
        self.chain = chain
        self.read = read
        self.calls: list[Activation] = []
        self.changes = changes


class StaleState:
    """The fact for every function of a finished run."""

    def __init__(self, machine: Machine, graph: CallGraph) -> None:
        self.machine = machine
        self.graph = graph
        self._order = CallOrder(graph)
        self.state = StateChanges(machine, graph, self._order)
        self._proof = StaleProof(machine, graph, self._order, self._made_at)
        self._touching = self._order.reaching(self.state.reads)

    def fact(self, code: Code, place: At, text: Text) -> Fact:
        """Whether a graph of the function would keep Python state that the program changes between calls."""
        stale = sorted(self.stale(code), key=lambda one: (not one.proven, not one.certain))
        if not stale:
            return Fact(value=False, basis="flow")
        pairs = dict.fromkeys(self._evidence(code, one, place, text) for one in stale)
        shown = max(MAX_SHOWN, sum(one.proven for one in stale))
        evidence = tuple(part for pair in list(pairs)[:shown] for part in pair)
        if stale[0].certain:
            return Fact(value=True, basis="flow", evidence=evidence)
        return Fact(value=None, evidence=evidence, reason=Reason.CALL_ORDER.value)

    def stale(self, code: Code) -> list[Stale]:
        """What is stale, or may be, in a function: one for each place that it reads."""
        seen: dict[Key, _Seen] = {}
        for activation in self.machine.by_code.get(code.id, ()):
            if activation.evaluated and activation in self._touching:
                self._look(activation, seen)
        found: list[Stale] = []
        for key, one in seen.items():
            change = max((change for change in one.changes if not change.making), key=_telling, default=None)
            order = self._between_calls(code, key, one) if change is not None else None
            if change is None or order is None:
                change, order = self.state.elsewhere(key), False
            if change is not None:
                proven = self._proven(code, key, one) if order else None
                found.append(Stale(one.chain, one.read, proven or change, bool(order), proven is not None))
        return found

    def _look(self, activation: Activation, seen: dict[Key, _Seen]) -> None:
        """Note what a graph of the activation would read, and the changes that are not its own."""
        reached = _reached(activation)
        reading = [body for body in reached if body in self.state.reads]
        passed = _passed(self.machine, activation) if reading else frozenset()
        made = set().union(*(body.allocated for body in reached)) if reading else set()
        for body in reading:
            for read in self.state.reads[body]:
                if read.key[0] == ITEMS and read.key[1] in passed:
                    continue  # a container that is passed is part of what selects the graph
                if read.key[1] in made:
                    continue  # an object of the call itself
                one = seen.get(read.key)
                if one is None:
                    chain = _chain(reached, body)
                    one = seen[read.key] = _Seen(chain, read, self.state.changes.get(read.key, []))
                one.calls.append(activation)
                one.changes = [change for change in one.changes if change.activation not in reached]

    def _evidence(self, code: Code, one: Stale, place: At, text: Text) -> tuple[Evidence, Evidence]:
        """The read, and the change."""
        path, position = one.read.activation.code.path, one.read.position
        read = Evidence(
            path=path,
            line=position[0],
            text=text(path, position),
            via=tuple(
                f"{edge.target.code.qualname} ({from_.path}:{edge.position[0]})" for from_, edge in _steps(code, one)
            ),
            kind="reads-state",
            detail=f"reads {self._name(one.read.key)}",
            at=place(code.path, one.chain[0].position if one.chain else position),
            calls=tuple(
                (e.target.code.qualname, place(e.target.code.path, e.target.code.name_position)) for e in one.chain
            ),
            span=place(path, position),
            certain=one.proven,
        )
        path, position = one.change.activation.code.path, one.change.position
        change = Evidence(
            path=path,
            line=position[0],
            text=text(path, position),
            kind="changes-state",
            detail=one.change.detail,
            span=place(path, position),
            certain=one.proven,
        )
        return read, change

    def _name(self, key: Key) -> str:
        if key[0] == GLOBAL:
            return f"the global `{key[2]}`"
        if key[0] == VARIABLE:
            return f"`{key[2]}` of the enclosing function"
        if key[0] == ITEMS:
            return f"what a {key[1].cls.rpartition('.')[2]} holds"
        owner = getattr(key[1], "cls", "") or getattr(key[1], "id", "")
        code = self.machine.program.codes.get(owner)
        return f"the attribute `{key[2]}`" + (f" of `{code.name}`" if code is not None else "")

    # -- in which order --------------------------------------------------------------------------------------------

    def _between_calls(self, code: Code, key: Key, one: _Seen) -> bool | None:
        """True: the program calls, changes and calls again. False: nobody in sight says. None: it does not."""
        by_activation: dict[Activation, list[Happening]] = {}
        for change in one.changes:
            by_activation.setdefault(change.activation, []).append((change.at, call_order.CHANGE))

        def happenings(activation: Activation) -> Iterable[Happening]:
            yield from by_activation.get(activation, ())
            yield from self._starts(activation, key, code)

        relations = self._order.relations(one.calls, by_activation, happenings)
        outside: list[call_order.Relation] = []
        states = call_order.UNCALLED
        for activation, relation in relations.items():
            if not activation.root:
                continue
            if relation[0] & call_order.STALE:
                return True
            if activation.code.kind == "module":
                states |= relation[0]
            elif not self.state.is_constructor(activation.code):
                outside.append(relation)
        for _ in range(3):
            for relation in outside:
                states |= call_order.after(states, relation)
        return False if states & call_order.STALE else None

    def _proven(self, code: Code, key: Key, one: _Seen) -> Change | None:
        """The change between two calls, if the function is hybrid and there certainly is one."""
        if code.id not in self.machine.hybridized:
            return None
        changes = sorted(one.changes, key=_telling, reverse=True)
        chain, caller = [], one.calls[0]
        for edge in one.chain:
            chain.append((caller, edge))
            caller = edge.target
        return self._proof.change(one.read, chain, one.calls, changes, lambda body: self._starts(body, key, code))

    def _starts(self, activation: Activation, key: Key, code: Code) -> Iterator[Happening]:
        """Where the object, the variable or the function itself is made anew."""
        if key[0] in (ATTRIBUTE, ITEMS) and key[1] in activation.allocated:
            yield self._made_at(activation.code, key[1]), call_order.START
        elif key[0] == VARIABLE and key[1] == activation.id:
            yield call_order.ENTRY, call_order.START
        if code.parent == activation.code.id and activation.code.kind in ("function", "module"):
            child = activation.code.children.index(code.id)
            for number, block in enumerate(activation.code.blocks):
                for index, instruction in enumerate(block.instructions):
                    if instruction[0] == ir.FUNCTION and instruction[2] == child:
                        yield Place(number, index), call_order.START
        for made in self.machine.hybridized.get(code.id, ()):
            at = self._order.find(activation.code, made.position) if made.path == activation.code.path else None
            if at is not None and made.form == "call":
                yield at, call_order.START

    def _made_at(self, code: Code, atom: Atom) -> Place:
        """Where a body makes an object, by the name of its site; its beginning if that does not say."""
        site = atom.site.partition("<")[0].rpartition("@")[2] if isinstance(atom, Object) else ""
        path, _, where = site.rpartition(":")
        line, _, column = where.partition(".")
        if path != code.path or not line.isdigit() or not column.isdigit():
            return call_order.ENTRY
        return self._order.starting_at(code, int(line), int(column))


def _reached(activation: Activation) -> dict[Activation, tuple[Activation, Edge] | None]:
    """What a graph of an activation contains: each body, and the call that leads to it."""
    seen: dict[Activation, tuple[Activation, Edge] | None] = {activation: None}
    queue = deque((activation,))
    while queue:
        current = queue.popleft()
        for edge in current.edges:
            if edge.kind in CARRYING and edge.target not in seen:
                seen[edge.target] = (current, edge)
                queue.append(edge.target)
    return seen


def _chain(reached: dict[Activation, tuple[Activation, Edge] | None], body: Activation) -> tuple[Edge, ...]:
    chain: list[Edge] = []
    step = reached[body]
    while step is not None:
        chain.append(step[1])
        step = reached[step[0]]
    return tuple(reversed(chain))


def _steps(code: Code, one: Stale) -> Iterator[tuple[Code, Edge]]:
    """Each call of the chain, and the body that makes it."""
    for edge in one.chain:
        yield code, edge
        code = edge.target.code


def _telling(change: Change) -> tuple[bool, Position]:
    """Of several changes the one to show: rather what a function does, and the last one."""
    return (change.activation.code.kind == "function", change.position)


def _passed(machine: Machine, activation: Activation) -> frozenset[Atom]:
    """Everything in the arguments, and in tuples, lists and dicts that are passed."""
    found: set[Atom] = set()
    stack = [atom for value in activation.args.values() for atom in value.atoms]
    while stack:
        atom = stack.pop()
        if atom in found:
            continue
        found.add(atom)
        if isinstance(atom, Tuple):
            parts = atom.elements if atom.elements is not None else (atom.element,)
            stack.extend(inner for part in parts for inner in part.atoms)
        elif isinstance(atom, Object) and atom.cls in CONTAINERS:
            for key in machine.contents.get(atom, ()):
                stack.extend(machine.peek(key).atoms)
    return frozenset(found)
