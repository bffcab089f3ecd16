"""What a fix changes in each file, as hunks of lines."""

from __future__ import annotations

import difflib
import itertools
import re
from typing import Literal

import msgspec

from hybridize.finding import Fix
from hybridize.rewrite.edits import TextEdit, apply
from hybridize_bot.render._source import Sources
from hybridize_bot.render.html.texts import Line, line

_CONTEXT = 3


class DiffLine(msgspec.Struct, frozen=True):
    """One line of a diff. ``number`` is its line in the file as it is; of an added one, in the file as it would be."""

    kind: Literal[" ", "-", "+", "…"]
    number: int
    line: Line


class Diff(msgspec.Struct, frozen=True):
    """What changes in one file."""

    path: str
    lines: tuple[DiffLine, ...]


def diffs(fix: Fix, sources: Sources) -> tuple[Diff, ...]:
    """The diff of each file that ``fix`` changes and that can be read; in a notebook, of the text of its cells."""
    found = []
    for path, edits in itertools.groupby(sorted(fix.edits), key=lambda edit: edit.span.path):
        source = sources.file(path)
        if source is None:
            continue
        changes = [
            TextEdit(
                source.offset(one.span.line, one.span.column),
                source.offset(one.span.end_line, one.span.end_column),
                0,
                one.replacement,
            )
            for one in edits
        ]
        found.append(Diff(path, tuple(_lines(source.text, apply(source.text, changes)))))
    return tuple(found)


def _lines(old: str, new: str) -> list[DiffLine]:
    before, after = _split(old), _split(new)
    # The ends are equal as a rule, and comparing them line by line is faster than asking the matcher.
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    begin, spare = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    left, right = before[begin : len(before) - spare], after[begin : len(after) - spare]
    shown: list[DiffLine] = []
    for group in difflib.SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(_CONTEXT):
        if shown:
            shown.append(DiffLine("…", 0, Line("")))
        for tag, a, b, c, d in group:
            kind: Literal[" ", "-"] = " " if tag == "equal" else "-"
            shown += [DiffLine(kind, begin + at + 1, line(left[at])) for at in range(a, b)]
            if tag != "equal":
                shown += [DiffLine("+", begin + at + 1, line(right[at])) for at in range(c, d)]
    return shown


def _split(text: str) -> list[str]:
    lines = re.split(r"\r\n|\r|\n", text)
    return lines if lines[-1] else lines[:-1]


def _common(one: list[str], other: list[str]) -> int:
    """How many lines are equal from the start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
