"""Lowering of expressions. Each handler is a generator that yields the parts it needs; `builder.run` drives them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from hybridize.syntax.builder import CodeBuilder, Step, position, run
from hybridize.syntax.code import (
    ATTR,
    AWAIT,
    BINARY,
    CALL,
    COLLECT,
    COMPARE,
    CONST,
    DICT,
    FORMAT,
    FUNCTION,
    ITEM,
    ITER,
    LIST,
    LOAD,
    NEXT,
    REFINE,
    SET,
    SET_ATTR,
    SET_ITEM,
    SLICE,
    STORE,
    STREAM,
    TUPLE,
    UNARY,
    UNPACK,
    YIELD,
    YIELD_FROM,
    Position,
)
from hybridize.syntax.scopes import COMPREHENSIONS, Scope, ScopeNode

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&",
    ast.UAdd: "+", ast.USub: "-", ast.Invert: "~", ast.Not: "not",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


class ExpressionLowering(CodeBuilder):
    """`CodeBuilder` that knows expressions."""

    def __init__(self, scope: Scope, module_scope: Scope, scopes: dict[ScopeNode, Scope]) -> None:
        super().__init__(scope, module_scope)
        self.scopes = scopes
        self.is_generator = False
        self.iterators: dict[int, int] = {}
        """Register of the iterator of each loop, by the loop's head."""

    def child(self, node: ast.AST) -> int:
        """Number of the nested code for a definition; its lowering is queued. Set by the module's driver."""
        raise NotImplementedError

    def value(self, node: ast.expr) -> int:
        """Lower an expression; the register that holds its value."""
        return run(self.step(node))

    def step(self, node: ast.expr) -> int | Step:
        """A register for leaves, else a suspended lowering."""
        if isinstance(node, ast.Name):
            return self.load(node.id, position(node))
        if isinstance(node, ast.Constant):
            dst = self.register()
            self.emit(CONST, dst, node.value)
            return dst
        # Syntax newer than this tool (template strings) has no handler: its value is not known, and its parts are.
        return _HANDLERS.get(type(node), ExpressionLowering._other)(self, node)

    # -- simple operations -----------------------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> Step:
        if node.attr.startswith("__") and not node.attr.endswith("__"):
            self.unconvertible.append(("mangled-name", position(node)))
        obj = yield self.step(node.value)
        dst = self.register()
        self.emit(ATTR, dst, obj, self.scope.mangle(node.attr), position(node))
        return dst

    def _subscript(self, node: ast.Subscript) -> Step:
        obj = yield self.step(node.value)
        index = yield self.step(node.slice)
        dst = self.register()
        self.emit(ITEM, dst, obj, index, position(node))
        return dst

    def _slice(self, node: ast.Slice) -> Step:
        lower = (yield self.step(node.lower)) if node.lower is not None else -1
        upper = (yield self.step(node.upper)) if node.upper is not None else -1
        step = (yield self.step(node.step)) if node.step is not None else -1
        dst = self.register()
        self.emit(SLICE, dst, lower, upper, step)
        return dst

    def _binary(self, node: ast.BinOp) -> Step:
        left = yield self.step(node.left)
        right = yield self.step(node.right)
        dst = self.register()
        self.emit(BINARY, dst, OPERATORS[type(node.op)], left, right, position(node))
        return dst

    def _unary(self, node: ast.UnaryOp) -> Step:
        operand = yield self.step(node.operand)
        dst = self.register()
        self.emit(UNARY, dst, OPERATORS[type(node.op)], operand, position(node))
        return dst

    def _compare(self, node: ast.Compare) -> Step:
        left = yield self.step(node.left)
        dst = -1
        # A chain `a < b < c` is evaluated in full: its short cut matters to no analysis.
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = yield self.step(comparator)
            dst = self.register()
            self.emit(COMPARE, dst, OPERATORS[type(operator)], left, right, position(node))
            left = right
        return dst

    def _call(self, node: ast.Call) -> Step:
        func = yield self.step(node.func)
        args = []
        for arg in node.args:
            starred = isinstance(arg, ast.Starred)
            register = yield self.step(arg.value if isinstance(arg, ast.Starred) else arg)
            args.append((register, starred))
        kwargs = []
        for keyword in node.keywords:
            register = yield self.step(keyword.value)
            kwargs.append((keyword.arg, register))
        dst = self.register()
        self.emit(CALL, dst, func, tuple(args), tuple(kwargs), position(node))
        return dst

    def _items(self, elements: list[ast.expr]) -> Any:
        items = []
        for element in elements:
            starred = isinstance(element, ast.Starred)
            register = yield self.step(element.value if isinstance(element, ast.Starred) else element)
            items.append((register, starred))
        return tuple(items)

    def _tuple(self, node: ast.Tuple) -> Step:
        items = yield from self._items(node.elts)
        dst = self.register()
        self.emit(TUPLE, dst, items)
        return dst

    def _list(self, node: ast.List) -> Step:
        items = yield from self._items(node.elts)
        dst = self.register()
        self.emit(LIST, dst, items, position(node))
        return dst

    def _set(self, node: ast.Set) -> Step:
        items = yield from self._items(node.elts)
        dst = self.register()
        self.emit(SET, dst, items, position(node))
        return dst

    def _dict(self, node: ast.Dict) -> Step:
        pairs = []
        for key, value in zip(node.keys, node.values, strict=True):
            key_register = (yield self.step(key)) if key is not None else -1
            value_register = yield self.step(value)
            pairs.append((key_register, value_register))
        dst = self.register()
        self.emit(DICT, dst, tuple(pairs), position(node))
        return dst

    def _joined(self, node: ast.JoinedStr) -> Step:
        items: list[int] = []
        specified: list[int] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                items.append((yield self.step(part.value)))
                if part.format_spec is not None:
                    yield self.step(part.format_spec)
                    if part.conversion == -1:  # `!r` makes a text of it before
                        specified.append(items[-1])
        dst = self.register()
        self.emit(FORMAT, dst, tuple(items), position(node), tuple(specified))
        return dst

    def _await(self, node: ast.Await) -> Step:
        src = yield self.step(node.value)
        dst = self.register()
        self.emit(AWAIT, dst, src)
        return dst

    def _yield(self, node: ast.Yield) -> Step:
        self.is_generator = True
        src = (yield self.step(node.value)) if node.value is not None else self._none()
        dst = self.register()
        self.emit(YIELD, dst, src, position(node))
        return dst

    def _yield_from(self, node: ast.YieldFrom) -> Step:
        self.is_generator = True
        src = yield self.step(node.value)
        dst = self.register()
        self.emit(YIELD_FROM, dst, src, position(node))
        return dst

    def _none(self) -> int:
        dst = self.register()
        self.emit(CONST, dst, None)
        return dst

    def _walrus(self, node: ast.NamedExpr) -> Step:
        self.unconvertible.append(("walrus", position(node)))
        src = yield self.step(node.value)
        inner, scope = self.scope, self.scope
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        self.scope = scope
        self.store(node.target.id, src, position(node))
        self.scope = inner
        return src

    def _starred(self, node: ast.Starred) -> Step:
        return (yield self.step(node.value))

    def _lambda(self, node: ast.Lambda) -> Step:
        defaults = yield from self._defaults(node.args)
        dst = self.register()
        self.emit(FUNCTION, dst, self.child(node), defaults, (), position(node))
        return dst

    def _defaults(self, args: ast.arguments) -> Any:
        """(name, register) of each default, evaluated where the function is defined."""
        found = []
        positional = [*args.posonlyargs, *args.args]
        for arg, default in zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True):
            found.append((self.scope.mangle(arg.arg), (yield self.step(default))))
        for arg, keyword_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if keyword_default is not None:
                found.append((self.scope.mangle(arg.arg), (yield self.step(keyword_default))))
        return tuple(found)

    def _other(self, node: ast.expr) -> Step:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield self.step(child)
        return self._none()

    # -- expressions with control flow -----------------------------------------------------------------------------

    def _conditional(self, node: ast.IfExp) -> Step:
        result = self.temporary()
        if_true, if_false, after = self.new_block(), self.new_block(), self.new_block()
        tests = self.condition(node.test, if_true, if_false, "ternary")
        for number, part in ((if_true, node.body), (if_false, node.orelse)):
            with self.within("ternary", position(node.test), number, reads=tests):
                self.enter(number)
                self.emit(STORE, result, (yield self.step(part)))
                self.jump(after)
        self.enter(after)
        dst = self.register()
        self.emit(LOAD, dst, result)
        return dst

    def _boolean(self, node: ast.BoolOp) -> Step:
        result = self.temporary()
        after = self.new_block()
        is_and = isinstance(node.op, ast.And)
        for part in node.values[:-1]:
            register = yield self.step(part)
            self.emit(STORE, result, register)
            more = self.new_block()
            self.branch(register, *((more, after) if is_and else (after, more)), "boolean", position(part))
            self.enter(more)
            self._refine(part, register, is_and)
        self.emit(STORE, result, (yield self.step(node.values[-1])))
        self.jump(after)
        self.enter(after)
        dst = self.register()
        self.emit(LOAD, dst, result)
        return dst

    def condition(self, test: ast.expr, if_true: int, if_false: int, asks: str) -> tuple[int, ...]:
        """Branch on ``test``, with what each outcome says of local names recorded at the start of its block.

        The registers whose truth decides.
        """
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, if_true, if_false = test.operand, if_false, if_true
        if isinstance(test, ast.BoolOp):
            is_and = isinstance(test.op, ast.And)
            tests: tuple[int, ...] = ()
            for part in test.values[:-1]:
                more = self.new_block()
                tests += self.condition(part, *((more, if_false) if is_and else (if_true, more)), asks)
                self.enter(more)
            return tests + self.condition(test.values[-1], if_true, if_false, asks)
        register = self.value(test)
        here = self.block
        self.branch(register, if_true, if_false, asks, position(test))
        for number, polarity in ((if_true, True), (if_false, False)):
            # A block reached from several tests learns nothing certain from one of them.
            if not self.blocks[number].instructions and self._entries(number) == 1:
                self.enter(number)
                self._refine(test, register, polarity)
        self.enter_block(here)
        return (register,)

    def enter_block(self, block: Any) -> None:
        """Go on in a block given as such."""
        self.block, self.emitted = block, block.instructions

    def _entries(self, number: int) -> int:
        return sum(block.targets.count(number) for block in self.blocks)

    def _refine(self, test: ast.expr, register: int, polarity: bool) -> None:
        """Record what ``test`` being ``polarity`` says of a plain local name."""
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, polarity = test.operand, not polarity
        if isinstance(test, ast.NamedExpr):
            test = test.target
        name = self.local_name(test)
        if name is not None:
            self.emit(REFINE, name, "truth", -1, polarity)
            return
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
            comparator = test.comparators[0]
            name = self.local_name(test.left)
            if name is not None and isinstance(comparator, ast.Constant) and comparator.value is None:
                self.emit(REFINE, name, "none", -1, polarity is isinstance(test.ops[0], ast.Is))
            return
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and len(test.args) == 2:
            name = self.local_name(test.args[0])
            if name is not None and test.func.id == "isinstance" and self.scope.resolve("isinstance")[0] == "global":
                classes = self.value(test.args[1])
                self.emit(REFINE, name, "isinstance", classes, polarity)

    # -- comprehensions --------------------------------------------------------------------------------------------

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Step:
        pos = position(node)
        container = self.register()
        empty = {ast.SetComp: SET, ast.DictComp: DICT}.get(type(node), LIST)
        self.emit(empty, container, (), pos)
        outer, inner = self.scope, self.scopes[node]
        heads: list[int] = []
        exits: list[int] = []
        around, self.region = self.region, self.region_of("comprehension", pos)
        for generator in node.generators:
            source = yield self.step(generator.iter)
            self.scope = inner
            head, body, after = self.begin_loop(source, position(generator.iter), inline=True)
            heads.append(head)
            exits.append(after)
            self.enter(head)
            self.bind(generator.target, self.loop_item(head, body, after, position(generator.iter)))
            for test in generator.ifs:
                more = self.new_block()
                self.condition(test, more, head, "comprehension")
                self.enter(more)
        if isinstance(node, ast.DictComp):
            key = yield self.step(node.key)
            self.emit(COLLECT, container, key, (yield self.step(node.value)))
        else:
            self.emit(COLLECT, container, -1, (yield self.step(node.elt)))
        self.scope = outer
        for head, after in zip(reversed(heads), reversed(exits), strict=True):
            self.jump(head)
            self.enter(after)
        self.region = self.block.region = around
        if not isinstance(node, ast.GeneratorExp):
            return container
        dst = self.register()
        self.emit(STREAM, dst, container)
        return dst

    def begin_loop(self, source: int, pos: Position, inline: bool = False) -> tuple[int, int, int]:
        """Blocks (head, body, after) of a loop over a register; the current block jumps to the head."""
        head, body, after = self.new_block(), self.new_block(), self.new_block()
        iterator = self.register()
        self.emit(ITER, iterator, source, pos, inline)
        self.iterators[head] = iterator
        self.jump(head)
        return head, body, after

    def loop_item(self, head: int, body: int, after: int, pos: Position) -> int:
        """Fill the head; go on in the body with a register that holds the next item."""
        item = self.register()
        self.emit(NEXT, item, self.iterators[head], pos)
        self.branch(-1, body, after)
        self.enter(body)
        return item

    # -- targets ---------------------------------------------------------------------------------------------------

    def bind(self, target: ast.expr, src: int) -> None:
        """Assign a register to a target of any form."""
        work: list[tuple[ast.expr, int]] = [(target, src)]
        while work:
            node, register = work.pop()
            if isinstance(node, ast.Name):
                self.store(node.id, register, position(node))
            elif isinstance(node, ast.Attribute):
                obj = self.value(node.value)
                name = self.scope.mangle(node.attr)
                self.emit(SET_ATTR, obj, name, register, position(node), self.is_lazy(node))
            elif isinstance(node, ast.Subscript):
                obj, index = self.value(node.value), self.value(node.slice)
                self.emit(SET_ITEM, obj, index, register, position(node))
            elif isinstance(node, ast.Starred):
                work.append((node.value, register))
            elif isinstance(node, (ast.Tuple, ast.List)):
                parts = tuple(self.register() for _ in node.elts)
                star = next((i for i, part in enumerate(node.elts) if isinstance(part, ast.Starred)), -1)
                self.emit(UNPACK, parts, register, star, position(node))
                work.extend(reversed(list(zip(node.elts, parts, strict=True))))

    def is_lazy(self, node: ast.Attribute) -> bool:
        """Whether the store stands under a test that this very attribute is None or missing."""
        return False


_HANDLERS: dict[type[ast.AST], Callable[[Any, Any], Step]] = {
    ast.Attribute: ExpressionLowering._attribute,
    ast.Subscript: ExpressionLowering._subscript,
    ast.Slice: ExpressionLowering._slice,
    ast.BinOp: ExpressionLowering._binary,
    ast.UnaryOp: ExpressionLowering._unary,
    ast.Compare: ExpressionLowering._compare,
    ast.Call: ExpressionLowering._call,
    ast.Tuple: ExpressionLowering._tuple,
    ast.List: ExpressionLowering._list,
    ast.Set: ExpressionLowering._set,
    ast.Dict: ExpressionLowering._dict,
    ast.JoinedStr: ExpressionLowering._joined,
    ast.Await: ExpressionLowering._await,
    ast.Yield: ExpressionLowering._yield,
    ast.YieldFrom: ExpressionLowering._yield_from,
    ast.NamedExpr: ExpressionLowering._walrus,
    ast.Starred: ExpressionLowering._starred,
    ast.Lambda: ExpressionLowering._lambda,
    ast.IfExp: ExpressionLowering._conditional,
    ast.BoolOp: ExpressionLowering._boolean,
    **dict.fromkeys(COMPREHENSIONS, ExpressionLowering._comprehension),
}
