r"""Texts as editors see them: lines end with ``\n``, ``\r\n`` or ``\r`` alone, columns count code units.

Whatever is out of range counts as the nearest place there is, as the protocol has it: nothing here fails.
"""

from __future__ import annotations

import bisect
import difflib
import re
from collections.abc import Sequence

from hybridize.span import Span
from hybridize.syntax.source import SourceFile
from hybridize_bot.lsp.messages import Range, TextEdit, Unit

NEWLINE = re.compile(r"\r\n|\r|\n")
_WIDTHS: dict[Unit, tuple[str, int]] = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def units(text: str, unit: Unit) -> int:
    """How many units a text is long."""
    if text.isascii():
        return len(text)
    encoding, width = _WIDTHS[unit]
    return len(text.encode(encoding, "surrogatepass")) // width


def points(text: str, column: int, unit: Unit) -> int:
    """How many characters of ``text`` come before a column; one that the column cuts does not."""
    if text.isascii() or unit == "utf-32":
        return min(max(column, 0), len(text))
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if units(text[:middle], unit) <= column:
            low = middle
        else:
            high = middle - 1
    return low


class Text:
    """A text with its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in NEWLINE.finditer(text))]

    @property
    def line_count(self) -> int:
        """How many lines there are, the one behind the last line end included."""
        return len(self._starts)

    def line(self, number: int) -> str:
        """A line without its end; empty where there is none."""
        if not 0 <= number < len(self._starts):
            return ""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[number] : end].rstrip("\r\n")

    def offset(self, line: int, column: int, unit: Unit) -> int:
        """The index of a place."""
        if line < 0:
            return 0
        if line >= len(self._starts):
            return len(self.text)
        return self._starts[line] + points(self.line(line), column, unit)

    def position(self, offset: int, unit: Unit) -> tuple[int, int]:
        """The place of an index."""
        line = bisect.bisect_right(self._starts, offset) - 1
        return line, units(self.text[self._starts[line] : offset], unit)

    def replaced(self, start: tuple[int, int], end: tuple[int, int], text: str, unit: Unit) -> Text:
        """The text with another one between two places."""
        first, last = sorted((self.offset(*start, unit), self.offset(*end, unit)))
        return Text(self.text[:first] + text + self.text[last:])


def region(source: SourceFile, span: Span, unit: Unit) -> Range:
    """The place of ``span`` in its file, of a notebook in its JSON; the whole line, where the span names no end."""
    if source.notebook is None:
        end = (span.end_line, span.end_column) if span.end_line else (span.line, len(source.line_text(span.line)))
        start = (span.line, span.column)
        lines = source.line_text
    else:
        start = source.notebook.place(span.line, span.column)
        end = source.notebook.place(span.end_line, span.end_column) if span.end_line else start
        lines = source.notebook.file_line
    return Range(
        start[0] - 1,
        units(lines(start[0])[: start[1]], unit),
        end[0] - 1,
        units(lines(end[0])[: end[1]] if end[0] > 0 else "", unit),
    )


def edits(old: str, new: str, unit: Unit) -> tuple[TextEdit, ...]:
    """What makes ``new`` of ``old``: whole lines, but for what a change within a line leaves alone."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    text, found, offset = Text(old), [], 0
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone, comes = "".join(before[first:last]), "".join(after[new_first:new_last])
        offset = starts[first]
        head = _common(gone, comes)
        tail = _common(gone[head:][::-1], comes[head:][::-1])
        start, end = offset + head, offset + len(gone) - tail
        # A place between the two characters of a line end, or inside of a character, is none that an editor knows.
        while start > offset and text.text[start - 1 : start + 1] == "\r\n":
            start, head = start - 1, head - 1
        while end > start and text.text[end - 1 : end + 1] == "\r\n":
            end, tail = end + 1, tail - 1
        place = Range(*text.position(start, unit), *text.position(end, unit))
        found.append(TextEdit(place, comes[head : len(comes) - tail]))
    return tuple(found)


def _common(one: str, other: str) -> int:
    """How long the beginning is that two texts share."""
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))


class Move:
    """Where lines have gone between two states of a text: the changed ones are known no more, the others have moved."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        most = min(len(old), len(new))
        head = 0
        while head < most and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < most - head and old[-tail - 1] == new[-tail - 1]:
            tail += 1
        self._first, self._last, self._by = head, len(old) - tail, len(new) - len(old)

    def __call__(self, place: Range) -> Range | None:
        """The region now; None if it was changed."""
        if place.end_line < self._first:
            return place
        if place.line >= self._last:
            return Range(place.line + self._by, place.column, place.end_line + self._by, place.end_column)
        return None


def encoded(text: str) -> bytes:
    """The bytes that an editor would write for a buffer: in the encoding that it declares."""
    plain = text.encode("utf-8", "surrogatepass")
    encoding = SourceFile("", plain).encoding
    if encoding in ("utf-8", "utf-8-sig"):
        return plain
    try:
        return text.encode(encoding)
    except (UnicodeError, LookupError):  # LookupError: a codec that is not one of text, such as `rot13`
        return plain
