"""What runs of a program showed of its functions: the file ``.hybridize/evidence.json``, as plain data.

`hybridize verify` writes it, with the outcome of running each function eagerly and as a graph, and so does `hybridize
trace`, with what parameters received. Whoever decides (`check`, `inspect`, `review`) reads it. An entry counts for the
function whose fingerprint it has, and for no other: see `hybridize.fingerprints`.

Paths are relative to the folder that holds ``.hybridize``, with ``/``.
"""

from __future__ import annotations

from typing import Literal

import msgspec

VERSION = 1
"""Raised whenever a reader of the old form would misunderstand the new one."""

PLACE = ".hybridize/evidence.json"
"""Where it is, in the folder of the project."""

MOST_BYTES = 64 * 1024 * 1024
"""A file that is larger was not written by this tool."""

Outcome = Literal[
    "proven", "equal-but-slower", "different", "raises", "retraces", "not-exercised", "recorded"
]  # fmt: skip
"""What came of a function. ``recorded``: its calls were watched, and nothing was changed."""

OUTCOMES: tuple[Outcome, ...] = (
    "proven", "equal-but-slower", "different", "raises", "retraces", "not-exercised", "recorded",
)  # fmt: skip

AGAINST: frozenset[Outcome] = frozenset({"different", "raises", "retraces"})
"""Outcomes that speak against the change."""


class EvidenceError(ValueError):
    """The file is not what `encode` writes; the message is a clause that says what is wrong."""


class Received(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of value that a parameter received."""

    parameter: str
    kind: str
    """`tensor`, `ragged`, `sparse`, `variable`, `ndarray`, or the name of a Python type, such as `int`."""
    dtype: str = ""
    """Of tensors, variables and arrays: ``float32``. Empty for other kinds."""
    shape: tuple[int | None, ...] | None = None
    """Of tensors, variables and arrays; None for other kinds, and where the rank is unknown."""
    calls: int = 0
    """How often it was seen; where calls are sampled, less often than it was received."""
    callers: tuple[str, ...] = ()
    """Places that passed it, ``path:line``: the first few."""


class FunctionEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What runs showed of one function."""

    function: str
    """Qualified name, as in `hybridize.report.FunctionReport`."""
    path: str
    line: int
    """Of its ``def``, when it ran."""
    fingerprint: str
    """Of its code and of what it calls, when it ran."""
    code: str
    """The fingerprint of its code alone: what it received does not hang on what it calls."""
    outcome: Outcome
    change: Literal["decorate", "undecorate", "none"] = "decorate"
    """What was tried: `tf.function` put on it, or taken away. ``none``: it was only watched."""
    message: str = ""
    """What speaks against the change, or why nothing was found out: a clause."""
    notes: tuple[str, ...] = ()
    """What to know of a result, such as that random numbers were drawn: clauses."""
    calls: int = 0
    """Calls from outside of graphs and of other functions under test, in the run as it is."""
    compared: int = 0
    """Calls whose results and effects were compared."""
    traces: int = 0
    """How often TensorFlow traced it, in all calls."""
    signatures: int = 0
    """How many kinds of arguments it was called with; a Python number counts by its type."""
    eager_ms: float | None = None
    """Median milliseconds of a call that runs as Python."""
    graph_ms: float | None = None
    """Median milliseconds of a call that runs a graph which is there already."""
    tracing_ms: float | None = None
    """Milliseconds that calls which traced took, all together."""
    gain: float | None = None
    """``eager_ms / graph_ms``; None if no call ran a graph that was there already."""
    tests: tuple[str, ...] = ()
    """Tests that called it (pytest node ids, or names of `unittest`), or the script: the first few."""
    parameters: tuple[Received, ...] = ()


class RunEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `hybridize verify` or `hybridize trace`: how it ran, and what it showed."""

    version: int
    tool: str
    tensorflow: str
    keras: str
    python: str
    platform: str
    command: tuple[str, ...]
    functions: tuple[FunctionEvidence, ...]


class Runs(msgspec.Struct, frozen=True):
    """The evidence that an analysis goes by."""

    folder: str
    """The absolute folder that the paths are relative to."""
    functions: tuple[FunctionEvidence, ...]


class _Versioned(msgspec.Struct):
    version: int


def encode(evidence: RunEvidence) -> bytes:
    """The file's bytes; the same for the same evidence."""
    return msgspec.json.format(msgspec.json.encode(evidence), indent=1) + b"\n"


def decode(data: bytes) -> RunEvidence:
    """Read what `encode` wrote.

    Raises:
        EvidenceError: it is something else, or of another version.
    """
    if len(data) > MOST_BYTES:
        raise EvidenceError(f"it has more than {MOST_BYTES // 1024**2} MB")
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version != VERSION:
            raise EvidenceError(f"it has version {version}, and this tool reads version {VERSION}")
        return msgspec.json.decode(data, type=RunEvidence)
    except msgspec.MsgspecError as error:
        raise EvidenceError(f"it is not evidence of a run: {error}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise EvidenceError(f"it is not evidence of a run: {error}") from error
