r"""Patterns of `.gitignore` files, with the meaning that Git gives them.

The matcher is our own because the walk needs an answer about one entry, apart from what its parent folders matched
(a folder that was named on the command line is walked even if it is ignored), because a checkout is hostile input (no
pattern may raise, or take more than polynomial time), and because Git's rules go beyond the usual translations
(character classes, escapes, ``**`` after a literal). A test holds this module against `git check-ignore`.

    >>> patterns = Patterns.parse("*.py\n!keep.py\n/build/\n")
    >>> patterns.ignores("a/b.py", folder=False), patterns.ignores("keep.py", folder=False)
    (True, False)
    >>> patterns.ignores("build", folder=False) is None
    True
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MAX_LENGTH = 4096
"""Longer patterns are passed over; no path is that long."""
_WILD = re.compile(r"[*?\[\\]")
_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\t-\\r ", "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip


class _Pattern(NamedTuple):
    regex: re.Pattern[str]
    negated: bool
    only_folders: bool
    by_name: bool
    """Matched against the last component of the path, wherever it is."""


class Patterns:
    """The patterns of one file, in order; the last that matches decides."""

    __slots__ = ("_any_name", "_any_path", "_patterns")

    def __init__(self, patterns: list[_Pattern]) -> None:
        self._patterns = tuple(reversed(patterns))
        self._any_name = _any_of([p for p in patterns if p.by_name])
        self._any_path = _any_of([p for p in patterns if not p.by_name])

    @classmethod
    def parse(cls, text: str) -> Patterns:
        """Read the text of a `.gitignore` file; lines that can never match are passed over, as in Git."""
        found = []
        for line in text.removeprefix("\ufeff").split("\n"):
            pattern = _parse_line(line.removesuffix("\r"))
            if pattern is not None:
                found.append(pattern)
        return cls(found)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def ignores(self, path: str, *, folder: bool) -> bool | None:
        """True: ignored; False: taken back by a ``!`` pattern; None: no pattern speaks of this entry itself.

        ``path`` is relative to the folder of the patterns and uses ``/``.
        """
        name = path.rpartition("/")[2]
        by_name = self._any_name is not None and self._any_name.fullmatch(name) is not None
        by_path = self._any_path is not None and self._any_path.fullmatch(path) is not None
        if not by_name and not by_path:
            return None
        for pattern in self._patterns:
            if pattern.only_folders and not folder:
                continue
            if pattern.regex.fullmatch(name if pattern.by_name else path):
                return not pattern.negated
        return None


def _any_of(patterns: list[_Pattern]) -> re.Pattern[str] | None:
    """One expression that most entries fail at once; groups are named apart by the pattern's position."""
    if not patterns:
        return None
    parts = (re.sub(r"\(\?P([<=])g", rf"(?P\1p{index}g", p.regex.pattern) for index, p in enumerate(patterns))
    return re.compile("|".join(f"(?:{part})" for part in parts), re.DOTALL)


def _parse_line(line: str) -> _Pattern | None:
    if line.startswith("#") or len(line) > _MAX_LENGTH:
        return None
    body = _strip_trailing_spaces(line)
    negated = body.startswith("!")
    body = body[negated:]
    only_folders = body.endswith("/")
    body = body[: len(body) - only_folders]
    by_name = "/" not in body
    expression = _translate(body if by_name else body.removeprefix("/"), by_name=by_name) if body else None
    if expression is None:
        return None
    return _Pattern(re.compile(expression, re.DOTALL), negated, only_folders, by_name)


def _strip_trailing_spaces(line: str) -> str:
    end = index = 0
    while index < len(line):
        if line[index] == "\\":
            index += 1
            end = index + 1
        elif line[index] != " ":
            end = index + 1
        index += 1
    return line[:end]


# --- translation to a regular expression ------------------------------------------------------------------------
#
# A pattern is a list of items: the expression of one character, or one of the three wildcards below. What lies
# between two wildcards is matched as early as possible and never again (a group inside a lookahead is atomic):
# an earlier match leaves more for the wildcard after it, so nothing is lost, and time stays polynomial.

_STAR = "*"  # any characters of one component
_FOLDERS = "**/"  # any number of whole components, with their slashes
_REST = "**"  # anything


def _translate(pattern: str, *, by_name: bool) -> str | None:
    items = _items(pattern, by_name=by_name)
    return None if items is None else _expression(items)


def _items(pattern: str, *, by_name: bool) -> list[str] | None:
    items: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "*":
            start = position - 1
            while pattern[position : position + 1] == "*":
                position += 1
            after = pattern[position : position + 1]
            wide = (
                position - start > 1
                and not by_name
                # Git compares the literal start of a pattern first, and then takes what follows for a whole pattern.
                and (start == 0 or pattern[start - 1] == "/" or not _WILD.search(pattern, 0, start))
                and (after in ("", "/") or pattern.startswith("\\/", position))
            )
            if wide and after == "/":
                position += 1
                items.append(_FOLDERS)
            else:
                items.append(_REST if wide else _STAR)
        elif char == "?":
            items.append("[^/]")
        elif char == "[":
            parsed = _character_class(pattern, position)
            if parsed is None:
                return None
            expression, position = parsed
            items.append(expression)
        elif char == "\\":
            if position == len(pattern):
                return None
            items.append(re.escape(pattern[position]))
            position += 1
        else:
            items.append(re.escape(char))
    return items


def _character_class(pattern: str, position: int) -> tuple[str, int] | None:
    """Translate the class after ``[``; None if it is not closed or not known: Git matches nothing then."""
    negated = pattern[position : position + 1] in ("!", "^")
    position += negated
    members: list[str] = []
    previous = ""
    first = True
    while first or pattern[position : position + 1] != "]":
        first = False
        char = pattern[position : position + 1]
        if not char:
            return None
        following = pattern[position + 1 : position + 2]
        if char == "-" and previous and following not in ("", "]"):
            position += 1 + (following == "\\")
            end = pattern[position : position + 1]
            if not end:
                return None
            if previous <= end:
                members.append(f"{re.escape(previous)}-{re.escape(end)}")
            previous = ""
        elif char == "[" and following == ":":
            close = pattern.find("]", position + 2)
            if close < 0:
                return None
            name = pattern[position + 2 : close - 1]
            if close - 1 < position + 2 or pattern[close - 1] != ":":
                members.append(re.escape("["))
                previous = "["
            elif name not in _CLASSES:
                return None
            else:
                members.append(_CLASSES[name])
                position, previous = close, ""
        else:
            if char == "\\":
                position += 1
                char = following
                if not char:
                    return None
            members.append(re.escape(char))
            previous = char
        position += 1
    if not members:
        return ("[^/]" if negated else "(?!)"), position + 1
    body = "".join(members)
    return (f"[^/{body}]" if negated else f"(?!/)[{body}]"), position + 1


def _expression(items: list[str]) -> str:
    """Join the items, with every stretch that is followed by a wildcard of the same reach or wider made atomic."""
    output: list[str] = []
    groups = 0

    def atomic(body: str) -> str:
        nonlocal groups
        groups += 1
        return f"(?=(?P<g{groups}>{body}))(?P=g{groups})"

    for run, closing in _runs(items):
        segments: list[str] = []
        for segment in _split(run, "/"):
            chunks = ["".join(chunk) for chunk in _split(segment, _STAR)]
            middle = [atomic(f"[^/]*?{chunk}") for chunk in chunks[1:-1] if chunk]
            segments.append(chunks[0] + "".join(middle) + (f"[^/]*{chunks[-1]}" if len(chunks) > 1 else ""))
        body = "/".join(segments)
        opened = "(?:[^/]*/)*?" if output else ""
        output.append(atomic(opened + body) if opened and closing == _FOLDERS else opened + body)
        if closing == _REST:
            output.append(".*")
    return "".join(output)


def _runs(items: list[str]) -> list[tuple[list[str], str]]:
    """Cut after every wildcard that crosses folders; the second member says which one ends the run ("" at the end)."""
    runs: list[tuple[list[str], str]] = []
    current: list[str] = []
    for item in items:
        if item in (_FOLDERS, _REST):
            runs.append((current, item))
            current = []
        else:
            current.append(item)
    if current or not runs or runs[-1][1] == _FOLDERS:
        runs.append((current, ""))
    return runs


def _split(items: list[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for item in items:
        if item == separator:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts
