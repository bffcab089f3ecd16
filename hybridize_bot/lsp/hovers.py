"""What is told of the name under the pointer: a function, a parameter, a variable, an attribute."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from lsprotocol import types

from hybridize_bot.lsp.conversions import region
from hybridize_bot.lsp.documents import Document
from hybridize_bot.lsp.messages import Function, Held, Range, Unit
from hybridize_bot.lsp.program import Program
from hybridize_bot.lsp.texts import points, units

_NAME = re.compile(r"[^\W\d]\w*")
MOST_VALUES = 8


class Word:
    """The name at a place."""

    def __init__(self, name: str, place: Range, attribute: bool) -> None:
        self.name = name
        self.place = place
        self.attribute = attribute
        """It stands behind a dot."""


def word(document: Document, position: types.Position, unit: Unit) -> Word | None:
    """The name at a place of a document."""
    line = document.text.line(position.line)
    at = points(line, position.character, unit)
    for match in _NAME.finditer(line):
        if match.start() <= at <= match.end() and not keyword.iskeyword(match[0]):
            start, end = (units(line[:index], unit) for index in match.span())
            place = Range(position.line, start, position.line, end)
            return Word(match[0], place, line[: match.start()].rstrip().endswith("."))
    return None


async def hover(program: Program, document: Document, position: types.Position, unit: Unit) -> types.Hover | None:
    """What is known of the name at a place."""
    functions = program.functions.get(document.path, ())
    at = Range(position.line, position.character, position.line, position.character)
    for function in functions:
        if function.head.touches(at):
            return _hover(function.text, function.head)
    found = word(document, position, unit)
    if found is None:
        return None
    parts = [] if found.attribute else _of_parameter(functions, found)
    # A parameter has its answer; for what else a name may hold, the program is evaluated once more.
    parts += _of_values(await program.held(document.path, wait=not parts), found)
    return _hover("\n\n".join(parts), found.place) if parts else None


def _hover(text: str, place: Range) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), region(place))


def _of_parameter(functions: Sequence[Function], word: Word) -> list[str]:
    """What is told of the parameter that a name in a function means, if it means one."""
    around = [one for one in functions if one.body.touches(word.place)]
    for function in sorted(around, key=lambda one: one.body.end_line - one.body.line):
        for parameter in function.parameters:
            if parameter.name == word.name:
                return [f"parameter of `{function.name}`: {parameter.text}"]
    return []


def _of_values(held: Sequence[Held], word: Word) -> list[str]:
    named = [one for one in held if one.name == word.name and one.attribute == word.attribute]
    if word.attribute:
        own = [one for one in named if one.at is not None and one.at[2:] == word.place[2:]]
        return [f"`{word.name}`: `{one.value}`" for one in own[:1]]
    around = [one for one in named if one.within.touches(word.place)]
    if not around:
        return []
    within = min((one.within for one in around), key=lambda one: (one.end_line - one.line, one))
    lines: dict[str, list[int]] = {}
    for one in around:
        if one.within == within:
            lines.setdefault(one.value, []).extend([one.at.line + 1] if one.at is not None else [])
    return [_told(word.name, value, places) for value, places in list(lines.items())[:MOST_VALUES]]


def _told(name: str, value: str, places: list[int]) -> str:
    numbers = ", ".join(map(str, sorted(set(places))))
    return f"`{name}`: `{value}`{f' (given in line {numbers})' if numbers else ''}"
