"""The laws of a lattice, as checks that any domain runs with its own values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Lattice(Generic[T]):
    """A join semilattice under test."""

    bottom: T
    join: Callable[[T, T], T]
    leq: Callable[[T, T], bool]
    equal: Callable[[T, T], bool] = lambda left, right: left is right


def check_join(lattice: Lattice[T], a: T, b: T, c: T) -> None:
    """Commutative, associative, idempotent, with ``bottom`` as its unit."""
    join, equal = lattice.join, lattice.equal
    assert equal(join(a, b), join(b, a))
    assert equal(join(join(a, b), c), join(a, join(b, c)))
    assert equal(join(a, a), a)
    assert equal(join(a, lattice.bottom), a)
    assert equal(join(lattice.bottom, a), a)


def check_order(lattice: Lattice[T], a: T, b: T, c: T) -> None:
    """``leq`` is the order of the join: a partial order in which a join is a least upper bound."""
    join, leq, equal = lattice.join, lattice.leq, lattice.equal
    assert leq(a, b) == equal(join(a, b), b)
    assert leq(a, a)
    assert leq(lattice.bottom, a)
    assert leq(a, join(a, b))
    assert leq(b, join(a, b))
    if leq(a, b) and leq(b, a):
        assert equal(a, b)
    if leq(a, b) and leq(b, c):
        assert leq(a, c)
    if leq(a, c) and leq(b, c):
        assert leq(join(a, b), c)
    if leq(a, b):
        assert leq(join(a, c), join(b, c))
