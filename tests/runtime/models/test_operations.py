"""The numbers in ``data/tensorflow/operations.yaml``: eager execution runs no more operations than a row says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import tensorflow as tf
from runtime.models.calls import PRESENT, automatic, run
from runtime.models.samples import SAMPLES
from runtime.models.values import Sample
from tensorflow.python.framework import op_callbacks

from hybridize.models.rows import Row

pytestmark = pytest.mark.runtime

COUNTED = [row for row in PRESENT if row.operations]
MOST = 40
"""Calls made for one row."""


@contextmanager
def counting() -> Iterator[list[str]]:
    """A list that gets the name of each operation as it is run."""
    names: list[str] = []

    def note(name: object, *_: object, **__: object) -> None:
        if not tf.inside_function():
            names.append(str(name))

    op_callbacks.add_op_callback(note)
    try:
        yield names
    finally:
        op_callbacks.remove_op_callback(note)


def is_dense(sample: Sample) -> bool:
    parts = tf.nest.flatten([list(sample.args), dict(sample.named)])
    return not any(isinstance(part, (tf.RaggedTensor, tf.SparseTensor, tf.Variable)) for part in parts)


def counts(row: Row) -> list[int]:
    """How many operations calls of a row run that succeed."""
    found = []
    samples = [*(sample for sample in SAMPLES if sample.name == row.name), *automatic(row)]
    for sample in list(filter(is_dense, samples))[:MOST]:
        with counting() as names:
            try:
                run(row, sample)
            except (TypeError, ValueError, AttributeError, tf.errors.OpError):
                continue
        found.append(len(names))
    return found


@pytest.mark.parametrize("row", COUNTED, ids=lambda row: row.name)
def test_no_call_runs_more_operations_than_the_row_says(row: Row) -> None:
    found = counts(row)
    assert found, "no call that succeeds: the number is not proven"
    assert max(found) <= row.operations, found


def test_the_count_is_one_of_operations() -> None:
    with counting() as names:
        tf.tanh(tf.constant(1.0)) + 1.0
    assert len(names) == 2
