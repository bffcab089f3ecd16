"""The small intermediate representation (IR): what a body does, without syntax.

A *code* is the body of a module, class, function or lambda. It is a control-flow graph of basic blocks; a block is a
list of instructions and a terminator. Instructions are tuples ``(opcode, …)``; they read and write *registers*
(ints, each written by one instruction) and *names*. Comprehensions, conditional expressions and boolean operators are
lowered into blocks of the code around them; values that meet there pass through names that start with ``%``.

Layout of the instructions (``dst``, ``src``, ``obj``, … are registers; ``pos`` is a `Position`):

    CONST dst constant                 LOAD dst name                     STORE name src
    LOAD_CELL dst hops name            STORE_CELL hops name src pos      LOAD_GLOBAL dst name pos
    STORE_GLOBAL name src pos          LOAD_NAME dst name pos            STORE_NAME name src
    DELETE name                        ATTR dst obj name pos             SET_ATTR obj name src pos lazy
    DEL_ATTR obj name pos              ITEM dst obj index pos            SET_ITEM obj index src pos
    DEL_ITEM obj index pos             SLICE dst lower upper step        CALL dst func args kwargs pos
    BINARY dst operator a b pos        INPLACE dst operator a b pos      UNARY dst operator a pos
    COMPARE dst operator a b pos       TUPLE dst items                   LIST dst items pos
    SET dst items pos                  DICT dst pairs pos                FORMAT dst items pos specified
    COLLECT container key src          FUNCTION dst child defaults annotations pos
    CLASS dst child bases keywords pos DECORATE dst decorator target pos child
    ITER dst src pos inline            NEXT dst iterator pos             UNPACK dsts src star pos
    YIELD dst src pos                  YIELD_FROM dst src pos            AWAIT dst src
    RETURN src pos                     RAISE src pos                     IMPORT dst name asname pos
    IMPORT_FROM dst level module name pos     IMPORT_STAR level module pos
    ENTER dst context pos              EXIT context pos                  REFINE name test src polarity
    EXCEPTION dst type                 ANNOTATE name annotation          STREAM dst src

``args`` of CALL is a tuple of ``(register, starred)``, ``kwargs`` of ``(name or None for **, register)``; ``items`` is
a tuple of ``(register, starred)``; ``pairs`` of ``(key register or -1 for **, value register)``. ``src`` of
STORE_GLOBAL is -1 for ``del``. ``pos`` of RAISE is None where no ``raise`` is written: for ``assert``, behind ``with``.
``hops`` counts the functions outwards from this code to the owner of the cell. NAME
instructions occur in modules and classes, whose variables other code can see at any time. ``lazy`` is True under a
test that the attribute is None or missing; ``inline`` is True in comprehensions, which AutoGraph does not convert;
``specified`` are the items of FORMAT that have a format specification, as in ``{x:.2f}``.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

CONST: Final = 0
LOAD: Final = 1
STORE: Final = 2
LOAD_CELL: Final = 3
STORE_CELL: Final = 4
LOAD_GLOBAL: Final = 5
STORE_GLOBAL: Final = 6
LOAD_NAME: Final = 7
STORE_NAME: Final = 8
DELETE: Final = 9
ATTR: Final = 10
SET_ATTR: Final = 11
DEL_ATTR: Final = 12
ITEM: Final = 13
SET_ITEM: Final = 14
DEL_ITEM: Final = 15
SLICE: Final = 16
CALL: Final = 17
BINARY: Final = 18
INPLACE: Final = 19
UNARY: Final = 20
COMPARE: Final = 21
TUPLE: Final = 22
LIST: Final = 23
SET: Final = 24
DICT: Final = 25
FORMAT: Final = 26
COLLECT: Final = 27
FUNCTION: Final = 28
CLASS: Final = 29
DECORATE: Final = 30
ITER: Final = 31
NEXT: Final = 32
UNPACK: Final = 33
YIELD: Final = 34
YIELD_FROM: Final = 35
AWAIT: Final = 36
RETURN: Final = 37
RAISE: Final = 38
IMPORT: Final = 39
IMPORT_FROM: Final = 40
IMPORT_STAR: Final = 41
ENTER: Final = 42
EXIT: Final = 43
REFINE: Final = 44
EXCEPTION: Final = 45
ANNOTATE: Final = 46
STREAM: Final = 47

OPCODES: Final = (
    "CONST", "LOAD", "STORE", "LOAD_CELL", "STORE_CELL", "LOAD_GLOBAL", "STORE_GLOBAL", "LOAD_NAME", "STORE_NAME",
    "DELETE", "ATTR", "SET_ATTR", "DEL_ATTR", "ITEM", "SET_ITEM", "DEL_ITEM", "SLICE", "CALL", "BINARY", "INPLACE",
    "UNARY", "COMPARE", "TUPLE", "LIST", "SET", "DICT", "FORMAT", "COLLECT", "FUNCTION", "CLASS", "DECORATE", "ITER",
    "NEXT", "UNPACK", "YIELD", "YIELD_FROM", "AWAIT", "RETURN", "RAISE", "IMPORT", "IMPORT_FROM", "IMPORT_STAR",
    "ENTER", "EXIT", "REFINE", "EXCEPTION", "ANNOTATE", "STREAM",
)  # fmt: skip
"""Their names, by number."""

Position = tuple[int, int, int, int]
"""Line, column, end line, end column; columns are UTF-8 byte offsets as in `ast`, converted only for output."""

Instruction = tuple[Any, ...]

ParameterKind = Literal["positional-only", "positional-or-keyword", "var-positional", "keyword-only", "var-keyword"]


class Region(msgspec.Struct, frozen=True):
    """A statement, or the part of one, that blocks stand in.

    ``kind``: then, else (the arms of an ``if``), while, for, loop-else, try, handler, finally, with, case, ternary,
    boolean (an operand of ``and`` or ``or`` that need not be evaluated), comprehension.
    """

    kind: str
    parent: int
    """The region around this one, or -1."""
    position: Position
    """Of the test, the iterable or the whole statement."""
    reads: tuple[int, ...] = ()
    """Registers that decide: the tests of an ``if`` or ``while`` (several, for ``and`` and ``or``), the iterable of a
    ``for``, the subject of a ``case``, what a handler catches (nothing if it is bare), the managers of a ``with``."""
    tried: int = -1
    """Of a handler: the region it guards."""


class Block(msgspec.Struct):
    """A basic block. ``test`` is the register that decides between ``targets`` (true first), or -1."""

    instructions: list[Instruction]
    targets: tuple[int, ...] = ()
    test: int = -1
    handlers: tuple[int, ...] = ()
    """Blocks that control may reach from anywhere inside this one: exception handlers and ``finally``."""
    contexts: tuple[int, ...] = ()
    """Registers of the context managers whose ``with`` statements this block stands in, outermost first."""
    asks: str = ""
    """What wants the truth of ``test``: if, while, ternary, boolean, assert, comprehension, guard; empty: nothing."""
    at: Position = (0, 0, 0, 0)
    """The region of the test."""
    leaves: Position | None = None
    """Of the ``break`` that the block ends in."""
    region: int = -1
    """The innermost of the code's regions that the block stands in, or -1."""


class ParameterFact(msgspec.Struct, frozen=True):
    """One parameter of a function, in order."""

    name: str
    kind: ParameterKind
    has_default: bool
    cell: bool = False


class Code(msgspec.Struct):
    """One body. ``id`` is unique in the program and the same in every run: path, qualified name, line and column."""

    id: str
    path: str
    name: str
    qualname: str
    kind: Literal["module", "class", "function", "lambda"]
    position: Position
    name_position: Position
    """From ``def`` or ``class`` to the end of the name; for lambdas the whole expression."""
    parameters: tuple[ParameterFact, ...]
    blocks: list[Block]
    registers: int
    children: tuple[str, ...]
    """Ids of the codes defined in this one, by child number."""
    parent: str
    """Id of the code this one stands in; empty for modules."""
    is_generator: bool = False
    is_async: bool = False
    in_class: bool = False
    """Defined directly in a class body."""
    decorators: tuple[Position, ...] = ()
    rebound: frozenset[str] = frozenset()
    """Names of module variables that some function rebinds: their value is not what the module's own flow says."""
    bound: frozenset[str] = frozenset()
    """Modules: every name bound at module level, by any statement."""
    dropped: frozenset[Position] = frozenset()
    """Calls that are statements of their own: nobody sees what they give."""
    regions: tuple[Region, ...] = ()
    """The statements that blocks stand in; a region comes after the one around it."""
    unconvertible: tuple[tuple[str, Position], ...] = ()
    """Syntax that keeps AutoGraph from converting the body: walrus, match, loop-else, mangled-name."""
    captures: bool = False
    """Reads or writes variables of an enclosing function, itself or through a body nested in it."""


class ModuleFacts(msgspec.Struct):
    """Everything later floors know of one file."""

    path: str
    lines: int
    codes: dict[str, Code]
    body: str
    """Id of the module's own code."""
