"""Where on a pull request a finding can be commented on, and its fix as lines to replace there.

GitHub takes comments on lines of a hunk only, and replaces whole lines, verbatim. It refuses a suggestion whose range
has a removed line inside, and nobody can tell what it makes of mixed line ends or of a last line without an end: in
these cases there is no suggestion, and a reason.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import NamedTuple

from hybridize.finding import Edit, Fix, Span
from hybridize_bot.changes import Hunk
from hybridize_bot.github.remarks import Lines, Suggestion

MOST_LINES = 40
"""A suggestion that replaces more than that is no help to read."""
MOST_COMMENTED = 10
"""A comment on a longer place is on its first line."""


class NoSuggestion(ValueError):  # noqa: N818 - it is an answer
    """Why a fix is no suggestion: a clause without a period."""


class Text(NamedTuple):
    """A file as GitHub counts its lines."""

    lines: tuple[str, ...]
    """Without their ends."""
    whole: bool
    """Whether the last one has an end."""
    marked: bool = False
    """Whether a byte order mark stands before the first one."""


def text(data: bytes) -> Text:
    """The lines of a file.

    Raises:
        NoSuggestion: Git and Python count them in different ways, or nobody knows how they would be written.
    """
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoSuggestion("the file is not UTF-8") from None
    ends = content.count("\r\n")
    if content.count("\r") != ends or ends not in (0, content.count("\n")):
        raise NoSuggestion("the file mixes line ends")
    *lines, rest = content.replace("\r\n", "\n").split("\n")
    return Text(tuple([*lines, rest] if rest else lines), not rest, data.startswith(codecs.BOM_UTF8))


def commented(span: Span, hunks: Sequence[Hunk]) -> Lines | None:
    """The lines to comment on for ``span``; None where none of its lines is in the diff."""
    last = max(span.line, span.end_line)
    for hunk in hunks:
        if hunk.first <= span.line <= hunk.last:
            fits = last <= hunk.last and last - span.line < MOST_COMMENTED
            return Lines(span.line, last if fits else span.line)
    later = (hunk.first for hunk in hunks if span.line < hunk.first <= min(last, hunk.last))
    first = next(later, None)
    return None if first is None else Lines(first, first)


def suggestion(fix: Fix, source: Text, hunks: Sequence[Hunk]) -> Suggestion:
    """The fix as lines to replace; all its edits are in the file ``source``.

    Raises:
        NoSuggestion: GitHub could not show or apply it.
    """
    if not source.lines:
        raise NoSuggestion("the file is empty")
    # An edit that begins or ends before the first character of a line, behind the last line of all, has nothing of it.
    first = min(len(source.lines), *(edit.span.line for edit in fix.edits))
    last = min(len(source.lines), max(max(edit.span.line, edit.span.end_line) for edit in fix.edits))
    if last == len(source.lines) and not source.whole:
        raise NoSuggestion("the last line of the file has no end")
    old = list(source.lines[first - 1 : last])
    if any("\f" in line or "\v" in line for line in old):
        raise NoSuggestion("the lines have form feeds in them")
    new = _edited(old, first, fix.edits)
    while len(old) > 1 and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    while len(old) > 1 and new and old[0] == new[0]:
        del old[0], new[0]
        first += 1
    last = first + len(old) - 1
    if first == 1 and source.marked:
        raise NoSuggestion("it would take the byte order mark from the file")
    if old == new:
        raise NoSuggestion("it changes nothing that can be seen")
    if len(old) > MOST_LINES:
        raise NoSuggestion("it changes lines that are far apart")
    hunk = next((hunk for hunk in hunks if hunk.first <= first and last <= hunk.last), None)
    if hunk is None:
        raise NoSuggestion("it changes lines that are not in one part of the diff")
    if any(first < line <= last for line in hunk.removed):
        raise NoSuggestion("lines were removed in the middle of what it changes")
    if any(line != kept and line.rstrip() == kept.rstrip() for line, kept in zip(old, new, strict=False)):
        raise NoSuggestion("it changes blanks at the end of a line")
    return Suggestion(Lines(first, last), tuple(new))


def _edited(lines: Sequence[str], first: int, edits: Sequence[Edit]) -> list[str]:
    """``lines``, of which the first has the number ``first``, after the edits.

    Raises:
        NoSuggestion: that is not a number of lines.
    """
    content = "".join(f"{line}\n" for line in lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def offset(line: int, column: int) -> int:
        return min(starts[min(line - first, len(lines))] + column, len(content))

    parts, done = [], 0
    for edit in sorted(edits, key=lambda one: one.span):
        span = edit.span
        start = offset(span.line, span.column)
        parts += [content[done:start], edit.replacement.replace("\r\n", "\n")]
        done = offset(span.end_line, span.end_column) if span.end_line else start
    *edited, rest = "".join([*parts, content[done:]]).split("\n")
    if rest:
        raise NoSuggestion("it leaves the last line of the file without an end")
    return edited
