"""What would mend a finding, as plain data: rules say what should be done, and `hybridize.rewrite` how it is written.

Terms: an *intention* is one change of the program, named by places and by what is meant there, without any source text
of the file; a *proposal* is the intentions that mend one finding together, and how safe they are at most. Spans are
those of the analyzed file: a function is named by the span from ``def`` to the end of its name (as in
`hybridize.report.FunctionReport.span`), a decorator by the expression after its ``@``, everything else by the whole
expression or statement.

>>> AddDecorator(Span("train.py", 4, 0, 4, 14), (("jit_compile", "True"),))   # doctest: +SKIP
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Literal, Union

import msgspec

from hybridize.span import Span
from hybridize.specs import Spec


class Applicability(str, enum.Enum):
    """Whether a fix may be applied unseen, only on request, or is shown only."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"

    @property
    def rank(self) -> int:
        """0 for what may be applied unseen, more for what needs more of a person."""
        return ("safe", "unsafe", "display").index(self.value)


if TYPE_CHECKING:
    Tree = Union[Spec, tuple["Tree", ...]]
else:
    # As for `hybridize.specs.Specs`: msgspec decodes no alias that names itself.
    Tree = Spec
    for _ in range(12):
        Tree = Union[Spec, tuple[Tree, ...]]
"""A spec, or the specs of a tuple or list that is passed."""


class Signature(msgspec.Struct, frozen=True):
    """An ``input_signature``, to be written with the names and in the style of the file."""

    specs: tuple[Tree, ...]


Value = Union[str, Signature]
"""What an argument is given: source text that means the same everywhere (``True``), or a signature."""


class AddDecorator(msgspec.Struct, frozen=True, tag=True):
    """Put `tf.function` on ``function``, with ``arguments``."""

    function: Span
    arguments: tuple[tuple[str, Value], ...] = ()


class RemoveFunction(msgspec.Struct, frozen=True, tag=True):
    """Take `tf.function` away again: ``at`` is a decorator, or a call that wraps a function."""

    at: Span


class SetArgument(msgspec.Struct, frozen=True, tag=True):
    """Give the argument ``name`` of the `tf.function` at ``at``, or change it."""

    at: Span
    name: str
    value: Value


class RenameArgument(msgspec.Struct, frozen=True, tag=True):
    """Rename a keyword argument of the `tf.function` at ``at``, such as one that is deprecated."""

    at: Span
    old: str
    new: str


class RemoveArgument(msgspec.Struct, frozen=True, tag=True):
    """Take the argument ``name`` away from the `tf.function` at ``at``."""

    at: Span
    name: str


class ReplaceCall(msgspec.Struct, frozen=True, tag=True):
    """Do what the call at ``at`` does with the TensorFlow operation for it: ``print``, ``random``, ``numpy.random``."""

    at: Span


class PrintParts(msgspec.Struct, frozen=True, tag=True):
    """Give what the f-string at ``at`` is made of to the `tf.print` around it, each part by itself."""

    at: Span


class ReplaceAssert(msgspec.Struct, frozen=True, tag=True):
    """Check what an ``assert`` checks with `tf.debugging`; ``at`` is the statement, or what it tests."""

    at: Span


class KeepResult(msgspec.Struct, frozen=True, tag=True):
    """Bind the result of the method call statement at ``at`` to its receiver: ``ta = ta.write(...)``."""

    at: Span


class HoistFunction(msgspec.Struct, frozen=True, tag=True):
    """Make the hybrid function at ``at`` once, before the function it is made in.

    ``at`` is a `tf.function` call, or the span of a nested function.
    """

    at: Span
    form: Literal["call", "function"]


class WrapArgument(msgspec.Struct, frozen=True, tag=True):
    """Pass the argument for parameter ``name`` of the call at ``at`` as `tf.constant`.

    ``index`` is its place among the positional arguments of the call, None where it can only be passed by name.
    """

    at: Span
    name: str
    index: int | None = None


class UnwrapCall(msgspec.Struct, frozen=True, tag=True):
    """Replace a method call without arguments by its receiver, such as a redundant ``x.numpy()``.

    ``at`` is the call, or the method in it.
    """

    at: Span


class CollectInArray(msgspec.Struct, frozen=True, tag=True):
    """Collect in a `tf.TensorArray` of ``dtype`` what the ``append`` call at ``at`` collects in a list.

    ``dtype`` is empty where it is not known, and then nothing can be written.
    """

    at: Span
    dtype: str = ""


class RemoveSuppression(msgspec.Struct, frozen=True, tag=True):
    """Take ``rules`` out of the suppression comment at ``at``; none: all of the comment."""

    at: Span
    rules: tuple[str, ...] = ()


Intention = Union[
    AddDecorator,
    RemoveFunction,
    SetArgument,
    RenameArgument,
    RemoveArgument,
    ReplaceCall,
    PrintParts,
    ReplaceAssert,
    KeepResult,
    HoistFunction,
    WrapArgument,
    UnwrapCall,
    CollectInArray,
    RemoveSuppression,
]


class Proposal(msgspec.Struct, frozen=True):
    """What mends one finding: all ``steps`` together, and no safer than ``applicability``.

    The rewriter may find less safety in the text, never more.
    """

    title: str
    applicability: Applicability
    steps: tuple[Intention, ...]
