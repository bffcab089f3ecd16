"""Which changes are to blame: the answer is right for whatever is wrong, and takes few runs."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from hybridize_bot.verify.bisection import Attempt, settle

NUMBERS = st.sets(st.integers(0, 15))


def attempts(seen=frozenset(), unseen=frozenset(), together=frozenset()):
    """Runs in which ``seen`` are blamed, ``unseen`` spoil the run, and so do ``together`` if all of them are there."""
    made = []

    def attempt(numbers):
        made.append(numbers)
        blamed = frozenset(seen) & set(numbers)
        bad = set(unseen) & set(numbers) or (together and set(together) <= set(numbers))
        return Attempt(blamed, "bad" if bad and not blamed else "")

    return attempt, made


def test_nothing_wrong_takes_one_run():
    attempt, made = attempts()
    found = settle(range(8), attempt)
    assert (found.good, found.blamed, len(made)) == (tuple(range(8)), {}, 1)


def test_what_is_blamed_at_once_takes_one_more_run():
    attempt, made = attempts(seen={1, 5})
    assert settle(range(8), attempt).good == (0, 2, 3, 4, 6, 7)
    assert len(made) == 2


def test_one_that_spoils_the_run_is_found_by_halves():
    attempt, made = attempts(unseen={6})
    found = settle(range(8), attempt)
    assert (found.good, found.blamed) == ((0, 1, 2, 3, 4, 5, 7), {6: "bad"})
    assert len(made) <= 3 * math.ceil(math.log2(8)) + 1


def test_two_that_only_go_wrong_together():
    attempt, _ = attempts(together={0, 7})
    found = settle(range(8), attempt)
    assert set(found.good) | set(found.blamed) == set(range(8))
    assert 0 in found.good
    assert all("only together" in reason for reason in found.blamed.values())


def test_too_many_runs_leave_the_rest_open():
    attempt, made = attempts(unseen={0, 3, 5, 9, 12})
    found = settle(range(16), attempt, most=6)
    assert len(made) == 6
    assert found.open


@given(NUMBERS, NUMBERS)
def test_whatever_is_wrong_is_found_and_nothing_else(seen, unseen):
    attempt, _ = attempts(seen, unseen - seen)
    found = settle(range(16), attempt, most=1000)
    assert set(found.good) == set(range(16)) - seen - unseen
    assert set(found.blamed) == unseen - seen
