"""What an effect is, in words that complete "which …"."""

from __future__ import annotations

from typing import Final

from hybridize.analyses.effects import Guess
from hybridize.interproc.events import Effect

_IO: Final = {
    "builtins.print": "prints",
    "builtins.open": "opens a file",
    "builtins.input": "reads from the terminal",
    "warnings.warn": "warns",
}
_WRITES: Final = {
    "writes-parameter": "an object that the caller passed in",
    "writes-global": "an object held by a global",
    "writes-nonlocal": "an object of the enclosing function",
    "writes-attribute": "an object held by an attribute",
}


def effect(kind: str, effect: Effect, parameter: str = "") -> str:
    """A clause such as ``prints`` or ``rebinds the global `count` ``; ``parameter`` brought what is written."""
    detail = effect.detail
    written = _WRITES.get(kind, "an object")
    if parameter and kind == "writes-parameter":
        written = f"the object that the caller passed in as `{parameter}`"
    if kind == "io":
        return _IO.get(detail) or (
            f"logs (`{_short(detail)}`)" if "log" in detail.lower() else f"calls `{_short(detail)}`"
        )
    if kind == "rng":
        return f"draws from a random state that is not TensorFlow's (`{_short(detail)}`)"
    if kind == "time":
        return f"reads the clock (`{_short(detail)}`)"
    if kind in ("library-state", "env"):
        return f"changes state outside of the graph (`{_short(detail)}`)"
    if kind == "advances-iterator":
        return "takes an element of a Python iterator"
    if kind == "opaque":
        name = detail.partition(":")[2]
        return f"calls `{_short(name)}`, which is not modeled" if name else "calls something that is not known"
    if effect.kind == "mutates":
        how = f"changes (`{detail.rpartition('.')[2]}`)" if "." in detail else "changes in place"
        return f"{how} {written}"
    if effect.kind == "writes-item":
        return f"changes an item of {written}"
    return detail


def guess(guess: Guess) -> str:
    """The assumption that a call goes the way that leads to an effect."""
    place, name = f"the call in {guess.path}:{guess.position[0]}", f"`{_short(guess.callee)}`"
    if guess.by_tests:
        return f"{place} reaches what does as {name} does, which belongs to a test"
    if guess.others:
        return f"{place} reaches {name}; it may reach {guess.others} other callee{'s' * (guess.others > 1)} instead"
    return f"{place} does what other calls of {name} do; there are more of them than are kept apart"


def _short(name: str) -> str:
    for long, short in (("tensorflow.", "tf."), ("numpy.", "np."), ("builtins.", "")):
        if name.startswith(long):
            return short + name.removeprefix(long)
    return name
