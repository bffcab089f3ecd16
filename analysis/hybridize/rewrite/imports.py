"""Imports: where a new one goes, and which are of no more use."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Union

import libcst as cst
from libcst.metadata.scope_provider import Access, GlobalScope, ImportAssignment

from hybridize.rewrite.document import Document
from hybridize.rewrite.edits import IMPORT, TextEdit
from hybridize.syntax.links import STAR

Import = Union[cst.Import, cst.ImportFrom]

LAST_HEADER_LINE = 2
"""Shebang and encoding cookie stand on the first two lines."""


def insertion(document: Document, statement: str) -> TextEdit:
    """The edit that adds an import at module level: into the first block of imports, else before all other code.

    In the block it follows the imports that sort before it: the standard library, and third-party packages by name.
    What does nothing stays in front: that is how magics of a notebook are seen here, which may install packages.
    """
    body = document.module.body
    first = 1 if body and _is_docstring(body[0]) else 0
    while first < len(body) and _does_nothing(body[first]):
        first += 1
    block: list[cst.SimpleStatementLine] = []
    for line in body[first:]:
        if not isinstance(line, cst.SimpleStatementLine) or not all(
            isinstance(one, (cst.Import, cst.ImportFrom)) for one in line.body
        ):
            break
        block.append(line)
    future = [line for line in block if _root(line) == "__future__"]
    others = block[len(future) :]
    before = [line for line in others if _sorts_before(line)]
    if before:
        return _after(document, before[-1], statement, apart=_root(before[-1]) in sys.stdlib_module_names)
    if others:
        offset = document.line_start(document.line(document.start(others[0].body[0])))
        end = document.line_end(offset)
        apart = _root(others[0]) == ""
        return TextEdit(offset, offset, IMPORT, statement + end + (end if apart else ""))
    leading = [*body[:first], *future][-1:]
    if leading:
        return _after(document, leading[-1], statement, apart=True)
    return _before_code(document, statement)


def _is_docstring(line: cst.CSTNode) -> bool:
    if not isinstance(line, cst.SimpleStatementLine) or not isinstance(line.body[0], cst.Expr):
        return False
    value = line.body[0].value
    return isinstance(value, (cst.SimpleString, cst.ConcatenatedString)) and isinstance(value.evaluated_value, str)


def _does_nothing(line: cst.CSTNode) -> bool:
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return False
    (statement,) = line.body
    return isinstance(statement, cst.Pass) or (
        isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Integer)
    )


def _root(line: cst.SimpleStatementLine) -> str:
    """The top-level package of the first import of a line; empty for a relative one."""
    statement = line.body[0]
    if isinstance(statement, cst.ImportFrom):
        return _dotted_root(statement)
    assert isinstance(statement, cst.Import)
    return _first_name(statement.names[0].name)


def _sorts_before(line: cst.SimpleStatementLine) -> bool:
    root = _root(line)
    return root in sys.stdlib_module_names or (root != "" and root.lower() < "tensorflow")


def _after(document: Document, line: cst.CSTNode, statement: str, *, apart: bool) -> TextEdit:
    """After the whole physical line that ``line`` ends on."""
    end = document.range(line)[1]
    number = document.line(end)
    offset, newline = document.next_line(number), document.line_end(end)
    text = statement + newline
    if apart:
        text = newline + text
    if document.ends_cell(number):
        offset = document.line_start(number) + len(document.source.line_text(number))
    if document.line(offset) == number:  # the last line of the file, and it has no line end
        text = newline + text.removesuffix(newline)
    elif apart and document.source.line_text(document.line(offset)).strip() and not _imports(document, offset):
        text += newline
    return TextEdit(offset, offset, IMPORT, text)


def _imports(document: Document, offset: int) -> bool:
    return document.text.startswith(("import ", "from "), offset)


def _before_code(document: Document, statement: str) -> TextEdit:
    """Before the first statement, and before the comment that belongs to it, but below the header of the file."""
    body = document.module.body
    if not body:
        return TextEdit(len(document.text), len(document.text), IMPORT, statement + document.module.default_newline)
    first = body[0]
    start = document.start(first)
    if isinstance(first, (cst.FunctionDef, cst.ClassDef)) and first.decorators:
        start = document.start(first.decorators[0])
    line = document.line(start)
    above = line
    while above > 1 and document.source.line_text(above - 1).startswith("#"):
        above -= 1
    offset = document.line_start(line if above <= LAST_HEADER_LINE else above)
    newline = document.line_end(offset)
    blanks = 2 if isinstance(first, (cst.FunctionDef, cst.ClassDef)) else 1
    return TextEdit(offset, offset, IMPORT, statement + newline * (1 + blanks))


def unused(
    document: Document, removed: Sequence[tuple[int, int]], kept: Iterable[str], imported: frozenset[str]
) -> list[TextEdit]:
    """The edits that remove imports of TensorFlow all of whose uses lie in ``removed``.

    Imports that give one of the names ``kept``, which new text uses, or ``imported``, which other modules import, stay;
    so does one in a package's `__init__`, or that `__all__` may name.
    """
    if not removed or STAR in imported or document.source.path.rpartition("/")[2] == "__init__.py":
        return []
    scope = document.scope(document.module)
    assert isinstance(scope, GlobalScope)
    if scope["__all__"]:
        return []
    uses: dict[tuple[Import, str], list[Access]] = {}
    for assignment in scope.assignments:
        if isinstance(assignment, ImportAssignment) and isinstance(assignment.node, (cst.Import, cst.ImportFrom)):
            found = uses.setdefault((assignment.node, assignment.name.partition(".")[0]), [])
            found.extend(assignment.references)
    edits = []
    for (statement, name), accesses in uses.items():
        if accesses and name not in {*kept, *imported} and all(_within(document, use, removed) for use in accesses):
            edit = _removal(document, statement, name)
            if edit is not None:
                edits.append(edit)
    return edits


def _within(document: Document, use: Access, removed: Sequence[tuple[int, int]]) -> bool:
    start, end = document.range(use.node)
    return any(first <= start and end <= last for first, last in removed)


def _removal(document: Document, statement: Import, name: str) -> TextEdit | None:
    """Take ``name`` from an import, or the whole line; None where the statement is not a line of the module's own."""
    line = document.parent(statement)
    if not isinstance(line, cst.SimpleStatementLine) or document.parent(line) is not document.module:
        return None
    if isinstance(statement.names, cst.ImportStar):
        return None
    wanted = [alias for alias in statement.names if _bound(alias) == name]
    if len(wanted) != 1 or not _is_tensorflow(statement, wanted[0]):
        return None
    if len(statement.names) == 1:
        if len(line.body) > 1:
            return None
        first, last = document.line(document.start(statement)), document.line(document.range(line)[1])
        start, end = document.line_start(first), document.next_line(last)
        if not start:  # no blank lines at the top of the file
            end += len(document.text[end:]) - len(document.text[end:].lstrip("\r\n"))
        return TextEdit(start, end, IMPORT, "")
    index = list(statement.names).index(wanted[0])
    if index + 1 < len(statement.names):
        return TextEdit(document.start(wanted[0]), document.start(statement.names[index + 1]), IMPORT, "")
    return TextEdit(_alias_end(document, statement.names[index - 1]), _alias_end(document, wanted[0]), IMPORT, "")


def _alias_end(document: Document, alias: cst.ImportAlias) -> int:
    return document.range(alias.name if alias.asname is None else alias.asname.name)[1]


def imports_tensorflow(document: Document) -> bool:
    """Whether TensorFlow, or something in it, is imported anywhere in the file."""
    plain = (_is_tensorflow(one, alias) for one in document.nodes(cst.Import) for alias in one.names)
    return any(plain) or any(_dotted_root(one) == "tensorflow" for one in document.nodes(cst.ImportFrom))


def _bound(alias: cst.ImportAlias) -> str:
    return alias.evaluated_alias or alias.evaluated_name.partition(".")[0]


def _is_tensorflow(statement: Import, alias: cst.ImportAlias) -> bool:
    return (
        _dotted_root(statement) if isinstance(statement, cst.ImportFrom) else _first_name(alias.name)
    ) == "tensorflow"


def _dotted_root(statement: cst.ImportFrom) -> str:
    """The top-level package; empty for a relative import."""
    return "" if statement.relative or statement.module is None else _first_name(statement.module)


def _first_name(node: cst.BaseExpression) -> str:
    while isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""
