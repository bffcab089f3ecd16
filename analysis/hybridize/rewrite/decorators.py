"""`tf.function` put on a function and taken away: as a decorator among others, and as a call."""

from __future__ import annotations

import enum

import libcst as cst

from hybridize.intention import AddDecorator, RemoveFunction
from hybridize.rewrite import arguments, names
from hybridize.rewrite.document import Document, Refused
from hybridize.rewrite.draft import Draft
from hybridize.rewrite.receivers import refuse_unusable


class Place(enum.Enum):
    """Where `tf.function` goes, seen from a decorator that is there."""

    BELOW = enum.auto()
    """Closer to the function: the decorator's own code then runs for every call, as it does now."""
    ABOVE = enum.auto()
    """Around it: what the decorator makes of the function is what the graph holds."""
    REFUSED = enum.auto()


_REFUSED = {
    "abc.abstractmethod": "the method is abstract: its overrides run in its place",
    "typing.overload": "it is an overload, which never runs",
    "functools.wraps": "a wrapper is traced anew with each function that it wraps",
    "functools.singledispatch": "it is dispatched on the types of Python values",
    "functools.lru_cache": "its results are cached by Python values",
    "functools.cache": "its results are cached by Python values",
    "contextlib.contextmanager": "it is a context manager",
    "contextlib.asynccontextmanager": "it is a context manager",
    "numba.jit": "Numba compiles it",
    "numba.njit": "Numba compiles it",
    "jax.jit": "JAX compiles it",
    "pytest.fixture": "it is a fixture, which pytest calls itself",
}
"""Decorators under or over which `tf.function` makes no sense, and why."""

_ABOVE = frozenset(
    {
        "custom_gradient",
        "autograph.experimental.do_not_convert",
        "Module.with_name_scope",
        "recompute_grad",
        "grad_pass_through",
    }
)
"""TensorFlow's own decorators whose result is meant to become part of a graph; all others go around it."""


def add(draft: Draft, intention: AddDecorator) -> None:
    """Write ``@tf.function``, on a line of its own."""
    document = draft.document
    function = document.function(intention.function)
    if function.asynchronous is not None:
        raise Refused("a coroutine cannot be a graph")
    if _is_generator(document, function):
        raise Refused("a generator cannot be a graph")
    refuse_unusable(document, function)
    place = [_place(document, decorator) for decorator in function.decorators]
    above = next((index for index, one in enumerate(place) if one is Place.ABOVE), None)
    start = document.start(function) if above is None else document.start(function.decorators[above])
    line = document.line(start)
    indent = document.indent(start)
    if document.text[document.line_start(line) : start].strip("\f") != indent:
        raise Refused("other code stands before it on its line")
    name = draft.tensorflow(function, "function", now=True)
    newline = document.line_end(start)
    given = arguments.written(draft, function, intention.arguments, f"{indent}@{name}(", indent, newline)
    draft.insert(start, f"@{name}{given}{newline}{indent}")


def _place(document: Document, decorator: cst.Decorator) -> Place:
    expression = decorator.decorator
    called = expression.func if isinstance(expression, cst.Call) else expression
    target = names.target_of(document, called)
    if target in _REFUSED:
        raise Refused(_REFUSED[target])
    if names.is_tensorflow(target, "function"):
        raise Refused("it has the decorator already")
    above = any(names.is_tensorflow(target, symbol) for symbol in _ABOVE)
    return Place.ABOVE if above else Place.BELOW


def _is_generator(document: Document, function: cst.FunctionDef) -> bool:
    def owner(node: cst.CSTNode) -> cst.CSTNode | None:
        return next((one for one in document.ancestors(node) if isinstance(one, (cst.FunctionDef, cst.Lambda))), None)

    return any(owner(node) is function for node in document.nodes(cst.Yield))


def remove(draft: Draft, intention: RemoveFunction) -> None:
    """Take the decorator's lines away, or leave of ``tf.function(f)`` only ``f``."""
    document = draft.document
    decorator = document.decorator(intention.at)
    if decorator is not None:
        called = decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
        if not _is_hybridizer(document, called):
            raise Refused("the decorator does more than `tf.function`, or is made elsewhere")
        start, end = document.range(decorator)
        first = document.line_start(document.line(start))
        first += len(document.text[first:start]) - len(document.text[first:start].lstrip("\f"))
        draft.replace((first, document.next_line(document.line(end))), "")
        draft.removed.append((start, end))
        return
    call = document.expression(intention.at, cst.Call)
    configured = isinstance(call.func, cst.Call)  # tf.function(jit_compile=True)(f)
    called = call.func.func if isinstance(call.func, cst.Call) else call.func
    if not _is_hybridizer(document, called):
        raise Refused("`tf.function` is called elsewhere")
    argument = arguments.given(document, call, "func")
    if argument is None and configured and len(call.args) == 1 and not call.args[0].star:
        argument = call.args[0]
    if argument is None:
        raise Refused("the function is not plain among the arguments")
    start, end = document.outer(argument.value)
    text = document.text[start:end]
    plain = isinstance(argument.value, (cst.Name, cst.Attribute, cst.Call)) and "\n" not in text and "\r" not in text
    whole = document.range(call)
    draft.replace(whole, text if plain or argument.value.lpar else f"({text})")
    draft.removed += [(whole[0], start), (end, whole[1])]


def _is_hybridizer(document: Document, called: cst.BaseExpression) -> bool:
    return names.is_tensorflow(names.target_of(document, called), "function")
