"""Which bindings of a local name reach a place of a body, and whether a name is read after one."""

from __future__ import annotations

from hybridize.analyses.hazards.body import Body
from hybridize.syntax import code as ir

PARAMETER = -1
"""A name holds what the caller passed for it."""
UNBOUND = -2
"""A name has no value on some way."""


class Flow:
    """The ways through the live blocks of a body, exceptions aside."""

    def __init__(self, body: Body, live: frozenset[int]) -> None:
        self.body = body
        self.blocks = body.code.blocks
        self.before: dict[int, list[int]] = {}
        """Live predecessors of each block."""
        for number in sorted(live):
            for target in self.blocks[number].targets:
                if target in live:
                    self.before.setdefault(target, []).append(number)
        self._parameters = {parameter.name for parameter in body.code.parameters}
        self._ends: dict[tuple[str, int], frozenset[int]] = {}

    def at_end(self, name: str, number: int) -> frozenset[int]:
        """The registers that a name may hold at the end of a block; `PARAMETER` and `UNBOUND` besides."""
        key = (name, number)
        found = self._ends.get(key)
        if found is None:
            found = self._ends[key] = self._at_end(name, number)
        return found

    def _at_end(self, name: str, number: int) -> frozenset[int]:
        result: set[int] = set()
        seen = {number}
        stack = [number]
        while stack:
            current = stack.pop()
            stored = self.last_store(name, current)
            if stored is not None:
                result.add(stored)
                continue
            if current == 0:
                result.add(PARAMETER if name in self._parameters else UNBOUND)
            for previous in self.before.get(current, ()):
                if previous not in seen:
                    seen.add(previous)
                    stack.append(previous)
        return frozenset(result)

    def last_store(self, name: str, number: int) -> int | None:
        """The register that a block binds a name to last; None if it does not bind it."""
        for ins in reversed(self.blocks[number].instructions):
            if ins[0] == ir.STORE and ins[1] == name:
                return int(ins[2])
        return None

    def is_read(self, name: str, start: int) -> bool:
        """Whether a name is read from the start of a block on, before it is bound anew."""
        return self.first_read(name, start) is not None

    def first_read(self, name: str, start: int, region: int = -1) -> int | None:
        """The register that a name is read into from the start of a block on, before it is bound anew.

        ``region``: reads in that region alone.
        """
        seen = {start}
        stack = [start]
        while stack:
            block = self.blocks[stack.pop()]
            bound = False
            for ins in block.instructions:
                if ins[0] == ir.LOAD and ins[2] == name:
                    return int(ins[1])
                if ins[0] == ir.STORE and ins[1] == name:
                    bound = True
                    break
            if bound:
                continue
            for target in block.targets:
                if target not in seen and (region < 0 or any(n == region for n, _ in self.body.around(target))):
                    seen.add(target)
                    stack.append(target)
        return None
