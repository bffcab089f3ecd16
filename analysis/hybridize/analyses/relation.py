"""How a supplied input signature compares to the inferred one."""

from __future__ import annotations

from collections.abc import Sequence

from hybridize.report import Spec, Specs
from hybridize.verdict import Relation


def compare(supplied: Sequence[Specs], inferred: Sequence[Specs]) -> Relation:
    """What holds of the supplied signature.

    ``agreement``: the same. ``broader``: it admits all the inferred one admits, and more. ``tighter``: it admits only a
    part, so that some call seen in the program does not fit. ``incomparable``: none of these.
    """
    return _Comparison(supplied, inferred).relation


class _Comparison:
    """Collects in which directions the two differ."""

    def __init__(self, supplied: Sequence[Specs], inferred: Sequence[Specs]) -> None:
        self.broader = self.tighter = self.apart = False
        self._sequence(supplied, inferred)

    @property
    def relation(self) -> Relation:
        if self.apart or (self.broader and self.tighter):
            return "incomparable"
        return "broader" if self.broader else "tighter" if self.tighter else "agreement"

    def _sequence(self, supplied: Sequence[Specs], inferred: Sequence[Specs]) -> None:
        if len(supplied) != len(inferred):
            self.apart = True
            return
        for one, other in zip(supplied, inferred, strict=True):
            if isinstance(one, Spec) and isinstance(other, Spec):
                self._spec(one, other)
            elif isinstance(one, Spec) or isinstance(other, Spec):
                self.apart = True
            else:
                self._sequence(one, other)

    def _spec(self, one: Spec, other: Spec) -> None:
        if one.spec != other.spec or one.dtype != other.dtype:
            self.apart = True
        elif one.shape is None or other.shape is None:
            self.broader |= other.shape is not None
            self.tighter |= one.shape is not None
        elif len(one.shape) != len(other.shape):
            self.apart = True
        else:
            for a, b in zip(one.shape, other.shape, strict=True):
                self.broader |= a is None and b is not None
                self.tighter |= a is not None and b is None
                self.apart |= a is not None and b is not None and a != b
