"""Source text of the arguments of a call or decorator, found again by position in the few files that need it."""

from __future__ import annotations

import ast

from hybridize.syntax.builder import position
from hybridize.syntax.code import Position
from hybridize.syntax.parse import parse
from hybridize.syntax.source import SourceFile


class ArgumentTexts:
    """Arguments of `tf.function` as written. Keeps one tree per file while the reports are built."""

    def __init__(self) -> None:
        self._calls: dict[str, dict[Position, ast.Call]] = {}

    def __call__(
        self, source: SourceFile, position: Position, is_decorator: bool, names: tuple[str, ...]
    ) -> dict[str, str]:
        """Argument name (``names`` for positional ones) to source text; empty for a bare decorator."""
        call = self._of(source).get(position)
        if call is None:
            return {}
        found: dict[str, str] = {}
        for index, arg in enumerate(call.args):
            if isinstance(arg, ast.Starred) or index >= len(names):
                break
            found[names[index]] = _text(source, arg)
        for keyword in call.keywords:
            if keyword.arg is not None:
                found[keyword.arg] = _text(source, keyword.value)
        return found

    def _of(self, source: SourceFile) -> dict[Position, ast.Call]:
        calls = self._calls.get(source.path)
        if calls is None:
            tree = parse(source)
            calls = {}
            if isinstance(tree, ast.Module):
                for node in ast.walk(tree):
                    if isinstance(node, ast.Call):
                        calls[position(node)] = node
            self._calls[source.path] = calls
        return calls


def _text(source: SourceFile, node: ast.expr) -> str:
    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    start = source.offset(node.lineno, source.column(node.lineno, node.col_offset))
    end = source.offset(lines[-1], source.column(lines[-1], node.end_col_offset or 0))
    return source.text[start:end]
