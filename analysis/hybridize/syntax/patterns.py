"""Patterns of ``match``: the names they bind, and which part of the subject each gets."""

from __future__ import annotations

import ast

from hybridize.syntax.builder import position
from hybridize.syntax.code import ATTR, CONST, ITEM, UNPACK
from hybridize.syntax.expressions import ExpressionLowering


def bind_pattern(lowering: ExpressionLowering, pattern: ast.pattern, subject: int) -> None:
    """Bind what ``pattern`` captures of the register ``subject``; whether it matches is not asked."""
    work: list[tuple[ast.pattern, int]] = [(pattern, subject)]
    while work:
        node, src = work.pop()
        pos = position(node)
        if isinstance(node, ast.MatchAs):
            if node.name:
                lowering.store(node.name, src, pos)
            if node.pattern is not None:
                work.append((node.pattern, src))
        elif isinstance(node, ast.MatchStar):
            if node.name:
                lowering.store(node.name, src, pos)
        elif isinstance(node, ast.MatchSequence):
            parts = tuple(lowering.register() for _ in node.patterns)
            star = next((i for i, part in enumerate(node.patterns) if isinstance(part, ast.MatchStar)), -1)
            lowering.emit(UNPACK, parts, src, star, pos)
            work.extend(zip(node.patterns, parts, strict=True))
        elif isinstance(node, ast.MatchOr):
            work.extend((part, src) for part in node.patterns)
        elif isinstance(node, ast.MatchMapping):
            for key, part in zip(node.keys, node.patterns, strict=True):
                index, item = lowering.value(key), lowering.register()
                lowering.emit(ITEM, item, src, index, pos)
                work.append((part, item))
            if node.rest:
                lowering.store(node.rest, src, pos)
        elif isinstance(node, ast.MatchClass):
            lowering.value(node.cls)
            for name, part in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
                item = lowering.register()
                lowering.emit(ATTR, item, src, name, pos)
                work.append((part, item))
            for index, part in enumerate(node.patterns):
                place, item = lowering.register(), lowering.register()
                lowering.emit(CONST, place, index)
                lowering.emit(ITEM, item, src, place, pos)
                work.append((part, item))
        elif isinstance(node, ast.MatchValue):
            lowering.value(node.value)
