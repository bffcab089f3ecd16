"""The automaton that tells a call, a change and another call apart from harmless orders."""

from __future__ import annotations

from itertools import product

import pytest

from hybridize.analyses.call_order import (
    CALL,
    CALLED,
    CHANGE,
    CHANGED,
    KEEP,
    NEVER,
    STALE,
    START,
    UNCALLED,
    Relation,
    after,
    either,
    then,
)

STEPS = {"c": CALL, "w": CHANGE, "m": START}


def relation(steps: str) -> Relation:
    result = KEEP
    for step in steps:
        result = then(result, STEPS[step])
    return result


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ("", UNCALLED),
        ("w", UNCALLED),
        ("wc", CALLED),
        ("wcc", CALLED),
        ("cw", CHANGED),
        ("cww", CHANGED),
        ("cwc", STALE),
        ("wcwwcc", STALE),
        ("cwmc", CALLED),
        ("cwmwcw", CHANGED),
        ("cwcm", STALE),
    ],
)
def test_a_call_a_change_and_a_call(steps: str, state: int) -> None:
    assert after(UNCALLED, relation(steps)) == state


def test_sequences_do_not_depend_on_how_they_are_grouped() -> None:
    relations = [relation(steps) for steps in ("", "c", "w", "cw", "wc", "m", "mc", "cwc")]
    for first, second, third in product(relations, repeat=3):
        assert then(then(first, second), third) == then(first, then(second, third))
        assert then(either(first, second), third) == either(then(first, third), then(second, third))
        assert then(first, either(second, third)) == either(then(first, second), then(first, third))


def test_what_never_ends_leads_nowhere() -> None:
    assert then(NEVER, CALL) == NEVER
    assert either(NEVER, CALL) == CALL
