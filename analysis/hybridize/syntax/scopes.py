"""Which scope each name of a module belongs to, by the language reference (section 4.2, "Naming and binding").

Terms: a name is *bound* in a scope that assigns, imports or defines it; a *cell* is a bound name that an inner scope
reads or rebinds; a *free* name is bound in an enclosing function. Comprehensions are scopes of their own, but a walrus
inside one binds in the enclosing function. Tests hold the answers equal to those of the standard library's `symtable`.

The walk keeps its own stack, so deep trees cost no recursion.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Literal, Union

ScopeNode = Union[
    ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
]  # fmt: skip

Kind = Literal["module", "function", "class", "comprehension"]

Binding = Literal["local", "cell", "free", "global"]
"""``local``: only this scope sees it; ``cell``: inner scopes see it too; ``free``: an enclosing scope's cell."""

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Scope:
    """One scope and the names in it."""

    __slots__ = ("bound", "cells", "globals", "kind", "name", "nonlocals", "number", "parent", "private", "used")

    def __init__(self, kind: Kind, name: str, parent: Scope | None, number: int) -> None:
        self.kind: Kind = kind
        self.name = name
        self.parent = parent
        self.number = number
        """Position in the walk; makes names of comprehension variables unique."""
        self.bound: set[str] = set()
        self.used: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.cells: set[str] = set()
        self.private: str = name if kind == "class" else (parent.private if parent else "")
        """Name of the innermost class around, for the mangling of ``__names``."""

    def resolve(self, name: str) -> tuple[Binding, Scope | None]:
        """Where ``name``, read or written in this scope, lives; the scope is None for globals."""
        if name in self.globals:
            return "global", None
        if name in self.bound and name not in self.nonlocals:
            if self.kind == "module":
                return "global", None
            return ("cell" if name in self.cells else "local"), self
        scope = self.parent
        while scope is not None and scope.kind != "module":
            if scope.kind != "class":
                if name in scope.globals:
                    return "global", None
                if name in scope.bound and name not in scope.nonlocals:
                    return "free", scope
            scope = scope.parent
        return "global", None

    def mangle(self, name: str) -> str:
        """``name`` after the mangling of private names in class bodies (reference, 6.2.1)."""
        if self.private and name.startswith("__") and not name.endswith("__") and "." not in name:
            return f"_{self.private.lstrip('_')}{name}" if self.private.strip("_") else name
        return name


class ScopeTable:
    """All scopes of one module, by node."""

    __slots__ = ("by_node", "module", "rebound_globals")

    def __init__(self, module: Scope) -> None:
        self.module = module
        self.by_node: dict[ScopeNode, Scope] = {}
        self.rebound_globals: set[str] = set()
        """Names that some function of the module declares ``global`` (and may therefore rebind)."""


def build_scopes(tree: ast.Module) -> ScopeTable:
    """Find every scope of ``tree`` and what it binds."""
    walk = _Walk(tree)
    walk.run()
    _find_cells(walk.table)
    return walk.table


class _Walk:
    """One pass over a module that finds its scopes, and the names each binds and uses."""

    __slots__ = ("stack", "table")

    def __init__(self, tree: ast.Module) -> None:
        self.table = ScopeTable(Scope("module", "<module>", None, 0))
        self.table.by_node[tree] = self.table.module
        # (node, scope it stands in), popped last in, first out. The result does not depend on the order except for
        # `Scope.number`, which is fixed by the order children are pushed.
        self.stack: list[tuple[ast.AST, Scope]] = [(node, self.table.module) for node in reversed(tree.body)]

    def run(self) -> None:
        stack = self.stack
        while stack:
            node, scope = stack.pop()
            visit = _VISITS.get(type(node))
            if visit is not None:
                visit(self, node, scope)
            else:
                stack.extend((child, scope) for child in ast.iter_child_nodes(node))

    def _inner(self, node: ScopeNode, kind: Kind, name: str, parent: Scope) -> Scope:
        inner = self.table.by_node[node] = Scope(kind, name, parent, len(self.table.by_node))
        return inner

    def _name(self, node: ast.Name, scope: Scope) -> None:
        name = scope.mangle(node.id)
        if isinstance(node.ctx, ast.Load):
            scope.used.add(name)
        else:
            _bind(scope, name)

    def _constant(self, node: ast.Constant, scope: Scope) -> None:
        """Nothing to see in it."""

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope) -> None:
        _bind(scope, scope.mangle(node.name))
        inner = self._inner(node, "class" if isinstance(node, ast.ClassDef) else "function", node.name, scope)
        self.stack.extend((child, inner) for child in reversed(node.body))
        self.stack.extend((child, scope) for child in reversed(_outer_parts(node)))
        if not isinstance(node, ast.ClassDef):
            _bind_parameters(inner, node.args)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        inner = self._inner(node, "function", "<lambda>", scope)
        _bind_parameters(inner, node.args)
        self.stack.append((node.body, inner))
        self.stack.extend((child, scope) for child in reversed(_defaults(node.args)))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope) -> None:
        inner = self._inner(node, "comprehension", "<comprehension>", scope)
        stack = self.stack
        first = node.generators[0]
        stack.append((first.iter, scope))
        for generator in node.generators:
            stack.append((generator.target, inner))
            stack.extend((test, inner) for test in generator.ifs)
            if generator is not first:
                stack.append((generator.iter, inner))
        if isinstance(node, ast.DictComp):
            stack.extend(((node.key, inner), (node.value, inner)))
        else:
            stack.append((node.elt, inner))

    def _walrus(self, node: ast.NamedExpr, scope: Scope) -> None:
        owner = scope
        while owner.kind == "comprehension" and owner.parent is not None:
            owner = owner.parent
        name = scope.mangle(node.target.id)
        _bind(owner, name)
        if owner is not scope:
            scope.used.add(name)
        self.stack.append((node.value, scope))

    def _global(self, node: ast.Global, scope: Scope) -> None:
        names = {scope.mangle(name) for name in node.names}
        scope.globals |= names
        self.table.module.bound |= names
        if scope.kind != "module":
            self.table.rebound_globals |= names

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        names = {scope.mangle(name) for name in node.names}
        scope.nonlocals |= names
        scope.used |= names

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name != "*":
                _bind(scope, scope.mangle(alias.asname or alias.name.partition(".")[0]))

    def _capture(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar, scope: Scope) -> None:
        if node.name:
            _bind(scope, scope.mangle(node.name))
        self.stack.extend((child, scope) for child in ast.iter_child_nodes(node))

    def _mapping(self, node: ast.MatchMapping, scope: Scope) -> None:
        if node.rest:
            _bind(scope, scope.mangle(node.rest))
        self.stack.extend((child, scope) for child in ast.iter_child_nodes(node))


_VISITS: dict[type[ast.AST], Callable[[_Walk, Any, Scope], None]] = {
    ast.Name: _Walk._name,
    ast.Constant: _Walk._constant,
    ast.FunctionDef: _Walk._definition,
    ast.AsyncFunctionDef: _Walk._definition,
    ast.ClassDef: _Walk._definition,
    ast.Lambda: _Walk._lambda,
    **dict.fromkeys(COMPREHENSIONS, _Walk._comprehension),
    ast.NamedExpr: _Walk._walrus,
    ast.Global: _Walk._global,
    ast.Nonlocal: _Walk._nonlocal,
    ast.Import: _Walk._import,
    ast.ImportFrom: _Walk._import,
    ast.ExceptHandler: _Walk._capture,
    ast.MatchAs: _Walk._capture,
    ast.MatchStar: _Walk._capture,
    ast.MatchMapping: _Walk._mapping,
}


def _bind(scope: Scope, name: str) -> None:
    if name not in scope.nonlocals:
        scope.bound.add(name)


def _bind_parameters(scope: Scope, args: ast.arguments) -> None:
    for arg in parameters_in_order(args):
        scope.bound.add(scope.mangle(arg.arg))


def parameters_in_order(args: ast.arguments) -> list[ast.arg]:
    """Every parameter: positional-only, positional, ``*args``, keyword-only, ``**kwargs``."""
    return [
        *args.posonlyargs,
        *args.args,
        *([args.vararg] if args.vararg else []),
        *args.kwonlyargs,
        *([args.kwarg] if args.kwarg else []),
    ]


def _defaults(args: ast.arguments) -> list[ast.expr]:
    return [*args.defaults, *(default for default in args.kw_defaults if default is not None)]


def _outer_parts(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.expr]:
    """The expressions of a definition that are evaluated in the scope around it."""
    parts: list[ast.expr] = list(node.decorator_list)
    if isinstance(node, ast.ClassDef):
        return [*parts, *node.bases, *(keyword.value for keyword in node.keywords)]
    parts += _defaults(node.args)
    parts += [arg.annotation for arg in parameters_in_order(node.args) if arg.annotation is not None]
    if node.returns is not None:
        parts.append(node.returns)
    return parts


def _find_cells(table: ScopeTable) -> None:
    """Mark the names that inner scopes reach in the scope that owns them.

    A comprehension is lowered into the code around it, so a name it shares with that code is no cell; it becomes one
    only when a real function stands between.
    """
    for scope in table.by_node.values():
        for name in scope.used | scope.nonlocals:
            kind, owner = scope.resolve(name)
            if kind != "free" or owner is None:
                continue
            between, crossed = scope, scope.kind in ("function", "class")
            while between.parent is not None and between.parent is not owner and not crossed:
                between = between.parent
                crossed = between.kind in ("function", "class")
            if crossed:
                owner.cells.add(name)
