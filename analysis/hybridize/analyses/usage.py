"""Facts that follow from which library operations a function runs, and from who calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from hybridize.analyses.callgraph import CallGraph
from hybridize.analyses.parameters import leaves
from hybridize.analyses.stale import StaleReads
from hybridize.domains.atoms import Atom, Tensor
from hybridize.domains.value import BOTTOM, unknown_value
from hybridize.finding import Span
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Use
from hybridize.interproc.machine import Machine
from hybridize.project.tests import is_test
from hybridize.reasons import Reason
from hybridize.report import Evidence, Fact, Parameter
from hybridize.syntax.code import Code, Position

TRACING: Final = frozenset({"call", "callback", "traced"})
"""Edges along which a graph of the caller contains the callee."""

COMPUTES: Final = frozenset({"op", "graph-state"})
IN_GRAPH: Final = COMPUTES | {"index", "op-effect"}
EAGER_ONLY: Final = frozenset({"eager-only"})
RANDOM: Final = frozenset({"random"})
LAYER: Final = "keras-layer"
"""A kind of use that is none of its own: whatever a layer of Keras does."""
Place = Callable[[str, Position], Span]
Text = Callable[[str, Position], str]


class UsageAnalysis:
    """Uses of every activation and of all it calls, bottom-up."""

    def __init__(self, machine: Machine, graph: CallGraph) -> None:
        self.machine = machine
        self.graph = graph
        self.kinds: dict[Activation, frozenset[str]] = {}
        """Kinds of uses in the activation and in what a graph of it contains; "opaque": of a callee nobody knows."""
        for group in graph.groups:
            members = set(group)
            kinds: set[str] = set()
            for activation in group:
                kinds.update(use.kind for use in activation.uses)
                kinds.update(LAYER for use in activation.uses if use.detail.startswith("keras.layers."))
                kinds.update("opaque" for effect in activation.effects if effect.kind == "opaque")
                for edge in activation.edges:
                    if edge.kind in TRACING and edge.target not in members and edge.target in self.kinds:
                        kinds |= self.kinds[edge.target]
                if activation.code.id in machine.hybridized and self._computes_as_graph(activation, kinds):
                    kinds.add("op")
            frozen = frozenset(kinds)
            for activation in group:
                self.kinds[activation] = frozen
        self.stale = StaleReads(machine, graph)
        self.eager = _eagerly_reached(machine, graph)

    def _computes_as_graph(self, activation: Activation, kinds: set[str]) -> bool:
        """Whether what is Python's or NumPy's work eagerly is an operation in the graph of this function.

        AutoGraph turns `int(x)` or `range(x)` into operations, arrays that are passed become tensors, and a variable
        that is returned is read.
        """
        if "converts-tensor" in kinds or _returns_variable(activation):
            return True
        return "array-op" in kinds and any(
            isinstance(atom, Tensor) and atom.kind == "ndarray"
            for parameter in activation.code.parameters
            for atom in self.machine.received.get((activation.code.id, parameter.name), BOTTOM).atoms
        )

    def facts(self, code: Code, parameters: tuple[Parameter, ...], place: Place, text: Text) -> dict[str, Fact]:
        """The facts of one function that its uses decide."""
        activations = [act for act in self.machine.by_code.get(code.id, ()) if act.evaluated]
        kinds = frozenset().union(*(self.kinds.get(act, frozenset()) for act in activations)) if activations else None
        facts = {
            "tensor_computation": _computation(activations, kinds),
            "eager_only_call": _fact(kinds, EAGER_ONLY, self.evidence(code, EAGER_ONLY, place, text)),
            "numpy_on_parameter": self._numpy(code, activations, place, text),
            "keras_symbolic_argument": self._symbolic(code),
            "stale_variable_read": self._stale(code, place, text),
            "draws_random": _fact(kinds, RANDOM, self._wherever(code, "random", place, text)),
        }
        for fact, kind in (("tensor_iteration", "unpacks-tensor"), ("invalid_name_argument", "name-argument")):
            facts[fact] = _fact(kinds, frozenset({kind}), self.evidence(code, frozenset({kind}), place, text))
        return facts

    def evidence(self, code: Code, kinds: frozenset[str], place: Place, text: Text) -> tuple[Evidence, ...]:
        """The function's own lines with such a use."""
        found: dict[Position, Use] = {}
        for activation in self.machine.by_code.get(code.id, ()):
            for use in activation.uses:
                if use.kind in kinds:
                    found.setdefault(use.position, use)
        return as_evidence(code, found, place, text)

    def _numpy(self, code: Code, activations: list[Activation], place: Place, text: Text) -> Fact:
        """NumPy on tensors raises in a graph wherever it happens: the evidence is in the body, or in what it calls."""
        evidence = self._wherever(code, "numpy", place, text)
        if evidence:
            return Fact(value=True, basis="flow", evidence=evidence)
        return Fact(value=False, basis="flow") if activations else Fact(value=None, reason=Reason.NO_CALLER.value)

    def _wherever(self, code: Code, kind: str, place: Place, text: Text) -> tuple[Evidence, ...]:
        """The lines with such a use, in the function and in what a graph of it contains."""
        found: dict[str, dict[Position, Use]] = {code.id: {}}
        for activation, use in self.uses(code, kind):
            found.setdefault(activation.code.id, {}).setdefault(use.position, use)
        codes = self.machine.program.codes
        return tuple(one for id, uses in found.items() for one in as_evidence(codes[id], uses, place, text))

    def _stale(self, code: Code, place: Place, text: Text) -> Fact:
        stale = self.stale.stale(code)
        return Fact(value=bool(stale), basis="flow", evidence=as_evidence(code, stale, place, text))

    def _symbolic(self, code: Code) -> Fact:
        for parameter in code.parameters:
            received = self.machine.received.get((code.id, parameter.name))
            if any(isinstance(atom, Tensor) and atom.kind == "symbolic" for atom in leaves(self.machine, received)):
                return Fact(value=True, basis="flow")
        return Fact(value=False, basis="flow")

    def assigned(self, code: Code) -> frozenset[Atom]:
        """The variables that the function, or what it calls, assigns to."""
        found: set[Atom] = set()
        for _, use in self.uses(code, "graph-state"):
            found.update(use.value.atoms)
        return frozenset(found)

    def contains(self, code: Code, kinds: frozenset[str]) -> bool:
        """Whether a graph of a function contains a use of one of those kinds."""
        return any(kinds & self.kinds.get(act, frozenset()) for act in self.machine.by_code.get(code.id, ()))

    def uses(self, code: Code, kind: str) -> list[tuple[Activation, Use]]:
        """The uses of one kind in a function and in all that a graph of it contains."""
        found = self._reached(code, kind)
        return [(activation, use) for activation in found for use in activation.uses if use.kind == kind]

    def reached(self, code: Code) -> list[Activation]:
        """The activations of a function and of all that a graph of it contains."""
        return self._follow(self.machine.by_code.get(code.id, ()), lambda activation: activation in self.kinds)

    def _reached(self, code: Code, kind: str) -> list[Activation]:
        """Those of them that have a use of that kind, or lead to one."""
        none: frozenset[str] = frozenset()
        return self._follow(self.machine.by_code.get(code.id, ()), lambda act: kind in self.kinds.get(act, none))

    def _follow(self, start: Iterable[Activation], wanted: Callable[[Activation], bool]) -> list[Activation]:
        stack = list(filter(wanted, start))
        seen = dict.fromkeys(stack)
        while stack:
            for edge in stack.pop().edges:
                if edge.kind in TRACING and edge.target not in seen and wanted(edge.target):
                    seen[edge.target] = None
                    stack.append(edge.target)
        return list(seen)

    # -- callers ---------------------------------------------------------------------------------------------------

    def covered(self, code: Code) -> Fact:
        """Whether every known caller runs the function inside a graph already."""
        called = bool(self.graph.callers.get(code.id))
        if code.id in self.machine.seen.eager and not (called and code.id in self.eager):
            return Fact(value=False, basis="trace")
        if not called:
            return Fact(value=None, reason=Reason.NO_CALLER.value)
        return Fact(value=code.id not in self.eager, basis="flow")

    def seen_eager(self, leads_on: Callable[[str], bool]) -> set[str]:
        """Bodies that the program itself is seen to run without a graph around them, tests aside.

        What modules run is, and what functions of a module lead to that nobody calls: a server's handlers, say. A
        method that nobody calls belongs to a framework, and so does what stands in a function; nobody knows where
        those run.

        Args:
            leads_on: whether what a body calls, given its id, is seen to run that way as well.
        """
        return _without_graphs(self.machine, list(filter(self._starts, self.graph.activations)), leads_on)

    def _starts(self, activation: Activation) -> bool:
        code = activation.code
        if not activation.root or code.id in self.machine.hybridized or is_test(code.path):
            return False
        if code.kind == "module":
            return True
        alone = not self.graph.callers.get(code.id) and code.kind == "function" and not code.in_class
        return alone and self.machine.program.codes[code.parent].kind == "module"


def _returns_variable(activation: Activation) -> bool:
    return any(isinstance(atom, Tensor) and atom.kind == "variable" for atom in activation.result.atoms)


def _reached_from(roots: list[Activation]) -> set[str]:
    """Bodies that calls of any kind reach."""
    seen = set(roots)
    stack = list(roots)
    while stack:
        for edge in stack.pop().edges:
            if edge.target not in seen:
                seen.add(edge.target)
                stack.append(edge.target)
    return {activation.code.id for activation in seen}


def _eagerly_reached(machine: Machine, graph: CallGraph) -> set[str]:
    """Bodies that some chain of calls reaches without passing through a graph.

    The chain starts at a module's top level, at a function nobody calls (unless it is hybrid itself; functions that
    only call each other count as such), or at a body that TensorFlow runs as Python from inside a graph.
    """
    roots = [act for act in graph.activations if act.root and act.code.id not in machine.hybridized]
    called = _reached_from([act for act in roots if not graph.callers.get(act.code.id)])
    stack = [act for act in roots if not graph.callers.get(act.code.id) or act.code.id not in called]
    stack += [act for act in roots if act.code.id in machine.entries]
    stack += [edge.target for act in graph.activations for edge in act.edges if edge.kind == "eager"]
    return _without_graphs(machine, stack, lambda _: True)


def _without_graphs(machine: Machine, stack: list[Activation], leads_on: Callable[[str], bool]) -> set[str]:
    """Bodies that chains of calls reach from some activations without passing through a graph."""
    seen = set(stack)
    wrapped = {id for id in machine.entries if id in machine.defined}
    while stack:
        activation = stack.pop()
        for edge in activation.edges if leads_on(activation.code.id) else ():
            if edge.kind == "traced" and edge.target.code.id in machine.hybridized:
                wrapped.add(edge.target.code.id)  # its own graph: whoever calls it is none
            elif edge.kind != "traced" and edge.target not in seen:
                seen.add(edge.target)
                stack.append(edge.target)
    return {activation.code.id for activation in seen} | wrapped


def as_evidence(code: Code, found: dict[Position, Use], place: Place, text: Text) -> tuple[Evidence, ...]:
    """Uses in one body as evidence, in the order of the text."""
    return tuple(
        Evidence(
            path=code.path,
            line=position[0],
            text=text(code.path, position),
            kind=use.kind,
            detail=use.detail,
            at=place(code.path, position),
            span=place(code.path, position),
        )
        for position, use in sorted(found.items(), key=lambda item: item[0])
    )


def _computation(activations: list[Activation], kinds: frozenset[str] | None) -> Fact:
    """Whether there is something for a graph: of what only raises, nobody can tell what it stands for."""
    fact = _fact(kinds, IN_GRAPH)
    if fact.value is False and activations and all(act.result in _NEVER for act in activations):
        return Fact(value=None, reason=Reason.NO_NORMAL_RETURN.value)
    return fact


_NEVER: Final = (BOTTOM, unknown_value(Reason.NO_NORMAL_RETURN))


def _fact(kinds: frozenset[str] | None, wanted: frozenset[str], evidence: tuple[Evidence, ...] = ()) -> Fact:
    if kinds is None:
        return Fact(value=None, reason=Reason.NO_CALLER.value)
    if kinds & wanted:
        return Fact(value=True, basis="flow", evidence=evidence)
    if "opaque" in kinds:
        return Fact(value=None, reason=Reason.UNKNOWN_CALLEE.value)
    return Fact(value=False, basis="flow")
