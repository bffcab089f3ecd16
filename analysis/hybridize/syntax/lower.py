"""Lowering of a module: every body in it becomes a `Code`. After this no syntax tree is left."""

from __future__ import annotations

import ast
from collections import deque
from contextlib import ExitStack
from typing import Any, Literal

from hybridize.span import place_name
from hybridize.syntax.builder import Loop, position
from hybridize.syntax.code import (
    ANNOTATE,
    ATTR,
    DEL_ATTR,
    DEL_ITEM,
    ENTER,
    EXCEPTION,
    EXIT,
    INPLACE,
    ITEM,
    RAISE,
    RETURN,
    SET_ATTR,
    SET_ITEM,
    Code,
    ModuleFacts,
    ParameterFact,
    Position,
)
from hybridize.syntax.definitions import DefinitionLowering, name_position
from hybridize.syntax.expressions import OPERATORS
from hybridize.syntax.patterns import bind_pattern
from hybridize.syntax.scopes import ScopeTable, build_scopes

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

TRY_NODES: tuple[Any, ...] = (ast.Try, *((ast.TryStar,) if hasattr(ast, "TryStar") else ()))


def lower_module(path: str, tree: ast.Module, lines: int) -> ModuleFacts:
    """Lower every body of a parsed file. ``path`` is the report path; it starts the ids of all codes."""
    return _ModuleLowering(path, tree, lines).run()


class _Pending:
    """A definition whose body waits to be lowered."""

    __slots__ = ("id", "node", "parent", "qualname")

    def __init__(self, node: Any, id: str, qualname: str, parent: str) -> None:
        self.node, self.id, self.qualname, self.parent = node, id, qualname, parent


class _ModuleLowering:
    def __init__(self, path: str, tree: ast.Module, lines: int) -> None:
        self.path = path
        self.tree = tree
        self.lines = lines
        self.scopes: ScopeTable = build_scopes(tree)
        self.codes: dict[str, Code] = {}
        self.queue: deque[_Pending] = deque()

    def run(self) -> ModuleFacts:
        body = f"{self.path}::"
        self.queue.append(_Pending(self.tree, body, "", ""))
        while self.queue:
            pending = self.queue.popleft()
            self.codes[pending.id] = _CodeLowering(self, pending).run()
        self._spread_captures()
        return ModuleFacts(path=self.path, lines=self.lines, codes=self.codes, body=body)

    def _spread_captures(self) -> None:
        """What a nested body captures, the bodies between it and the owner capture too."""
        for code in reversed(self.codes.values()):  # children come after their parents
            if code.captures and code.parent:
                parent = self.codes[code.parent]
                # A variable of the parent itself is no capture of the parent; one further out is. Taking both as
                # captures only keeps contexts apart that could be shared.
                if parent.kind == "class" or (parent.parent and self.codes[parent.parent].kind != "module"):
                    parent.captures = True

    def add(self, node: Any, parent: _Pending) -> str:
        name = getattr(node, "name", "<lambda>")
        qualname = f"{parent.qualname}.{name}" if parent.qualname else name
        id = f"{self.path}::{qualname}@{place_name(node.lineno, node.col_offset)}"
        self.queue.append(_Pending(node, id, qualname, parent.id))
        return id


class _CodeLowering(DefinitionLowering):
    """Lowers one body: statements, on top of definitions and expressions."""

    def __init__(self, module: _ModuleLowering, pending: _Pending) -> None:
        scope = module.scopes.by_node[pending.node]
        super().__init__(scope, module.scopes.module, module.scopes.by_node)
        self.module = module
        self.pending = pending
        self.children: list[str] = []
        self.guarded: list[tuple[str, str]] = []
        """(object, attribute) pairs known to be None or missing here."""

    def child(self, node: ast.AST) -> int:
        self.children.append(self.module.add(node, self.pending))
        return len(self.children) - 1

    def run(self) -> Code:
        node = self.pending.node
        kind: Literal["module", "class", "function", "lambda"] = "function"
        parameters: tuple[ParameterFact, ...] = ()
        if isinstance(node, ast.Lambda):
            kind = "lambda"
            parameters = self.parameter_facts(node.args)
            self.emit(RETURN, self.value(node.body), position(node.body))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            parameters = self.parameter_facts(node.args)
            self.body(node.body)
        else:
            kind = "module" if isinstance(node, ast.Module) else "class"
            self.body(node.body)
        where: Position = (1, 0, max(self.module.lines, 1), 0) if kind == "module" else position(node)
        parent_kind = self.scope.parent.kind if self.scope.parent else ""
        return Code(
            id=self.pending.id,
            path=self.module.path,
            name=getattr(node, "name", "<lambda>" if kind == "lambda" else "<module>"),
            qualname=self.pending.qualname,
            kind=kind,
            position=where,
            name_position=name_position(node, where),
            parameters=parameters,
            blocks=self.blocks,
            registers=self.registers,
            children=tuple(self.children),
            parent=self.pending.parent,
            is_generator=self.is_generator,
            is_async=isinstance(node, ast.AsyncFunctionDef),
            in_class=parent_kind == "class",
            decorators=tuple(position(item) for item in getattr(node, "decorator_list", ())),
            rebound=frozenset(self.module.scopes.rebound_globals) if kind == "module" else frozenset(),
            bound=frozenset(self.scope.bound) if kind == "module" else frozenset(),
            dropped=frozenset(self.dropped),
            regions=tuple(self.regions),
            unconvertible=tuple(self.unconvertible),
            captures=self.captures,
        )

    # -- statements ------------------------------------------------------------------------------------------------

    def body(self, statements: list[ast.stmt]) -> None:
        """Lower statements in order; nesting is bounded by the parser (100 levels of indentation)."""
        for statement in statements:
            _STATEMENTS[type(statement)](self, statement)

    def _expression(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self.dropped.append(position(node.value))
        self.value(node.value)

    def _assign(self, node: ast.Assign) -> None:
        src = self.value(node.value)
        for target in node.targets:
            self.bind(target, src)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if self.code_scope.kind == "class" and isinstance(node.target, ast.Name):
            self.emit(ANNOTATE, node.target.id, self.annotation(node.annotation))
        if node.value is not None:
            self.bind(node.target, self.value(node.value))

    def _augmented(self, node: ast.AugAssign) -> None:
        operator, pos = OPERATORS[type(node.op)], position(node)
        target = node.target
        dst = self.register()
        if isinstance(target, ast.Name):
            current = self.load(target.id, position(target))
            self.emit(INPLACE, dst, operator, current, self.value(node.value), pos)
            self.store(target.id, dst, pos)
        elif isinstance(target, ast.Attribute):
            obj, current = self.value(target.value), self.register()
            name = self.scope.mangle(target.attr)
            self.emit(ATTR, current, obj, name, position(target))
            self.emit(INPLACE, dst, operator, current, self.value(node.value), pos)
            self.emit(SET_ATTR, obj, name, dst, pos, False)
        else:
            obj, index, current = self.value(target.value), self.value(target.slice), self.register()
            self.emit(ITEM, current, obj, index, position(target))
            self.emit(INPLACE, dst, operator, current, self.value(node.value), pos)
            self.emit(SET_ITEM, obj, index, dst, pos)

    def _delete(self, node: ast.Delete) -> None:
        targets: list[ast.expr] = list(reversed(node.targets))
        while targets:
            target = targets.pop()
            if isinstance(target, ast.Name):
                self.delete(target.id, position(target))
            elif isinstance(target, ast.Attribute):
                self.emit(DEL_ATTR, self.value(target.value), self.scope.mangle(target.attr), position(target))
            elif isinstance(target, ast.Subscript):
                self.emit(DEL_ITEM, self.value(target.value), self.value(target.slice), position(target))
            elif isinstance(target, (ast.Tuple, ast.List)):
                targets.extend(reversed(target.elts))

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.emit(RETURN, self.value(node.value), position(node))
        else:
            self.emit(RETURN, self._none(), position(node))
        self.unreachable()

    def _raise(self, node: ast.Raise) -> None:
        src = self.value(node.exc) if node.exc is not None else -1
        if node.cause is not None:
            self.value(node.cause)
        self.emit(RAISE, src, position(node))
        self.unreachable()

    def _assert(self, node: ast.Assert) -> None:
        holds, fails = self.new_block(), self.new_block()
        self.condition(node.test, holds, fails, "assert")
        self.enter(fails)
        if node.msg is not None:
            self.value(node.msg)
        self.emit(RAISE, -1, None)
        self.enter(holds)

    def _pass(self, node: ast.stmt) -> None:
        """``pass``, ``global`` and ``nonlocal`` do nothing here: scopes have been told already."""

    def _break(self, node: ast.Break) -> None:
        if self.loops:
            self.block.leaves = position(node)
            self.jump(self.loops[-1].after)
        self.unreachable()

    def _continue(self, node: ast.Continue) -> None:
        if self.loops:
            self.jump(self.loops[-1].head)
        self.unreachable()

    # -- branches and loops ----------------------------------------------------------------------------------------

    def _if(self, node: ast.If) -> None:
        after = self.new_block()
        arms = ExitStack()  # an `elif` stands in the other arm of the test before it
        while True:  # an `elif` chain is a loop, not a recursion
            if_true, if_false = self.new_block(), self.new_block()
            tests = self.condition(node.test, if_true, if_false, "if")
            guard = _missing_attribute(node.test)
            with self.within("then", position(node.test), if_true, reads=tests):
                self.enter(if_true)
                if guard:
                    self.guarded.append(guard)
                self.body(node.body)
                if guard:
                    self.guarded.pop()
                self.jump(after)
            arms.enter_context(self.within("else", position(node.test), if_false, reads=tests))
            self.enter(if_false)
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                node = node.orelse[0]
                continue
            self.body(node.orelse)
            self.jump(after)
            break
        arms.close()
        self.enter(after)

    def is_lazy(self, node: ast.Attribute) -> bool:
        return bool(self.guarded) and (_dotted(node.value), node.attr) in self.guarded

    def _while(self, node: ast.While) -> None:
        head, inside, done, after = self.new_block(), self.new_block(), self.new_block(), self.new_block()
        self.jump(head)
        self.enter(head)
        tests: tuple[int, ...] = ()
        if isinstance(node.test, ast.Constant) and node.test.value:
            self.jump(inside)
        else:
            tests = self.condition(node.test, inside, done, "while")
        with self.within("while", position(node.test), inside, reads=tests):
            self._loop_body(node.body, inside, Loop(head, after))
        self._loop_else(node, done)
        self.jump(after)
        self.enter(after)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        source = self.value(node.iter)
        head, inside, done = self.begin_loop(source, position(node.iter))
        self.enter(head)
        item = self.loop_item(head, inside, done, position(node.iter))
        self.bind(node.target, item)
        after = self.new_block()
        with self.within("for", position(node.iter), reads=(source,)):
            inside_now = self.new_block()
            self.jump(inside_now)
            self._loop_body(node.body, inside_now, Loop(head, after))
        self._loop_else(node, done)
        self.jump(after)
        self.enter(after)

    def _loop_else(self, node: ast.While | ast.For | ast.AsyncFor, done: int) -> None:
        if not node.orelse:
            self.enter(done)
            return
        where = position(node.orelse[0])
        self.unconvertible.append(("loop-else", where))
        with self.within("loop-else", where, done):
            self.enter(done)
            self.body(node.orelse)

    def _loop_body(self, statements: list[ast.stmt], inside: int, loop: Loop) -> None:
        self.loops.append(loop)
        self.enter(inside)
        self.body(statements)
        self.jump(loop.head)
        self.loops.pop()

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        contexts = []
        for item in node.items:
            context, entered = self.value(item.context_expr), self.register()
            self.emit(ENTER, entered, context, position(item.context_expr))
            contexts.append((context, position(item.context_expr)))
            if item.optional_vars is not None:
                self.bind(item.optional_vars, entered)
        # However the body ends (a return, an exception), the contexts are left; only its normal end goes on behind.
        abrupt = self.new_block()
        outer, self.handlers = self.handlers, (abrupt, *self.handlers)
        around, self.contexts = self.contexts, (*self.contexts, *(register for register, _ in contexts))
        registers = tuple(register for register, _ in contexts)
        with self.within("with", position(node.items[0].context_expr), reads=registers):
            inside = self.new_block()
            self.jump(inside)
            self.enter(inside)
            self.body(node.body)
        self.handlers, self.contexts = outer, around
        after = self.new_block()
        self.jump(after)
        self.enter(abrupt)
        self._leave(contexts)
        self.emit(RAISE, -1, None)
        self.enter(after)
        self._leave(contexts)

    def _leave(self, contexts: list[tuple[int, Position]]) -> None:
        for context, pos in reversed(contexts):
            self.emit(EXIT, context, pos)

    def _try(self, node: Any) -> None:
        """A body may stop anywhere: each of its blocks has the handlers (or ``finally``) as possible successors."""
        outer = self.handlers
        handlers = [self.new_block() for _ in node.handlers]
        final = self.new_block() if node.finalbody else -1
        after = self.new_block()
        done = final if final >= 0 else after
        self.handlers = (*handlers, *((final,) if final >= 0 else ()), *outer)
        with self.within("try", position(node)):
            tried = self.region
            inside = self.new_block()
            self.jump(inside)
            self.enter(inside)
            self.body(node.body)
        self.handlers = (*((final,) if final >= 0 else ()), *outer)
        quiet = self.new_block()
        self.jump(quiet)
        self.enter(quiet)
        self.body(node.orelse)
        self.jump(done)
        for number, handler in zip(handlers, node.handlers, strict=True):
            self.blocks[number].handlers = self.handlers
            self.enter(number)
            kind = self.value(handler.type) if handler.type is not None else -1
            with self.within("handler", position(handler), number, reads=(kind,) if kind >= 0 else (), tried=tried):
                if handler.name:
                    caught = self.register()
                    self.emit(EXCEPTION, caught, kind)
                    self.store(handler.name, caught, position(handler))
                self.body(handler.body)
                self.jump(done)
        self.handlers = outer
        if final >= 0:
            with self.within("finally", position(node), final):
                self.enter(final)
                self.body(node.finalbody)
                self.jump(after)
        self.enter(after)

    # -- match -----------------------------------------------------------------------------------------------------

    def _match(self, node: ast.Match) -> None:
        self.unconvertible.append(("match", position(node)))
        subject = self.value(node.subject)
        after = self.new_block()
        for case in node.cases:
            taken, other = self.new_block(), self.new_block()
            irrefutable = case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            if irrefutable:
                self.jump(taken)
            else:
                self.branch(-1, taken, other)
            with self.within("case", position(case.pattern), taken, reads=(subject,)):
                self.enter(taken)
                bind_pattern(self, case.pattern, subject)
                if case.guard is not None:
                    guarded = self.new_block()
                    self.condition(case.guard, guarded, other, "guard")
                    self.enter(guarded)
                self.body(case.body)
                self.jump(after)
            self.enter(other)
        self.jump(after)
        self.enter(after)


def _dotted(node: ast.expr) -> str:
    """``a.b.c`` of a chain of attributes, or an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def _missing_attribute(test: ast.expr) -> tuple[str, str] | None:
    """(object, attribute) if ``test`` says that the attribute is None, falsy or missing."""
    negated = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, not negated
    if negated:
        if isinstance(test, ast.Attribute):
            return _dotted(test.value), test.attr
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "hasattr":
            name = test.args[1] if len(test.args) == 2 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                return _dotted(test.args[0]), name.value
        return None
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Attribute) and isinstance(test.ops[0], ast.Is):
        comparator = test.comparators[0]
        if isinstance(comparator, ast.Constant) and comparator.value is None:
            return _dotted(test.left.value), test.left.attr
    return None


_STATEMENTS: dict[type[ast.stmt], Any] = {
    ast.Expr: _CodeLowering._expression, ast.Assign: _CodeLowering._assign, ast.AnnAssign: _CodeLowering._annotated,
    ast.AugAssign: _CodeLowering._augmented, ast.Delete: _CodeLowering._delete, ast.Return: _CodeLowering._return,
    ast.Raise: _CodeLowering._raise, ast.Assert: _CodeLowering._assert, ast.Pass: _CodeLowering._pass,
    ast.Global: _CodeLowering._pass, ast.Nonlocal: _CodeLowering._pass, ast.Break: _CodeLowering._break,
    ast.Continue: _CodeLowering._continue, ast.If: _CodeLowering._if, ast.While: _CodeLowering._while,
    ast.For: _CodeLowering._for, ast.AsyncFor: _CodeLowering._for, ast.With: _CodeLowering._with,
    ast.AsyncWith: _CodeLowering._with, ast.Match: _CodeLowering._match,
    ast.FunctionDef: _CodeLowering.function, ast.AsyncFunctionDef: _CodeLowering.function,
    ast.ClassDef: _CodeLowering.class_, ast.Import: _CodeLowering.import_, ast.ImportFrom: _CodeLowering.import_from,
    **dict.fromkeys(TRY_NODES, _CodeLowering._try),
}  # fmt: skip
if hasattr(ast, "TypeAlias"):
    _STATEMENTS[ast.TypeAlias] = _CodeLowering._pass
