"""What a pull request is told: the contract between the analysis of one and what posts it.

`Reviewed` is made by `hybridize review` from two commits, and is all that posting needs. It can cross a border: in the
recipe for forks, a run without rights writes it to a file, and another one with rights reads it. What reads it from a
file therefore takes it for hostile: sizes and numbers are bounded here, texts are shown as texts, and suggestions are
left out (`untrusted`).

Lines are those of the head commit, from 1. Paths are relative to the top of the repository, with ``/``.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hybridize_bot.config import FailLevel, Level, Review

VERSION: Literal[1] = 1
"""Of the file; what has another one is refused."""

MOST_BYTES = 16 * 1024 * 1024
"""A larger file is refused."""

_Text = Annotated[str, msgspec.Meta(max_length=20_000)]
_Name = Annotated[str, msgspec.Meta(max_length=4_096)]
_Line = Annotated[int, msgspec.Meta(ge=1, le=2**31)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Hash = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")]
_OWNER_AND_NAME = "[A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100}"
RepositoryName = Annotated[str, msgspec.Meta(pattern=rf"\A{_OWNER_AND_NAME}\Z")]
_Code = Annotated[str, msgspec.Meta(pattern=r"\AHYB[0-9]{3}\Z")]
_Slug = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9-]{1,80}\Z")]


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A range of lines, both included, in one hunk of the pull request's diff, on its right side."""

    first: _Line
    last: _Line


class Suggestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Replace these lines by others: the whole of a fix that was proven. No text deletes them."""

    lines: Lines
    replacement: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=2_000)]
    """One text per line, without its end."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place that a remark rests on: one call on the way to its proof, or the proof."""

    path: _Name
    line: _Line
    message: _Text


class Remark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that the pull request causes."""

    identity: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    """The same for the same finding of another commit, wherever it stands by then; no two of one review have it."""
    code: _Code
    slug: _Slug
    severity: Level
    path: _Name
    line: _Line
    end_line: _Line
    message: _Text
    function: _Name = ""
    help: _Text = ""
    cause: _Text = ""
    """Why it is new although its own lines did not change."""
    proof: _Text = ""
    """What came of running the program with the change that it asks for."""
    chain: Annotated[tuple[Step, ...], msgspec.Meta(max_length=200)] = ()
    """Nearest first; the last one is the proof."""
    assumptions: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=100)] = ()
    lines: Lines | None = None
    """Where a comment can stand; None: nowhere in the diff."""
    suggestion: Suggestion | None = None
    """Its lines are those of the comment."""
    fix: _Text = ""
    """What a safe fix would do that is no suggestion; empty: there is none, or it is one."""


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done with a function, for the table of verdicts: one the pull request touches, or decides anew."""

    path: _Name
    line: _Line
    function: _Name
    before: _Name
    """In words; empty where the function is new."""
    after: _Name


class Told(Review, frozen=True, forbid_unknown_fields=True):
    """How much is told, and what fails."""

    fail_level: FailLevel = "error"
    """The least severity of a remark that fails the check."""


class Reviewed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found out about one pull request at one commit."""

    version: Literal[1]
    tool: _Name
    """The version of the tool."""
    repository: Annotated[str, msgspec.Meta(pattern=rf"\A(?:{_OWNER_AND_NAME})?\Z")]
    """Owner and name; empty where GitHub has no part in it."""
    number: _Count
    """Of the pull request; 0 for a merge queue, or two commits that somebody named."""
    head: Hash
    base: Hash
    """The merge base, which the head is compared with."""
    remarks: Annotated[tuple[Remark, ...], msgspec.Meta(max_length=10_000)] = ()
    """The most severe first, then by place."""
    before: _Count = 0
    """Findings that were there at the merge base and still are."""
    resolved: _Count = 0
    """Findings that were there at the merge base and are no more."""
    changes: Annotated[tuple[Change, ...], msgspec.Meta(max_length=10_000)] = ()
    notes: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=100)] = ()
    """What the reader should know of the run: a file too large to read, say."""
    told: Told = Told()

    @property
    def failed(self) -> bool:
        """Whether the check fails."""
        if self.told.fail_level == "never":
            return False
        return any(rank(one.severity) >= rank(self.told.fail_level) for one in self.remarks)


class UntrustedError(ValueError):
    """A file is no `Reviewed`; ``str()`` says why in one line."""


def rank(level: Level) -> int:
    """0 for info, 1 for warning, 2 for error."""
    return ("info", "warning", "error").index(level)


def encoded(reviewed: Reviewed) -> bytes:
    """The file."""
    return msgspec.json.format(msgspec.json.encode(reviewed), indent=2)


def untrusted(data: bytes) -> Reviewed:
    """Read a file that anybody may have written. Suggestions are left out: whoever applies one trusts who made it.

    Raises:
        UntrustedError: it is not what `encoded` writes, or too large.
    """
    if len(data) > MOST_BYTES:
        raise UntrustedError(f"the report has more than {MOST_BYTES // 1024 // 1024} MiB")
    try:
        reviewed = msgspec.json.decode(data, type=Reviewed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UntrustedError(f"the report cannot be read: {' '.join(str(error).split())[:200]}") from None
    if len({one.identity for one in reviewed.remarks}) < len(reviewed.remarks):
        raise UntrustedError("the report has two remarks of the same identity")
    for one in reviewed.remarks:
        if one.lines is not None and one.lines.first > one.lines.last:
            raise UntrustedError("the report has a range of lines that ends before it begins")
    remarks = tuple(msgspec.structs.replace(one, suggestion=None) for one in reviewed.remarks)
    return msgspec.structs.replace(reviewed, remarks=remarks)
