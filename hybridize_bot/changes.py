"""Which lines of a work tree, or of a commit, differ from another commit, as Git sees it.

Names come from the part of Git's answer that separates them by NUL, lines from the heads of its hunks. The text of
hunks is skipped by their counts, so that nothing in it is taken for a head.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hybridize.finding import Finding, Related, Span
from hybridize.report import Report
from hybridize_bot.git import GitError, Repository, repository, shown
from hybridize_bot.selection import Filter, Selection, SetAside, divide

Ranges = tuple[tuple[int, int], ...]
"""First and last line of each changed part."""

SUBMODULE = "160000"
"""The mode of a folder that is a repository of its own."""
_END = 2**31

_DIFF = (
    "diff", "--raw", "-z", "--patch", "--inter-hunk-context=0", "--no-color", "--no-abbrev", "--no-ext-diff",
    "--no-textconv", "--text", "--find-renames", "-l1000", "--no-relative", "--submodule=short",
    "--ignore-submodules=none", "--diff-algorithm=default", "--indent-heuristic", "--src-prefix=a/", "--dst-prefix=b/",
    f"-O{os.devnull}",
)  # fmt: skip
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class Hunk(NamedTuple):
    """A part of a file's diff: lines that changed and those around them, on the side of the new file."""

    first: int
    last: int
    """Before ``first`` where nothing but removed lines is shown."""
    added: Ranges
    removed: tuple[int, ...]
    """The lines that follow removed ones."""


class FileChange(NamedTuple):
    """One changed file. ``old`` and ``new`` are its names, empty where it was added or deleted."""

    old: bytes
    new: bytes
    old_mode: str
    new_mode: str
    old_hash: str
    hunks: tuple[Hunk, ...]

    @property
    def lines(self) -> Ranges:
        """The lines that are new or changed."""
        return tuple(part for hunk in self.hunks for part in hunk.added)


class Changes:
    """The difference between a commit and a work tree, or a newer commit that lies in the folder ``top``.

    Paths are relative to the top, as reports write them.
    """

    def __init__(
        self, top: str, files: Mapping[str, Ranges], tracked: frozenset[str], renames: Mapping[str, str]
    ) -> None:
        self.top = top
        self.files = files
        """The changed lines of each changed file that is there."""
        self.tracked = tracked
        """The files that Git knows of. Any other is new as a whole."""
        self.renames = renames
        """Names of before, and what the files are called now."""

    def in_file(self, path: str) -> bool:
        """Whether the file at ``path`` changed, or is new."""
        return path in self.files or path not in self.tracked

    def on_lines(self, path: str, first: int, last: int) -> bool:
        """Whether one of these lines changed. Lines of a notebook are not those of its file: it changes as a whole."""
        if path not in self.tracked or (path.endswith(".ipynb") and path in self.files):
            return True
        return any(start <= last and first <= end for start, end in self.files.get(path, ()))


class Positions:
    """Finds the places of a report in `Changes`."""

    def __init__(self, changes: Changes, report: Report) -> None:
        self._changes = changes
        self._root = report.root
        self._known: dict[str, str] = {}
        self._traced: dict[tuple[str, str], list[Related]] = {}
        for function in report.functions:
            place = function.hybridization.span if function.hybridization is not None else None
            if place is not None:
                at = Related(place, f"`{function.qualname}` becomes a graph here")
                self._traced.setdefault((function.path, function.qualname), []).append(at)

    def path(self, path: str) -> str:
        """A path of the report, relative to the top of the repository."""
        if path not in self._known:
            # Where a link leads, Git knows the target.
            full = os.path.realpath(os.path.join(self._root, path))
            self._known[path] = os.path.relpath(full, self._changes.top).replace(os.sep, "/")
        return self._known[path]

    def in_changed_file(self, span: Span) -> bool:
        """Whether the file of ``span`` changed."""
        return self._changes.in_file(self.path(span.path))

    def changed(self, span: Span) -> bool:
        """Whether a line of ``span`` changed."""
        return self._changes.on_lines(self.path(span.path), span.line, max(span.line, span.end_line))

    def rests_on(self, finding: Finding) -> list[Related]:
        """The other places that a finding comes from, the proof first: its chain, and what makes a graph of it."""
        return [*reversed(finding.chain), *self._traced.get((finding.span.path, finding.function), ())]

    def involved(self, finding: Finding) -> bool:
        """Whether a line that has to do with a finding changed."""
        return self.changed(finding.span) or any(self.changed(one.span) for one in self.rests_on(finding))


def unchanged(known: Changes, since: str) -> Filter:
    """A filter that leaves what has to do with changed lines.

    That may be the line of the finding, one of its chain of calls, its proof, or the decorator that makes it matter.
    """

    def filter(report: Report) -> Selection:
        positions = Positions(known, report)

        def why(finding: Finding) -> SetAside | None:
            if positions.involved(finding):
                return None
            return SetAside(finding, "unchanged", f"on no line that changed since {since}")

        return divide(report, why)

    return filter


def changes(repo: Repository, commit: str) -> Changes:
    """What differs between ``commit`` and the work tree. Files that Git does not know of are new.

    Raises:
        GitError: Git cannot say, or says what cannot be read.
    """
    tracked = repo.ask("ls-files", "-z", "--cached", "--recurse-submodules").split(b"\0")
    files, renames = _files(repo, commit)
    return Changes(repo.top, files, frozenset(shown(path) for path in tracked if path), renames)


def between(repo: Repository, old: str, new: str, context: int) -> list[FileChange]:
    """What differs between two commits; hunks show ``context`` unchanged lines around what changed.

    Raises:
        GitError: Git cannot say, or says what cannot be read.
    """
    return list(parse(repo.ask(*_DIFF, f"--unified={context}", old, new, "--")))


def staged(repo: Repository, commit: str) -> list[str]:
    """The files that a commit would add or change, compared with ``commit``.

    Raises:
        GitError: Git cannot say.
    """
    found = parse(repo.ask(*_DIFF, "--unified=0", "--cached", commit, "--"))
    return sorted(shown(change.new) for change in found if change.new and change.new_mode != SUBMODULE)


def _files(repo: Repository, commit: str) -> tuple[dict[str, Ranges], dict[str, str]]:
    """The changed lines of each changed file that is there, those of submodules among them, and the new names."""
    files: dict[str, Ranges] = {}
    renames: dict[str, str] = {}
    for change in parse(repo.ask(*_DIFF, "--unified=0", commit, "--")):
        new = shown(change.new)
        if change.new_mode == SUBMODULE:
            inner, moved = _submodule(repo, change)
            files |= {f"{new}/{path}": lines for path, lines in inner.items()}
            renames |= {f"{new}/{old}": f"{new}/{name}" for old, name in moved.items()}
        elif change.new:
            files[new] = as_python_counts(os.path.join(os.fsencode(repo.top), change.new), change.lines)
            if change.old and change.old != change.new:
                renames[shown(change.old)] = new
    return files, renames


def _submodule(repo: Repository, change: FileChange) -> tuple[dict[str, Ranges], dict[str, str]]:
    folder = os.path.join(repo.top, os.fsdecode(change.new))
    if not os.path.lexists(os.path.join(folder, ".git")):
        return {}, {}  # not checked out: there are no files
    inner = repository(folder)
    if change.old_mode == SUBMODULE:
        try:
            return _files(inner, inner.commit(change.old_hash))
        except GitError as error:
            raise GitError(f"submodule {shown(change.new)}: {error}") from None
    names = inner.ask("ls-files", "-z", "--cached", "--recurse-submodules").split(b"\0")
    return {shown(name): ((1, _END),) for name in names if name}, {}


def as_python_counts(path: bytes, lines: Ranges) -> Ranges:
    """Line numbers as Python has them: a single carriage return ends a line, too, which Git does not know."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return lines  # a file that cannot be read is reported as such, and has no lines
    if b"\r" not in data.replace(b"\r\n", b""):
        return lines
    starts = [1]
    for text in data.split(b"\n"):
        starts.append(starts[-1] + len(_LINE_END.findall(text + b"\n")))
    last = len(starts) - 1
    return tuple((starts[min(first, last) - 1], starts[min(end, last)] - 1) for first, end in lines)


# What Git prints


def parse(output: bytes) -> Iterator[FileChange]:
    """Read what ``git diff --raw -z --patch`` prints.

    Raises:
        GitError: it is not of that form.
    """
    entries, patches = _entries(output)
    sections = _sections(patches)
    expected = sum(_SECTIONS.get(entry.status, 1) for entry in entries)
    if len(sections) != expected:
        raise GitError(f"git tells of {expected} changed files and shows the lines of {len(sections)}")
    for entry in entries:
        own = [sections.pop(0) for _ in range(_SECTIONS.get(entry.status, 1))]
        if entry.status != "U":
            hunks = own[-1] if entry.new else ()
            yield FileChange(entry.old, entry.new, entry.old_mode, entry.new_mode, entry.old_hash, hunks)


_SECTIONS = {"U": 0, "T": 2}
"""How many files the patch seems to tell of for one: nothing of an unmerged one, as two of one that is a link now."""


class _Entry(NamedTuple):
    status: str
    old_mode: str
    new_mode: str
    old_hash: str
    old: bytes
    new: bytes


def _entries(output: bytes) -> tuple[list[_Entry], bytes]:
    """The changed files, and the patch that follows them."""
    entries: list[_Entry] = []
    rest = output
    try:
        while rest.startswith(b":"):
            head, name, rest = rest.split(b"\0", 2)
            old_mode, new_mode, old_hash, _new_hash, status = head[1:].decode("ascii").split(" ")
            new = name
            if status[0] in "RC":
                new, rest = rest.split(b"\0", 1)
            entries.append(
                _Entry(
                    status[0], old_mode, new_mode, old_hash,
                    b"" if status[0] in "AC" else name, b"" if status[0] == "D" else new,
                )
            )  # fmt: skip
    except ValueError:
        raise GitError("what git tells of changed files cannot be read") from None
    return entries, rest.removeprefix(b"\0")


def _sections(patches: bytes) -> list[tuple[Hunk, ...]]:
    """The hunks of each file of a patch, in its order."""
    sections: list[list[Hunk]] = []
    lines = iter(patches.split(b"\n"))
    for line in lines:
        if line.startswith(b"diff --git "):
            sections.append([])
            continue
        head = _HUNK.match(line)
        if head is not None and sections:
            first = int(head[2]) + (head[3] == b"0")  # of no lines, Git names the one before
            sections[-1].append(_hunk(lines, first, int(head[1] or b"1"), int(head[3] or b"1")))
    return [tuple(section) for section in sections]


def _hunk(lines: Iterator[bytes], first: int, old: int, new: int) -> Hunk:
    """The hunk whose ``old`` and ``new`` lines follow."""
    at, added, removed = first, list[tuple[int, int]](), set[int]()
    while old or new:
        text = next(lines, None)
        if text is None:
            raise GitError("what git tells of changed lines ends in the middle")
        kind = text[:1]
        if kind not in (b"+", b"-", b" ", b"\\"):
            raise GitError("what git tells of changed lines cannot be read")
        old -= kind in (b"-", b" ")
        new -= kind in (b"+", b" ")
        if kind == b"-":
            removed.add(at)
        elif kind == b"+" and added and added[-1][1] == at - 1:
            added[-1] = added[-1][0], at
        elif kind == b"+":
            added.append((at, at))
        at += kind in (b"+", b" ")
    return Hunk(first, at - 1, tuple(added), tuple(sorted(removed)))
