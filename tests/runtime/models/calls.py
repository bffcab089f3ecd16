"""The rows of the installed libraries, what they stand for, and calls that hold a row to its promise."""

from __future__ import annotations

import importlib
import inspect
import itertools
import os
import random
import sys
import zlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from runtime.models.evaluator import Blur, Evaluator, bind
from runtime.models.promises import holds, told
from runtime.models.samples import UNSAMPLED
from runtime.models.values import Sample, candidates

from hybridize.models.library import library
from hybridize.models.rows import Row

LIBRARIES = ("tensorflow", "keras", "numpy")
ROWS = [
    row
    for name in library().names()
    if name.partition(".")[0] in {*LIBRARIES, *sys.stdlib_module_names} and (row := library().row(name)) is not None
]
"""Rows of the three libraries and of Python's own."""

INSTALLED = tuple(int(part) for part in tf.__version__.split(".")[:2])
BLURS = [Blur(*flags) for flags in itertools.product((False, True), repeat=4)]
UNSAFE = {"io", "library-state", "raises", "eager-only", "env"}
ALL = bool(os.environ.get("HYBRIDIZE_ALL_ROWS"))
"""Whether every row is called, as `make models-check` wants; else a sample of them is."""


def sampled(rows: list[Row], share: int) -> list[Row]:
    """One row in ``share``, always the same ones; all of them if that is asked for."""
    return rows if ALL else [row for row in rows if zlib.crc32(row.name.encode()) % share == 0]


def walk(path: str) -> Any:
    """The object a dotted path names, from the package down."""
    root, *rest = path.split(".")
    found = importlib.import_module(root)
    for position, part in enumerate(rest):
        try:
            found = getattr(found, part)
        except AttributeError:
            if not inspect.ismodule(found):
                raise
            found = importlib.import_module(".".join([root, *rest[: position + 1]]))
    return found


def real(name: str) -> Any:
    """The object a row is about, or None. ``keras.`` also stands for what only ``tf.keras`` has."""
    paths = [name, f"tensorflow.{name}"] if name.startswith("keras.") else [name]
    for path in paths:
        try:
            return walk(path)
        except (AttributeError, ImportError):
            continue
    return None


def expected_here(row: Row) -> bool:
    def version(text: str) -> tuple[int, ...]:
        return tuple(map(int, text.split(".")))

    return (row.until is None or version(row.until) >= INSTALLED) and (
        row.since is None or version(row.since) <= INSTALLED
    )


PRESENT = [row for row in ROWS if expected_here(row)]


def promised(row: Row) -> Any:
    return row.class_ or row.returns


HEADS = ("tensor", "dense", "tensor_as", "ragged", "ragged_or_dense", "sparse", "ndarray", "variable")
"""Expressions that stand for a tensor or an array."""


def says_something(node: Any) -> bool:
    """Whether an expression can be wrong about a kind, dtype or shape."""
    return isinstance(node, tuple) and ((bool(node) and node[0] in HEADS) or any(map(says_something, node)))


def is_exact(node: Any) -> bool:
    """Whether an expression promises a dtype or a shape."""
    return isinstance(node, tuple) and (
        (bool(node) and node[0] in HEADS and node[-2:] != (None, None)) or any(map(is_exact, node))
    )


def receiver(row: Row, sample: Sample) -> tuple[Any, dict[str, Any]]:
    owner = library().row(row.name.rpartition(".")[0])
    assert owner is not None
    return real(owner.name)(*sample.init, **sample.init_named), bind(owner, sample.init, sample.init_named)


def run(row: Row, sample: Sample) -> tuple[dict[str, Any], dict[str, Any], dict[str, list[Any]], Any]:
    """Makes the call. The arguments by parameter, the constructor's, what callbacks returned, and the result."""
    results: dict[str, list[Any]] = {}
    init: dict[str, Any] = {}
    args = sample.args
    named = dict(sample.named)
    if sample.init is not None:
        made, init = receiver(row, sample)
        args = (made, *args)
    arguments = bind(row, args, named)
    for _, name, _, _ in row.calls:
        function = arguments.get(name)
        if callable(function):

            def recorded(*a: Any, _function: Any = function, _name: str = name, **k: Any) -> Any:
                result = _function(*a, **k)
                results.setdefault(_name, []).append(result)
                return result

            args = tuple(recorded if a is function else a for a in args)
            named = {key: recorded if value is function else value for key, value in named.items()}
    attribute = row.name.rpartition(".")[2]
    if row.is_method:
        target = args[0] if attribute == "__call__" else getattr(args[0], attribute)
        result = target(*args[1:], **named)
    else:
        result = real(row.name)(*args, **named)
    return arguments, init, results, result


def check(row: Row, sample: Sample) -> None:
    arguments, init, results, result = run(row, sample)
    for blur in BLURS:
        promise = Evaluator(row, arguments, init, results, blur).value(promised(row))
        assert holds(promise, result), (
            f"{told(sample.args)} {sample.named}: {blur}: promised {promise}, got {told(result)}"
        )


def automatic(row: Row) -> Iterator[Sample]:
    """Calls with arguments chosen by parameter name."""
    if row.does & UNSAFE or row.is_method or row.class_ is not None or row.calls or row.name in UNSAMPLED:
        return
    required = [n for n, kind, default in row.params or () if kind in {"pos", "posonly", "kwonly"} and not default]
    optional = [
        n
        for n, kind, default in row.params or ()
        if kind in {"pos", "kwonly"} and default and n in {"axis", "keepdims", "dtype", "perm", "k"}
    ]
    if len(required) > 4 or any(kind == "args" for _, kind, _ in row.params or ()):
        return
    numpy = row.name.startswith("numpy.")
    choices = list(itertools.product(*(candidates(n, numpy=numpy) for n in required)))
    random.Random(row.name).shuffle(choices)
    for values in choices[:80]:
        yield Sample(row.name, tuple(values))
        for name in optional:
            for value in candidates(name, numpy=numpy):
                yield Sample(row.name, tuple(values), {name: value})


PROMISING = [row for row in PRESENT if row.returns is not None and says_something(row.returns)]
