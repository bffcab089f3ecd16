"""Markdown in which text stays text: what GitHub shows of names, messages and code that anybody may have written.

A character reference is no protection: GitHub looks for mentions, issue numbers, commits and addresses in what it has
rendered. It looks at no code, so every word that is more than prose becomes a code span: `@name`, `#1`, `a_b`,
`www.example.org`, ``<b>``. That is how such words want to look, anyway.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hybridize_bot.console import visible

BODY = 65_536
"""Characters in the body of a comment or a review, at most."""

_CHUNK = re.compile(r"(?:`[^`]*`|(?<=\.ipynb):cell (?=[0-9])|\w+(?:\[[^][`]*\])?|\S)+")
"""A word; what stands in a pair of backticks is one, with its spaces, and so are a type such as ``float32[32, 4]`` and
a place in a notebook."""
_NAMED = re.compile(r"(`[^`]+`)")
_WORD = re.compile(
    r"""(?P<open>[("']*)
    (?P<core>
        (?:[0-9A-Za-z\x80-\U0010ffff]+(?:[-'/][0-9A-Za-z\x80-\U0010ffff]+)*  # this, that's, and/or
        |[0-9]+(?:[.,][0-9]+)+                                               # 1.5, 10,000
        |[A-Za-z](?:\.[A-Za-z])+                                             # e.g.
        |[-+=]
        )?)
    (?P<close>[)"'.,;:!?%]*)""",
    re.VERBOSE,
)
_LINKED = re.compile(r"[0-9a-f]{7}|[A-Za-z]-[0-9]")
"""In words that GitHub may take for a commit, or an issue: here, or in a tracker that a repository has set up."""
_FIRST = re.compile(r"[0-9]+[.)]|[-+=].*")
"""A word that makes a list or a heading of the line that it begins."""


def text(value: str, most: int = 4_000) -> str:
    """``value`` as one line of prose. Names in backticks, and words that could mean something, are code."""
    value = visible(" ".join(cut(value, most).split()))
    words = [_word(chunk) for chunk in _CHUNK.findall(value)]
    if words and _FIRST.fullmatch(words[0]):
        words[0] = code(words[0])
    return " ".join(words)


def code(value: str, most: int = 4_000) -> str:
    """``value`` as a code span: nothing in it means anything, and all of it is shown."""
    value = visible(re.sub(r"[\t\r\n]+", " ", cut(value, most)))
    ticks = "`" * (_longest(value) + 1)
    # One space on either side is not shown, unless there is nothing else.
    pad = " " if not value or (value.strip(" ") and {value[0], value[-1]} & {"`", " "}) else ""
    return f"{ticks}{pad}{value}{pad}{ticks}"


def block(lines: Sequence[str], language: str = "") -> str:
    """``lines`` as a block of code."""
    ticks = "`" * max(3, _longest("\n".join(lines)) + 1)
    return "\n".join([f"{ticks}{language}", *lines, ticks])


def link(shown: str, address: str) -> str:
    """A link of ours; ``shown`` is Markdown."""
    return f"[{shown}]({address})"


def quoted(path: str) -> str:
    """``path`` as part of an address in a link."""
    return urllib.parse.quote(path, safe="/", errors="backslashreplace")


def row(cells: Sequence[str]) -> str:
    """A row of a table; ``cells`` are Markdown."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def cut(value: str, most: int) -> str:
    """``value``, or as much of it as has ``most`` characters."""
    return value if len(value) <= most else value[: most - 1] + "…"


def units(value: str) -> int:
    """How long a text is for GitHub's limits, counted so that no way of counting gives more characters."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


class Rows(NamedTuple):
    """A list or a table: the only kind of block of which a part makes sense."""

    head: str
    rows: Sequence[str]
    tail: str = ""

    def first(self, count: int) -> str:
        """This with ``count`` of its rows, and how many are left out."""
        rest = f"\n\n… and {len(self.rows) - count:,} more" if count < len(self.rows) else ""
        return f"{self.head}{chr(10).join(self.rows[:count])}{rest}{self.tail}"


_REST = 40
"""Characters that the words for the rest of some rows need."""
_SHORTENED = "This was too long for GitHub, and is not all there is."


def fitted(blocks: Sequence[str | Rows], foot: str, most: int, size: Callable[[str], int] = units) -> str:
    """The ``blocks`` and then the ``foot``, shortened to ``most`` where need be: between blocks or rows, and said.

    The first block and the foot are always there.
    """
    kept = [one for one in blocks if one]
    need = [size(one) if isinstance(one, str) else size(one.first(0)) + _REST for one in kept]
    left = most - size(foot) - size(_SHORTENED) - 4
    shortened = False
    while len(kept) > 1 and sum(need) + 2 * len(kept) > left:
        kept.pop()
        need.pop()
        shortened = True
    left -= sum(need) + 2 * len(kept)
    parts = []
    for one in kept:
        if isinstance(one, Rows):
            count = 0
            while count < len(one.rows) and (cost := size(one.rows[count]) + 1) <= left:
                left -= cost
                count += 1
            parts.append(one.first(count))
        else:
            parts.append(one)
    return "\n\n".join([*parts, *([_SHORTENED] if shortened else []), *([foot] if foot else [])])


def _word(chunk: str) -> str:
    """One word; code as a whole where its parts could not stand side by side."""
    pieces = [piece for piece in _NAMED.split(chunk) if piece]
    shown = []
    for before, piece in zip(["", *pieces], pieces, strict=False):
        if _NAMED.fullmatch(piece):
            if before and _NAMED.fullmatch(before):
                return code(chunk)
            shown.append(code(piece[1:-1]))
            continue
        match = _WORD.fullmatch(piece)
        if match is not None and not _LINKED.search(match["core"]):
            shown.append(piece)
        elif len(pieces) > 1:
            return code(chunk)
        else:
            shown.append(_wrapped(piece))
    return "".join(shown)


def _wrapped(word: str) -> str:
    """A word that is no prose: code, without the punctuation around it."""
    start = len(word) - len(word.lstrip("(\"'"))
    end = len(word.rstrip(")\"'.,;:!?"))
    core = word[start:end]
    # A closing bracket belongs to the word where the opening one does: `f(x)`.
    while end < len(word) and word[end] == ")" and core.count("(") > core.count(")"):
        end += 1
        core = word[start:end]
    return f"{word[:start]}{code(core)}{word[end:]}" if core else code(word)


def _longest(value: str) -> int:
    return max(map(len, re.findall("`+", value)), default=0)
