"""What the interpreter writes down while it evaluates a body; the analyses of floor 5 read nothing else of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Union

from hybridize.domains.atoms import Atom
from hybridize.domains.value import Value
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.activation import Activation


class Edge(NamedTuple):
    """A call of a body of the project.

    ``kind``: call, callback (a library calls it during the call), traced (through a `tf.function` or a `tf.data`
    operator), or lifecycle (Keras calls ``build`` once, outside of the graph).
    """

    target: Activation
    position: Position
    kind: str
    passed: tuple[Value, ...] = ()
    """What this call passes, in the order of the parameters; a merged activation has seen more."""
    for_trace: bool = False
    """See `Effect`."""


class Effect(NamedTuple):
    """Something that may be visible after the call.

    ``kind``: writes-global, writes-nonlocal, writes-attribute, writes-item, mutates, writes-array, io, rng,
    library-state, consumes (an iterator), or opaque (nobody knows what the callee does). ``objects`` are the atoms
    that are written, if the effect is a write; ``cell`` the variable. ``stored``: what is kept
    for all later calls, where the attribute was missing or None before. ``name``: the attribute that is written.
    ``for_trace``: it stands under ``init_scope``, and is meant to happen once per trace; or every way from there ends
    in a `raise`, and no graph comes of the trace. ``constant``: a name is bound to a number, a text or None.
    ``scratch``: an attribute that nobody reads without writing it before.
    """

    kind: str
    detail: str
    position: Position
    objects: tuple[Atom, ...] = ()
    cell: tuple[str, str] | None = None
    stored: Value | None = None
    name: str = ""
    for_trace: bool = False
    constant: bool = False
    scratch: bool = False


class Use(NamedTuple):
    """A library call or operator that some fact of the decision table looks for.

    ``kind``: op (adds computation to a graph), eager-only, numpy, graph-state, creates-variable, name-argument,
    iterates-tensor, time, env, random (draws from TensorFlow's generators), coerces (``value`` is the pair of a NumPy
    array and of a tensor that it meets in an op).
    """

    kind: str
    detail: str
    position: Position
    value: Value


class Choice(NamedTuple):
    """A call of which it is not known which of several callees it reaches."""

    position: Position
    callees: Value


Event = Union[Edge, Effect, Use, Choice]


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
