"""Lowering of what brings names into being as a whole: functions, classes and imports."""

from __future__ import annotations

import ast
from typing import Any

from hybridize.syntax.builder import position, run
from hybridize.syntax.code import (
    CLASS,
    DECORATE,
    FUNCTION,
    IMPORT,
    IMPORT_FROM,
    IMPORT_STAR,
    ParameterFact,
    ParameterKind,
    Position,
)
from hybridize.syntax.expressions import ExpressionLowering
from hybridize.syntax.parse import parse_expression
from hybridize.syntax.scopes import parameters_in_order


class DefinitionLowering(ExpressionLowering):
    """`ExpressionLowering` that knows definitions; their bodies are lowered later, as codes of their own."""

    # -- functions and classes -----------------------------------------------------------------------------------------

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = [(self.value(item), position(item)) for item in node.decorator_list]
        defaults = self.run_parts(self._defaults(node.args))
        annotations = [
            (self.scope.mangle(arg.arg), self.annotation(arg.annotation))
            for arg in parameters_in_order(node.args)
            if arg.annotation is not None
        ]
        if node.returns is not None:
            annotations.append(("return", self.annotation(node.returns)))
        number, dst = self.child(node), self.register()
        self.emit(FUNCTION, dst, number, defaults, tuple(annotations), position(node))
        self._decorate(node.name, dst, decorators, number, position(node))

    def class_(self, node: ast.ClassDef) -> None:
        decorators = [(self.value(item), position(item)) for item in node.decorator_list]
        bases = tuple(
            (self.value(base.value if isinstance(base, ast.Starred) else base), isinstance(base, ast.Starred))
            for base in node.bases
        )
        keywords = tuple((keyword.arg, self.value(keyword.value)) for keyword in node.keywords)
        number, dst = self.child(node), self.register()
        self.emit(CLASS, dst, number, bases, keywords, position(node))
        self._decorate(node.name, dst, decorators, number, position(node))

    def _decorate(self, name: str, dst: int, decorators: list[tuple[int, Position]], child: int, pos: Position) -> None:
        for decorator, where in reversed(decorators):
            decorated = self.register()
            self.emit(DECORATE, decorated, decorator, dst, where, child)
            dst = decorated
        self.store(name, dst, pos)

    def run_parts(self, parts: Any) -> tuple[tuple[str, int], ...]:
        """Drive a generator of expression parts that ends in a tuple."""
        result: list[Any] = []

        def step() -> Any:
            result.append((yield from parts))
            return 0

        run(step())
        return result[0]  # type: ignore[no-any-return]

    # -- headers -------------------------------------------------------------------------------------------------------

    def parameter_facts(self, args: ast.arguments) -> tuple[ParameterFact, ...]:
        """What a signature says of each parameter, in order."""
        first_default = len(args.posonlyargs) + len(args.args) - len(args.defaults)
        found: list[ParameterFact] = []

        def add(arg: ast.arg, kind: ParameterKind, has_default: bool) -> None:
            name = self.scope.mangle(arg.arg)
            found.append(ParameterFact(name, kind, has_default, name in self.scope.cells))

        for index, arg in enumerate([*args.posonlyargs, *args.args]):
            kind: ParameterKind = "positional-only" if index < len(args.posonlyargs) else "positional-or-keyword"
            add(arg, kind, index >= first_default)
        if args.vararg:
            add(args.vararg, "var-positional", False)
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            add(arg, "keyword-only", default is not None)
        if args.kwarg:
            add(args.kwarg, "var-keyword", False)
        return tuple(found)

    def annotation(self, node: ast.expr) -> int:
        """Lower an annotation; a string is read as the expression it spells."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            parsed = parse_expression(node.value)
            if parsed is None:
                return self.value(node)
            for part in ast.walk(parsed):
                if isinstance(
                    part, (ast.Lambda, ast.NamedExpr, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
                ):
                    return self.value(node)  # no scope was built for it, and it is no type
                if hasattr(part, "lineno"):
                    ast.copy_location(part, node)
            node = parsed
        before, self.late = self.late, True
        register = self.value(node)
        self.late = before
        return register

    # -- imports -------------------------------------------------------------------------------------------------------

    def import_(self, node: ast.Import) -> None:
        for alias in node.names:
            dst = self.register()
            self.emit(IMPORT, dst, alias.name, alias.asname or "", position(node))
            self.store(alias.asname or alias.name.partition(".")[0], dst, position(node))

    def import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.emit(IMPORT_STAR, node.level, node.module or "", position(node))
                continue
            dst = self.register()
            self.emit(IMPORT_FROM, dst, node.level, node.module or "", alias.name, position(node))
            self.store(alias.asname or alias.name, dst, position(node))


def name_position(node: ast.AST, where: Position) -> Position:
    """From ``def`` or ``class`` to the end of the name; ``where`` for everything else."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return where
    keyword = {ast.FunctionDef: "def ", ast.AsyncFunctionDef: "async def ", ast.ClassDef: "class "}[type(node)]
    return (where[0], where[1], where[0], where[1] + len(keyword) + len(node.name.encode("utf-8", "replace")))
