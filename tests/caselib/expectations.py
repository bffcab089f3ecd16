"""The comments of a case file that say what should be known about their line.

A comment is `` # key: value``; several stand one after the other on a line. A line that holds nothing but such
comments speaks of the next line of code. ``todo-key: value`` says that the analysis does not meet ``key: value`` yet.
A comment that looks like an expectation but has an unknown key is an error, so that a typo cannot hide a check.
"""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass

from caselib.markdown import Case, CaseError, CaseFile

DEF_KEYS = frozenset(
    {
        "effects",
        "via",
        "verdict",
        "hybrid",
        "arguments",
        "supplied",
        "tensor",
        "tensor-unknown",
        "literal",
        "literal-unknown",
        "recursive",
        "callees",
        "facts",
        "types",
        "signature",
        "assumes",
        "relation",
        "obstacle",
    }
)
"""Keys that speak of the function whose ``def`` stands on the line."""
LINE_KEYS = frozenset({"finding", "hazard", "todo-ok", "raises", "reveal"})
"""Keys that speak of the line itself."""
LISTED = frozenset({"finding", "hazard", "todo-ok"})
"""Keys that make one expectation for each item of their value."""
KEYS = DEF_KEYS | LINE_KEYS
TODO = "todo-"

_PIECE = re.compile(r"(?:^|\s)#+\s*(?!hybridize:)(?=[a-z][a-z-]*:(?:\s|$))")
_KEYED = re.compile(r"^([a-z][a-z-]*):\s*(.*?)\s*$")
_REVEAL = re.compile(r"^\s*reveal\(.*\)$")
_DEF = re.compile(r"^\s*(async\s+)?def\s")
_FINDING = re.compile(r'\s*,?\s*([\w-]+)(?:\s+"([^"]*)")?')


@dataclass(frozen=True)
class Expectation:
    """One ``key: value`` of a case file.

    ``line`` is the line of the file it speaks of, ``number`` the line of the Markdown it is written on. A comment with
    several findings makes one expectation for each.
    """

    path: str
    line: int
    number: int
    key: str
    value: str
    todo: bool = False

    @property
    def written(self) -> str:
        """The key as it stands in the file."""
        return TODO + self.key if self.todo else self.key


@dataclass(frozen=True)
class Comment:
    """The comment of one line: its start column, free words before the expectations, then (key, value) pairs."""

    column: int
    words: str
    pairs: tuple[tuple[str, str], ...]


def comments(text: str) -> dict[int, tuple[int, str]]:
    """Line to (column, text) of its comment. Text that Python cannot tokenize is searched for ``#`` instead."""
    found = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = (token.start[1], token.string)
    except (tokenize.TokenError, SyntaxError):
        for number, line in enumerate(text.splitlines(), 1):
            column = line.find("#")
            if column >= 0:
                found.setdefault(number, (column, line[column:]))
    return found


def split_comment(column: int, text: str) -> Comment:
    """The words and pairs of one comment; ``text`` starts at its ``#``."""
    first, *rest = _PIECE.split(text)
    pairs = []
    for piece in rest:
        match = _KEYED.match(piece)
        assert match is not None, "the pattern that split promised a key"
        pairs.append((match[1], match[2]))
    return Comment(column, first.strip(), tuple(pairs))


def split_list(value: str) -> list[str]:
    """Split at commas outside brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for index, character in enumerate(value):
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(value[start:index].strip())
            start = index + 1
    parts.append(value[start:].strip())
    return [part for part in parts if part]


def read(case: Case) -> list[Expectation]:
    """Every expectation of a case.

    Raises:
        CaseError: an unknown key, a key without value, a function key on a line without ``def``, a bare ``reveal``.
    """
    found: list[Expectation] = []
    for file in case.files:
        if file.is_python:
            found.extend(_read_file(case, file))
    return found


def _read_file(case: Case, file: CaseFile) -> list[Expectation]:
    by_line = comments(file.text)
    waiting: list[tuple[int, str, str]] = []
    found = []
    for number, line in enumerate(file.lines, 1):
        column, text = by_line.get(number, (len(line.text), ""))
        code = line.text[:column].rstrip()
        pairs = _pairs(case, line.number, code, column, text)
        if not code:
            waiting.extend((line.number, key, value) for key, value in pairs)
            continue
        for written_on, key, value in [*waiting, *((line.number, key, value) for key, value in pairs)]:
            found.extend(_expect(case, file.path, (number, written_on, code), key, value))
        waiting = []
    if waiting:
        raise CaseError(case.source, waiting[0][0], "this expectation speaks of no line")
    return found


def _pairs(case: Case, number: int, code: str, column: int, text: str) -> tuple[tuple[str, str], ...]:
    comment = split_comment(column, text)
    if not _REVEAL.match(code) or any(key == "todo-reveal" for key, _ in comment.pairs):
        return comment.pairs
    if not comment.words.lstrip("# "):
        raise CaseError(case.source, number, "reveal() needs a comment with the value it should show")
    return (("reveal", comment.words.lstrip("# ")), *comment.pairs)


def _expect(case: Case, path: str, place: tuple[int, int, str], written: str, value: str) -> list[Expectation]:
    line, number, code = place
    todo = written.startswith(TODO) and written not in KEYS
    key = written.removeprefix(TODO) if todo else written
    if key not in KEYS:
        raise CaseError(case.source, number, f"unknown expectation {written!r}")
    if not value:
        raise CaseError(case.source, number, f"{written!r} has no value")
    if key in DEF_KEYS and not _DEF.match(code):
        raise CaseError(case.source, number, f"{written!r} speaks of a function, but there is no def on the line")
    values = _items(case, number, value) if key in LISTED else [value]
    return [Expectation(path, line, number, key, item, todo) for item in values]


def _items(case: Case, number: int, value: str) -> list[str]:
    """``HYB101, HYB103 "text"`` to its items."""
    items, position = [], 0
    while position < len(value):
        match = _FINDING.match(value, position)
        if match is None:
            raise CaseError(case.source, number, f"cannot read {value!r} as a list of codes")
        items.append(value[match.start() : match.end()].strip(" ,"))
        position = match.end()
    return items


def split_finding(value: str) -> tuple[str, str]:
    """``HYB101 "text"`` to code (or slug, or exception) and the text the message must contain."""
    match = _FINDING.fullmatch(value)
    assert match is not None, "checked when it was read"
    return match[1], match[2] or ""
