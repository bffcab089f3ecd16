r"""Text of programs as a page shows it: nothing in it is invisible, reorders what stands around it, or has no end.

What cannot be shown as it is, is written out (``\u202e``), and the page marks the places where that was done. Columns
count UTF-16 code units, as browsers do.
"""

from __future__ import annotations

import re

import msgspec

from hybridize_bot.console import visible
from hybridize_bot.render._positions import utf16

_UNSEEN = re.compile(
    "[\xad\u115f\u1160\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What has no width, or looks like a space and is none. Joiners are not among it, which emoji and scripts need."""

LONGEST_LINE = 2_000
"""Of a longer line the page has no more."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a file; ``hidden`` are the ranges where a character is written out, or that are not of the file."""

    text: str
    hidden: tuple[tuple[int, int], ...] = ()


def shown(text: str) -> str:
    """``text`` on one line, in characters that are what they look like, and that there is an encoding for."""
    seen = visible(text.encode("utf-8", "backslashreplace").decode()).replace("\n", "\\n")
    return seen if seen.isascii() else _UNSEEN.sub(lambda hit: hit[0].encode("unicode_escape").decode("ascii"), seen)


def line(text: str) -> Line:
    """One line of a file, as the page shows it."""
    kept = text[:LONGEST_LINE]
    hidden: list[tuple[int, int]] = []
    written = shown(kept)
    if written != kept:
        at, parts = 0, []
        for one in kept:
            parts.append(shown(one))
            end = at + utf16(parts[-1])
            if parts[-1] != one:
                hidden.append((at, end))
            at = end
    if len(kept) < len(text):
        note = f" … {len(text) - len(kept):,} more characters"
        begin = utf16(written)
        hidden.append((begin, begin + len(note)))
        written += note
    return Line(written, tuple(hidden))


def column(text: str, index: int) -> int:
    """Where character ``index`` of a line is in what the page shows of it."""
    return utf16(shown(text[: min(index, LONGEST_LINE)]))
