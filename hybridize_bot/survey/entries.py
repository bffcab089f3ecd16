"""The list of what is surveyed: one entry a line, a local path, a Git URL or the name of a PyPI sdist.

Lists are written by programs and copied from the net, so an entry is what its form says and nothing else: a line that
starts like an option is a path, a URL with a scheme that could run a command is a mistake.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from hybridize_bot.console import visible

Kind = Literal["local", "git", "pypi"]

MOST_CHARACTERS = 4096
_SCHEMES = ("https", "http", "ssh", "git", "file")
_SCHEME = re.compile(r"(?:git\+)?([A-Za-z][A-Za-z0-9+.-]*)::?//?")
_URL = re.compile(rf"(?:git\+)?({'|'.join(_SCHEMES)})://(\S+)")
_SCP = re.compile(r"([A-Za-z0-9][\w.-]*@)?[A-Za-z0-9][\w.-]*:(?![\\/])[^\s:]+")
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_SDIST = re.compile(r"pypi:\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:==\s*([A-Za-z0-9][A-Za-z0-9.!+_-]*))?")
_REVISION = re.compile(r"(?![-./])[^\s~^:?*\[\\\x00-\x20\x7f]+")


class Entry(msgspec.Struct, frozen=True):
    """One subject of a survey."""

    kind: Kind
    place: str
    """An absolute path; a URL for Git, maybe with a password; the name of a project."""
    revision: str = ""
    """A branch, tag or commit; the version of a project. Empty: the default branch, the latest release."""

    @property
    def shown(self) -> str:
        """The entry as it goes into tables and messages: without secrets."""
        place = redacted(self.place) if self.kind == "git" else self.place
        if self.kind == "pypi":
            return f"pypi:{place}" + (f"=={self.revision}" if self.revision else "")
        return place + (f"@{self.revision}" if self.revision else "")

    @property
    def name(self) -> str:
        """What people call it: the last part of its path, or the project with its version."""
        if self.kind == "pypi":
            return self.place + (f"-{self.revision}" if self.revision else "")
        last = re.split(r"[/:\\]", self.place.rstrip("/\\"))[-1].removesuffix(".git") or "repository"
        return last + (f"@{self.revision}" if self.revision else "")

    @property
    def folder(self) -> str:
        """A name for a folder of its files: that of a package may hang on it."""
        return re.sub(r"[^\w.-]", "_", self.name.partition("@")[0]).lstrip(".") or "repository"

    @property
    def id(self) -> str:
        """What files about it are called: no two entries share one, and it is safe in every file system."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:40] or "x"
        return f"{slug}-{hashlib.blake2b(self.shown.encode('utf-8', 'surrogatepass'), digest_size=6).hexdigest()}"


class ListError(ValueError):
    """Lines of a list that are no entries; ``str()`` names the first few of them."""

    def __init__(self, mistakes: list[tuple[int, str]]) -> None:
        shown = [f"line {number}: {message}" for number, message in mistakes[:5]]
        more = f"; and {len(mistakes) - 5} more" if len(mistakes) > 5 else ""
        super().__init__("; ".join(shown) + more)


def read(lines: Iterable[str], folder: str) -> list[Entry]:
    """The entries of a list, each once; local paths are relative to ``folder``.

    Empty lines and what follows ``#``, at the start of a line or behind a space, are left out.

    Raises:
        ListError: some lines are no entries.
    """
    found: dict[str, Entry] = {}
    mistakes: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        text = re.sub(r"(^|\s)#.*", "", line.removeprefix("\ufeff") if number == 1 else line, flags=re.DOTALL).strip()
        if not text:
            continue
        try:
            entry = parse(text, folder)
        except ValueError as error:
            mistakes.append((number, str(error)))
        else:
            found.setdefault(entry.id, entry)
    if mistakes:
        raise ListError(mistakes)
    return list(found.values())


def parse(text: str, folder: str) -> Entry:
    """One entry.

    Raises:
        ValueError: it is none; the message is one line.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"longer than {MOST_CHARACTERS:,} characters")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError(f"{visible(text)!r} has control characters")
    if text.startswith("pypi:"):
        hit = _SDIST.fullmatch(text)
        if hit is None:
            raise ValueError(f"{visible(text)!r} is not of the form pypi:NAME or pypi:NAME==VERSION")
        return Entry("pypi", re.sub(r"[-_.]+", "-", hit[1]).lower(), hit[2] or "")
    hit = _URL.fullmatch(text)
    if hit is not None:
        return _git(f"{hit[1]}://{hit[2]}", text)
    if _HELPER.match(text) or (_SCHEME.match(text) and "://" in text):
        raise ValueError(
            f"{visible(redacted(text))!r} is no URL that is fetched; those start with {', '.join(_SCHEMES)}"
        )
    path = os.path.abspath(os.path.join(folder, os.path.expanduser(text)))
    if any("\ud800" <= character <= "\udfff" for character in path):
        raise ValueError(f"{path!a} is not UTF-8")
    if not os.path.exists(path) and _SCP.fullmatch(text):
        return _git(text, text)
    return Entry("local", path)


def _git(url: str, text: str) -> Entry:
    """A URL, with what stands behind the last ``@`` of its path as the revision."""
    lead, separator, path = url.partition("://")
    if separator:
        host, _, path = path.partition("/")
        lead += separator + host + "/"
        if not host and not lead.startswith("file:"):
            raise ValueError(f"{visible(text)!r} names no host")
        if host.startswith("-") or host.rpartition("@")[2].startswith("-"):
            raise ValueError(f"{visible(redacted(text))!r} names no host")
    else:
        lead, separator, path = url.partition(":")
        lead += separator
    path, _, revision = path.rpartition("@") if "@" in path else (path, "", "")
    if not path.strip("/") or path.startswith("-"):
        raise ValueError(f"{visible(redacted(text))!r} names no repository")
    if revision and (not _REVISION.fullmatch(revision) or ".." in revision or "@{" in revision):
        raise ValueError(f"{visible(revision)!r} is not the name of a branch, tag or commit")
    return Entry("git", lead + path, revision)


def redacted(url: str) -> str:
    """A URL, or a text with URLs in it, without names and passwords of users."""
    return re.sub(r"(?<=://)[^/\s@]*@", "", url)
