"""What the processes of one run have written, read back: the counterpart of `child/hybridize_recorder/records.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

Leaf = list[Any]
"""See `child/hybridize_recorder/pictures.py`."""

Leaves = dict[str, Leaf]


class Time(msgspec.Struct, frozen=True, array_like=True):
    """One call: in which context, which one of it, how long it took, how many traces it made, for which signature."""

    context: int
    index: int
    ms: float
    traces: int
    signature: int


class Picture(msgspec.Struct, frozen=True):
    """One call: what was within its reach before and after, what it raised and printed."""

    context: int
    index: int
    before: Leaves
    after: Leaves
    raised: str
    output: str
    logged: int
    random: bool


class Receipt(msgspec.Struct, frozen=True, array_like=True):
    """A kind of value that a parameter received, how often, and from where."""

    parameter: str
    kind: str
    dtype: str
    shape: tuple[int | None, ...] | None
    calls: int
    callers: tuple[str, ...]


class Variant(msgspec.Struct, frozen=True):
    """One way to run a function, timed: milliseconds of each repetition, the cost of the first call, or an error."""

    name: str
    times: tuple[float, ...] = ()
    first_ms: float = 0.0
    error: str = ""


class Seen(msgspec.Struct, frozen=True):
    """One function in one process."""

    number: int
    calls: int
    inside: int = 0
    nested: int = 0
    contexts: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    times: tuple[Time, ...] = ()
    pictures: tuple[Picture, ...] = ()
    received: tuple[Receipt, ...] = ()
    raised: str = ""
    lazy: int = 0
    variants: tuple[Variant, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """One process."""

    pid: int
    worker: str
    argv: tuple[str, ...]
    python: str
    platform: str
    tensorflow: str
    keras: str
    loaded: tuple[int, ...]
    missing: tuple[int, ...]
    decorated: tuple[int, ...]
    running: int | None
    trouble: str
    tests: tuple[tuple[str, str], ...]
    functions: tuple[Seen, ...]


class RecordError(Exception):
    """What a process wrote cannot be read."""


def read(folder: Path) -> list[Record]:
    """The records of all processes, those of the first ones first.

    Raises:
        RecordError: one of them is not what the recorder writes.
    """
    records = []
    for path in sorted(folder.glob("record-*.json"), key=lambda one: one.name.rpartition("-")[2]):
        try:
            records.append(msgspec.json.decode(path.read_bytes(), type=Record))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RecordError(f"{path.name}: {error}") from error
    return records
