"""Whether two runs of a function came to the same: leaf by leaf, floats within a tolerance that hangs on their dtype.

A graph may reorder floating-point operations, so that results differ in their last digits. What a call is given may
differ by as much, if it comes from calls before: then what it makes of that may differ by more. Calls whose inputs are
further apart say nothing.
"""

from __future__ import annotations

import array
import base64
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from hybridize_bot.verify.records import Leaf, Leaves, Picture

TOLERANCES = {
    "float16": 1e-2, "bfloat16": 3e-2, "float8_e4m3fn": 0.2, "float8_e5m2": 0.3,
    "float32": 1e-4, "float64": 1e-8, "complex64": 1e-4, "complex128": 1e-8,
}  # fmt: skip
"""Relative to the value and to the largest value of the array."""
AMPLIFIED = 50.0
"""So many times the tolerance, where the inputs differ in their last digits."""
PRINTED = 1e-3
"""For numbers in printed texts."""
NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
PYTHON = 1e-6
"""For Python's floats."""

RAISED, PRINTS, LOGS = "what it raises", "what it prints", "what it logs"
"""Places of a call beside the leaves of what it gives and leaves behind."""

Nearness = Literal["identical", "close", "apart"]


Unsteady = Mapping[str, bool]
"""Places that hang on the last digits of the inputs, or vary by themselves; whether at least their types hold."""

STEADY: Unsteady = {}


class Difference(msgspec.Struct, frozen=True):
    """One place that differs, in words."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def differences(
    one: Leaves, other: Leaves, factor: float = 1.0, *, types_only: bool = False, unsteady: Unsteady = STEADY
) -> Iterator[Difference]:
    """The places where two pictures differ; the result comes first, then arguments and state."""
    for place in [*one, *(place for place in other if place not in one)]:
        if not unsteady.get(place, True):
            continue
        if place not in other:
            yield Difference(place, f"{_shown(one[place])}, and as a graph nothing is there")
        elif place not in one:
            yield Difference(place, f"nothing is there, and as a graph {_shown(other[place])}")
        elif text := leaf_difference(one[place], other[place], factor, types_only=types_only or place in unsteady):
            yield Difference(place, text)


def first_difference(one: Leaves, other: Leaves, factor: float = 1.0, *, types_only: bool = False) -> Difference | None:
    """The first of the `differences`; None if there is none."""
    return next(differences(one, other, factor, types_only=types_only), None)


def nearness(one: Leaves, other: Leaves) -> Nearness:
    """How close the inputs of two calls are."""
    if one == other:
        return "identical"
    return "close" if first_difference(one, other) is None else "apart"


def leaf_difference(one: Leaf, other: Leaf, factor: float = 1.0, *, types_only: bool = False) -> str:
    """How two leaves differ; empty if they do not."""
    if one == other:
        return ""
    if one[0] != other[0] or one[1] != other[1]:
        return f"{_shown(one)} became {_shown(other)}"
    if one[0] == "size":
        return f"{one[2]} items became {other[2]}"
    if one[0] == "plain":
        same = types_only or (one[1] == "float" and _close(float(one[2]), float(other[2]), PYTHON * factor, 0.0))
        return "" if same else f"{one[2]} became {other[2]}"
    _, kind, dtype, shape, digest, statistics, values = one
    if dtype != other[2]:
        return f"{kind} of {dtype} became one of {other[2]}"
    if shape != other[3]:
        return f"{kind} of shape {_axes(shape)} became one of shape {_axes(other[3])}"
    if types_only or digest == other[4]:
        return ""
    if not isinstance(values, list):
        return f"{values} became {other[6]}"[:300]
    tolerance = TOLERANCES.get(dtype, 0.0) * factor
    return _values(values, other[6], tolerance) or _aggregates(statistics, other[5], tolerance, bool(statistics))


def _values(one: list[str], other: list[str], tolerance: float) -> str:
    first, second = list(_decoded(one)), list(_decoded(other))
    finite = [abs(value) for value in (*first, *second) if math.isfinite(value)]
    scale = max(finite, default=0.0)
    wrong = [at for at, pair in enumerate(zip(first, second, strict=True)) if not _close(*pair, tolerance, scale)]
    if not wrong:
        return ""
    at = wrong[0]
    share = f" ({len(wrong)} of {len(first)} values)" if len(first) > 1 else ""
    return f"{first[at]:.7g} became {second[at]:.7g}{share}"


def _aggregates(one: Sequence[float] | None, other: Sequence[float] | None, tolerance: float, known: bool) -> str:
    """What is known of large arrays: the sample agrees, do the rest?"""
    if not known or one is None or other is None:
        # All values were compared: those that differ are within the tolerance, and without one they do not differ.
        return ""
    if not tolerance:
        return "values differ that are not kept"
    scale = max(abs(one[4]), abs(other[4]))
    names = ("number of finite values", "least value", "greatest value", "mean", "root of the mean square")
    for name, was, now in zip(names, one, other, strict=True):
        if not _close(was, now, tolerance, scale):
            return f"{name} {was:.7g} became {now:.7g}"
    return ""


def _decoded(values: list[str]) -> Iterator[float]:
    dtype, text = values
    data = base64.b64decode(text)
    if dtype.startswith("complex"):
        yield from array.array("f" if dtype == "complex64" else "d", data)
        return
    codes = {
        "bool": "b", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I",
        "int64": "q", "uint64": "Q", "float32": "f", "float64": "d",
    }  # fmt: skip
    yield from array.array(codes[dtype], data)


def _close(one: float, other: float, tolerance: float, scale: float) -> bool:
    if one == other or (math.isnan(one) and math.isnan(other)):
        return True
    if not (math.isfinite(one) and math.isfinite(other)):
        return False
    return abs(one - other) <= tolerance * max(abs(one), abs(other), scale)


def text_difference(one: str, other: str, *, numbers: bool = True) -> str:
    """How two printed texts differ, beyond the last digits of the numbers in them; empty if they do not."""
    was, now = NUMBER.split(one), NUMBER.split(other)
    for at, (first, second) in enumerate(zip(was, now, strict=False)):
        if first == second or (at % 2 and (not numbers or _close(float(first), float(second), PRINTED, 0.0))):
            continue
        return f"it printed {_around(was, at)!r}, and now {_around(now, at)!r}"
    if len(was) == len(now):
        return ""
    return f"it printed {len(was) // 2} numbers, and now {len(now) // 2}"


def _around(parts: Sequence[str], at: int) -> str:
    """A line of text, with what stands before and behind the part that differs."""
    return " ".join("".join(parts[max(at - 1, 0) : at + 2]).split())[:80]


def _shown(leaf: Leaf) -> str:
    if leaf[0] == "plain":
        return f"{leaf[1]} {leaf[2]}" if leaf[1] not in ("None", "str") else str(leaf[2])
    if leaf[0] == "size":
        return f"{leaf[1]} of {leaf[2]} items"
    return f"{leaf[1]} {leaf[2]}{_axes(leaf[3])}"


def _axes(shape: list[Any]) -> str:
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"


# ------------------------------------------------------------------------------------------------------------- calls


class Compared(msgspec.Struct, frozen=True):
    """What came of the calls of one function in two runs."""

    calls: int = 0
    """Pairs of calls with inputs that are the same, or close."""
    drifted: int = 0
    """Pairs with inputs that are apart, from what was there before."""
    types_only: int = 0
    """Pairs where random numbers were drawn that a graph draws otherwise."""
    different: str = ""
    raised: str = ""
    where: str = ""
    """The test in which that was."""


Call = tuple[str, Picture]
"""Context and picture."""


def calls(before: Sequence[Call], after: Sequence[Call], unsteady: Unsteady = STEADY) -> Compared:
    """Compare the calls of two runs: the same call of the same test, or else one with the same inputs."""
    count = drifted = types_only = 0
    different = raised = where = ""
    for context, was, now, near in _pairs(before, after):
        if was is None or near == "apart":
            drifted += 1
            if now.raised and (was is None or not was.raised) and not raised:
                raised, where = now.raised, context
            continue
        count += 1
        types_only += was.random
        if now.raised and not was.raised and RAISED not in unsteady:
            if not raised:
                raised, where = now.raised, context
            continue
        found = next(_call_differences(was, now, near, unsteady), None)
        if found and not different:
            different = _told(found, now.index)
            where = where or context
    return Compared(count, drifted, types_only, different, raised, where)


def unsteady_places(before: Sequence[Call], again: Sequence[Call]) -> dict[str, bool]:
    """Where two runs of the same code differ; whether at least the types hold there."""
    found: dict[str, bool] = {}
    for _, was, now, near in _pairs(before, again):
        if was is None or near == "apart":
            continue
        apart = {one.place for one in _call_differences(was, now, near, STEADY)}
        types = {one.place for one in differences(was.after, now.after, types_only=True)}
        found |= {place: found.get(place, True) and place not in types for place in apart}
    return found


def _pairs(before: Sequence[Call], after: Sequence[Call]) -> Iterator[tuple[str, Picture | None, Picture, Nearness]]:
    """Each call with the one it is held to, and how near their inputs are."""
    index = {(context, one.index): one for context, one in before}
    spare = {_inputs(one): one for _, one in before}
    for context, now in after:
        was = index.get((context, now.index))
        near: Nearness = nearness(was.before, now.before) if was is not None else "apart"
        if near == "apart":
            other = spare.get(_inputs(now))
            was, near = (other, "identical") if other is not None else (was, near)
        yield context, was, now, near


def _inputs(picture: Picture) -> bytes:
    return msgspec.json.encode(sorted(picture.before.items()))


def _call_differences(was: Picture, now: Picture, near: Nearness, unsteady: Unsteady) -> Iterator[Difference]:
    if RAISED in unsteady:
        if was.raised or now.raised:
            return  # what such a call leaves behind says nothing
    elif was.raised and not now.raised:
        yield Difference(RAISED, f"it raised {was.raised[:200]}, and as a graph it does not")
    elif was.raised.partition(":")[0] != now.raised.partition(":")[0]:
        yield Difference(RAISED, f"{was.raised[:200]} became {now.raised[:200]}")
    factor = 1.0 if near == "identical" else AMPLIFIED
    random = was.random or now.random
    yield from differences(was.after, now.after, factor, types_only=random, unsteady=unsteady)
    printed = "" if PRINTS in unsteady else text_difference(was.output, now.output)
    if printed:
        yield Difference(PRINTS, printed)
    if was.logged != now.logged and LOGS not in unsteady:
        yield Difference(LOGS, f"it logs {was.logged} records, and as a graph {now.logged}")


def _told(found: Difference, index: int) -> str:
    if found.place in (PRINTS, LOGS):
        return f"{found.text} in call {index + 1}"
    if found.place == RAISED:
        return found.text
    return f"{found} (call {index + 1})" if index else str(found)
