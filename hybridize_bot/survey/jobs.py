"""What the driver, the workers and the processes that analyze tell each other: plain data, encoded with MessagePack."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union

import msgspec

import hybridize
from hybridize.config import Config
from hybridize.division import Evaluated, Group, Outline
from hybridize.recall import settings_key
from hybridize_bot.survey.entries import Entry
from hybridize_bot.survey.index import Indexes

FailureKind = Literal["fetch", "input", "crash", "time", "memory", "changed", "worker"]
"""Not to be had; nothing to analyze; the analysis raised or was killed; limits; files that change while they are
read; workers that were lost with it."""


class Limits(msgspec.Struct, frozen=True):
    """What one process may take; a subject that takes more is a failure."""

    seconds: float = 1800
    megabytes: int = 4000
    source_megabytes: int = 2000
    """Of a repository or an archive, unpacked."""


class Terms(msgspec.Struct, frozen=True):
    """What holds for all subjects of a survey."""

    config: Config
    limits: Limits
    indexes: Indexes
    split: float | None = None
    """Programs of so many kLOC and more are divided; None: never."""
    tool: str = ""

    @property
    def key(self) -> str:
        """What an answer hangs on besides the subject."""
        return self.tool + settings_key(self.config)


class Subject(msgspec.Struct, frozen=True, tag=True):
    """Fetch and analyze an entry, or find its pieces; nothing, if ``done`` is the key of what it is now."""

    entry: Entry
    done: str = ""


class Piece(msgspec.Struct, frozen=True, tag=True):
    """Analyze one piece of a program, fetched as the commit or file that its outline is of."""

    entry: Entry
    key: str
    revision: str
    outline: Outline
    group: Group


class Whole(msgspec.Struct, frozen=True, tag=True):
    """Make the answer of pieces."""

    entry: Entry
    key: str
    revision: str
    outline: Outline
    groups: tuple[Group, ...]
    pieces: tuple[bytes, ...]


Step = Union[Subject, Piece, Whole]


class Job(msgspec.Struct, frozen=True):
    """What a process is started for."""

    step: Step
    terms: Terms
    scratch: str
    """An empty folder for it."""
    kept: str = ""
    """Where the files of the entry are already, if they are."""


class Cost(msgspec.Struct, frozen=True):
    """What something took; a sum over all processes for a divided program, but for the peak."""

    seconds: float = 0.0
    """Of the analysis."""
    fetching: float = 0.0
    cpu: float = 0.0
    """Seconds of the analysis, by all its processes."""
    megabytes: float = 0.0
    """Peak of the largest process."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.seconds + other.seconds, self.fetching + other.fetching, self.cpu + other.cpu,
            max(self.megabytes, other.megabytes),
        )  # fmt: skip


class Same(msgspec.Struct, frozen=True, tag=True):
    """The subject is what it was."""


class Divided(msgspec.Struct, frozen=True, tag=True):
    """The subject is to be analyzed in pieces."""

    key: str
    revision: str
    outline: Outline
    root: str
    cost: Cost = Cost()


class Pieced(msgspec.Struct, frozen=True, tag=True):
    """What was found out about a piece, encoded; or the path of another one that it needs."""

    evaluated: bytes
    outside: str = ""
    cost: Cost = Cost()


class Totals(msgspec.Struct, frozen=True):
    """A program in numbers."""

    files: int
    unparsed: int
    lines: int
    functions: int
    findings: int
    role: str
    largest_piece: int
    """Lines of the largest part that knows nothing of the others; all, where nobody has looked."""
    pieces: int


class Answered(msgspec.Struct, frozen=True, tag=True):
    """All rows of a subject."""

    key: str
    revision: str
    totals: Totals
    functions: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    cost: Cost = Cost()


class Failed(msgspec.Struct, frozen=True, tag=True):
    """There is no answer, and why."""

    kind: FailureKind
    message: str
    key: str = ""
    revision: str = ""
    cost: Cost = Cost()


Outcome = Union[Same, Divided, Pieced, Answered, Failed]


def evaluated_of(data: bytes) -> Evaluated:
    """What was found out about a piece."""
    return msgspec.msgpack.decode(data, type=Evaluated)


def subject_key(terms: Terms, entry: Entry, content: str) -> str:
    """What the answer on a subject is known by: the tool, the settings, and the content that was analyzed."""
    text = "\0".join((terms.key, entry.kind, entry.name, content))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@cache
def tool() -> str:
    """The analysis, as far as its version, all its files and the version of Python tell: the same on every machine."""
    digest = hashlib.blake2b(f"{hybridize.__version__} {sys.version_info[:2]}".encode(), digest_size=16)
    folder = Path(hybridize.__file__).parent
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".msgpack"):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
