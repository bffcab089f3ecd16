"""What calls are made with: one sample, example tensors, and values by parameter name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf


class Sample(NamedTuple):
    """One call of a row; with ``init`` the receiver is made first."""

    name: str
    args: tuple[Any, ...] = ()
    named: Mapping[str, Any] = MappingProxyType({})
    init: tuple[Any, ...] | None = None
    init_named: Mapping[str, Any] = MappingProxyType({})


F23 = tf.reshape(tf.range(6, dtype=tf.float32), [2, 3]) + 0.5
D23 = tf.cast(F23, tf.float64)
I23 = tf.reshape(tf.range(6), [2, 3])
B23 = F23 > 2.0
SQUARE = tf.constant([[4.0, 1.0], [1.0, 3.0]])
IMAGE = tf.random.uniform([2, 8, 6, 3])
WORDS = tf.constant(["ab c", "d"])
RAGGED = tf.ragged.constant([[1.0, 2.0], [3.0]])
SPARSE = tf.sparse.from_dense(F23)

TENSORS = [
    F23,
    D23,
    I23,
    B23,
    SQUARE,
    IMAGE,
    WORDS,
    tf.complex(SQUARE, SQUARE),
    tf.constant([1, 2, 0]),
    2.5,
    [[1.0, 2.0]],
    RAGGED,
]
ARRAYS = [
    np.ones((2, 3), np.float32),
    np.arange(6).reshape(2, 3),
    np.eye(2),
    np.array([1, 0, 2]),
    2.5,
    3,
    [[1, 2], [3, 4]],
    np.ones((2, 3)) > 0,
]

_BY_NAME: dict[str, list[Any]] = {
    "axis": [0, 1, -1, (0, 1), None],
    "keepdims": [True, False],
    "dtype": ["float32", "float64", "int32"],
    "shape": [(2, 3), [6], 4, (3, -1)],
    "dims": [[2, 3]],
    "perm": [[1, 0]],
    "depth": [4],
    "size": [[4, 4]],
    "num": [5],
    "k": [1, 2],
    "num_rows": [3],
    "multiples": [[2, 1]],
    "repeats": [2],
    "paddings": [[[1, 1], [0, 2]]],
    "num_or_size_splits": [1, 3, [1, 2]],
    "mask": [B23],
    "indices": [tf.constant([0, 1]), tf.constant([[0], [1]])],
    "equation": ["ij,jk->ik"],
    "delta": [2],
    "start": [0, 1.0],
    "stop": [7, 2.0],
    "limit": [9],
    "ksize": [2],
    "strides": [2, 1],
    "padding": ["SAME", "VALID"],
    "seed": [[1, 2]],
    "axes": [[0], 1, [0, 1]],
    "value": TENSORS,
    "name": [None],
    "type": [tf.int32],
    "lengths": [[1, 2]],
    "num_classes": [4],
    "labels": [tf.constant([0, 1]), F23],
    "logits": [F23],
    "begin": [[0, 1]],
    "lower": [0.0],
    "clip_value_min": [0.5],
    "clip_value_max": [2.0],
    "clip_norm": [1.0],
    "N": [3],
    "n": [3],
    "low": [0, 1.5],
    "high": [5],
    "num_lower": [0],
    "num_upper": [1],
    "shift": [1],
    "output_dim": [4],
    "drop_remainder": [True],
    "target_height": [10],
    "target_width": [12],
    "offset_height": [0],
    "offset_width": [0],
    "pattern": [[1, 0], "a"],
    "rewrite": ["b"],
    "num_segments": [3],
    "segment_ids": [tf.constant([0, 1])],
    "block_size": [2],
    "nbins": [4],
    "rate": [0.3],
    "alpha": [0.2],
    "num_samples": [5],
    "num_buckets": [7],
    "value_range": [[0.0, 5.0]],
    "crop_size": [[4, 4]],
    "out_type": [tf.int64],
    "dim": [1],
    "decimals": [1],
    "fill_value": [3, 2.5],
    "element": [np.arange(3)],
    "test_elements": [[1, 2]],
    "ord": [2],
    "num_replicas": [2],
    "newshape": [(3, 2)],
    "a_min": [0],
    "a_max": [2],
    "x_min": [0],
    "x_max": [1],
    "minval": [0],
    "maxval": [5],
    "pylist": [[[1.0], [2.0, 3.0]]],
    "tensors": [[F23, F23]],
    "values": [[F23, F23], F23],
    "inputs": [[F23, F23], F23, WORDS],
    "arrays": [[np.ones((2, 3)), np.ones((2, 3))]],
    "xs": [[F23, F23]],
    "tup": [[np.ones((2, 3)), np.ones((2, 3))]],
    "updates": [F23],
    "sp_input": [SPARSE],
    "input": TENSORS,
    "bits": [3],
    "num_or": [3],
    "pos": [2],
    "len": [1],
    "axis1": [0],
    "axis2": [1],
    "source": [0],
    "destination": [1],
}


def candidates(name: str, *, numpy: bool = False) -> list[Any]:
    """Values worth trying for a parameter of this name. NumPy makes arrays of objects of strings and ragged tensors."""
    listed = _BY_NAME.get(name, [*TENSORS, *ARRAYS[:2]])
    if not numpy:
        return listed
    return ARRAYS if listed is TENSORS or name not in _BY_NAME else [v for v in listed if not tf.is_tensor(v)]
