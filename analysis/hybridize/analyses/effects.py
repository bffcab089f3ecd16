"""Python side effects: what of a function's effects is visible after the call, through which calls.

A *write* is visible unless the function, or something it called, made the written object during the call: what a
function allocates and does not leak is its own. The summary of an activation holds one representative per effect and
the call that leads to it; the result of a function holds every place in its own body that shows one.
"""

from __future__ import annotations

from typing import NamedTuple

from hybridize.analyses.callgraph import CARRYING, CallGraph
from hybridize.domains.atoms import Atom, Class, Object, Stream, Unknown
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge, Effect
from hybridize.interproc.machine import Machine
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

MAX_SUMMARY = 64
"""Different effects of one activation that are told apart for its callers."""

PLAIN = frozenset({"io", "rng", "library-state", "time", "env"})
"""Effects that are visible wherever they happen."""

Key = tuple[str, tuple[Atom, ...], "tuple[str, str] | None"]


class Occurrence(NamedTuple):
    """An effect as one function shows it: the line in its body, calls (callee, call's position), then the proof."""

    kind: str
    effect: Effect
    position: Position
    """In the function's own body: the effect, or the call that leads to it."""
    chain: tuple[tuple[Activation, Position, str], ...]
    """(callee, position of the call, path of the caller) of each step, nearest first."""
    path: str
    """File of the proof."""
    certain: bool
    """No step is a guess: every call on the way has one callee, and the object is one that outlives the call."""


class Step(NamedTuple):
    """One effect of an activation, and where it comes from: its own body (no edge), or a call."""

    effect: Effect
    edge: Edge | None
    key: Key
    """Under which the callee has it."""


class Summary(NamedTuple):
    """What callers need of one activation."""

    visible: dict[Key, Step]
    allocated: frozenset[Atom | str]
    """Objects made during the call, and ids of the activations in it (owners of closure variables)."""


class EffectAnalysis:
    """Summaries of all activations, bottom-up over the call graph, and results by body."""

    def __init__(self, machine: Machine, graph: CallGraph) -> None:
        self.machine = machine
        self.graph = graph
        self.summaries: dict[Activation, Summary] = {}
        self.homes = _homes(machine)
        for group in graph.groups:
            self._summarize(group)

    def _summarize(self, group: tuple[Activation, ...]) -> None:
        members = set(group)
        made: set[Atom | str] = set()
        for activation in group:
            made.update(activation.allocated)
            made.add(activation.id)
            for edge in activation.edges:
                if edge.target not in members and edge.target in self.summaries:
                    made |= self.summaries[edge.target].allocated
        allocated = frozenset(made)
        for activation in group:
            self.summaries[activation] = Summary({}, allocated)
        for _ in range(len(group) + 1):  # effects of one member reach the others along the cycle
            changed = False
            for activation in group:
                changed |= self._collect(activation, allocated)
            if not changed:
                break

    def _collect(self, activation: Activation, allocated: frozenset[Atom | str]) -> bool:
        visible = self.summaries[activation].visible
        before = len(visible)
        for effect in activation.effects:
            if len(visible) < MAX_SUMMARY and self.classify(activation, effect, allocated, own=True) is not None:
                visible.setdefault(_key(effect), Step(effect, None, _key(effect)))
        for edge in activation.edges:
            for key, effect in self._through(edge):
                if len(visible) >= MAX_SUMMARY:
                    break
                if _key(effect) in visible or self.classify(activation, effect, allocated, own=False) is None:
                    continue
                visible[_key(effect)] = Step(effect, edge, key)
        return len(visible) != before

    def _through(self, edge: Edge) -> list[tuple[Key, Effect]]:
        """(key in the callee, effect) of what a call does, given what it passes.

        A merged activation stands for calls with other arguments, too: of the objects it writes because they were
        passed to it, only those that this call passes count.
        """
        if edge.kind not in CARRYING or edge.target not in self.summaries:
            return []
        found = [(key, step.effect) for key, step in self.summaries[edge.target].visible.items()]
        if not edge.target.merged:
            return found
        all_passed = {atom for value in edge.target.args.values() for atom in value.atoms}
        passed = {atom for value in edge.passed for atom in value.atoms}
        result: list[tuple[Key, Effect]] = []
        for key, effect in found:
            objects = tuple(atom for atom in effect.objects if atom in passed or atom not in all_passed)
            if objects or not effect.objects:
                result.append((key, effect if objects == effect.objects else effect._replace(objects=objects)))
        return result

    def classify(
        self, activation: Activation, effect: Effect, allocated: frozenset[Atom | str], own: bool
    ) -> str | None:
        """The kind of an effect as seen from an activation; None if it does not outlive the call.

        ``opaque`` stands for an effect nobody can tell.
        """
        if effect.lazy:
            return None
        if effect.kind in PLAIN or effect.kind == "opaque":
            return effect.kind
        if effect.kind == "writes-global":
            return effect.kind
        if effect.kind == "writes-nonlocal":
            return effect.kind if effect.cell is None or effect.cell[0] not in allocated else None
        if effect.kind == "writes-array":
            # An array has no allocation site: whose it is shows in the function that writes, not further up.
            return effect.cell[1] if own and effect.cell is not None else "writes-parameter" if own else None
        passed = {atom for value in activation.args.values() for atom in value.atoms}
        kinds = [self._write_kind(activation, effect, atom, allocated, passed, own) for atom in effect.objects]
        definite = [kind for kind in kinds if kind is not None and kind != "opaque"]
        if definite:
            return definite[0]
        return "opaque" if "opaque" in kinds else None

    def _write_kind(
        self,
        activation: Activation,
        effect: Effect,
        atom: Atom,
        allocated: frozenset[Atom | str],
        passed: set[Atom],
        own: bool,
    ) -> str | None:
        if isinstance(atom, Unknown):
            # Unknown objects are not told apart: only the function that writes can see whose it is.
            return effect.cell[1] if own and effect.cell is not None else "opaque"
        if isinstance(atom, Stream):
            if atom in allocated:
                return None
            home = self.homes.get(atom)
            return "advances-iterator" if atom in passed or home in ("g", "v", "a") else None
        if atom in allocated and atom not in passed:
            return None
        if isinstance(atom, Object) and atom.site.startswith(f"{activation.code.id}:**"):
            return None  # the dict of its own keyword arguments
        if effect.kind == "draws":
            return "rng"
        if isinstance(atom, Object) and atom.site.endswith(":globals"):
            return "writes-global"
        if effect.kind == "writes-attribute" or isinstance(atom, Class):
            return "writes-attribute"
        if atom in passed:
            return "writes-parameter"
        return {"g": "writes-global", "v": "writes-nonlocal", "a": "writes-attribute"}.get(
            self.homes.get(atom, ""), "writes-parameter"
        )

    def occurrences(self, code: str) -> list[Occurrence]:
        """Every visible effect of a body, in the order of its lines; ``opaque`` ones included."""
        found: dict[tuple[str, Position, str], Occurrence] = {}
        for activation in self.machine.by_code.get(code, ()):
            summary = self.summaries.get(activation)
            if summary is None:
                continue
            for effect in activation.effects:
                kind = self.classify(activation, effect, summary.allocated, own=True)
                if kind is not None:
                    place = (kind, effect.position, effect.detail)
                    certain = self._always_visible(activation, effect, summary.allocated)
                    found.setdefault(
                        place, Occurrence(kind, effect, effect.position, (), activation.code.path, certain)
                    )
            for edge in activation.edges:
                for key, effect in self._through(edge):
                    kind = self.classify(activation, effect, summary.allocated, own=False)
                    if kind is None or (kind, edge.position, effect.detail) in found:
                        continue
                    chain = self._chain(activation, edge, key)
                    certain = self._always_visible(activation, effect, summary.allocated) and self._one_way(
                        activation, edge, key
                    )
                    found[(kind, edge.position, effect.detail)] = Occurrence(
                        kind, effect, edge.position, chain, chain[-1][0].code.path, certain
                    )
        return sorted(found.values(), key=lambda o: (o.position, o.kind, o.effect.detail))

    def _always_visible(self, activation: Activation, effect: Effect, allocated: frozenset[Atom | str]) -> bool:
        """Whether each object that may be written is one that outlives the call."""
        return all(
            self.classify(activation, effect._replace(objects=(atom,)), allocated, own=True) not in (None, "opaque")
            for atom in effect.objects
        )

    def _one_way(self, activation: Activation, edge: Edge | None, key: Key) -> bool:
        """Whether each call on the way to an effect has one callee, seen in a context of its own."""
        current = activation
        while edge is not None:
            place = edge.position
            targets = {other.target.code.id for other in current.edges if other.position == place}
            if len(targets) > 1 or edge.target.merged:
                return False
            current = edge.target
            step = self.summaries[current].visible[key]
            edge, key = step.edge, step.key
        return True

    def _chain(
        self, activation: Activation, edge: Edge | None, key: Key
    ) -> tuple[tuple[Activation, Position, str], ...]:
        chain: list[tuple[Activation, Position, str]] = []
        current = activation
        while edge is not None and len(chain) < 20:
            chain.append((edge.target, edge.position, current.code.path))
            current = edge.target
            step = self.summaries[current].visible[key]
            edge, key = step.edge, step.key
        return tuple(chain)


def _key(effect: Effect) -> Key:
    return (effect.kind, effect.objects, effect.cell)


_ORDER = {"g": 0, "v": 1, "a": 2}


def _homes(machine: Machine) -> dict[Atom, str]:
    """Where an object can be reached from: "g" a module variable, "v" a closure's, "a" another object's attribute.

    What lies in a container is where the container is.
    """
    homes: dict[Atom, str] = {}
    held: list[tuple[Atom, Atom]] = []
    for key, cell in machine.cells.items():
        place = {"g": "g", "v": "v", "k": "a", "a": "a"}.get(key[0])
        for atom in cell.value.atoms:
            if not isinstance(atom, (Object, Stream)):
                continue
            if place is not None:
                if atom not in homes or _ORDER[place] < _ORDER[homes[atom]]:
                    homes[atom] = place
            elif key[0] == "e":
                held.append((key[1], atom))
    for _ in range(4):  # containers in containers
        for container, atom in held:
            place = homes.get(container)
            if place is not None and (atom not in homes or _ORDER[place] < _ORDER[homes[atom]]):
                homes[atom] = place
    return homes


def reason_of(effect: Effect) -> Reason:
    """Why an opaque effect cannot be told."""
    if effect.kind == "opaque":
        return Reason(effect.detail.partition(":")[0])
    for atom in effect.objects:
        if isinstance(atom, Unknown):
            return atom.reason
    return Reason.UNKNOWN_CALLEE
