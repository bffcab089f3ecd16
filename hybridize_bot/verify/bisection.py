"""Which of several changes are to blame, if all of them together go wrong: with as few runs as that takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

MOST_RUNS = 24
"""After so many runs, what is not settled is left."""


class Attempt(msgspec.Struct, frozen=True):
    """What a run with some changes showed."""

    blamed: frozenset[int] = frozenset()
    """Changes that went wrong themselves, as was seen."""
    bad: str = ""
    """What else is wrong, whichever change it comes from: a clause."""


class Settled(msgspec.Struct):
    """The end of it: ``good`` went well together in the last run with just them."""

    good: tuple[int, ...] = ()
    blamed: dict[int, str] = msgspec.field(default_factory=dict)
    """Changes that were found by taking others away, and what is wrong with them."""
    open: tuple[int, ...] = ()
    """What is not settled, since there were too many runs."""
    runs: int = 0


def settle(changes: Sequence[int], attempt: Callable[[tuple[int, ...]], Attempt], most: int = MOST_RUNS) -> Settled:
    """Leave out what goes wrong until the rest goes well.

    What a run itself blames is left out at once, since it may hide others. Where a run goes wrong and blames nobody,
    its halves are tried.
    """
    result = Settled()
    good = _settle(tuple(changes), attempt, most, result)
    return Settled(good, result.blamed, result.open, result.runs)


def _settle(
    changes: tuple[int, ...], attempt: Callable[[tuple[int, ...]], Attempt], most: int, result: Settled
) -> tuple[int, ...]:
    while changes:
        if result.runs >= most:
            result.open += changes
            return ()
        result.runs += 1
        found = attempt(changes)
        if found.blamed:
            changes = tuple(one for one in changes if one not in found.blamed)
        elif not found.bad:
            return changes
        elif len(changes) == 1:
            result.blamed[changes[0]] = found.bad
            return ()
        else:
            half = len(changes) // 2
            first = _settle(changes[:half], attempt, most, result)
            second = _settle(changes[half:], attempt, most, result)
            if first + second == changes:  # each half goes well without the other
                result.blamed |= dict.fromkeys(second, f"only together with other changes: {found.bad}")
                return first
            changes = first + second
    return ()
