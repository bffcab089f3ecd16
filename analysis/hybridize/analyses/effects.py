"""Python side effects: what of a function's effects is visible after the call, through which calls.

A *write* is visible unless the function, or something it called, made the written object during the call: what a
function allocates and does not leak is its own. The summary of an activation holds one representative per effect and
the call that leads to it; the result of a function holds every place in its own body that shows one.
"""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Final, NamedTuple

from hybridize.analyses.callgraph import CARRYING, CallGraph
from hybridize.analyses.kept import KeptValues
from hybridize.analyses.meant import PLAIN, Meant
from hybridize.analyses.scratch import Scratch
from hybridize.domains.atoms import (
    SEVERAL,
    Atom,
    Bound,
    Class,
    Const,
    Dtype,
    Function,
    Object,
    PyType,
    Stream,
    Tensor,
    Tuple,
    Unknown,
    Wrapped,
    summary_of,
)
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge, Effect
from hybridize.interproc.machine import Machine
from hybridize.project.tests import is_test
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

MAX_SUMMARY: Final = 64
"""Different effects of one activation that are told apart for its callers."""

Key = tuple[str, tuple[Atom, ...], "tuple[str, str] | None", str, bool, bool]


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
    """No step is a guess, and the object is one that outlives the call."""
    guess: Guess | None
    """The first step that is a guess, where the only doubt is which calls are made."""
    parameter: str
    """Of a write to what the caller passed in: the parameter it came by, where that is known."""


class Guess(NamedTuple):
    """A call that leads to an effect in some of the ways it may go."""

    path: str
    position: Position
    callee: str
    others: int
    """Callees that the call may reach instead; 0: the callee is known, but not apart from other calls of it."""
    by_tests: bool = False
    """The callee is a test's: what the program itself passes need not do the same."""


class Step(NamedTuple):
    """One effect of an activation, and where it comes from: its own body (no edge), or a call."""

    effect: Effect
    edge: Edge | None
    key: Key
    """Under which the callee has it."""
    guess: Guess | None
    """The first call on the way that need not lead to it."""


class Summary(NamedTuple):
    """What callers need of one activation."""

    visible: dict[Key, Step]
    allocated: frozenset[Atom | str]
    """What the call makes of all that some effect writes: objects, and activations (owners of closure variables)."""


class EffectAnalysis:
    """Summaries of all activations, bottom-up over the call graph, and results by body."""

    def __init__(self, machine: Machine, graph: CallGraph) -> None:
        self.machine = machine
        self._kept = KeptValues(machine)
        self.graph = graph
        self.summaries: dict[Activation, Summary] = {}
        self.homes = _homes(machine)
        self.scratch = Scratch(machine, graph)
        self._meant = Meant(self.scratch, machine.program.codes)
        self._passed: dict[Activation, frozenset[Atom]] = {}
        self._others: dict[tuple[Activation, Position, Activation], list[Activation | None]] = {}
        self._led: dict[tuple[Activation, str, str, Activation], bool] = {}
        self._settled = False
        self._written = _written(graph.activations)
        self._summarized = {atom.cls for atom in self._written if isinstance(atom, Object) and atom.site == SEVERAL}
        self._allocated: dict[frozenset[Atom | str], frozenset[Atom | str]] = {}
        for group in graph.groups:
            self._summarize(group)
        self._settled = True

    def _summarize(self, group: tuple[Activation, ...]) -> None:
        members = set(group)
        made: set[Atom | str] = set()
        for activation in group:
            made.update(self._written_of(activation))
            if activation.id in self._written:
                made.add(activation.id)
            for edge in activation.edges:
                if edge.target not in members and edge.target in self.summaries:
                    made |= self.summaries[edge.target].allocated
        allocated = frozenset(made)
        allocated = self._allocated.setdefault(allocated, allocated)
        for activation in group:
            self.summaries[activation] = Summary({}, allocated)
        cyclic = len(group) > 1 or any(edge.target is group[0] for edge in group[0].edges)
        for _ in range(len(group) + 1 if cyclic else 1):  # effects of one member reach the others along the cycle
            changed = False
            for activation in group:
                changed |= self._collect(activation, allocated)
            if not changed:
                break

    def _written_of(self, activation: Activation) -> set[Atom | str]:
        """What an activation makes of all that some effect writes; of its classes, summary objects that are written."""
        made: set[Atom | str] = set(activation.allocated & self._written)
        for atom in activation.allocated:
            if isinstance(atom, Object) and atom.cls in self._summarized:
                made.update((atom, summary_of(atom.cls)))
        return made

    def _collect(self, activation: Activation, allocated: frozenset[Atom | str]) -> bool:
        visible = self.summaries[activation].visible
        changed = False
        for effect in self._meant.effects(activation):
            if self.classify(activation, effect, allocated, own=True) is not None:
                changed |= _put(visible, Step(effect, None, _key(effect), self._own_guess(activation, effect)))
        for edge in activation.edges:
            for key, effect in self._through(activation, edge):
                known = visible.get(_key(effect))
                if known is not None and known.guess is None:
                    continue  # no other way to it can be better
                if self.classify(activation, effect, allocated, own=False) is not None:
                    changed |= _put(visible, Step(effect, edge, key, self._guess(activation, edge, key)))
        return changed

    def _passed_to(self, activation: Activation) -> frozenset[Atom]:
        """Everything an activation's arguments may be."""
        if activation not in self._passed:
            self._passed[activation] = frozenset(atom for value in activation.args.values() for atom in value.atoms)
        return self._passed[activation]

    def _through(self, activation: Activation, edge: Edge) -> list[tuple[Key, Effect]]:
        """(key in the callee, effect) of what a call does, given what it passes.

        A merged activation stands for calls with other arguments, too: of the objects it writes because they were
        passed to it, only those that this call passes count.
        """
        summary = self.summaries.get(edge.target)
        if summary is None or not summary.visible or edge.kind not in CARRYING:
            return []
        found = [(key, self._meant.through(activation, edge, step.effect)) for key, step in summary.visible.items()]
        if not edge.target.merged:
            return found
        all_passed = self._passed_to(edge.target)
        passed = {atom for value in edge.passed for atom in value.atoms}
        result: list[tuple[Key, Effect]] = []
        for key, effect in found:
            objects = tuple(one for atom in effect.objects for one in _meant(atom, passed, all_passed))
            if objects or not effect.objects:
                result.append((key, effect if objects == effect.objects else effect.on(objects)))
        return result

    def classify(
        self, activation: Activation, effect: Effect, allocated: frozenset[Atom | str], own: bool
    ) -> str | None:
        """The kind of an effect as seen from an activation; None if it does not outlive the call.

        ``opaque`` stands for an effect nobody can tell.
        """
        if effect.stored is not None:  # where it is first needed
            kept = self._kept.is_kept(effect.stored)
            if kept is not False:
                return None if kept else "opaque"  # perhaps nothing of the trace
        if effect.kind in PLAIN or effect.kind == "opaque":
            return effect.kind
        if effect.kind == "writes-global":
            return effect.kind
        if effect.kind == "writes-nonlocal":
            return effect.kind if effect.cell is None or effect.cell[0] not in allocated else None
        if effect.kind == "writes-array":
            # An array has no allocation site: whose it is shows in the function that writes, not further up.
            return effect.cell[1] if own and effect.cell is not None else "writes-parameter" if own else None
        passed = self._passed_to(activation)
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
        passed: frozenset[Atom],
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
            # Which of its class a summary object stands for here, nobody knows: perhaps the one that the call makes.
            return "opaque" if isinstance(atom, Object) and atom.site == SEVERAL else None
        if atom in allocated and isinstance(atom, Object):
            return "opaque"  # made where one that came in was made as well: nobody knows which is written
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

    def occurrences(self, code: str, within: Collection[Activation] | None = None) -> list[Occurrence]:
        """Every visible effect of a body, in the order of its lines; ``opaque`` ones included.

        ``within``: only of these of its activations.

        Of several ways to see the same, a certain one is kept, else one with a single doubt.
        """
        found: dict[tuple[str, Position, str, bool], Occurrence] = {}

        def add(occurrence: Occurrence) -> None:
            place = (occurrence.kind, occurrence.position, occurrence.effect.detail, occurrence.effect.for_trace)
            known = found.get(place)
            if known is None or _doubt(occurrence) < _doubt(known):
                found[place] = occurrence

        for activation in self.machine.by_code.get(code, ()) if within is None else within:
            summary = self.summaries.get(activation)
            if summary is None:
                continue
            for effect in self._meant.effects(activation):
                kind = self.classify(activation, effect, summary.allocated, own=True)
                if kind is not None:
                    guess = self._own_guess(activation, effect)
                    outlives = self._always_visible(activation, effect, summary.allocated)
                    certain = outlives and guess is None
                    doubt = guess if outlives else None
                    parameter = _parameter_of(activation, effect)
                    add(Occurrence(kind, effect, effect.position, (), activation.code.path, certain, doubt, parameter))
            for edge in activation.edges:
                for key, effect in self._through(activation, edge):
                    kind = self.classify(activation, effect, summary.allocated, own=False)
                    if kind is None:
                        continue
                    known = found.get((kind, edge.position, effect.detail, effect.for_trace))
                    if known is not None and known.certain:
                        continue
                    outlives = self._always_visible(activation, effect, summary.allocated)
                    chain = self._chain(activation, edge, key)
                    guess = self._guess(activation, edge, key) or _by_tests(activation, chain)
                    certain = outlives and guess is None
                    doubt = guess if outlives else None
                    parameter = _parameter_of(activation, effect)
                    proof = chain[-1][0].code.path
                    add(Occurrence(kind, effect, edge.position, chain, proof, certain, doubt, parameter))
        return sorted(found.values(), key=lambda o: (o.position, o.kind, o.effect.detail))

    def _always_visible(self, activation: Activation, effect: Effect, allocated: frozenset[Atom | str]) -> bool:
        """Whether each object that may be written is one that outlives the call."""
        each = (effect,) if len(effect.objects) == 1 else (effect.on((atom,)) for atom in effect.objects)
        return all(self.classify(activation, one, allocated, own=True) not in (None, "opaque") for one in each)

    # -- which way a call goes -------------------------------------------------------------------------------------

    def _own_guess(self, activation: Activation, effect: Effect) -> Guess | None:
        """What an effect in an activation's own body rests on: a library's function may be one of several callees."""
        others = _callees(activation.choices.get(effect.position, BOTTOM))
        if len(others) < 2 or effect.kind == "opaque":
            return None
        return Guess(activation.code.path, effect.position, effect.detail, len(others) - 1)

    def _guess(self, activation: Activation, edge: Edge, key: Key) -> Guess | None:
        """The first step between a call and the effect its callee has under ``key`` that need not be taken.

        A call of one of several callees leads to a kind of effect if each of them does. A merged activation stands
        for calls with other arguments, too; its effects are those of this call if every other call of the body has
        them as well.
        """
        step = self.summaries[edge.target].visible[key]
        code, kind = edge.target.code, step.effect.kind
        name = code.qualname or code.name
        others = self._alternatives(activation, edge)
        if any(other is None or not self._leads_to(other, kind, activation) for other in others):
            return Guess(activation.code.path, edge.position, name, len(others))
        if edge.target.merged:
            apart = [act for act in self.machine.by_code[code.id] if act.evaluated and not act.merged]
            detail = step.effect.detail if kind in PLAIN else ""
            if not all(self._leads_to(act, kind, activation, detail) for act in apart):
                return Guess(activation.code.path, edge.position, name, 0)
        return step.guess

    def _leads_to(self, target: Activation, kind: str, caller: Activation, detail: str = "") -> bool:
        """Whether a call of ``target`` has such an effect for certain, and one that outlives the caller."""
        place = (target, kind, detail, caller)
        known = self._led.get(place)
        if known is None:
            summary, allocated = self.summaries.get(target), self.summaries[caller].allocated
            known = summary is not None and any(
                step.effect.kind == kind
                and (not detail or step.effect.detail == detail)
                and step.guess is None
                and self.classify(caller, step.effect, allocated, own=False) not in (None, "opaque")
                for step in summary.visible.values()
            )
            if known or self._settled:  # until then, what does not lead there yet may come to do so along a cycle
                self._led[place] = known
        return known

    def _alternatives(self, activation: Activation, edge: Edge) -> list[Activation | None]:
        """What a call may reach in place of ``edge``'s target; None for what is no body in sight.

        Bodies of one name at one place are the methods of receivers of several classes. Those of different names
        (``__new__`` and ``__init__``) are called one after the other.
        """
        place = (activation, edge.position, edge.target)
        known = self._others.get(place)
        if known is None:
            known = self._others[place] = self._other_targets(activation, edge)
        return known

    def _other_targets(self, activation: Activation, edge: Edge) -> list[Activation | None]:
        here = {
            other.target: other.target.code
            for other in activation.edges
            if other.position == edge.position and other.kind in CARRYING
        }
        callees = _callees(activation.choices.get(edge.position, BOTTOM))
        if len(callees) < 2:
            same = [target for target, code in here.items() if code.name == edge.target.code.name]
            return [target for target in same if target.code.id != edge.target.code.id]
        outside: list[Activation | None] = [
            None for atom in callees if not isinstance(atom, (Bound, Function, Wrapped))
        ]
        outside += [None for atom in callees if isinstance(atom, Bound) and not isinstance(atom.function, Function)]
        return [*(target for target, code in here.items() if code.id != edge.target.code.id), *outside]

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


def _meant(atom: Atom, passed: set[Atom], all_passed: frozenset[Atom]) -> list[Atom]:
    """What an object that a merged activation writes is in one call of it: one of those that this call passes."""
    if atom in passed or atom not in all_passed:
        return [atom]
    if isinstance(atom, Object) and atom.site == SEVERAL:
        return sorted((one for one in passed if isinstance(one, Object) and one.cls == atom.cls), key=_rank)
    return []


_rank: Final = attrgetter("rank")


def _written(activations: list[Activation]) -> frozenset[Atom | str]:
    """Objects, and owners of closure variables, that some effect writes: of all others nobody asks who made them."""
    found: set[Atom | str] = set()
    for activation in activations:
        for effect in activation.effects:
            found.update(effect.objects)
            if effect.cell is not None:
                found.add(effect.cell[0])
    return frozenset(found)


def _key(effect: Effect) -> Key:
    detail = effect.detail if effect.kind in PLAIN else ""
    return (effect.kind, effect.objects, effect.cell, detail, effect.for_trace, effect.scratch)


def _put(visible: dict[Key, Step], step: Step) -> bool:
    """Keep a step unless one as good is known; whether that changed anything.

    One that is no guess leads only to steps that are none, so ways found in a cycle still come to an end.
    """
    key = _key(step.effect)
    known = visible.get(key)
    if known is None:
        if len(visible) >= MAX_SUMMARY:
            return False
    elif known.guess is None or step.guess is not None:
        return False
    visible[key] = step
    return True


def _by_tests(activation: Activation, chain: tuple[tuple[Activation, Position, str], ...]) -> Guess | None:
    """The step by which code that is no test comes to call a test's."""
    if is_test(activation.code.path):
        return None
    steps = (step for step in chain if is_test(step[0].code.path))
    return next((Guess(path, at, callee.code.qualname, 0, by_tests=True) for callee, at, path in steps), None)


def _parameter_of(activation: Activation, effect: Effect) -> str:
    """The parameter by which an object that is written came in; empty if by none, or inside of another object."""
    return next(
        (name for name, value in activation.args.items() if any(atom in value.atoms for atom in effect.objects)), ""
    )


def _doubt(occurrence: Occurrence) -> int:
    return 0 if occurrence.certain else 1 if occurrence.guess is not None else 2


def _callees(callee: Value) -> list[Atom]:
    """The members of a value that can be called."""
    return [atom for atom in callee.atoms if not isinstance(atom, (Const, Dtype, PyType, Tensor, Tuple))]


_ORDER: Final = {"g": 0, "v": 1, "a": 2}


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
        if isinstance(atom, Object) and atom.site == SEVERAL:
            return Reason.TOO_MANY_VALUES
    return Reason.UNKNOWN_CALLEE
