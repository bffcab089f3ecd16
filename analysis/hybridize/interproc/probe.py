"""Evaluating bodies on the side of a finished run, without a trace in it.

A probe answers what a body would do with other arguments than the program passes. It starts from what the run knows,
and keeps what it writes to itself. It looks out for one of two things: shapes that are read as a graph under an input
signature has them (`interproc.static_shapes`), or tensors that stand in for arrays (`interproc.arrays`).
"""

from __future__ import annotations

from typing import Final

from hybridize.domains.atoms import Atom
from hybridize.domains.value import BOTTOM, Value, join
from hybridize.interproc.activation import Activation, Cell, CellKey, Point
from hybridize.interproc.machine import Machine
from hybridize.syntax.code import Code

BUDGET: Final = 400
"""Bodies evaluated in one probe at most."""


def contexts(machine: Machine, code: Code) -> list[tuple[str, str, dict[str, Value]]]:
    """(closure, allocation site of the receiver, arguments) for each way in which a run evaluates a body."""
    found: dict[tuple[str, str], dict[str, Value]] = {}
    for activation in machine.by_code.get(code.id, ()):
        args = found.setdefault((activation.env, activation.receiver_site), {})
        for name, value in activation.args.items():
            args[name] = join(args.get(name, BOTTOM), value)
    return [(env, site, args) for (env, site), args in found.items()]


class Probe(Machine):
    """One run on the side."""

    def __init__(self, base: Machine, arrays_as_tensors: bool = False) -> None:
        super().__init__(base.program, base.library, base.config)
        self.probing = not arrays_as_tensors
        self.arrays_as_tensors = arrays_as_tensors
        self.mark = "#probe"
        self.exhausted = False
        """The budget did not suffice: what the probe saw is not all."""
        self._base = base
        self._spent = 0
        modules = [(facts.body, "", ()) for facts in base.program.modules.values()]
        self.activations = {key: base.activations[key] for key in modules if key in base.activations}
        self.by_id = dict(base.by_id)
        self.env_parent = dict(base.env_parent)
        self.classes = base.classes.beside(self)
        self.instances = base.instances.beside(self)
        # What a finished run only looks up, it shares.
        self.stars, self.namespaces, self.method_kinds = base.stars, base.namespaces, base.method_kinds
        self.fixtures, self.fixture_views = base.fixtures, base.fixture_views
        self.supplied, self.supplying = base.supplied, base.supplying
        self._plans, self._library_names = base._plans, base._library_names

    def _bring(self, key: CellKey) -> None:
        """A cell that the probe has not touched yet holds what it held in the run."""
        if key not in self.cells:
            below = self._base.cells.get(key)
            if below is not None and below.value is not BOTTOM:
                cell = self.cells[key] = Cell()
                cell.value = below.value

    def read(self, key: CellKey, reader: Point | None) -> Value:
        self._bring(key)
        return super().read(key, reader)

    def peek(self, key: CellKey) -> Value:
        self._bring(key)
        return super().peek(key)

    def watch(self, key: CellKey, reader: Point) -> Value:
        self._bring(key)
        return super().watch(key, reader)

    def write(self, key: CellKey, value: Value) -> None:
        self._bring(key)
        super().write(key, value)

    def holds(self, key: CellKey) -> bool:
        return super().holds(key) or self._base.holds(key)

    def keys_of(self, atom: Atom, reader: Point) -> list[CellKey]:
        return list({**self._base.contents.get(atom, {}), **dict.fromkeys(super().keys_of(atom, reader))})

    def evaluate(self, activation: Activation) -> None:
        if self._spent >= BUDGET:
            self.exhausted = True
            return
        self._spent += 1
        super().evaluate(activation)

    def call(self, code: Code, env: str, args: dict[str, Value], receiver_site: str) -> list[Activation]:
        """Evaluate a body with these arguments; its activation, and those of all that it calls in the same graph."""
        root = self.activation(code, env, args, receiver_site)
        self.demand(root)
        self.drain()
        for own in self.by_code.values():
            for activation in own:
                activation.finish()
        seen = {root: None}
        stack = [root]
        while stack:
            for edge in stack.pop().edges:
                if edge.kind in ("call", "callback", "traced", "lifecycle") and edge.target not in seen:
                    seen[edge.target] = None
                    stack.append(edge.target)
        return list(seen)
