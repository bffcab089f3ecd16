"""Whether one change of state certainly comes between two calls that share a graph: what a rule may tell people.

The automaton of ``call_order`` follows one change, one context of the function, and objects that are one each. Other
changes of the place start it over, so that a flag that is set for the call and unset behind it is no change between
calls; and what stores the same every time changes the place only once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from hybridize.analyses import call_order
from hybridize.analyses.call_order import CallOrder, Happening, Place, Relation
from hybridize.analyses.callgraph import CallGraph
from hybridize.analyses.state_changes import ATTRIBUTE, CONTAINERS, ITEMS, VARIABLE, Change, Read, in_loop, receiver
from hybridize.domains.atoms import SEVERAL, Atom, Class, Const, Function, Lib, Module, Object, Tensor, Tuple, Unknown
from hybridize.domains.value import Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.interproc.machine import OUTSIDE, Machine
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code

LASTING: Relation = (0, call_order.CHANGED, call_order.CHANGED, call_order.STALE)
"""A change that stores the same every time: what follows one before the first call is of no interest."""

_SOURCE = {ir.STORE_NAME: 2, ir.STORE_GLOBAL: 2, ir.STORE_CELL: 3, ir.SET_ATTR: 3, ir.SET_ITEM: 3}
"""By instruction: which of its fields is the register that it stores."""

_SAME = (Class, Const, Function, Lib, Module, Object, Unknown)
"""What may be the same every time it is stored, as far as can be told."""

Starts = Callable[[Activation], Iterable[Happening]]
MadeAt = Callable[[Code, Atom], Place]


class StaleProof:
    """Looks for the change that is between two calls, in a finished run."""

    def __init__(self, machine: Machine, graph: CallGraph, order: CallOrder, made_at: MadeAt) -> None:
        self.machine = machine
        self._order = order
        self._made_at = made_at
        self._callers: dict[Activation, list[tuple[Activation, Edge]]] = {}
        self._makers: dict[Atom, list[Activation]] = {}
        for activation in graph.activations:
            for atom in activation.allocated:
                self._makers.setdefault(atom, []).append(activation)
            for edge in activation.edges:
                self._callers.setdefault(edge.target, []).append((activation, edge))
        self._by_id = {activation.id: activation for activation in graph.activations}

    def change(
        self, read: Read, chain: Sequence[tuple[Activation, Edge]], calls: Iterable[Activation],
        changes: Sequence[Change], starts: Starts,
    ) -> Change | None:  # fmt: skip
        """The change that a graph of one of ``calls`` certainly misses."""
        if any(self._is_choice(caller, edge) for caller, edge in chain):
            return None
        changes = [change for change in changes if self._is_read(read, change)]
        candidates = [change for change in changes if change.certain and not change.making]
        for activation in calls:
            objects = self._selecting(activation)
            if objects is None or activation.merged:
                continue
            if read.key[0] in (ATTRIBUTE, ITEMS):
                objects.add(read.key[1])
            for change in candidates:
                relations = self._relations(activation, change, changes, starts)
                places = [self._scope_of_object(atom, relations) for atom in objects]
                if read.key[0] == VARIABLE:
                    places.append(self._scope(self._by_id.get(read.key[1]), relations))
                if all(places) and any(act.root and rel[0] & call_order.STALE for act, rel in relations.items()):
                    return change
        return None

    def _relations(
        self, call: Activation, change: Change, changes: Sequence[Change], starts: Starts
    ) -> dict[Activation, Relation]:
        effect = LASTING if self._stores_the_same(change) else call_order.CHANGE
        happening: dict[Activation, list[Happening]] = {}
        for other in changes:
            same = other.activation is change.activation and other.at == change.at
            happening.setdefault(other.activation, []).append((other.at, effect if same else call_order.START))

        def happenings(activation: Activation) -> Iterator[Happening]:
            yield from happening.get(activation, ())
            yield from starts(activation)

        return self._order.relations([call], list(happening), happenings)

    def _is_read(self, read: Read, change: Change) -> bool:
        """Whether what is read of a container is what changes: the same item; all items of a list; those of a loop."""
        if read.key[0] != ITEMS:
            return True
        found = self._order.find(read.activation.code, read.position)
        reading = read.activation.code.blocks[found.block].instructions[found.number] if found is not None else ()
        if not reading or reading[0] != ir.ITEM:
            return read.key[1].cls == "list" or (bool(reading) and reading[0] == ir.ITER)
        changing = change.activation.code.blocks[change.at.block].instructions[max(change.at.number, 0)]
        if changing[0] != ir.SET_ITEM:
            return False
        index = read.activation.registers[reading[3]].atoms
        return (
            len(index) == 1 and isinstance(index[0], Const) and index == change.activation.registers[changing[2]].atoms
        )

    def _is_choice(self, caller: Activation, edge: Edge) -> bool:
        choices = caller.choices.get(edge.position)
        return choices is not None and len(choices.atoms) > 1

    def _stores_the_same(self, change: Change) -> bool:
        instruction = change.activation.code.blocks[change.at.block].instructions[max(change.at.number, 0)]
        field = _SOURCE.get(instruction[0])
        source = instruction[field] if field is not None else -1
        if source < 0:
            return False
        atoms = change.activation.registers[source].atoms
        return len(atoms) <= 1 and all(
            isinstance(atom, _SAME) and atom not in change.activation.allocated for atom in atoms
        )

    # -- one object ------------------------------------------------------------------------------------------------

    def _selecting(self, activation: Activation) -> set[Atom] | None:
        """The objects among the arguments of a call; None if the arguments may select several graphs."""
        found: set[Atom] = set()
        seen: set[Value] = set()
        stack = list(activation.args.values())
        while stack:
            value = stack.pop()
            if value in seen:
                continue
            seen.add(value)
            for atom in value.atoms:
                if isinstance(atom, Tensor):
                    continue
                if len(value.atoms) > 1:
                    return None
                if isinstance(atom, Tuple):
                    stack.extend(atom.elements if atom.elements is not None else (atom.element,))
                elif isinstance(atom, Object) and atom.cls in CONTAINERS:
                    stack.extend(self.machine.peek(key) for key in self.machine.contents.get(atom, ()))
                elif isinstance(atom, Object):
                    found.add(atom)
                elif not isinstance(atom, (Class, Const, Lib, Module)):
                    return None
        return found

    def _scope_of_object(self, atom: Atom, relations: Mapping[Activation, Relation]) -> bool:
        """Whether all of it happens to one object."""
        if not isinstance(atom, Object) or atom.site == SEVERAL:
            return False
        if atom.site == OUTSIDE:
            return any(
                act.root and relation[0] & call_order.STALE and atom in receiver(act)
                for act, relation in relations.items()
            )
        makers = self._makers.get(atom, ())
        if len(makers) != 1 or in_loop(makers[0].code, self._made_at(makers[0].code, atom).block):
            return False  # of several there may be more than one at a time
        return self._scope(makers[0], relations)

    def _scope(self, activation: Activation | None, relations: Mapping[Activation, Relation]) -> bool:
        """Whether one run of the body, or the only one of its only caller, sees the call, the change and the call."""
        seen: set[Activation] = set()
        while activation is not None and activation not in seen:
            if relations.get(activation, call_order.KEEP)[0] & call_order.STALE:
                return True
            seen.add(activation)
            callers = self._callers.get(activation, ())
            if len(callers) != 1 or activation.root:
                return False
            activation, edge = callers[0]
            if in_loop(activation.code, self._order.place(activation.code, edge.position).block):
                return False
        return False
