"""Rows against the installed libraries: names exist, parameters are the real ones, calls return what is promised."""

from __future__ import annotations

import importlib
import inspect
import itertools
import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from runtime.models.evaluator import Blur, Evaluator, bind
from runtime.models.promises import holds, told
from runtime.models.samples import ATTRIBUTES, INSTANCES, SAMPLES, UNSAMPLED
from runtime.models.values import Sample, candidates

from hybridize.models.rows import Row, library

pytestmark = pytest.mark.runtime

ROOTS = ("tensorflow.", "keras.", "numpy.")
ROWS = [row for name in library().names() if name.startswith(ROOTS) and (row := library().row(name)) is not None]
INSTALLED = tuple(int(part) for part in tf.__version__.split(".")[:2])
BLURS = [Blur(*flags) for flags in itertools.product((False, True), repeat=4)]
UNSAFE = {"io", "library-state", "raises", "eager-only", "env"}


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


def test_every_name_exists() -> None:
    on_instances = {
        name for name, row in ((r.name, r) for r in PRESENT) if row.attribute is not None or name in INSTANCES
    }
    missing = [
        row.name
        for row in PRESENT
        if row.name not in on_instances and row.constant != ("none",) and real(row.name) is None
    ]
    assert not missing


def test_rows_of_other_versions_are_really_gone() -> None:
    """A name that is back, or never left, must lose its mark."""
    assert not [row.name for row in ROWS if not expected_here(row) and real(row.name) is not None]


def test_attributes_and_methods_of_instances_exist() -> None:
    missing = []
    for row in PRESENT:
        owner, _, attribute = row.name.rpartition(".")
        if (row.attribute is not None or row.name in INSTANCES) and getattr(real(owner), attribute, None) is None:
            example = INSTANCES.get(row.name) or INSTANCES.get(owner)
            if example is None or not hasattr(example(), attribute):
                missing.append(row.name)
    assert not missing


def test_every_alias_leads_to_the_same_object() -> None:
    """Aliases of names that are gone are checked by name only."""
    wrong = []
    for alias, target in library()._names._aliases.items():
        found, row = real(alias), real(target)
        if alias.startswith(ROOTS) and found is not None and row is not None and found is not row:
            wrong.append((alias, target))
    assert {alias for alias, _ in wrong} <= SIMILAR, wrong


SIMILAR = {
    # Packages of re-exports: their members are the same objects.
    "tensorflow.initializers",
    "tensorflow.losses",
    "tensorflow.metrics",
    "tensorflow.optimizers",
    "keras.layers.experimental.preprocessing",
    # Deprecated spellings that are functions of their own.
    "numpy.random.random_integers",
    "numpy.row_stack",
    "tensorflow.python.framework.tensor_spec.BoundedTensorSpec",
    "tensorflow.Module.__init__",
}


def declared(row: Row) -> list[str]:
    return [name for name, kind, _ in row.params or () if kind not in {"rest", "args", "kwargs"} and name != "self"]


def signature(row: Row) -> inspect.Signature | None:
    found = real(row.name)
    try:
        return inspect.signature(found.__init__ if inspect.isclass(found) else found)
    except (TypeError, ValueError):
        return None


def test_parameters_are_the_real_ones() -> None:
    wrong = []
    for row in PRESENT:
        actual = signature(row) if row.params is not None else None
        if actual is None:
            continue
        kinds = {p.kind for p in actual.parameters.values()}
        names = {p.name for p in actual.parameters.values() if p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}}
        unknown = [name for name in declared(row) if name not in names]
        if unknown and inspect.Parameter.VAR_KEYWORD not in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
            first = next(iter(actual.parameters), "")
            if not (row.name.startswith(RENAMED) or ".__" in row.name or unknown == [first]):
                wrong.append((row.name, unknown, sorted(names)))
    assert not wrong


RENAMED = ("numpy.arange",)
"""Rows whose parameter names differ on purpose: what cannot be passed by keyword has a telling name."""


def test_positional_order_is_the_real_one() -> None:
    wrong = []
    for row in PRESENT:
        actual = signature(row) if row.params is not None else None
        if actual is None:
            continue
        positional = [
            p.name
            for p in actual.parameters.values()
            if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD} and p.name != "self"
        ]
        ours = [n for n, kind, _ in row.params or () if kind in {"pos", "posonly"} and n != "self" and n in positional]
        if ours != [n for n in positional if n in ours]:
            wrong.append((row.name, ours, positional))
    assert not wrong


# ---------------------------------------------------------------------- results


def promised(row: Row) -> Any:
    return row.class_ or row.returns


def says_something(node: Any) -> bool:
    """Whether an expression can be wrong about a kind, dtype or shape."""
    return isinstance(node, tuple) and (
        node[:1]
        in {
            ("tensor",),
            ("dense",),
            ("tensor_as",),
            ("ragged",),
            ("ragged_or_dense",),
            ("sparse",),
            ("ndarray",),
            ("variable",),
        }
        or any(map(says_something, node))
    )


def is_exact(node: Any) -> bool:
    """Whether an expression promises a dtype or a shape."""
    heads = {"tensor", "dense", "tensor_as", "ragged", "ragged_or_dense", "sparse", "ndarray", "variable"}
    return isinstance(node, tuple) and (
        (bool(node) and node[0] in heads and node[-2:] != (None, None)) or any(map(is_exact, node))
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


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_sampled_call(sample: Sample) -> None:
    row = library().row(sample.name)
    assert row is not None
    check(row, sample)


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


ENOUGH = 24
"""Successful automatic calls of one row."""

PROMISING = [row for row in PRESENT if row.returns is not None and says_something(row.returns)]


def test_automatic_calls_keep_the_promises() -> None:
    """Every function that takes the arguments we can think of; those that refuse them all must be in a table."""
    broken: dict[str, str] = {}
    silent: list[str] = []
    sampled = {s.name for s in SAMPLES}
    for row in PROMISING:
        tried = 0
        for sample in automatic(row):
            try:
                arguments, init, results, result = run(row, sample)
            except Exception:  # noqa: BLE001 - the arguments do not suit this function
                continue
            tried += 1
            if tried > ENOUGH:
                break
            for blur in BLURS:
                promise = Evaluator(row, arguments, init, results, blur).value(row.returns)
                if not holds(promise, result):
                    broken.setdefault(
                        row.name, f"{told(sample.args)} {sample.named} {blur}: {promise}, got {told(result)}"
                    )
        if (
            not tried
            and is_exact(row.returns)
            and row.name not in sampled
            and row.name not in UNSAMPLED
            and not row.does & UNSAFE
        ):
            silent.append(row.name)
    assert not broken, "\n".join(f"{name}: {text}" for name, text in broken.items())
    assert not silent, " ".join(silent)


@pytest.mark.parametrize(("name", "make"), ATTRIBUTES.items(), ids=ATTRIBUTES)
def test_attribute(name: str, make: Any) -> None:
    row = library().row(name)
    assert row is not None
    assert row.attribute is not None
    value = make()
    promise = Evaluator(row, {"self": value}, {}, {}, Blur()).value(row.attribute)
    assert holds(promise, getattr(value, name.rpartition(".")[2]))


def test_the_check_can_fail() -> None:
    """A wrong promise is seen."""
    row = library().row("tensorflow.reduce_sum")
    assert row is not None
    wrong = ("tensor", ("dtype_name", "int32"), ("dims", (3,)))
    arguments, init, results, result = run(row, Sample("tensorflow.reduce_sum", (tf.ones([2, 3]),)))
    assert holds(Evaluator(row, arguments, init, results, Blur()).value(row.returns), result)
    assert not holds(Evaluator(row, arguments, init, results, Blur()).value(wrong), result)
    assert re.fullmatch(r"\d+\.\d+.*", np.__version__)
