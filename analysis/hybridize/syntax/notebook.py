"""`Notebook`: the Python in a Jupyter notebook as one text, and the way back into its JSON.

Terms: the *text* is the code cells in their order, each ended by a line end, without what is not Python (`magics`).
Cells count from 1, those that hold no code included, as other tools count them. The *file* is the JSON around it.

Offsets into the text are offsets into what the cells hold, so an edit of the text is one of the cells it touches. All
else in the file stays as it is to the byte: in an edited cell, too, lines that do not change keep their JSON strings.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from hybridize.syntax.magics import blanked

SUFFIX = ".ipynb"

_BLANKS = re.compile(r"[ \t\r\n]*")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_CHARACTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)
_ESCAPED = re.compile(r"\\u(?!00[0-7])")
_PIECE = re.compile(r"[^\n]*\n|[^\n]+")
_DECODER = json.JSONDecoder()

_Parser = Callable[[str, int], "tuple[Any, int]"]


class Piece(NamedTuple):
    """One JSON string of a cell's source: what it says, and where it stands in the file, with its quotes."""

    value: str
    start: int
    end: int


class Cell(NamedTuple):
    """A cell of Python."""

    number: int
    line: int
    """The line of the text that it begins with."""
    start: int
    """The offset in the text that it begins at."""
    source: str
    pieces: tuple[Piece, ...]

    @property
    def ended(self) -> bool:
        """Whether the source has a line end of its own, as the text does in any case."""
        return self.source.endswith(("\n", "\r"))

    @property
    def text(self) -> str:
        """The source, ended by a line end."""
        return self.source if self.ended else self.source + "\n"


class Notebook:
    r"""The notebook whose bytes are ``data``; without text where ``problem`` says why it cannot be read.

    >>> notebook = Notebook(b'{"cells": [{"cell_type": "code", "source": ["x = 1"]}], "nbformat": 4}')
    >>> notebook.text
    'x = 1\n'
    """

    __slots__ = ("_file", "_lines", "_lines_of_cells", "_starts", "cells", "language", "problem", "text")

    def __init__(self, data: bytes) -> None:
        self._file = ""
        self._lines: list[int] | None = None
        self.language = "python"
        self.problem = ""
        self.cells: tuple[Cell, ...] = ()
        self._starts: list[int] = []
        self._lines_of_cells: list[int] = []
        self.text = ""
        try:
            self._file = data.decode("utf-8")
            self._read()
        except UnicodeDecodeError:
            self.problem = "the notebook is not valid UTF-8"
        except json.JSONDecodeError as error:
            reason = error.msg[:1].lower() + error.msg[1:]
            self.problem = f"the notebook is not valid JSON: {reason} (line {error.lineno})"
        except RecursionError:
            self.problem = "the notebook is nested too deeply to be read"

    def _read(self) -> None:
        found, end = _object(self._file, 1 if self._file.startswith("\ufeff") else 0, {"cells": _cells})
        if _skip(self._file, end) != len(self._file):
            raise json.JSONDecodeError("Extra data", self._file, end)
        metadata = found.get("metadata")
        self.language = _language(metadata if isinstance(metadata, dict) else {})
        version = found.get("nbformat")
        if isinstance(version, int) and version < 4:
            self.problem = f"the notebook has format {version}; open and save it with a current Jupyter"
        elif not isinstance(found.get("cells"), list):
            self.problem = "the notebook has no list of cells"
        elif self.language == "python":
            self._join(found["cells"])

    def _join(self, cells: Sequence[dict[str, Any]]) -> None:
        joined: list[Cell] = []
        texts: list[str] = []
        line, start = 1, 0
        for number, raw in enumerate(cells, 1):
            pieces = raw.get("source")
            if raw.get("cell_type") != "code" or not isinstance(pieces, tuple) or _other_language(raw):
                continue
            cell = Cell(number, line, start, "".join(piece.value for piece in pieces), pieces)
            python = blanked(cell.text)
            if python is None or not python.strip():
                continue
            joined.append(cell)
            texts.append(python)
            line += len(_NEWLINE.findall(python))
            start += len(python)
        self.cells = tuple(joined)
        self._starts = [cell.start for cell in joined]
        self._lines_of_cells = [cell.line for cell in joined]
        self.text = "".join(texts)

    # -- places ----------------------------------------------------------------------------------------------------

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Line (from 1) and column (from 0, in code points) in the file of a place in the text."""
        number = bisect.bisect_right(self._lines_of_cells, line) - 1
        if number < 0:
            return 1, 0
        cell = self.cells[number]
        ends = [0, *(match.end() for match in _NEWLINE.finditer(cell.source))]
        rest = min(ends[min(line - cell.line, len(ends) - 1)] + column, len(cell.source))
        for piece in cell.pieces:
            if rest < len(piece.value) or piece is cell.pieces[-1]:
                return self._file_place(self._within(piece, rest))
            rest -= len(piece.value)
        return 1, 0

    def file_line(self, line: int) -> str:
        """Line ``line`` of the file, without its end."""
        starts = self._line_starts()
        end = starts[line] if line < len(starts) else len(self._file)
        return self._file[starts[line - 1] : end].rstrip("\r\n")

    def _within(self, piece: Piece, count: int) -> int:
        """The offset in the file of a character of a string."""
        at = piece.start + 1
        while count > 0:
            match = _CHARACTER.match(self._file, at, piece.end - 1)
            assert match is not None, "the string has so many characters"
            at = match.end()
            count -= 1
        return at

    def _file_place(self, offset: int) -> tuple[int, int]:
        starts = self._line_starts()
        line = bisect.bisect_right(starts, offset)
        return line, offset - starts[line - 1]

    def _line_starts(self) -> list[int]:
        if self._lines is None:
            self._lines = [0, *(match.end() for match in _NEWLINE.finditer(self._file))]
        return self._lines

    # -- edits -----------------------------------------------------------------------------------------------------

    def refusal(self, edits: Iterable[tuple[int, int, str]]) -> str:
        """Why the cells cannot be edited so, as a clause; empty if they can. An edit replaces ``text[start:end]``."""
        for start, end, _ in edits:
            cell = self._cell(start)
            if cell is None or end > cell.start + len(cell.text):
                return "it would change several cells of the notebook at once"
            if cell.text[start - cell.start : end - cell.start] != self.text[start:end]:
                return "it would change a line that is not Python"
            before = cell.source[: start - cell.start]
            if not before.strip() and cell.source.lstrip().startswith("%%"):
                return "it would stand before a magic that has to come first in its cell"
        return ""

    def edited(self, edits: Iterable[tuple[int, int, str]]) -> bytes:
        """The file after ``edits``, in the order of the text, none of which `refusal` speaks against."""
        by_cell: dict[Cell, list[tuple[int, int, str]]] = {}
        for edit in edits:
            cell = self._cell(edit[0])
            assert cell is not None, "an edit stands in a cell"
            by_cell.setdefault(cell, []).append(edit)
        parts, last = [], 0
        for cell, own in by_cell.items():
            for start, end, literal in self._rewritten(cell, own):
                parts += [self._file[last:start], literal]
                last = end
        return "".join([*parts, self._file[last:]]).encode("utf-8")

    def _cell(self, offset: int) -> Cell | None:
        number = bisect.bisect_right(self._starts, offset) - 1
        return self.cells[number] if number >= 0 else None

    def _rewritten(self, cell: Cell, edits: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
        """What to replace in the file, as (start, end, text), for the edits of one cell."""
        parts, last = [], 0
        for start, end, replacement in edits:
            parts += [cell.text[last : start - cell.start], replacement]
            last = end - cell.start
        source = "".join([*parts, cell.text[last:]])
        if not cell.ended:
            source = source.removesuffix("\n")
        if source == cell.source:
            return []
        old = cell.pieces
        if not self._file[: old[0].start].rstrip(" \t\r\n").endswith("["):
            return [(old[0].start, old[0].end, self._literal(source))]
        head = tail = begin = 0
        end = len(source)
        while head < len(old) and old[head].value.endswith("\n") and source.startswith(old[head].value, begin):
            begin += len(old[head].value)
            head += 1
        while tail < len(old) - head and _ends_in_line(source, old[-tail - 1].value, begin, end):
            end -= len(old[-tail - 1].value)
            tail += 1
        return [self._replaced(old, head, len(old) - head - tail, _PIECE.findall(source[begin:end]))]

    def _replaced(self, old: Sequence[Piece], head: int, count: int, fresh: Sequence[str]) -> tuple[int, int, str]:
        """Put strings in the place of ``count`` ones after the first ``head``, set apart as those of the cell are."""
        literals = [self._literal(line) for line in fresh]
        between = self._between(old)
        if count:
            first, last = old[head], old[head + count - 1]
            if literals:
                return first.start, last.end, between.join(literals)
            if head:  # the comma before goes as well
                return old[head - 1].end, last.end, ""
            after = old[count].start if count < len(old) else last.end
            return first.start, after, ""
        if head:
            return old[head - 1].end, old[head - 1].end, "".join(between + literal for literal in literals)
        return old[0].start, old[0].start, "".join(literal + between for literal in literals)

    def _between(self, pieces: Sequence[Piece]) -> str:
        """What stands between two strings of the list: a comma, and the blanks before the first."""
        if len(pieces) > 1:
            return self._file[pieces[0].end : pieces[1].start]
        before = self._file[: pieces[0].start]
        return "," + (before[len(before.rstrip(" \t\r\n")) :] or " ")

    def _literal(self, text: str) -> str:
        """``text`` as a JSON string in the style of the file."""
        only_ascii = self._file.isascii() and _ESCAPED.search(self._file) is not None
        if not only_ascii:
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                only_ascii = True
        return json.dumps(text, ensure_ascii=only_ascii)


def _ends_in_line(text: str, line: str, begin: int, end: int) -> bool:
    """Whether ``text[begin:end]`` ends in ``line``, and that begins a line."""
    start = end - len(line)
    return bool(line) and start >= begin and text.endswith(line, begin, end) and (start == 0 or text[start - 1] == "\n")


# -- what the file says ------------------------------------------------------------------------------------------------


def _language(metadata: dict[str, Any]) -> str:
    """The language of the notebook, in lower case; Python where nothing is said."""
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        about = metadata.get(key)
        name = about.get(field) if isinstance(about, dict) else None
        if isinstance(name, str) and name:
            return "python" if name.lower() in ("ipython", "python2", "python3") else name.lower()
    return "python"


def _other_language(cell: dict[str, Any]) -> bool:
    """Whether an editor's note says that the cell is not Python."""
    metadata = cell.get("metadata")
    editor = metadata.get("vscode") if isinstance(metadata, dict) else None
    language = editor.get("languageId") if isinstance(editor, dict) else None
    return isinstance(language, str) and language != "python"


# -- JSON with places --------------------------------------------------------------------------------------------------


def _skip(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


def _past(text: str, at: int, sign: str) -> int:
    """The place behind ``sign`` and the blanks after it."""
    at = _skip(text, at)
    if not text.startswith(sign, at):
        raise json.JSONDecodeError(f"Expecting '{sign}'", text, at)
    return _skip(text, at + 1)


def _any(text: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, at)


def _object(text: str, at: int, parsers: dict[str, _Parser]) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _past(text, at, "{")
    while not text.startswith("}", at):
        if found:
            at = _past(text, at, ",")
        if not text.startswith('"', at):
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        key, at = _any(text, at)
        at = _past(text, at, ":")
        found[key], at = parsers.get(key, _any)(text, at)
        at = _skip(text, at)
    return found, at + 1


def _list(text: str, at: int, parser: _Parser) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = _past(text, at, "[")
    while not text.startswith("]", at):
        if found:
            at = _past(text, at, ",")
        one, at = parser(text, at)
        found.append(one)
        at = _skip(text, at)
    return found, at + 1


def _cells(text: str, at: int) -> tuple[Any, int]:
    return _list(text, at, _cell) if text.startswith("[", at) else _any(text, at)


def _cell(text: str, at: int) -> tuple[dict[str, Any], int]:
    return _object(text, at, {"source": _source})


def _source(text: str, at: int) -> tuple[Any, int]:
    """The strings of a cell's source; None where it is no text."""
    if text.startswith('"', at):
        piece, at = _piece(text, at)
        return (piece,), at
    if not text.startswith("[", at):
        return None, _any(text, at)[1]
    pieces, at = _list(text, at, _piece)
    return (tuple(pieces) if pieces and None not in pieces else None), at


def _piece(text: str, at: int) -> tuple[Piece | None, int]:
    value, end = _any(text, at)
    return (Piece(value, at, end) if isinstance(value, str) else None), end
