"""Evaluating bodies on the side of a finished run, without a trace in it.

A probe answers what a body would do with other arguments than the program passes. It starts from what the run knows,
keeps what it writes to itself, and reads shapes as a graph under an input signature does (`interproc.static_shapes`).
"""

from __future__ import annotations

from collections import deque
from typing import Any

from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc.activation import Activation, Cell, CellKey, Point
from hybridize.interproc.machine import Machine
from hybridize.syntax.code import Code

BUDGET = 400
"""Bodies evaluated in one probe at most."""


class _Overlay(dict[CellKey, Cell]):
    """The cells of a probe; what it has not touched yet holds what it held in the run."""

    def __init__(self, base: dict[CellKey, Cell]) -> None:
        super().__init__()
        self._base = base

    def get(self, key: CellKey, default: Any = None) -> Any:
        found = super().get(key)
        if found is None:
            below = self._base.get(key)
            if below is None or below.value is BOTTOM:
                return default
            found = self[key] = Cell()
            found.value = below.value
        return found

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._base


class Probe(Machine):
    """One run on the side."""

    def __init__(self, base: Machine) -> None:
        self.__dict__.update(base.__dict__)  # what a finished run only looks up, it shares
        self.probing = True
        self.mark = "#probe"
        self.exhausted = False
        """The budget did not suffice: what the probe saw is not all."""
        self._base = base
        self._spent = 0
        self.cells = _Overlay(base.cells)
        self.contents = {}
        self.activations = {key: act for key, act in base.activations.items() if act.code.kind == "module"}
        self.by_code = {}
        self.by_id = dict(base.by_id)
        self.env_parent = dict(base.env_parent)
        self.passed_at, self._passed_failing, self.calls, self.pure = {}, {}, {}, {}
        self.received, self.received_traced, self.received_failing = {}, {}, {}
        self.called, self.defined, self.hybridized = set(), {}, {}
        self.unconverted, self.unknown_decorators, self.exposed, self.reveals = {}, {}, {}, {}
        self.counters = dict.fromkeys(base.counters, 0)
        self.queue = deque()
        self.depth = 0
        self.classes = base.classes.beside(self)

    def keys_of(self, atom: Any, reader: Point) -> list[CellKey]:
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
