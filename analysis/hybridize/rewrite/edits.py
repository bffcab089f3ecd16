"""Edits of one text: plain replacements that do not overlap, applied at once, and written as fixes.

Equal edits of several fixes are one edit: two decorators need one import.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hybridize.finding import Edit
from hybridize.span import Span
from hybridize.syntax.source import SourceFile


class TextEdit(NamedTuple):
    """Replace ``text[start:end]`` by ``replacement``. Of insertions at one place that of lower ``rank`` comes first."""

    start: int
    end: int
    rank: int
    replacement: str


IMPORT, CODE = 0, 1
"""Ranks: an import stands before the function that needs it."""


def conflict(one: TextEdit, other: TextEdit) -> bool:
    """Whether the result depends on which comes first."""
    if one == other:
        return False
    if one.start == one.end and other.start == other.end:
        return one.start == other.start and one.rank == other.rank
    return one.start < other.end and other.start < one.end


def conflicting(edits: Iterable[TextEdit], others: Sequence[TextEdit]) -> bool:
    """Whether some edit is in conflict with one of ``others``."""
    return any(conflict(edit, other) for edit in edits for other in others)


def apply(text: str, edits: Iterable[TextEdit]) -> str:
    """The text after ``edits``, none of which are in conflict."""
    parts, last = [], 0
    for edit in sorted(set(edits)):
        parts += [text[last : edit.start], edit.replacement]
        last = edit.end
    return "".join([*parts, text[last:]])


def encoded(source: SourceFile, text: str) -> bytes | None:
    """The bytes of the file with ``text`` in it; None if its encoding cannot write that, or does not round-trip."""
    mark = source.data[: len(source.data) - len(source.data.removeprefix(_MARK))]
    encoding = "utf-8" if mark else source.encoding
    try:
        if mark + source.text.encode(encoding) != source.data:
            return None
        return mark + text.encode(encoding)
    except UnicodeError:
        return None


def written(source: SourceFile, edits: Iterable[TextEdit]) -> bytes | None:
    """The bytes of the file with ``edits``, none of which are in conflict; None if they cannot be written."""
    if source.notebook is None:
        return encoded(source, apply(source.text, edits))
    plain = [(edit.start, edit.end, edit.replacement) for edit in sorted(set(edits))]
    return None if source.notebook.refusal(plain) else source.notebook.edited(plain)


_MARK = b"\xef\xbb\xbf"


def located(source: SourceFile, edits: Iterable[TextEdit]) -> tuple[Edit, ...]:
    """The edits with lines and columns, in the order of the text."""
    merged: list[TextEdit] = []
    for edit in sorted(set(edits)):
        if merged and merged[-1].start == merged[-1].end == edit.start:
            edit = edit._replace(replacement=merged.pop().replacement + edit.replacement)  # noqa: PLW2901
        merged.append(edit)
    return tuple(
        Edit(Span(source.path, *source.position(edit.start), *source.position(edit.end)), edit.replacement)
        for edit in merged
    )
