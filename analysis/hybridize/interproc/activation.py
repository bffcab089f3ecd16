"""Activations: one body in one call context, and the heap cells that bodies read and write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridize.domains.atoms import Atom
from hybridize.domains.value import BOTTOM, Value, join
from hybridize.interproc.events import Choice, Edge, Effect, Use
from hybridize.syntax.code import Code, Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

CellKey = tuple[Any, ...]
"""('g', path, name) module variable · ('v', env, name) closure variable · ('a', atom, name) attribute ·
('e', atom, key) element of a container, key "*" for all others · ('k', class, name) class attribute ·
('t', code, name) pytest's values · ('s', class) subclasses ·
('d', code, name) default · ('n', code, name) annotation · ('f', class, name) dataclass field's annotation"""


class Cell:
    """A place that outlives a body's evaluation. When it grows, the instructions that read it run again."""

    __slots__ = ("covered", "optional", "readers", "value", "writes")

    def __init__(self) -> None:
        self.value: Value = BOTTOM
        self.covered: set[Value] | None = None
        """What was written and let ``value`` stay as it is only because that is as wide as it may get."""
        self.readers: dict[Point, None] = {}
        self.writes = 0
        self.optional = False


class Point:
    """An instruction of an activation: what reads cells and results, and runs again when they grow."""

    __slots__ = ("activation", "index")

    def __init__(self, activation: Activation, index: int) -> None:
        self.activation = activation
        self.index = index


class Activation:
    """A body in a context. ``id`` names its variables for closures; it is the same in every run."""

    __slots__ = (
        "allocated", "args", "callers", "choices", "code", "decorates", "dirty", "edges", "effects", "env", "evaluated",
        "frame", "id", "merged", "queued", "receiver_site", "registers", "result", "root", "running", "uses", "visits",
        "yielded",
    )  # fmt: skip

    def __init__(
        self, id: str, code: Code, env: str, args: dict[str, Value], receiver_site: str = "", decorates: bool = False
    ) -> None:
        self.id = id
        self.code = code
        self.env = env
        """The activation whose variables are closed over."""
        self.args = args
        self.receiver_site = receiver_site
        """Allocation site of the receiver, for methods of objects: keeps what different objects allocate apart."""
        self.result: Value = BOTTOM
        self.yielded: Value = BOTTOM
        self.callers: dict[Point, None] = {}
        self.registers: list[Value] = []
        """What each register of the body held when the run was over."""
        self.frame: Frame | None = None
        """The evaluation of the body, kept until the run is over: a visit repeats only what may give something new."""
        self.dirty: set[int] = set()
        """Instructions whose cells or results grew since they ran."""
        self.edges: dict[Edge, None] = {}
        self.effects: dict[Effect, None] = {}
        self.choices: dict[Position, Value] = {}
        """Calls of which it is not known which of several callees they reach: position to callees."""
        self.uses: dict[Use, None] = {}
        self.allocated: set[Atom] = set()
        self.evaluated = False
        self.running = False
        self.queued = False
        self.merged = ""
        """Not empty: stands for many contexts, of this group."""
        self.root = False
        self.decorates = decorates
        """Whether a function that it stands over as a decorator makes the context."""
        self.visits = 0

    def finish(self) -> None:
        """Keep what the last visit wrote down and forget how it came about."""
        if self.frame is None:
            return
        for event in self.frame.all_events():
            if isinstance(event, Edge):
                self.edges[event] = None
            elif isinstance(event, Effect):
                self.effects[event] = None
            elif isinstance(event, Choice):
                self.choices[event.position] = join(self.choices.get(event.position, BOTTOM), event.callees)
            else:
                self.uses[event] = None
        self.registers = self.frame.registers
        self.frame = None

    def __repr__(self) -> str:
        return f"<{self.id} {self.args} -> {self.result}>"


class Arguments:
    """The arguments of one call, as far as they are known.

    ``rest`` covers positional arguments from a ``*sequence`` of unknown length, ``keyword_rest`` those of a
    ``**mapping``; BOTTOM where there is none.
    """

    __slots__ = ("keyword_rest", "keywords", "positional", "rest")

    def __init__(
        self,
        positional: list[Value] | None = None,
        keywords: dict[str, Value] | None = None,
        rest: Value = BOTTOM,
        keyword_rest: Value = BOTTOM,
    ) -> None:
        self.positional = positional or []
        self.keywords = keywords or {}
        self.rest = rest
        self.keyword_rest = keyword_rest

    def with_first(self, *values: Value) -> Arguments:
        """The same arguments after some more positional ones."""
        return Arguments([*values, *self.positional], self.keywords, self.rest, self.keyword_rest)

    def with_keywords(self, keywords: tuple[tuple[str, Value], ...]) -> Arguments:
        """The same arguments over some default keywords."""
        return Arguments(self.positional, {**dict(keywords), **self.keywords}, self.rest, self.keyword_rest)

    def all_values(self) -> list[Value]:
        """Every argument, in order."""
        return [*self.positional, *self.keywords.values(), self.rest, self.keyword_rest]

    def get(self, index: int, name: str) -> Value | None:
        """The argument at a position or of a name; None if it is not given (or hides in a starred one)."""
        if index < len(self.positional):
            return self.positional[index]
        return self.keywords.get(name)
