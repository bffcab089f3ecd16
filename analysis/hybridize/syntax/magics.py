r"""What IPython adds to Python, taken out of the code of a notebook cell without moving anything.

Terms: a *magic* is a line such as ``%matplotlib inline`` or ``!ls``; a *cell magic* (``%%bash``) stands on the first
line and decides what the rest of the cell is. The text that is left is as long as the one that came in, so that lines,
columns and offsets are the same in both: a magic becomes a statement that does nothing, filled up with blanks.

    >>> blanked("%cd src\nx = f(1)\n")
    'pass   \nx = f(1)\n'

A cell may be indented as a whole. The last blank of that indentation becomes a form feed, after which Python counts
from column 0 again. ``%time f(x)`` runs ``f(x)``, so that is kept; what ``x = !ls`` gives is not known, so it becomes a
name that nothing binds. Magics start where a statement can: a ``%`` at the start of a line inside of brackets or of a
string is Python.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

UNKNOWN = "ǃ"
"""Stands for a value that a magic gives: a letter that no keyboard has, and so a name that no notebook binds."""

PYTHON_CELLS = frozenset({"capture", "debug", "ipytest", "prun", "time", "timeit"})
"""The cell magics that run the rest of the cell as Python, in the notebook's own namespace."""

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_CELL_MAGIC = re.compile(r"%%(\w+)(?![\w?])")
_TIMED = re.compile(r"%(?:time|timeit|prun)\s+(?:-(?:[nrpls]\s*\w+|[tcqo]\b)\s+)*")
_COMMAND = re.compile(r"(?:cat|cd|conda|cp|less|ls|man|mkdir|more|mv|pip|rm|rmdir|uv)[ \t]+[^\s=(\[{]")
"""Commands that IPython runs without a sign in front, where the line is not Python."""
_HELP = re.compile(r"%{0,2}[\w.*\[\]]+\?{1,2}\s*")
_ASSIGNED = re.compile(r"([^\s=!<>%#'\"()][^=!<>%#'\"()]*=\s*)([%!].*)")
_ESCAPES = ("%", "!", "?", ",", ";", "/")
"""What a line of Python never starts with, where a statement can start."""

_NEXT = re.compile(r"#|\"\"\"|'''|\"|'|[()\[\]{}]")
_CLOSING = {quote: re.compile(r"(?:\\.|[^\\])*?" + quote) for quote in ('"""', "'''", '"', "'")}


def blanked(source: str) -> str | None:
    """The Python in a cell, as long as ``source``; None where the cell is not Python."""
    lines = [(match[1], match[2]) for match in _LINE.finditer(source) if match[0]]
    first = next((number for number, (text, _) in enumerate(lines) if text.strip()), len(lines))
    parts = [text + end for text, end in lines[:first]]
    indent = lines[first][0][: -len(lines[first][0].lstrip(" \t"))] if first < len(lines) else ""
    rest = _cell([(text.removeprefix(indent), end) for text, end in lines[first:]])
    if rest is None:
        return None
    feed = indent[:-1] + "\f" if indent else ""
    leads = (feed if text.startswith(indent) else "" for text, _ in lines[first:])
    return "".join([*parts, *(lead + line for lead, line in zip(leads, rest, strict=True))])


def _cell(lines: Sequence[tuple[str, str]]) -> list[str] | None:
    """The lines of a cell that begins with the first of them; None where it is not Python."""
    first = 0
    parts: list[str] = []
    while first < len(lines) and lines[first][0].startswith("%%"):
        magic = _CELL_MAGIC.match(lines[first][0])
        if magic is None or magic[1] not in PYTHON_CELLS:
            return None
        parts.append(_nothing(lines[first][0]) + lines[first][1])
        first += 1
    state = _State()
    continued = False
    for text, end in lines[first:]:
        if continued:
            shown: str | None = " " * len(text)
        else:
            shown = _without_magic(text) if state.between_statements else None
        if shown is None:
            state.feed(text)
            parts.append(text + end)
        else:
            continued = text.endswith("\\")
            parts.append(shown + end)
    return parts


def _without_magic(line: str) -> str | None:
    """The line without its magic; None if it has none."""
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    if text.startswith(_ESCAPES):
        return indent + (_kept(text, "0;") or _nothing(text))
    if _HELP.fullmatch(text) or (_COMMAND.match(text) and not _parses(text)):
        return indent + _nothing(text)
    assigned = _ASSIGNED.fullmatch(text)
    if assigned is not None:
        value = (_kept(assigned[2], "") if assigned[2].startswith("%time ") else "") or UNKNOWN
        return indent + assigned[1] + value.ljust(len(assigned[2]))
    return None


def _kept(text: str, lead: str) -> str:
    """The code that a magic such as ``%time`` runs, at its place behind ``lead``; empty if it is not one."""
    timed = _TIMED.match(text)
    if timed is None or text.endswith("\\"):
        return ""
    code = text[timed.end() :]
    return lead.ljust(timed.end()) + code if code.strip() and _parses(f"{lead or 'x ='} {code}") else ""


def _parses(line: str) -> bool:
    try:
        ast.parse(line)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _nothing(text: str) -> str:
    return ("pass" if len(text) >= len("pass") else "0").ljust(len(text))


class _State:
    """Where the lines read so far leave off: between statements, or in brackets, in a string, before a joined line."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._joined = False

    @property
    def between_statements(self) -> bool:
        """Whether a new statement begins."""
        return not (self._quote or self._depth or self._joined)

    def feed(self, line: str) -> None:
        """Read a line of Python."""
        at = 0
        self._joined = line.endswith("\\")
        while at < len(line):
            if self._quote:
                close = _CLOSING[self._quote].match(line, at)
                if close is None:
                    break
                self._quote, at = "", close.end()
                continue
            found = _NEXT.search(line, at)
            if found is None:
                break
            sign, at = found.group(), found.end()
            if sign == "#":
                self._joined = False
                break
            if sign in _CLOSING:
                self._quote = sign
            else:
                self._depth = max(0, self._depth + (1 if sign in "([{" else -1))
        if len(self._quote) == 1 and not self._joined:  # a string that is not closed: the parser will say so
            self._quote = ""
