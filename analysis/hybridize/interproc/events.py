"""What the interpreter writes down while it evaluates a body; the analyses of floor 5 read nothing else of the run.

Runs make events by the ten thousands: they are plain classes, not named tuples, because those are slow to make where
this module is compiled. Equal ones count as one; nothing changes an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Union

from hybridize.domains.atoms import Atom
from hybridize.domains.value import Value
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.activation import Activation


class Edge:
    """A call of a body of the project.

    ``kind``: call, callback (a library calls it during the call), traced (through a `tf.function` or a `tf.data`
    operator), or lifecycle (Keras calls ``build`` once, outside of the graph).
    """

    __slots__ = ("for_trace", "kind", "passed", "position", "target")

    def __init__(
        self,
        target: Activation,
        position: Position,
        kind: str,
        passed: tuple[Value, ...] = (),
        for_trace: bool = False,
    ) -> None:
        self.target = target
        self.position = position
        self.kind = kind
        self.passed = passed
        """What this call passes, in the order of the parameters; a merged activation has seen more."""
        self.for_trace = for_trace
        """See `Effect`."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edge) and (
            self.target is other.target
            and self.position == other.position
            and self.kind == other.kind
            and self.passed == other.passed
            and self.for_trace == other.for_trace
        )

    def __hash__(self) -> int:
        return hash((self.target, self.position))


class Effect:
    """Something that may be visible after the call.

    ``kind``: writes-global, writes-nonlocal, writes-attribute, writes-item, mutates, writes-array, io, rng,
    library-state, consumes (an iterator), or opaque (nobody knows what the callee does). ``objects`` are the atoms
    that are written, if the effect is a write; ``cell`` the variable. ``stored``: what is kept
    for all later calls, where the attribute was missing or None before. ``name``: the attribute that is written.
    ``for_trace``: it stands under ``init_scope``, and is meant to happen once per trace; or every way from there ends
    in a `raise`, and no graph comes of the trace. ``constant``: a name is bound to a number, a text or None.
    ``scratch``: an attribute that nobody reads without writing it before.
    """

    __slots__ = (
        "cell", "constant", "detail", "for_trace", "kind", "name", "objects", "position", "scratch", "stored",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913, PLR0917 (the fields)
        self,
        kind: str,
        detail: str,
        position: Position,
        objects: tuple[Atom, ...] = (),
        cell: tuple[str, str] | None = None,
        stored: Value | None = None,
        name: str = "",
        for_trace: bool = False,
        constant: bool = False,
        scratch: bool = False,
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.position = position
        self.objects = objects
        self.cell = cell
        self.stored = stored
        self.name = name
        self.for_trace = for_trace
        self.constant = constant
        self.scratch = scratch

    def on(self, objects: tuple[Atom, ...]) -> Effect:
        """The same effect on other objects."""
        return self._but(objects, self.for_trace, self.constant, self.scratch)

    def once_per_trace(self) -> Effect:
        """The same effect where it is meant to happen once per trace."""
        return self._but(self.objects, True, self.constant, self.scratch)

    def of_constant(self) -> Effect:
        """The same effect, known to bind a name to a constant."""
        return self._but(self.objects, self.for_trace, True, self.scratch)

    def on_scratch(self) -> Effect:
        """The same effect, known to write what nobody reads without writing it before."""
        return self._but(self.objects, self.for_trace, self.constant, True)

    def _but(self, objects: tuple[Atom, ...], for_trace: bool, constant: bool, scratch: bool) -> Effect:
        return Effect(
            self.kind, self.detail, self.position, objects, self.cell, self.stored, self.name, for_trace, constant,
            scratch,
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Effect) and (
            self.position == other.position
            and self.kind == other.kind
            and self.detail == other.detail
            and self.objects == other.objects
            and self.cell == other.cell
            and self.stored is other.stored
            and self.name == other.name
            and self.for_trace == other.for_trace
            and self.constant == other.constant
            and self.scratch == other.scratch
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.position))


class Use:
    """A library call or operator that some fact of the decision table looks for.

    ``kind``: op (adds computation to a graph), eager-only, numpy, graph-state, creates-variable, name-argument,
    iterates-tensor, time, env, random (draws from TensorFlow's generators), coerces (``value`` is the pair of a NumPy
    array and of a tensor that it meets in an op).
    """

    __slots__ = ("detail", "kind", "position", "value")

    def __init__(self, kind: str, detail: str, position: Position, value: Value) -> None:
        self.kind = kind
        self.detail = detail
        self.position = position
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Use) and (
            self.position == other.position
            and self.kind == other.kind
            and self.detail == other.detail
            and self.value is other.value
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.position))


class Choice:
    """A call of which it is not known which of several callees it reaches."""

    __slots__ = ("callees", "position")

    def __init__(self, position: Position, callees: Value) -> None:
        self.position = position
        self.callees = callees


Event = Union[Edge, Effect, Use, Choice]


class Seen(NamedTuple):
    """What runs of the program showed."""

    received: dict[tuple[str, str], Value]
    """(id of a function, name of a parameter) to what it received."""
    eager: frozenset[str]
    """Ids of functions that were called outside of graphs."""


class Hybridized(NamedTuple):
    """`tf.function` was applied to a body. ``path`` and ``position`` are those of the decorator or of the call."""

    code: str
    form: str
    path: str
    position: Position
    signature: Value
    """The supplied one: a tuple of tensors; None if there is none."""
    configured: tuple[tuple[str, Position], ...]
    """Other calls that hold arguments: ``fast = tf.function(jit_compile=True)``, later ``fast(f)``."""
    over: str = ""
    """The descriptor that it is put over: staticmethod, classmethod, property."""
    converts: bool = True
    """Not told ``autograph=False``."""
    ignores_hints: bool = False
    """Told by ``experimental_follow_type_hints=False`` that annotations say nothing of what it receives."""
    compiled: bool = False
    """Told ``jit_compile=True``: XLA compiles the graph."""
    given: Literal["function", "method", "other"] = "other"
    """What it was applied to: the function itself, a bound method, or something that calls it, such as a partial."""
