"""Source excerpts: the lines of several places in a few files, with underlines and labels, as rustc draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from hybridize.finding import Span
from hybridize.syntax.source import SourceFile
from hybridize_bot.console import one_line, visible
from hybridize_bot.render import _cells
from hybridize_bot.render._places import Places
from hybridize_bot.render._style import Style

_ANY_SIZE = 1 << 40
"""Whether a file is too large was decided when it was analyzed."""

LONGEST_LINE = 160
"""Longer source lines are shown in part, around what is underlined."""


class Mark(msgspec.Struct, frozen=True):
    """One place to underline. ``paint`` colors it; the main place of a finding has ``primary`` set."""

    span: Span
    label: str
    paint: Callable[[str], str]
    primary: bool = False


class Sources:
    """Reads files once, as Python reads them; a file that cannot be read has no lines."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._files: dict[str, SourceFile | None] = {}

    def file(self, path: str) -> SourceFile | None:
        """The file at ``path``, if it can be read."""
        if path not in self._files:
            read = SourceFile.read(str(self._places.file(path)), path, _ANY_SIZE)
            self._files[path] = read if isinstance(read, SourceFile) else None
        return self._files[path]

    def line(self, path: str, number: int) -> str | None:
        """Line ``number`` of ``path``, from 1, without its end; there is one behind the last line end, too."""
        source = self.file(path)
        return source.line_text(number) if source is not None and 0 < number <= source.line_count + 1 else None

    def in_file(self, span: Span) -> Span:
        """The place of ``span`` in its file: in the JSON of a notebook, for those who see it as a file of lines."""
        source = self.file(span.path)
        if source is None or source.notebook is None:
            return span
        line, column = source.notebook.place(span.line, span.column)
        if not span.end_line:
            return Span(span.path, line)
        return Span(span.path, line, column, *source.notebook.place(span.end_line, span.end_column))

    def file_line(self, path: str, number: int) -> str:
        """Line ``number`` of the file itself, without its end; empty where there is none."""
        source = self.file(path)
        if source is not None and source.notebook is not None:
            return source.notebook.file_line(number)
        return self.line(path, number) or ""


def excerpt(marks: Sequence[Mark], sources: Sources, places: Places, style: Style) -> list[str]:
    """Draw ``marks``: the file of the primary one first, each file's lines in order; cells count as files."""
    primary = next(mark for mark in marks if mark.primary)
    parts = list(dict.fromkeys(_part(mark, places) for mark in (primary, *marks)))
    margin = max(len(str(places.cell(mark.span.path, mark.span.line)[1])) for mark in marks)
    bar = style.gutter(" " * margin + " |")
    drawn: list[str] = []
    for part in parts:
        own = sorted((mark for mark in marks if _part(mark, places) == part), key=_order)
        head = next((mark for mark in own if mark.primary), own[0])
        arrow = style.gutter(" " * margin + ("-->" if head.primary else ":::"))
        drawn.append(f"{arrow} {one_line(places.position(head.span))}")
        body = _file(own, sources, places, margin, style)
        if body:
            drawn += [bar, *body, bar]
        else:
            drawn += [f"{bar} {mark.paint(visible(mark.label))}" for mark in own if mark.label]
    return drawn


def _part(mark: Mark, places: Places) -> tuple[str, int | None]:
    """What is drawn together: a file, or a cell of a notebook."""
    return mark.span.path, places.cell(mark.span.path, mark.span.line)[0]


def _order(mark: Mark) -> tuple[int, bool, int]:
    return (mark.span.line, not mark.primary, -mark.span.column)


def _file(marks: Sequence[Mark], sources: Sources, places: Places, margin: int, style: Style) -> list[str]:
    drawn: list[str] = []
    last = 0
    for number in sorted({mark.span.line for mark in marks}):
        text = sources.line(marks[0].span.path, number)
        if text is None:
            continue
        if drawn and number > last + 1:
            drawn.append(style.gutter("..."))
        last = number
        here = [mark for mark in marks if mark.span.line == number]
        drawn += _line(text, places.cell(marks[0].span.path, number)[1], here, margin, style)
    return drawn


def _line(text: str, number: int, marks: Sequence[Mark], margin: int, style: Style) -> list[str]:
    ranges = [extent(mark.span, text) for mark in marks]
    offset, text, shift = _window(text, *ranges[0])
    text = _printable(text)
    shown, columns = _cells.expand_tabs(text)
    bar = style.gutter(" " * margin + " |")
    drawn = [f"{style.gutter(f'{number:>{margin}} |')} {shown}".rstrip()]
    for mark, (start, end) in zip(marks, ranges, strict=True):
        first = columns[_clamp(start - offset + shift, len(text))]
        after = columns[_clamp(end - offset + shift, len(text))]
        sign = ("^" if mark.primary else "-") * max(1, after - first)
        label = f" {visible(mark.label)}" if mark.label else ""
        drawn.append(f"{bar} {' ' * first}{mark.paint(sign + label)}")
    return drawn


def _clamp(index: int, length: int) -> int:
    return max(0, min(index, length))


def extent(span: Span, text: str) -> tuple[int, int]:
    """Return the first index and the one after the last of what to underline on the first line of ``span``."""
    if not span.end_line and not span.column:  # the whole line is meant
        return len(text) - len(text.lstrip()), len(text.rstrip())
    end = span.end_column if span.end_line in (0, span.line) else len(text.rstrip())
    return span.column, max(end, span.column + 1)


def _window(text: str, start: int, end: int) -> tuple[int, str, int]:
    """The part of a long line around ``start``; the index it begins at, the text, and what was put before it."""
    if len(text) <= LONGEST_LINE:
        return 0, text, 0
    begin = max(0, min(start - LONGEST_LINE // 4, len(text) - LONGEST_LINE))
    if end - begin <= LONGEST_LINE and begin < LONGEST_LINE // 4:
        begin = 0
    part = text[begin : begin + LONGEST_LINE]
    tail = _cells.ELLIPSIS if begin + LONGEST_LINE < len(text) else ""
    return (begin, _cells.ELLIPSIS + part + tail, 1) if begin else (0, part + tail, 0)


def _printable(text: str) -> str:
    """Same length, nothing that a terminal would act on; tabs stay."""
    return "".join(one if one == "\t" or visible(one) == one else "\N{REPLACEMENT CHARACTER}" for one in text)
