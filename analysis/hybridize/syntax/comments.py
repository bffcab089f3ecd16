"""The comments of a file, and which code each of them speaks of.

A comment behind code speaks of the statement (the *logical line* of the Python tokenizer) it stands in, a comment on
a line of its own of the statement right below it. A comment of a decorator or of the header of a ``def`` speaks of
the whole function, from its first decorator to the last line of its body.
"""

from __future__ import annotations

import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from hybridize.syntax.source import SourceFile

_LAYOUT = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


class Comment(NamedTuple):
    """One comment. ``first`` to ``last`` are the lines that it speaks of; none (0 to -1), if nothing is below it."""

    line: int
    column: int
    text: str
    alone: bool
    """Nothing else is on its line."""
    first: int
    last: int


class _Statement(NamedTuple):
    """A logical line."""

    first: int
    last: int
    depth: int
    kind: str
    """``decorator``, ``def``, or another one: ``other``."""


def comments(source: SourceFile) -> tuple[Comment, ...]:
    """Every comment of ``source``, in order; none, if the file cannot be split into tokens."""
    try:
        found, statements = _scanned(source.text)
    except (tokenize.TokenError, SyntaxError):  # IndentationError is one
        return ()
    regions = _regions(statements)
    at: dict[int, tuple[int, int]] = {}
    for statement, region in zip(statements, regions, strict=True):
        for line in range(statement.first, statement.last + 1):
            at.setdefault(line, region)
    own = {comment.start[0] for comment, alone in found if alone}
    result = []
    for comment, alone in found:
        line, column = comment.start
        below = line
        while below in own and below not in at:
            below += 1
        region = at.get(below, (0, -1))
        result.append(Comment(line, column, comment.string, alone, *region))
    return tuple(result)


def open_lines(source: SourceFile) -> tuple[int, ...]:
    """The lines that a comment can be put behind, or that end with one; none, if the file has no tokens.

    Others end inside a text, or with a backslash.
    """
    ends = {tokenize.NEWLINE, tokenize.NL}
    try:
        return tuple(token.start[0] for token in _tokens(source.text) if token.type in ends and token.string)
    except (tokenize.TokenError, SyntaxError):
        return ()


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    # Not `splitlines`: a form feed or a Unicode line separator ends no line of Python.
    lines = iter([f"{line}\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")])
    return tokenize.generate_tokens(lambda: next(lines, ""))


def _scanned(text: str) -> tuple[list[tuple[tokenize.TokenInfo, bool]], list[_Statement]]:
    found: list[tuple[tokenize.TokenInfo, bool]] = []
    statements: list[_Statement] = []
    words: list[str] = []
    first = depth = used = 0
    for token in _tokens(text):
        if token.type == tokenize.COMMENT:
            found.append((token, token.start[0] != used))
        elif token.type == tokenize.INDENT:
            depth += 1
        elif token.type == tokenize.DEDENT:
            depth -= 1
        elif token.type == tokenize.NEWLINE:
            if words:
                statements.append(_Statement(first, token.start[0], depth, _kind(words)))
            words = []
        elif token.type not in _LAYOUT:
            if not words:
                first = token.start[0]
            if len(words) < 2:
                words.append(token.string)
            used = token.end[0]
    return found, statements


def _kind(words: list[str]) -> str:
    if words[0] == "@":
        return "decorator"
    return "def" if words[0] == "def" or words == ["async", "def"] else "other"


def _regions(statements: list[_Statement]) -> list[tuple[int, int]]:
    """The lines that a comment of each statement speaks of."""
    regions = [(statement.first, statement.last) for statement in statements]
    for index, statement in enumerate(statements):
        if statement.kind != "def":
            continue
        start = index
        while start and statements[start - 1].kind == "decorator" and statements[start - 1].depth == statement.depth:
            start -= 1
        end = index + 1
        while end < len(statements) and statements[end].depth > statement.depth:
            end += 1
        whole = (statements[start].first, statements[end - 1].last)
        regions[start : index + 1] = [whole] * (index + 1 - start)
    return regions
