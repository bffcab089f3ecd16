"""In which order the program calls a function and changes a place that the function reads.

Per function and place a four-state automaton runs over the program: it stands at *stale* once a call was followed by a
change and then by another call, which is what a graph traced at the first call gets wrong. What a body does to the
automaton is a relation between its states, found by following the body's control-flow graph; that of a call is the
relation of its callee. Making the object anew (or the function, if another one makes it) starts over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from hybridize.analyses.callgraph import CallGraph
from hybridize.interproc.activation import Activation
from hybridize.syntax.code import Code, Instruction, Position

Relation = tuple[int, int, int, int]
"""For each state the set of states, as bits, in which what is related may leave the automaton."""

UNCALLED, CALLED, CHANGED, STALE = 1, 2, 4, 8

KEEP: Relation = (UNCALLED, CALLED, CHANGED, STALE)
CALL: Relation = (CALLED, CALLED, STALE, STALE)
CHANGE: Relation = (UNCALLED, CHANGED, CHANGED, STALE)
START: Relation = (UNCALLED, UNCALLED, UNCALLED, STALE)
NEVER: Relation = (0, 0, 0, 0)


def after(states: int, relation: Relation) -> int:
    """The states in which what is related leaves an automaton that stands in one of ``states``."""
    first = relation[0] if states & UNCALLED else 0
    second = relation[1] if states & CALLED else 0
    third = relation[2] if states & CHANGED else 0
    return first | second | third | (relation[3] if states & STALE else 0)


def then(first: Relation, second: Relation) -> Relation:
    """One after the other."""
    if second is KEEP:
        return first
    return (after(first[0], second), after(first[1], second), after(first[2], second), after(first[3], second))


def either(first: Relation, second: Relation) -> Relation:
    """One or the other."""
    return (first[0] | second[0], first[1] | second[1], first[2] | second[2], first[3] | second[3])


class Place(NamedTuple):
    """An instruction: its block, and its number in there. Number -1 is before the first one."""

    block: int
    number: int


ENTRY = Place(0, -1)

Happening = tuple[Place, Relation]
Happenings = Callable[[Activation], Iterable[Happening]]
"""What a body itself does to the automaton."""


class CallOrder:
    """Runs automata over the calls of a finished run."""

    def __init__(self, graph: CallGraph) -> None:
        self._callers: dict[Activation, dict[Activation, None]] = {}
        self._rank: dict[Activation, int] = {}
        self._cyclic: set[Activation] = set()
        self._places: dict[str, dict[Position, Place]] = {}
        self._known: dict[tuple[str, tuple[Happening, ...]], Relation] = {}
        """What a body with these happenings does: most places are read and changed in the same ways as others."""
        for rank, group in enumerate(graph.groups):
            for activation in group:
                self._rank[activation] = rank
                for edge in activation.edges:
                    self._callers.setdefault(edge.target, {})[activation] = None
                    if len(group) > 1 or edge.target is activation:
                        self._cyclic.add(activation)

    def relations(
        self, calls: Collection[Activation], changing: Collection[Activation], happenings: Happenings
    ) -> dict[Activation, Relation]:
        """What the bodies that call or change anything, or call such bodies, do. ``calls``: those that count as calls.

        ``changing`` are the bodies for which ``happenings`` gives anything but a start.
        """
        found: dict[Activation, Relation] = dict.fromkeys(calls, CALL)
        relevant = self.reaching((*calls, *changing))
        ordered = sorted((act for act in relevant if act not in found), key=lambda act: (self._rank[act], act.id))
        start = 0
        while start < len(ordered):
            end = start + 1
            while end < len(ordered) and self._rank[ordered[end]] == self._rank[ordered[start]]:
                end += 1
            group = ordered[start:end]
            while True:  # relations only grow, and there are few
                before = [found.get(activation) for activation in group]
                for activation in group:
                    found[activation] = self._relation(activation, found, happenings)
                if group[0] not in self._cyclic or before == [found[activation] for activation in group]:
                    break
            start = end
        return found

    def reaching(self, targets: Iterable[Activation]) -> dict[Activation, None]:
        """The targets, and whatever calls lead to them from."""
        seen = dict.fromkeys(target for target in targets if target in self._rank)
        stack = list(seen)
        while stack:
            for caller in self._callers.get(stack.pop(), ()):
                if caller not in seen:
                    seen[caller] = None
                    stack.append(caller)
        return seen

    def _relation(
        self, activation: Activation, found: Mapping[Activation, Relation], happenings: Happenings
    ) -> Relation:
        """The relation of a body, along its control-flow graph."""
        events = list(happenings(activation))
        for edge in activation.edges:
            relation = found.get(edge.target)  # none yet: a call in a cycle, or of a body that has no part in it
            if relation is not None:
                events.append((self.place(activation.code, edge.position), relation))
        key = (activation.code.id, tuple(events))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _through(activation.code, events)
        return known

    def starting_at(self, code: Code, line: int, column: int) -> Place:
        """The instruction whose position starts there; the beginning of the body if there is none."""
        found = [at for position, at in self._places_of(code).items() if position[:2] == (line, column)]
        return min(found, default=ENTRY)

    def find(self, code: Code, position: Position) -> Place | None:
        """The instruction of exactly that position, if the body has it."""
        return self._places_of(code).get(position)

    def place(self, code: Code, position: Position) -> Place:
        """The instruction of that position; that of the class statement for what stands in a class body."""
        places = self._places_of(code)
        found = places.get(position)
        if found is None:
            around = [region for region in places if region[:2] <= position[:2] and position[2:] <= region[2:]]
            found = places[position] = places[max(around)] if around else ENTRY
        return found

    def _places_of(self, code: Code) -> dict[Position, Place]:
        places = self._places.get(code.id)
        if places is None:
            places = self._places[code.id] = {}
            for number, block in enumerate(code.blocks):
                for index, instruction in enumerate(block.instructions):
                    region = region_of(instruction)
                    if region is not None:
                        places.setdefault(region, Place(number, index))
        return places


def region_of(instruction: Instruction) -> Position | None:
    """The position that an instruction carries."""
    for field in reversed(instruction):
        if type(field) is tuple and len(field) == 4 and all(type(part) is int for part in field):
            return field
    return None


def _through(code: Code, events: list[Happening]) -> Relation:
    """What happens in a body, from its entry to any of its ends. A stale call counts wherever it happens."""
    by_block: dict[int, list[Happening]] = {}
    for event in events:
        by_block.setdefault(event[0].block, []).append(event)
    inside: dict[int, list[Relation]] = {
        number: [relation for _, relation in sorted(happened, key=lambda event: event[0].number)]
        for number, happened in by_block.items()
    }
    if set(inside) <= {0} and not code.blocks[0].targets:
        result = KEEP
        for relation in inside.get(0, ()):
            result = then(result, relation)
        return result
    entry: dict[int, Relation] = {0: KEEP}
    result, stale = NEVER, NEVER
    work = [0]
    while work:
        number = work.pop()
        block = code.blocks[number]
        current = entry[number]
        thrown = current
        for relation in inside.get(number, ()):
            current = then(current, relation)
            thrown = either(thrown, current)
        stale = either(stale, current)
        if not block.targets:
            result = either(result, current)
        for target, flowing in (*((t, current) for t in block.targets), *((h, thrown) for h in block.handlers)):
            grown = either(entry.get(target, NEVER), flowing)
            if grown != entry.get(target):
                entry[target] = grown
                work.append(target)
    return either(result, (stale[0] & STALE, stale[1] & STALE, stale[2] & STALE, stale[3] & STALE))
