"""What one run of a body comes to, over the ways that control may take through it.

Two arms of a condition never run both, so their work is not added up: the least is that of the cheapest way, the most
that of the dearest. Each loop is gone through once; who gives the work of its blocks has multiplied it by the turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from hybridize.analyses.hazards.body import Body
from hybridize.domains.value import Value
from hybridize.interproc import operators
from hybridize.syntax.code import Block

A = TypeVar("A", bound="Amount")


class Amount(Protocol):
    """What blocks come to."""

    def plus(self: A, other: A) -> A:  # noqa: PYI019 - Python 3.10 has no Self
        """One after the other."""

    def either(self: A, other: A) -> A:  # noqa: PYI019 - Python 3.10 has no Self
        """One or the other."""

    def at_times(self: A, other: A) -> A:  # noqa: PYI019 - Python 3.10 has no Self
        """This, or in rare cases the other, which makes it no less."""


def along(body: Body, registers: Sequence[Value], nothing: A, own: Callable[[int], A]) -> A:
    """The work of a body, given that of its blocks; ways that end in ``raise`` do not count, if there are others."""
    order, following = _acyclic(body, registers)
    blocks = body.code.blocks
    found: dict[int, A | None] = {}
    for number in order:
        ways = [found[target] for target in following[number]]
        rest = _one_of(ways) if ways else None if body.raises(blocks[number]) else nothing
        caught = _one_of([found.get(handler) for handler in blocks[number].handlers])
        if rest is None:
            rest = caught
        elif caught is not None:
            rest = rest.at_times(caught)
        found[number] = None if rest is None else own(number).plus(rest)
    whole = found[0]
    if whole is not None:
        return whole
    for number in order:  # whatever it does, it raises
        nothing = nothing.plus(own(number))
    return nothing


def _one_of(ways: Sequence[A | None]) -> A | None:
    found: A | None = None
    for way in ways:
        if way is not None:
            found = way if found is None else found.either(way)
    return found


def _acyclic(body: Body, registers: Sequence[Value]) -> tuple[list[int], dict[int, tuple[int, ...]]]:
    """The blocks that may run, each after those that follow it, and what follows: the way back of a loop leaves it."""
    blocks = body.code.blocks
    back = _ways_back(blocks, registers)
    exits = _exits(blocks, registers, back)

    def leaving(head: int) -> int | None:
        """Where a loop goes on in the end; where that is the way back of another loop, that one is over, too."""
        target = exits.get(head)
        return leaving(target) if target is not None and (head, target) in back else target

    following: dict[int, tuple[int, ...]] = {}
    stack = [0]
    while stack:
        number = stack.pop()
        if number in following:
            continue
        ways = [
            leaving(target) if (number, target) in back else None if exits.get(number) == target else target
            for target in _targets(blocks[number], registers)
        ]
        following[number] = tuple(dict.fromkeys(way for way in ways if way is not None))
        stack += [*following[number], *blocks[number].handlers]
    return _postorder(lambda number: (*following[number], *blocks[number].handlers)), following


def _ways_back(blocks: Sequence[Block], registers: Sequence[Value]) -> set[tuple[int, int]]:
    """Edges (end, head) that make loops."""
    back: set[tuple[int, int]] = set()
    done: dict[int, bool] = {0: False}
    stack = [(0, iter(_next(blocks[0], registers)))]
    while stack:
        number, left = stack[-1]
        target = next(left, None)
        if target is None:
            done[number] = True
            stack.pop()
        elif target not in done:
            done[target] = False
            stack.append((target, iter(_next(blocks[target], registers))))
        elif not done[target]:
            back.add((number, target))
    return back


def _exits(blocks: Sequence[Block], registers: Sequence[Value], back: set[tuple[int, int]]) -> dict[int, int]:
    """The heads of loops to where they go on once the loop is over."""
    before: dict[int, list[int]] = {}
    for number, block in enumerate(blocks):
        for target in _next(block, registers):
            before.setdefault(target, []).append(number)
    exits: dict[int, int] = {}
    for head in {head for _, head in back}:
        inside = {head}
        stack = [end for end, other in back if other == head]
        while stack:
            number = stack.pop()
            if number not in inside:
                inside.add(number)
                stack += before.get(number, ())
        outside = [target for target in _targets(blocks[head], registers) if target not in inside]
        if len(outside) == 1 and len(blocks[head].targets) == 2:
            exits[head] = outside[0]
    return exits


def _next(block: Block, registers: Sequence[Value]) -> tuple[int, ...]:
    return (*_targets(block, registers), *block.handlers)


def _targets(block: Block, registers: Sequence[Value]) -> tuple[int, ...]:
    """Where a block goes on, exceptions aside; one way only if its test is known."""
    known = operators.truth(registers[block.test]) if block.test >= 0 and len(block.targets) == 2 else None
    if known is None:
        return tuple(dict.fromkeys(block.targets))
    return (block.targets[0],) if known else (block.targets[1],)


def _postorder(following: Callable[[int], Sequence[int]]) -> list[int]:
    """The blocks that the first one leads to, each after those that follow it."""
    order: list[int] = []
    seen = {0}
    stack = [(0, iter(following(0)))]
    while stack:
        number, left = stack[-1]
        target = next((one for one in left if one not in seen), None)
        if target is None:
            order.append(number)
            stack.pop()
        else:
            seen.add(target)
            stack.append((target, iter(following(target))))
    return order
