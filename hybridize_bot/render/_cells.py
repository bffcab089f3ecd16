"""Width of text on a terminal: wide and combining characters, tabs, cutting to fit."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"


def width(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_character, text))


def _character(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def fit(text: str, columns: int) -> str:
    """Return ``text``, cut with an ellipsis where it is wider than ``columns``."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += _character(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept) + ELLIPSIS if columns > 0 else ""


def pad(text: str, columns: int) -> str:
    """Fill ``text`` with spaces up to ``columns``."""
    return text + " " * (columns - width(text))


def expand_tabs(text: str, size: int = 4) -> tuple[str, list[int]]:
    """Return ``text`` with tabs as spaces, and for each index of ``text`` (and its end) the column it starts at."""
    shown: list[str] = []
    columns: list[int] = []
    column = 0
    for character in text:
        columns.append(column)
        if character == "\t":
            step = size - column % size
            shown.append(" " * step)
            column += step
        else:
            shown.append(character)
            column += _character(character)
    columns.append(column)
    return "".join(shown), columns
