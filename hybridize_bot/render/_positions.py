"""Places as other programs count them: columns from 1, in the unit of each format.

Inside, columns count code points from 0. Formats disagree on what a column is as soon as a line holds more than ASCII:
SARIF says which unit it uses (ours are UTF-16 code units), reviewdog counts bytes of UTF-8, the others say nothing and
get code points, as the text formats have them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hybridize.finding import Span
from hybridize_bot.render._source import Sources

Unit = Callable[[str], int]
"""How long a text is."""


def utf8(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def utf16(text: str) -> int:
    """Code units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Region(NamedTuple):
    """A region, all from 1; the end column is the one behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


class Positions:
    """Turns spans into regions of files with columns in ``unit``; a line that cannot be read counts as ASCII."""

    def __init__(self, sources: Sources, unit: Unit = len) -> None:
        self._sources = sources
        self._unit = unit

    def region(self, span: Span) -> Region:
        """The region of ``span``; of a whole line, where the span names no end."""
        span = self._sources.in_file(span)
        end_line = span.end_line or span.line
        end_column = span.end_column if span.end_line else len(self._sources.file_line(span.path, span.line))
        start = self._column(span.path, span.line, span.column)
        return Region(span.line, start, end_line, self._column(span.path, end_line, max(end_column, 0)))

    def _column(self, path: str, line: int, column: int) -> int:
        text = self._sources.file_line(path, line)
        return self._unit(text[:column]) + max(0, column - len(text)) + 1
