"""What the shape functions share.

A shape is a tuple of dimensions, each an int or None (unknown); a shape that is None has unknown rank. Constants are
Python values, or `UNKNOWN`. A function never raises for bad input: what TensorFlow would refuse has no shape: None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeGuard

Dim = int | None
Shape = tuple[Dim, ...] | None


class _Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""A constant that is not known."""


class ShapeFunction:
    """A function rows may call. An argument is a ``shape``, ``shapes`` (of a sequence's items) or a ``value``."""

    __slots__ = ("kinds", "least", "run", "variadic")

    def __init__(self, run: Callable[..., Shape], kinds: tuple[str, ...], least: int, variadic: bool) -> None:
        self.run = run
        self.kinds = kinds
        self.least = least
        self.variadic = variadic
        """The last kind repeats."""

    @property
    def most(self) -> int:
        return 99 if self.variadic else len(self.kinds)

    def kind(self, position: int) -> str | None:
        """The kind of argument number ``position``."""
        if position < len(self.kinds):
            return self.kinds[position]
        return self.kinds[-1] if self.variadic else None


FUNCTIONS: dict[str, ShapeFunction] = {}
"""What rows may call, by name."""


def shape_function(
    *kinds: str, least: int | None = None, variadic: bool = False
) -> Callable[[Callable[..., Shape]], Callable[..., Shape]]:
    """Registers a function under its name."""

    def add(run: Callable[..., Shape]) -> Callable[..., Shape]:
        FUNCTIONS[run.__name__] = ShapeFunction(run, kinds, len(kinds) if least is None else least, variadic)
        return run

    return add


def is_int(value: object) -> TypeGuard[int]:
    """An int that is no bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def ints(value: object) -> tuple[int, ...] | None:
    """A tuple of ints, from one or from several; None when it is neither."""
    if is_int(value):
        return (value,)
    if isinstance(value, (tuple, list)) and all(is_int(v) for v in value):
        return tuple(value)
    return None


def axes_of(value: object, rank: int) -> tuple[int, ...] | None:
    """Axes counted from the front; None when unknown or out of range."""
    axes = ints(value)
    if axes is None or any(not -rank <= a < rank for a in axes):
        return None
    return tuple(a % rank for a in axes)


def product(dims: Sequence[Dim]) -> Dim:
    """How many items; 0 when any dimension is, even if others are unknown."""
    if 0 in dims:
        return 0
    return None if None in dims else math.prod(d for d in dims if d is not None)


def pair(a: Dim, b: Dim) -> tuple[Dim, bool]:
    """The dimension two operands share, and whether they can."""
    if b in {a, 1}:
        return a, True
    if a == 1:
        return b, True
    if a is None or b is None:
        return (b if a is None else a), True
    return None, False
