"""Parser of the value expressions of rows, as written in ``README.md``, into the nodes that ``rows.py`` documents."""

from __future__ import annotations

import re
from collections.abc import Callable

from hybridize.models import dtypes, shapes
from hybridize.models.rows import Ast

KINDS = frozenset({"tensor", "dense", "variable", "ragged", "ragged_or_dense", "sparse", "symbolic", "ndarray"})
PLAIN = frozenset({"int", "float", "str", "bool", "bytes", "none", "operation", "unknown", "it"})
ONE_VALUE = frozenset(
    {
        "shape_of", "given", "element", "drawn", "slice", "structure", "like", "converted", "dataset", "iterator",
        "list", "dict", "set",
    }
)  # fmt: skip
"""Heads of one value in parentheses."""
LITERALS: dict[str, object] = {"None": None, "True": True, "False": False}
DTYPE_HEADS = frozenset({"dtype", "asdtype", "promote"})
SHAPE_HEADS = frozenset({"shape", "asshape", "scalar"})

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:e-?\d+)?)|(?P<string>"[^"]*"|'[^']*')|(?P<name>[A-Za-z_]\w*)|(?P<mark>\*\*|[()\[\],|?*.:]))"""
)


class ExpressionError(ValueError):
    """The text is no value expression; the message says why."""


class Parser:
    """Recursive descent over one expression. ``known`` says which parameter names the row has."""

    def __init__(self, text: str, known: frozenset[str], init: Callable[[str], None]) -> None:
        """``init`` is told each constructor argument read as ``self.NAME``."""
        self.known = known
        self.init = init
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        self.depth = 0
        end = 0
        while end < len(text.rstrip()):
            match = _TOKEN.match(text, end)
            if match is None:
                raise ExpressionError(f"unexpected {text[end : end + 8].strip()!r} in {text!r}")
            self.tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            end = match.end()

    # ------------------------------------------------------------------ tokens

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else "end"

    def take(self, expected: str | None = None) -> str:
        if self.at >= len(self.tokens):
            raise ExpressionError(f"ends where {expected or 'more'!r} is due")
        text = self.peek()
        if expected is not None and text != expected:
            raise ExpressionError(f"{text!r} where {expected!r} is due")
        self.at += 1
        return text

    def accept(self, text: str) -> bool:
        if self.peek() == text and self.kind() != "string":
            self.at += 1
            return True
        return False

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise ExpressionError(f"{self.peek()!r} after the end")

    def arguments(self, parse: Callable[[int], Ast]) -> tuple[Ast, ...]:
        """A parenthesized list; ``parse`` gets the position."""
        self.take("(")
        items: list[Ast] = []
        while not self.accept(")"):
            if items:
                self.take(",")
            items.append(parse(len(items)))
        return tuple(items)

    def one(self, parse: Callable[[], Ast]) -> Ast:
        self.take("(")
        node = parse()
        self.take(")")
        return node

    # ------------------------------------------------------------------ values

    def value(self) -> Ast:
        first = self.single()
        if self.peek() != "|":
            return first
        items = [first]
        while self.accept("|"):
            items.append(self.single())
        return ("union", *items)

    def single(self) -> Ast:
        node = self.primary()
        while self.accept("."):
            name = self.take()
            if node == ("param", "self"):
                self.init(name)
                node = ("init", name)
            else:
                node = ("attr", node, name)
        return node

    def primary(self) -> Ast:
        if self.kind() in {"number", "string"}:
            return ("const", self.literal())
        if self.kind() != "name":
            raise ExpressionError(f"{self.peek()!r} where a value is due")
        head = self.take()
        called = self.peek() == "("
        if head in self.known and not called:
            return self.parameter(head)
        if head in KINDS:
            return (head, *(self.dtype_and_shape() if called else (None, None)))
        if head in LITERALS:
            return ("const", LITERALS[head])
        if not called:
            if head == "instance":
                return ("instance", None)
            if head in {"list", "dict", "set"}:
                return (head, None)
            if head == "it" and self.depth == 0:
                raise ExpressionError("'it' outside each(...)")
            if head in PLAIN:
                return (head,)
            return self.parameter(head)
        return self.call(head)

    def call(self, head: str) -> Ast:
        if head == "tensor_as":
            self.take("(")
            source = self.value()
            if self.accept(")"):
                return ("tensor_as", source, None, None)
            return ("tensor_as", source, *self.dtype_and_shape(","))
        if head == "dtype":
            return ("dtype", self.one(self.dtype_argument))
        if head in ONE_VALUE:
            return (head, self.one(self.value))
        if head == "tuple":
            return ("tuple", *self.arguments(lambda _: self.value()))
        if head == "choice":
            parts = self.arguments(lambda _: self.value())
            if len(parts) != 3:
                raise ExpressionError("choice takes a condition and two values")
            return ("choice", *parts)
        if head == "item":
            self.take("(")
            source = self.value()
            self.take(",")
            position = self.literal()
            self.take(")")
            return ("item", source, position)
        if head == "each":
            self.take("(")
            source = self.value()
            self.take(",")
            self.depth += 1
            leaf = self.value()
            self.depth -= 1
            self.take(")")
            return ("each", source, leaf)
        if head == "result":
            return ("result", self.one(lambda: self.parameter(self.take()))[1])
        if head == "instance":
            return ("instance", self.one(lambda: ("const", self.literal()))[1])
        raise ExpressionError(f"{head!r} is no value expression")

    def parameter(self, name: str) -> Ast:
        if name not in self.known:
            raise ExpressionError(f"{name!r} is neither a parameter of this row nor a value expression")
        return ("param", name)

    def literal(self) -> object:
        kind, text = self.kind(), self.take()
        if kind == "number":
            return float(text) if "." in text or "e" in text else int(text)
        if kind == "string":
            return text[1:-1]
        if text in LITERALS:
            return LITERALS[text]
        raise ExpressionError(f"{text!r} where a literal is due")

    # ------------------------------------------------------------------ dtypes and shapes

    def dtype_and_shape(self, opening: str = "(") -> tuple[Ast | None, Ast | None]:
        """``(D, S)``, ``(D)``, ``(S)`` or ``(?, S)``: which one is which shows in its first word."""
        self.take(opening)
        dtype: Ast | None = None
        shape: Ast | None = None
        if not self.accept("?"):
            if self.is_shape():
                shape = self.shape()
                self.take(")")
                return None, shape
            dtype = self.dtype()
        if self.accept(","):
            shape = self.shape()
        self.take(")")
        return dtype, shape

    def is_shape(self) -> bool:
        return (
            self.peek() == "["
            or self.peek() in SHAPE_HEADS
            or (self.peek() in shapes.FUNCTIONS and self.peek(1) == "(")
        )

    def dtype(self) -> Ast:
        items = [self.one_dtype()]
        while self.accept("or"):
            items.append(self.one_dtype())
        return ("dtype_or", *items) if len(items) > 1 else items[0]

    def one_dtype(self) -> Ast:
        if self.kind() == "string":
            name = str(self.literal())
            if name not in dtypes.NAMES:
                raise ExpressionError(f"no dtype {name!r}")
            return ("dtype_name", name)
        head = self.take()
        if head == "dtype":
            return self.one(self.dtype_argument)
        if head == "asdtype":
            return ("as_dtype", self.one(self.value))
        if head == "promote":
            return ("promote", *self.arguments(lambda _: self.value()))
        if head in dtypes.FUNCTIONS:
            return ("dtype_call", head, self.arguments(lambda _: self.dtype()))
        raise ExpressionError(f"{head!r} is no dtype expression")

    def dtype_argument(self) -> Ast:
        """Inside ``dtype(...)``: a name, a dtype expression, or a value whose dtype is meant."""
        if self.kind() == "string" or (
            self.peek() in {"asdtype", "promote", *dtypes.FUNCTIONS} and self.peek(1) == "("
        ):
            return self.dtype()
        return ("dtype_of", self.value())

    def shape(self) -> Ast:
        items = [self.one_shape()]
        while self.accept("or"):
            items.append(self.one_shape())
        return ("shape_or", *items) if len(items) > 1 else items[0]

    def one_shape(self) -> Ast:
        if self.accept("["):
            dims: list[object] = []
            while not self.accept("]"):
                if dims:
                    self.take(",")
                dims.append(None if self.accept("?") else self.dimension())
            return ("dims", tuple(dims))
        head = self.take()
        if head == "scalar":
            return ("dims", ())
        if head == "shape":
            return ("shape", self.one(self.value))
        if head == "asshape":
            return ("as_shape", self.one(self.value))
        function = shapes.FUNCTIONS.get(head)
        if function is None:
            raise ExpressionError(f"{head!r} is no shape expression")
        arguments = self.arguments(lambda i: self.shape_argument(head, function.kind(i)))
        if not function.least <= len(arguments) <= function.most:
            raise ExpressionError(f"{head} takes {function.least} to {function.most} arguments, not {len(arguments)}")
        return ("shape_call", head, arguments)

    def dimension(self) -> object:
        """An int, or an expression that gives one; ``rows or columns`` is the first that is not None."""
        items = [self.value()]
        while self.accept("or"):
            items.append(self.value())
        node = ("first", *items) if len(items) > 1 else items[0]
        return node[1] if node[0] == "const" else node

    def shape_argument(self, head: str, kind: str | None) -> Ast:
        if kind is None:
            raise ExpressionError(f"too many arguments for {head}")
        if kind == "shape":
            return self.shape() if self.is_shape() else ("shape", self.value())
        node = self.value()
        if kind == "shapes":
            return ("shapes", node)
        return node if node[0] == "const" else ("value", node)

    # ------------------------------------------------------------------ callbacks

    def callback(self) -> Ast:
        """``fn(V, *V, **V, spread(V))``, with ``traced``, ``eager`` or ``later`` in front when it is not inline."""
        mode = "inline"
        if self.peek() in {"traced", "eager", "later"} and self.peek(1) != "(":
            mode = self.take()
        name = self.parameter(self.take())[1]
        arguments = self.arguments(lambda _: self.callback_argument())
        return ("call", name, mode, arguments)

    def callback_argument(self) -> Ast:
        if self.accept("**"):
            return ("kwstar", self.value())
        if self.accept("*"):
            return ("star", self.value())
        if self.peek() == "spread" and self.peek(1) == "(":
            self.take()
            return ("spread", self.one(self.value))
        return self.value()


def parse_value(text: str, known: frozenset[str], init: Callable[[str], None]) -> Ast:
    """A value expression over the parameters ``known``."""
    parser = Parser(text, known, init)
    node = parser.value()
    parser.end()
    return node


def parse_call(text: str, known: frozenset[str], init: Callable[[str], None]) -> Ast:
    """One item of ``calls``."""
    parser = Parser(text, known, init)
    node = parser.callback()
    parser.end()
    return node


def parse_literal(text: str) -> object:
    """The default of a parameter; raises `ExpressionError` when it is more than a literal."""
    parser = Parser(text, frozenset(), lambda _: None)
    value = _literal(parser)
    parser.end()
    return value


def _literal(parser: Parser) -> object:
    if not parser.accept("("):
        return parser.literal()
    items: list[object] = []
    while not parser.accept(")"):
        items.append(_literal(parser))
        if parser.peek() != ")":
            parser.take(",")
    return tuple(items)
