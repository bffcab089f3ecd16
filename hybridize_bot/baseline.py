"""The baseline: findings that a project has accepted for now, in a file that is read in reviews and merged by Git.

Each entry says how many findings of one identity are accepted: the next one is reported. Entries have no line numbers,
and their paths are relative to the folder of the file, so that it means the same wherever the tool is called. The bytes
depend on the entries alone: sorted, one on each line.

Terms: an entry is *stale* where fewer findings are left than it accepts. That can be told only where all that the
baseline speaks of was analyzed: what a file is found guilty of may come from another one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, NamedTuple

import msgspec

from hybridize.finding import Finding
from hybridize.report import Report
from hybridize_bot.files import write
from hybridize_bot.identity import Identities, Identity, below
from hybridize_bot.selection import Filter, Selection, SetAside, divide

NAME = ".hybridize-baseline.json"
VERSION = 1
MOST_BYTES = 100_000_000

Accepted = Mapping[Identity, int]
"""How many findings of each identity are accepted."""


class BaselineError(ValueError):
    """A baseline that cannot be read or written. ``str()`` is one line that names the file."""

    def __init__(self, path: str, message: str) -> None:
        shown = path if path.isprintable() else ascii(path)[1:-1]
        super().__init__(f"baseline {shown}: {message}")


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    code: str
    function: str
    message: str
    count: Annotated[int, msgspec.Meta(ge=1, lt=2**31)] = 1


class _Head(msgspec.Struct):
    version: int


class _File(_Head, forbid_unknown_fields=True):
    findings: list[_Entry]


# The file


def read(path: str) -> Accepted:
    """The entries of the file at ``path``.

    Raises:
        BaselineError: it cannot be read, or is not a baseline of this version.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise BaselineError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MOST_BYTES:
        raise BaselineError(path, f"is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        version = msgspec.json.decode(data, type=_Head).version
        if version != VERSION:
            raise BaselineError(path, f"has version {version}, and this release reads version {VERSION}; {_AGAIN}")
        entries = msgspec.json.decode(data, type=_File).findings
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if b"\n<<<<<<<" in data or data.startswith(b"<<<<<<<"):
            raise BaselineError(path, f"has the marks of a merge conflict; {_AGAIN}") from None
        raise BaselineError(path, f"is not a baseline: {error}; {_AGAIN}") from None
    accepted: dict[Identity, int] = {}
    for entry in entries:
        identity = Identity(entry.path, entry.code, entry.function, entry.message)
        # Two branches may have added the same entry: that is one finding, not two.
        accepted[identity] = max(accepted.get(identity, 0), entry.count)
    return accepted


_AGAIN = "write it anew with --write-baseline"


def save(path: str, accepted: Accepted) -> None:
    """Write ``accepted`` to the file at ``path``: all of it or nothing. Nothing is touched where nothing changes.

    Raises:
        BaselineError: it cannot be written, or what is there is no baseline.
    """
    old = _present(path)
    data = encode(accepted)
    if data == old:
        return
    try:
        write(path, data)
    except OSError as error:
        raise BaselineError(path, f"was not written: {error.strerror or error}") from None


def _present(path: str) -> bytes | None:
    """What is in the file that is to be written; None where there is none."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BaselineError(path, f"cannot be written: {error.strerror or error}") from None
    if data.strip() and b'"findings"' not in data:
        raise BaselineError(path, "this file is there already, and is no baseline; it was left alone")
    return data


def encode(accepted: Accepted) -> bytes:
    """The bytes of a file with these entries."""
    lines = [
        msgspec.json.encode(
            {"path": one.path, "code": one.code, "function": one.function, "message": one.message}
            | ({"count": count} if count > 1 else {})
        )
        for one, count in sorted(accepted.items())
        if count > 0
    ]
    body = b"\n    " + b",\n    ".join(lines) + b"\n  " if lines else b""
    return b'{\n  "version": %d,\n  "findings": [%s]\n}\n' % (VERSION, body)


# What it means for a report


class Scope(NamedTuple):
    """What a run could have found."""

    paths: Sequence[str]
    """The files and folders that were named."""
    selected: Callable[[str], bool]
    """Whether the rule of this code was asked for."""


class Baseline:
    """One baseline, and the report it is held against."""

    def __init__(self, path: str, accepted: Accepted) -> None:
        self.path = path
        self.accepted = accepted
        self._folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))

    def at(self, root: str | None) -> Filter:
        """`filter`, for a report whose files stand for those at ``root``; None: they are what they are."""
        return lambda report: self.filter(report, root)

    def filter(self, report: Report, root: str | None = None) -> Selection:
        """Set aside the findings that are accepted: of equal ones, those that come first."""
        left = Counter(self.accepted)
        identities = self._identities(report, root)

        def why(finding: Finding) -> SetAside | None:
            identity = identities.of(finding)
            left[identity] -= 1
            return SetAside(finding, "baseline", f"accepted in {self._shown}") if left[identity] >= 0 else None

        return divide(report, why)

    def stale(self, report: Report, scope: Scope) -> dict[Identity, int] | None:
        """How many findings of each entry are gone; None where a run cannot tell, having seen a part only."""
        named, renamed = self._named(scope), below(self._folder, report.root)
        if any(not named(path) and os.path.exists(self._absolute(path)) for path in self._paths()):
            return None
        parsed = {renamed(file.path) for file in report.files if file.parsed}
        found = self._counted(report)
        return {
            identity: count - found[identity]
            for identity, count in sorted(self.accepted.items())
            if count > found[identity]
            and scope.selected(identity.code)
            and (identity.path in parsed or not os.path.exists(self._absolute(identity.path)))
        }

    def renewed(self, report: Report, scope: Scope) -> Accepted:
        """The entries for a report: its own, and those of before that this run could not have found."""
        named = self._named(scope)
        kept = {
            identity: count
            for identity, count in self.accepted.items()
            if not scope.selected(identity.code)
            or (not named(identity.path) and os.path.exists(self._absolute(identity.path)))
        }
        return kept | self._counted(report)

    def without(self, stale: Mapping[Identity, int]) -> Accepted:
        """The entries, less what is ``stale``."""
        return {identity: count - stale.get(identity, 0) for identity, count in self.accepted.items()}

    # -- paths -----------------------------------------------------------------------------------------------------

    @property
    def _shown(self) -> str:
        return os.path.basename(self.path)

    def _identities(self, report: Report, root: str | None = None) -> Identities:
        return Identities((file.path for file in report.files), below(self._folder, root or report.root))

    def _counted(self, report: Report) -> Counter[Identity]:
        return Counter(map(self._identities(report).of, report.findings))

    def _paths(self) -> Iterable[str]:
        return sorted({identity.path for identity in self.accepted})

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._folder, path))

    def _named(self, scope: Scope) -> Callable[[str], bool]:
        """Whether a path of the baseline is, or is below, one that was named."""
        tops = {os.path.realpath(path) for path in scope.paths}

        def named(path: str) -> bool:
            absolute = self._absolute(path)
            while absolute not in tops:
                parent = os.path.dirname(absolute)
                if parent == absolute:
                    return False
                absolute = parent
            return True

        return named
