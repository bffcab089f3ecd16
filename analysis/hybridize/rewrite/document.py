"""`Document`: one file as a concrete syntax tree, with the place of every node in the text.

The tree is used to find and to understand code; what changes is text. So whatever an edit does not name stays as it is
to the byte. Terms: an *offset* is an index into `SourceFile.text`; an *expression at a span* is the one whose own text,
without the parentheses around it, spans it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import libcst as cst
from libcst.metadata import CodePosition, MetadataWrapper, ParentNodeProvider, PositionProvider, ScopeProvider
from libcst.metadata.scope_provider import Scope

from hybridize.rewrite.edits import encoded
from hybridize.span import Span
from hybridize.syntax.source import SourceFile

_Node = TypeVar("_Node", bound=cst.CSTNode)

_LINE_END = re.compile(r"\r\n|\r|\n")
_PAGE_BREAK = re.compile(r"(?:(?<=[\r\n])|\A)[ \t\f]*\f(?=[^\s])")
_INDENT = re.compile(r"[ \t]*\Z")

SHORTEST_LIMIT, LONGEST_LIMIT = 79, 120
"""The line length of a file is that of its longest line, within these."""


class Refused(Exception):  # noqa: N818 (a negative answer, not an error)
    """An intention that cannot be carried out in this text; the message completes "there is no fix, because …"."""


class Document:
    """A parsed file.

    Raises:
        Refused: the file is not one that libcst reads, or would not write back as it is.
    """

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.text = source.text
        if source.notebook is None and encoded(source, self.text) != source.data:
            raise Refused("the encoding of the file does not round-trip")
        readable, self._shift = _readable(self.text)
        try:
            self.module = cst.parse_module(readable)
            if self.module.code != readable:
                raise Refused("the file would not be written back as it is")
            self._wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
            self._ranges = self._wrapper.resolve(PositionProvider)
            self._parents = self._wrapper.resolve(ParentNodeProvider)
        except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
            raise Refused("libcst cannot parse the file") from error
        except RecursionError as error:
            raise Refused("the code is nested too deeply to be edited") from error
        self._scopes: dict[cst.CSTNode, Scope | None] | None = None
        self._kinds: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        self._index: dict[tuple[int, int], list[cst.CSTNode]] | None = None

    # -- places ----------------------------------------------------------------------------------------------------

    def range(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where the node's own text begins and ends, without parentheses around it and without blanks."""
        place = self._ranges[node]
        return self._offset(place.start), self._offset(place.end)

    def start(self, node: cst.CSTNode) -> int:
        """Where the node begins."""
        return self.range(node)[0]

    def outer(self, node: cst.BaseExpression) -> tuple[int, int]:
        """The range of an expression with the parentheses that belong to it."""
        start, end = self.range(node)
        if node.lpar:
            start = self.range(node.lpar[0])[0]
            end = self.range(node.rpar[-1])[1]
        return start, end

    def written(self, node: cst.CSTNode) -> str:
        """The node's own text."""
        start, end = self.range(node)
        return self.text[start:end]

    def line(self, offset: int) -> int:
        """The number of the line that ``offset`` is on."""
        return self.source.position(offset)[0]

    def line_start(self, line: int) -> int:
        """The offset at which a line begins."""
        return self.source.offset(line, 0)

    def next_line(self, line: int) -> int:
        """The offset at which the line after ``line`` begins; the end of the text after the last."""
        end = self.line_start(line) + len(self.source.line_text(line))
        match = _LINE_END.match(self.text, end)
        return match.end() if match else end

    def ends_cell(self, line: int) -> bool:
        """Whether a line is the last one of a notebook's cell."""
        notebook = self.source.notebook
        return notebook is not None and any(cell.line == line + 1 for cell in notebook.cells)

    def line_end(self, offset: int) -> str:
        """The line end to use in an edit at ``offset``: that of its line, else of the file."""
        line = self.line(offset)
        end = self.line_start(line) + len(self.source.line_text(line))
        match = _LINE_END.match(self.text, end)
        return match.group() if match else self.module.default_newline

    def indent(self, offset: int) -> str:
        """The blanks right before ``offset``."""
        match = _INDENT.search(self.text, self.line_start(self.line(offset)), offset)
        return match.group() if match else ""

    @property
    def line_limit(self) -> int:
        """How long lines of this file may become."""
        longest = max((len(line) for line in _LINE_END.split(self.text)), default=0)
        return min(max(longest, SHORTEST_LIMIT), LONGEST_LIMIT)

    # -- nodes -----------------------------------------------------------------------------------------------------

    def nodes(self, kind: type[_Node]) -> Iterator[_Node]:
        """Every node of a kind, in the order of the text."""
        if kind not in self._kinds:
            self._kinds[kind] = [
                node for found in self._by_start().values() for node in found if isinstance(node, kind)
            ]
        yield from self._kinds[kind]  # type: ignore[misc]

    def expression(self, span: Span, kind: type[_Node]) -> _Node:
        """The expression or statement of ``kind`` that spans ``span``.

        Raises:
            Refused: there is none.
        """
        for node in self.spanning(span):
            if isinstance(node, kind):
                return node
        raise Refused("the code is not where it was")

    def spanning(self, span: Span) -> list[cst.CSTNode]:
        """Every node whose own text spans ``span``."""
        range = self._offsets(span)
        return [node for node in self._by_start().get((span.line, span.column), ()) if self.range(node) == range]

    def function(self, span: Span) -> cst.FunctionDef:
        """The function with this span, from ``def`` to the end of its name.

        Raises:
            Refused: there is none.
        """
        end = self._offsets(span)[1]
        for node in self.nodes(cst.FunctionDef):
            if self.range(node.name)[1] == end:
                return node
        raise Refused("the function is not where it was")

    def decorator(self, span: Span) -> cst.Decorator | None:
        """The decorator whose expression spans ``span``, if it is one."""
        parents = map(self.parent, self.spanning(span))
        return next((parent for parent in parents if isinstance(parent, cst.Decorator)), None)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """What the node is a part of."""
        return self._parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Everything around the node, inside out."""
        found = self.parent(node)
        while found is not None:
            yield found
            found = self.parent(found)

    def around(self, node: cst.CSTNode, kind: type[_Node]) -> _Node | None:
        """The nearest node of ``kind`` around."""
        return next((found for found in self.ancestors(node) if isinstance(found, kind)), None)

    def scope(self, node: cst.CSTNode) -> Scope:
        """Where names at ``node`` are looked up first.

        Raises:
            Refused: libcst does not know.
        """
        if self._scopes is None:
            try:
                self._scopes = dict(self._wrapper.resolve(ScopeProvider))
            except RecursionError as error:
                raise Refused("the code is nested too deeply to be edited") from error
        scope = self._scopes.get(node)
        if scope is None:
            raise Refused("the names in use there are not known")
        return scope

    def _offsets(self, span: Span) -> tuple[int, int]:
        return self.source.offset(span.line, span.column), self.source.offset(span.end_line, span.end_column)

    def _offset(self, place: CodePosition) -> int:
        return self.source.offset(place.line, place.column + self._shift.get(place.line, 0))

    def _by_start(self) -> dict[tuple[int, int], list[cst.CSTNode]]:
        if self._index is None:
            index: dict[tuple[int, int], list[cst.CSTNode]] = {}
            for node, place in self._ranges.items():
                line = place.start.line
                index.setdefault((line, place.start.column + self._shift.get(line, 0)), []).append(node)
            self._index = dict(sorted(index.items()))
        return self._index


def _readable(text: str) -> tuple[str, dict[int, int]]:
    """The text without what libcst would lose, and how many characters are missing where lines begin.

    That is a form feed before the code of a line, and a lone carriage return at the very end.
    """
    if text.endswith("\r"):
        text = text.rstrip("\r")
    if "\f" not in text:
        return text, {}
    shift: dict[int, int] = {}
    lines = 1
    last = 0
    for match in _PAGE_BREAK.finditer(text):
        lines += len(_LINE_END.findall(text, last, match.start()))
        last = match.start()
        shift[lines] = len(match.group())
    return _PAGE_BREAK.sub("", text), shift
