"""What handlers of library callables share: their signature, and reading of arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hybridize.domains.atoms import Const
from hybridize.domains.value import Value
from hybridize.interproc.activation import Arguments
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

Handler = Callable[["Frame", Arguments, Position], "Value | None"]
"""Gets the frame, the arguments and the position; returns a value, or None to leave the call to the library's row."""


def first(arguments: Arguments) -> Value:
    """The first positional argument; what a starred one holds if there is no other."""
    return arguments.positional[0] if arguments.positional else arguments.rest


def constant_text(value: Value | None) -> str | None:
    """The string a value is, if it is one that is known."""
    if value is not None and len(value.atoms) == 1 and isinstance(value.atoms[0], Const):
        constant = value.atoms[0].constant
        return constant if isinstance(constant, str) else None
    return None
