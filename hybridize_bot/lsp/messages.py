"""What the server and its worker tell one another: plain data over pipes, each message with its length before it.

Places are as the editor counts them: lines and columns from 0, columns in the unit it has agreed on. The worker knows
the text that was analyzed, so it is the one to count. Paths are absolute.
"""

from __future__ import annotations

import struct
from typing import Literal, NamedTuple, Union

import msgspec

Unit = Literal["utf-8", "utf-16", "utf-32"]
"""What the editor counts columns in."""

HEAD = struct.Struct("<Q")
"""The length of a message."""


class Range(NamedTuple):
    """A region of a document."""

    line: int
    column: int
    end_line: int
    end_column: int

    def touches(self, other: Range) -> bool:
        """Whether the two have a place in common; ends count."""
        return self[:2] <= other[2:] and other[:2] <= self[2:]


class Place(msgspec.Struct, frozen=True):
    """A region of a file, and what happens there."""

    path: str
    range: Range
    message: str = ""


class Shown(msgspec.Struct, frozen=True):
    """A finding as an editor shows it."""

    key: str
    """What it is known by as long as nothing changes."""
    code: str
    slug: str
    severity: Literal["error", "warning", "info"]
    range: Range
    message: str
    related: tuple[Place, ...] = ()
    fix: str = ""
    """What its proposal does, if it has one; not proven yet."""
    applicability: Literal["safe", "unsafe", "display"] = "display"
    line: int = 0
    """The line in the analyzed text, from 1, where a comment can suppress it; 0: it cannot be suppressed."""


class Parameter(msgspec.Struct, frozen=True):
    """A parameter, and what is told of it, in Markdown."""

    name: str
    text: str


class Function(msgspec.Struct, frozen=True):
    """What is told of one function."""

    name: str
    title: str
    """A short verdict with a question, for a line above the function; empty for what nobody asks about."""
    text: str
    """The verdict and its reasons, in Markdown."""
    head: Range
    """From ``def`` to the end of the name."""
    body: Range
    parameters: tuple[Parameter, ...] = ()


class Mistake(msgspec.Struct, frozen=True):
    """Something wrong with a file of settings; ``line`` from 0."""

    path: str
    line: int
    message: str


# -- to the worker -----------------------------------------------------------------------------------------------------


class Open(msgspec.Struct, tag=True, frozen=True):
    """The first message: what to analyze."""

    path: str
    unit: Unit


class Edit(msgspec.Struct, tag=True, frozen=True):
    """Documents that were opened, changed or closed (None). ``look``: other files may have changed on disk."""

    number: int
    documents: dict[str, Union[str, None]]
    look: bool = False
    settings: bool = False
    """The settings may have changed as well."""


class Ask(msgspec.Struct, tag=True, frozen=True):
    """A question about the program as it is; ``key`` names a finding."""

    id: int
    what: Literal["fix", "fix-all", "ignore", "held"]
    path: str
    key: str = ""


# -- from the worker ---------------------------------------------------------------------------------------------------


class Findings(msgspec.Struct, tag=True, frozen=True):
    """What is known after the edit with that number."""

    number: int
    exact: bool
    """Otherwise it is what was known before, moved to where it is now, and an exact answer follows."""
    files: dict[str, tuple[Shown, ...]]
    functions: dict[str, tuple[Function, ...]] = {}
    """Of open documents only."""
    mistakes: tuple[Mistake, ...] = ()
    trouble: str = ""
    """Why nothing could be analyzed; if ``exact``, since there is nothing, and so nothing is found in it."""
    milliseconds: int = 0


class TextEdit(msgspec.Struct, frozen=True):
    """Replace a region of a document."""

    range: Range
    text: str


class Held(msgspec.Struct, frozen=True):
    """What a name is given somewhere in a document."""

    name: str
    value: str
    within: Range
    at: Union[Range, None] = None
    attribute: bool = False


class Answer(msgspec.Struct, tag=True, frozen=True):
    """The answer to a question."""

    id: int
    changes: dict[str, tuple[TextEdit, ...]] = {}
    held: tuple[Held, ...] = ()
    refusal: str = ""
    """Why there is none: a clause."""


Request = Union[Open, Edit, Ask]
Response = Union[Findings, Answer]


def packed(message: Request | Response) -> bytes:
    """A message with its length before it."""
    data = msgspec.msgpack.encode(message)
    return HEAD.pack(len(data)) + data


def request(data: bytes) -> Request:
    """What the server sent."""
    message: Request = msgspec.msgpack.decode(data, type=Request)
    return message


def response(data: bytes) -> Response:
    """What the worker sent."""
    message: Response = msgspec.msgpack.decode(data, type=Response)
    return message
