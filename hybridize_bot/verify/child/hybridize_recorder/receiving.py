"""What parameters receive, at low cost: a call in the body of each function, which soon looks at a few calls only.

The first `ALL` calls of a function are looked at, and of later ones fewer and fewer, as long as nothing new comes: then
a call costs a look into a dictionary and an addition.
"""

from __future__ import annotations

import builtins
from typing import Any

from . import contexts, records, values
from .plans import Plan, Planned
from .watching import caller

ALL = 32
RAREST = 1024
"""At least one call in so many is looked at."""
MOST_KINDS = 40


class Received:
    """What one function received in this process."""

    def __init__(self, planned: Planned, root: str) -> None:
        self._planned = planned
        self._root = root
        self.forget()

    def forget(self) -> None:
        """Start anew, as a process that was forked off."""
        self.calls = 0
        self._next = 1
        self._step = 1
        self._kinds: dict[tuple[Any, ...], list[Any]] = {}
        self._contexts: dict[str, None] = {}

    def see(self, arguments: dict[str, Any]) -> None:
        """Look at one call."""
        if self.calls > ALL:
            self._step = min(self._step * 2, RAREST)
        self._next = self.calls + self._step
        self._contexts.setdefault(contexts.current())
        for place, (name, value) in enumerate(arguments.items()):
            if place == 0 and self._planned.method:
                continue
            kind, dtype, shape = values.kind(value)
            key = (name, kind, dtype, None if shape is None else tuple(shape))
            known = self._kinds.get(key)
            if known is not None:
                known[0] += 1
            elif len(self._kinds) < MOST_KINDS:
                self._step = 1  # something new: look closely for a while
                self._kinds[key] = [1, [caller(self._root, skip=f"{self._planned.path}:{self._planned.name}")]]
        records.flush_sometimes()

    def told(self) -> dict[str, Any]:
        """For the record."""
        return {
            "number": self._planned.number,
            "calls": self.calls,
            "contexts": list(self._contexts)[:50],
            "received": [[*key, *value] for key, value in self._kinds.items()],
        }


def install(plan: Plan) -> None:
    """Give transformed code what it calls."""
    known: dict[int, Received] = {}
    contexts.install(plan, seeded=False)
    planned = {one.number: one for one in plan.functions}

    def received(number: int, arguments: dict[str, Any]) -> None:
        one = known.get(number)
        if one is None:
            one = known[number] = records.record.functions[number] = Received(planned[number], plan.root)
        one.calls += 1
        if one.calls >= one._next:
            one.see(arguments)

    builtins._hybridize_received = received  # type: ignore[attr-defined]
