"""Rows against the installed libraries: names exist, parameters are the real ones, calls return what is promised."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from runtime.models.calls import (
    BLURS,
    LIBRARIES,
    PRESENT,
    PROMISING,
    ROWS,
    UNSAFE,
    automatic,
    check,
    expected_here,
    is_exact,
    real,
    run,
    sampled,
)
from runtime.models.evaluator import Blur, Evaluator
from runtime.models.promises import holds, told
from runtime.models.samples import ATTRIBUTES, INSTANCES, SAMPLES, UNSAMPLED
from runtime.models.values import Sample

from hybridize.models.library import library
from hybridize.models.rows import Row

pytestmark = pytest.mark.runtime


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
        if alias.partition(".")[0] in LIBRARIES and found is not None and row is not None and found is not row:
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


RECEIVERS = frozenset({"self", "cls"})


def declared(row: Row) -> list[str]:
    """The names by which a caller can pass an argument."""
    nameless = {"rest", "args", "kwargs", "posonly"}
    return [name for name, kind, _ in row.params or () if kind not in nameless and name not in RECEIVERS]


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
            if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD} and p.name not in RECEIVERS
        ]
        ours = [
            n
            for n, kind, _ in row.params or ()
            if kind in {"pos", "posonly"} and n not in RECEIVERS and n in positional
        ]
        if ours != [n for n in positional if n in ours]:
            wrong.append((row.name, ours, positional))
    assert not wrong


# ---------------------------------------------------------------------- results


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_sampled_call(sample: Sample) -> None:
    row = library().row(sample.name)
    assert row is not None
    check(row, sample)


ENOUGH = 24
"""Successful automatic calls of one row."""


def test_automatic_calls_keep_the_promises() -> None:
    """Every function that takes the arguments we can think of; those that refuse them all must be in a table."""
    broken: dict[str, str] = {}
    silent: list[str] = []
    by_hand = {s.name for s in SAMPLES}
    for row in sampled(PROMISING, share=3):
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
            and row.name not in by_hand
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
