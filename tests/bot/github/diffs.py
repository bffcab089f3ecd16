"""Diffs as git prints them: files, hunks, and where a line went."""

import re
from dataclasses import dataclass, field

HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


@dataclass(frozen=True)
class Row:
    """A line of a hunk; a side that does not have it is None."""

    mark: str
    text: str
    left: int | None
    right: int | None

    def number(self, side):
        return self.left if side == "LEFT" else self.right


@dataclass(frozen=True)
class Hunk:
    """Lines of both sides that git shows together."""

    header: str
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Changed:
    """A file that differs."""

    path: str
    previous: str
    status: str
    blob: str
    additions: int
    deletions: int
    patch: str
    """Its hunks as text, without the lines that name the file; empty for a binary file."""
    hunks: tuple[Hunk, ...] = field(repr=False)

    def hunk(self, side, line):
        """The index of the hunk that shows ``line``, or None. A context line is on both sides."""
        for at, hunk in enumerate(self.hunks):
            if any(row.number(side) == line for row in hunk.rows):
                return at
        return None

    def position(self, side, line):
        """GitHub's old way to name a line: how far it is below the first header of a hunk, headers counted."""
        position = 0
        for at, hunk in enumerate(self.hunks):
            position += at > 0
            for row in hunk.rows:
                position += 1
                if row.mark != "\\" and row.number(side) == line:
                    return position
        return None

    def at(self, position):
        """The side and line at a position, or None."""
        here = 0
        for at, hunk in enumerate(self.hunks):
            here += at > 0
            for row in hunk.rows:
                here += 1
                if here == position and row.mark != "\\":
                    return ("LEFT", row.left) if row.mark == "-" else ("RIGHT", row.right)
        return None

    def excerpt(self, side, line):
        """The hunk down to ``line``, as a comment shows it."""
        at = self.hunk(side, line)
        if at is None:
            return ""
        hunk = self.hunks[at]
        last = next(count for count, row in enumerate(hunk.rows, 1) if row.number(side) == line)
        return "\n".join([hunk.header, *(row.mark + row.text for row in hunk.rows[:last])])

    def moved(self, line):
        """Where ``line`` of the old file is in the new one, or None; for a diff without context."""
        shift = 0
        for hunk in self.hunks:
            if hunk.old_count == 0:
                if line <= hunk.old_start:
                    break
            elif line < hunk.old_start:
                break
            elif line < hunk.old_start + hunk.old_count:
                return None
            shift += hunk.new_count - hunk.old_count
        return line + shift


def parse(output):
    """The files of what ``git diff -z --raw --numstat --patch`` prints."""
    raw, numbers, at = [], {}, 0
    parts = output.split("\0")
    while at < len(parts) and parts[at].startswith(":"):
        mode = parts[at].split(" ")
        renamed = mode[4][0] in "RC"
        names = parts[at + 1 : at + 3] if renamed else [parts[at + 1]] * 2
        raw.append((mode[4][0], mode[3], *names))
        at += 3 if renamed else 2
    while at < len(parts) and re.match(r"[\d-]+\t[\d-]+\t", parts[at]):
        added, deleted, name = parts[at].split("\t", 2)
        if name:
            at += 1
        else:
            name = parts[at + 2]
            at += 3
        numbers[name] = (0 if added == "-" else int(added), 0 if deleted == "-" else int(deleted))
    text = "\0".join(parts[at:]).lstrip("\0")
    patches = re.split(r"^diff --git .*\n", text, flags=re.MULTILINE)[1:]
    # A file that becomes a link is printed twice, as deleted and as new; GitHub shows what is new.
    assert len(patches) == len(raw) + sum(status == "T" for status, *_ in raw), (len(patches), len(raw))
    files = []
    for status, blob, previous, path in raw:
        if status == "T":
            patches.pop(0)
        files.append(Changed(path, previous, STATUS[status], blob, *numbers[path], *_hunks(patches.pop(0))))
    return files


def _hunks(patch):
    start = patch.find("@@ ") if patch.startswith("@@ ") else patch.find("\n@@ ") + 1
    if start == 0 and not patch.startswith("@@ "):
        return "", ()
    text = patch[start:].removesuffix("\n")
    hunks = []
    for line in text.split("\n"):
        if header := HEADER.match(line):
            old, olds, new, news = (int(one) if one is not None else 1 for one in header.groups())
            hunks.append((line, old, olds, new, news, []))
            left, right = old, new
            continue
        rows, mark, rest = hunks[-1][5], line[:1], line[1:]
        rows.append(Row(mark, rest, left if mark in " -" else None, right if mark in " +" else None))
        left, right = left + (mark in " -"), right + (mark in " +")
    return text, tuple(Hunk(*parts, tuple(rows)) for *parts, rows in hunks)
