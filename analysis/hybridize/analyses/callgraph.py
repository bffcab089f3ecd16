"""The call graph of a finished run: between activations, and between bodies.

Edges of kind ``lifecycle`` (Keras builds a layer once, outside of any graph) and ``eager`` (a body given to
`tf.py_function`, which TensorFlow runs on each call) are calls for reachability but carry no effects.
"""

from __future__ import annotations

from typing import Final

from hybridize.domains.atoms import SEVERAL, Object
from hybridize.domains.value import BOTTOM
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Edge
from hybridize.interproc.machine import OUTSIDE, Machine
from hybridize.project.graph import strongly_connected_components
from hybridize.syntax import code as ir

CARRYING: Final = frozenset({"call", "callback", "traced"})
"""Kinds of edges along which what the callee does is done by the caller."""


class CallGraph:
    """Calls, callers and cycles."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.activations: list[Activation] = [act for act in machine.by_id.values() if act.evaluated]
        self.callees: dict[str, dict[str, None]] = {}
        self.callers: dict[str, dict[tuple[str, str], None]] = {}
        """Body to (calling body, kind of edge)."""
        for activation in self.activations:
            own = self.callees.setdefault(activation.code.id, {})
            for edge in _calls(activation):
                own[edge.target.code.id] = None
                self.callers.setdefault(edge.target.code.id, {})[(activation.code.id, edge.kind)] = None
        graph = {act: [edge.target for edge in _calls(act)] for act in self.activations}
        self.groups: list[tuple[Activation, ...]] = list(strongly_connected_components(graph, _id))
        """Activations in groups that call one another, callees first."""
        self.recursive: dict[str, tuple[str, ...]] = {}
        """Each body on a cycle of bodies to the bodies of its cycle."""
        for component in strongly_connected_components(self.callees, str):
            if len(component) > 1 or component[0] in self.callees.get(component[0], ()):
                self.recursive.update(dict.fromkeys(component, component))
        apart: dict[str, dict[str, None]] = {code: {} for code in self.callees}
        """Calls of recursions on objects that are told apart from others of their class."""
        for activation in self.activations:
            cycle = self.recursive.get(activation.code.id, ())
            for edge in _calls(activation):
                if edge.target.code.id in cycle and not _on_any(edge.target) and not _on_another(activation, edge):
                    apart[activation.code.id][edge.target.code.id] = None
        self.surely_recursive: set[str] = set()
        """Those with a cycle of calls on objects that are known: on any object of a class, a composite calls itself."""
        for component in strongly_connected_components(apart, str):
            if len(component) > 1 or component[0] in apart.get(component[0], ()):
                self.surely_recursive.update(component)
        self.reentrant: set[str] = set()
        """Bodies on a cycle of activations: they call themselves with arguments of the same kind.

        A method that calls the same method of another object, as in a composite, is recursive, but it comes to its end
        with the objects.
        """
        for group in self.groups:
            if any(map(_on_any, group)):
                continue
            itself = (edge for edge in _calls(group[0]) if edge.target is group[0])
            if len(group) > 1 or not all(_on_another(group[0], edge) for edge in itself):
                self.reentrant.update(activation.code.id for activation in group)

    def cycle_from(self, code: str) -> list[str]:
        """The shortest way from a body back to itself, starting with its callee."""
        component = set(self.recursive.get(code, ()))
        queue: list[list[str]] = [[code]]
        seen: set[str] = set()
        while queue:
            path = queue.pop(0)
            for callee in sorted(self.callees.get(path[-1], ())):
                if callee == code:
                    return [*path[1:], code]
                if callee in component and callee not in seen:
                    seen.add(callee)
                    queue.append([*path, callee])
        return []


def _on_any(activation: Activation) -> bool:
    """Whether the first argument, where a method has its receiver, is any object of a class of the project."""
    first = next(iter(activation.args.values()), BOTTOM)
    return any(isinstance(atom, Object) and atom.site == SEVERAL for atom in first.atoms)


def _on_another(activation: Activation, edge: Edge) -> bool:
    """Whether a method is called on an object from outside that is not known to be the caller's own receiver.

    One such object stands for all of its class that callers nobody sees may have: one in an attribute is another one.
    """
    first = next(iter(edge.target.args.values()), BOTTOM)
    if not first.atoms or not all(isinstance(atom, Object) and atom.site == OUTSIDE for atom in first.atoms):
        return False
    made = {ins[1]: ins for block in activation.code.blocks for ins in block.instructions if ins[0] in _READS}
    own = activation.code.parameters[0].name if activation.code.parameters else ""
    for block in activation.code.blocks:
        for ins in block.instructions:
            if ins[0] == ir.CALL and ins[5] == edge.position:
                method = made.get(ins[2])
                holder = made.get(method[2]) if method is not None and method[0] == ir.ATTR else None
                return holder is not None and not (holder[0] == ir.LOAD and holder[2] == own)
    return False


_READS: Final = frozenset({ir.ATTR, ir.LOAD, ir.ITEM, ir.CALL})


def _calls(activation: Activation) -> list[Edge]:
    return [edge for edge in activation.edges if edge.kind != "lifecycle"]


def _id(activation: Activation) -> str:
    return activation.id
