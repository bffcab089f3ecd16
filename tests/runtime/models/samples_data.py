"""Calls of dataset methods."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from runtime.models.values import F23, Sample

DS = tf.data.Dataset.from_tensor_slices((F23, tf.constant([1, 2])))
ONE = tf.data.Dataset.range(5)
DICT = tf.data.Dataset.from_tensor_slices({"a": F23, "b": np.ones((2, 4, 4))})


def _ds(name: str, dataset: Any, *args: Any, **named: Any) -> Sample:
    return Sample(f"tensorflow.data.Dataset.{name}", (dataset, *args), named)


DATASETS = [
    *(
        Sample("tensorflow.data.Dataset.from_tensor_slices", (v,))
        for v in (F23, (F23, [1, 2]), {"a": F23, "b": [1.0, 2.0]}, np.ones((4, 2)), [1, 2, 3], ([1.0], ["a"]))
    ),
    *(Sample("tensorflow.data.Dataset.from_tensors", (v,)) for v in (F23, (F23, 1), {"a": F23})),
    Sample(
        "tensorflow.data.Dataset.from_generator",
        (lambda: iter([1.0]),),
        {"output_signature": tf.TensorSpec([None], tf.float32)},
    ),
    Sample(
        "tensorflow.data.Dataset.from_generator",
        (lambda: iter([1.0]),),
        {"output_signature": (tf.TensorSpec([], tf.float32), tf.TensorSpec([2], tf.int32))},
    ),
    Sample("tensorflow.data.Dataset.from_generator", (lambda: iter([1.0]), (tf.float32, tf.int64))),
    Sample("tensorflow.data.Dataset.range", (5,)),
    Sample("tensorflow.data.Dataset.range", (1, 5), {"output_type": tf.int32}),
    Sample("tensorflow.data.Dataset.random"),
    Sample("tensorflow.data.Dataset.counter"),
    Sample(
        "tensorflow.data.Dataset.choose_from_datasets",
        ([ONE, ONE], tf.data.Dataset.from_tensors(tf.constant(0, tf.int64))),
    ),
    Sample("tensorflow.data.Dataset.sample_from_datasets", ([ONE, ONE],)),
    _ds("map", ONE, lambda x: tf.cast(x, tf.float32)),
    _ds("map", DS, lambda x, y: (y, x)),
    _ds("map", DS, lambda x, y: {"x": x}),
    _ds("map", ONE, lambda x: (1, {"name": "a", "rate": np.ones(3)}, True)),
    _ds("map", ONE, lambda x: [1, x]),
    _ds("map", ONE, lambda x: (x, [x, x], [[1, 2], [3, 4]])),
    _ds("filter", ONE, lambda x: x > 1),
    _ds("filter", DS, lambda x, y: y > 1),
    _ds("take_while", ONE, lambda x: x < 3),
    _ds("flat_map", ONE, lambda x: tf.data.Dataset.from_tensors(tf.cast(x, tf.float32))),
    _ds("interleave", ONE, lambda x: tf.data.Dataset.from_tensors((x, x))),
    _ds("reduce", ONE, np.int64(0), lambda a, b: a + b),
    _ds("apply", ONE, lambda d: d.batch(2)),
    *(_ds("batch", d, 2, **k) for d in (ONE, DS, DICT) for k in ({}, {"drop_remainder": True})),
    _ds("padded_batch", DS, 2),
    _ds("unbatch", DS.batch(2)),
    _ds("unbatch", DICT.batch(2, drop_remainder=True)),
    _ds("rebatch", DS.batch(2), 3),
    _ds("enumerate", DS),
    _ds("concatenate", ONE, ONE),
    _ds("unique", ONE),
    *(_ds(name, DS, 2) for name in ("shuffle", "repeat", "take", "skip", "prefetch")),
    _ds("cache", DS),
    _ds("shard", DS, 2, 0),
    _ds("with_options", DS, tf.data.Options()),
    _ds("cardinality", ONE),
    _ds("get_single_element", tf.data.Dataset.from_tensors(F23)),
    _ds("__iter__", DS),
    _ds("scan", ONE, np.int64(0), lambda s, x: (s + x, tf.cast(x, tf.float32))),
    _ds("ignore_errors", ONE),
    _ds("fingerprint", ONE),
]
