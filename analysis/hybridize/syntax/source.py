r"""`SourceFile`: the bytes of one Python file and every way to point into them.

Terms: *lines* are those of the Python tokenizer: ``\n``, ``\r\n`` and a lone ``\r`` end one, a form feed or a
Unicode line separator does not. Lines are 1-based. A *column* is 0-based and counts code points; the columns of `ast`
count bytes of UTF-8 (whatever the encoding of the file), and `SourceFile.column` is the one place that converts them.

    >>> source = SourceFile("a.py", "é = f(x)\n".encode())
    >>> source.column(1, 5)         # `f` is at byte 5 and at column 4
    4

Of a notebook, text and lines are those of the Python in it (see `hybridize.syntax.notebook`); ``data`` is the file.

Text is decoded on demand: a file that is only hashed, or only parsed, is never decoded here. Decoding never fails; a
file that is not valid in its own encoding is read with replacement characters, so that messages can still quote it,
and `hybridize.syntax.parse` is what says that it is broken.
"""

from __future__ import annotations

import bisect
import codecs
import hashlib
import os
import re
import stat
import tokenize

from hybridize.errors import Problem
from hybridize.finding import Span
from hybridize.syntax.notebook import SUFFIX, Notebook

_NEWLINE = re.compile(r"\r\n|\r|\n")
OUTPUTS = 16
"""How much larger than a module a notebook may be."""
_FIRST_TWO_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?[^\r\n]*")


class SourceFile:
    """One file: ``path`` (relative to the analysis root, with ``/``) and ``data``, its bytes as they are on disk."""

    __slots__ = ("_ascii", "_digest", "_lines", "_starts", "_text", "data", "notebook", "path")

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.notebook = Notebook(data) if path.endswith(SUFFIX) else None
        self._ascii = data.isascii() if self.notebook is None else self.notebook.text.isascii()
        self._digest = ""
        self._text: str | None = None
        self._starts: list[int] | None = None
        self._lines: dict[int, bytes | None] = {}

    @classmethod
    def read(cls, absolute: str, path: str, limit: int) -> SourceFile | Problem:
        """Read a file of at most ``limit`` bytes; what cannot be read, or is larger, is a `Problem`.

        Most of a notebook may be outputs of its cells, so it may have `OUTPUTS` times as many.
        Nothing but a regular file is ever read, even if the path has become a pipe or a device since it was found.
        """
        if path.endswith(SUFFIX):
            limit *= OUTPUTS
        try:
            # O_NONBLOCK: opening a pipe without a writer would wait forever.
            handle = os.open(absolute, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as error:
            return Problem(path, "the file cannot be read: " + explain(error))
        try:
            with open(handle, "rb", buffering=0) as file:
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode):
                    return Problem(path, "not a regular file")
                if status.st_size > limit:
                    return Problem(path, _too_large(status.st_size, limit))
                data = _read_up_to(file.fileno(), limit + 1)
        except OSError as error:
            return Problem(path, "the file cannot be read: " + explain(error))
        if len(data) > limit:
            return Problem(path, _too_large(len(data), limit))
        return cls(path, data)

    def __repr__(self) -> str:
        return f"SourceFile({self.path!r}, {len(self.data)} bytes)"

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        if not self._digest:
            self._digest = hashlib.sha256(self.data).hexdigest()
        return self._digest

    @property
    def python(self) -> bytes | str:
        """What Python's parser gets."""
        return self.data if self.notebook is None else self.notebook.text

    @property
    def encoding(self) -> str:
        """The encoding by byte order mark and PEP 263 cookie; ``utf-8`` where the declaration makes no sense."""
        if self.notebook is not None:
            return "utf-8"
        head = _FIRST_TWO_LINES.match(self.data)
        lines = iter(re.split(rb"(?<=\n)|(?<=\r)(?!\n)", head.group() if head else b""))
        try:
            name, _ = tokenize.detect_encoding(lambda: next(lines))
            codecs.lookup(name)
        except (SyntaxError, LookupError):
            return "utf-8"
        return name

    @property
    def text(self) -> str:
        """The decoded text, without byte order mark, with the line ends of the file."""
        if self.notebook is not None:
            return self.notebook.text
        if self._text is None:
            self._text = _decode(self.data.removeprefix(codecs.BOM_UTF8), self.encoding)
        return self._text

    @property
    def line_count(self) -> int:
        """How many lines the file has; an empty file has none, and a last line without line end counts."""
        starts = self._line_starts()
        return len(starts) - (starts[-1] == len(self.text))

    def line_text(self, line: int) -> str:
        """Line ``line`` without its line end; empty where there is no such line."""
        starts = self._line_starts()
        if not 1 <= line <= len(starts):
            return ""
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")

    def column(self, line: int, offset: int) -> int:
        """The column of the byte ``offset`` in the UTF-8 form of ``line``, as `ast` gives both.

        An offset inside a character counts as its start.
        """
        if self._ascii:
            return offset
        if line not in self._lines:
            text = self.line_text(line)
            self._lines[line] = None if text.isascii() else text.encode("utf-8", "replace")
        encoded = self._lines[line]
        return offset if encoded is None else len(encoded[:offset].decode("utf-8", "ignore"))

    def offset(self, line: int, column: int) -> int:
        """The index into `text` of a place; a line or column out of range counts as the nearest that exists."""
        starts = self._line_starts()
        if line < 1:
            return 0
        if line > len(starts):
            return len(self.text)
        return starts[line - 1] + min(max(column, 0), len(self.line_text(line)))

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an index into `text`: the inverse of `offset`."""
        starts = self._line_starts()
        line = bisect.bisect_right(starts, offset)
        return line, offset - starts[line - 1]

    def segment(self, span: Span) -> str:
        """The text of ``span`` with the line ends of the file; empty if the span ends before it starts."""
        return self.text[self.offset(span.line, span.column) : self.offset(span.end_line, span.end_column)]

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *(match.end() for match in _NEWLINE.finditer(self.text))]
        return self._starts


def explain(error: OSError | ValueError) -> str:
    """The reason in an error of the operating system, without number and path: "permission denied"."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):  # LookupError: a codec that is not one of text, such as `rot13`
        return data.decode("utf-8", "replace")


def _read_up_to(handle: int, count: int) -> bytes:
    """Read to the end of the file, but no more than ``count`` bytes; one read may return less than was asked for."""
    parts = []
    while count > 0 and (part := os.read(handle, min(count, 1 << 20))):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _too_large(size: int, limit: int) -> str:
    return f"the file is larger than the limit of {limit:,} bytes ({size:,} bytes) and is not analyzed"
