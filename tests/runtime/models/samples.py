"""Calls whose results are compared with what the rows say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf


class Sample(NamedTuple):
    """One call of a row; with ``init`` the receiver is made first."""

    name: str
    args: tuple[Any, ...] = ()
    named: dict[str, Any] = {}
    init: tuple[Any, ...] | None = None
    init_named: dict[str, Any] = {}


F23 = tf.reshape(tf.range(6, dtype=tf.float32), [2, 3]) + 0.5
D23 = tf.cast(F23, tf.float64)
I23 = tf.reshape(tf.range(6), [2, 3])
B23 = F23 > 2.0
SQUARE = tf.constant([[4.0, 1.0], [1.0, 3.0]])
IMAGE = tf.random.uniform([2, 8, 6, 3])
WORDS = tf.constant(["ab c", "d"])
RAGGED = tf.ragged.constant([[1.0, 2.0], [3.0]])
SPARSE = tf.sparse.from_dense(F23)

TENSORS = [F23, D23, I23, B23, SQUARE, IMAGE, WORDS, tf.complex(SQUARE, SQUARE), tf.constant([1, 2, 0]), 2.5, [[1.0, 2.0]], RAGGED]
ARRAYS = [np.ones((2, 3), np.float32), np.arange(6).reshape(2, 3), np.eye(2), np.array([1, 0, 2]), 2.5, 3, [[1, 2], [3, 4]], np.ones((2, 3)) > 0]

_BY_NAME: dict[str, list[Any]] = {
    "axis": [0, 1, -1, (0, 1), None], "keepdims": [True, False], "dtype": ["float32", "float64", "int32"],
    "shape": [(2, 3), [6], 4, (3, -1)], "dims": [[2, 3]], "perm": [[1, 0]], "depth": [4], "size": [[4, 4]], "num": [5],
    "k": [1, 2], "num_rows": [3], "multiples": [[2, 1]], "repeats": [2], "paddings": [[[1, 1], [0, 2]]],
    "num_or_size_splits": [1, 3, [1, 2]], "mask": [B23], "indices": [tf.constant([0, 1]), tf.constant([[0], [1]])],
    "equation": ["ij,jk->ik"], "delta": [2], "start": [0, 1.0], "stop": [7, 2.0], "limit": [9], "ksize": [2], "strides": [2, 1],
    "padding": ["SAME", "VALID"], "seed": [[1, 2]], "axes": [[0], 1, [0, 1]], "value": TENSORS, "name": [None],
    "type": [tf.int32], "lengths": [[1, 2]], "num_classes": [4], "labels": [tf.constant([0, 1]), F23], "logits": [F23],
    "begin": [[0, 1]], "lower": [0.0], "clip_value_min": [0.5], "clip_value_max": [2.0], "clip_norm": [1.0], "N": [3], "n": [3],
    "low": [0, 1.5], "high": [5], "num_lower": [0], "num_upper": [1], "shift": [1], "output_dim": [4], "drop_remainder": [True],
    "target_height": [10], "target_width": [12], "offset_height": [0], "offset_width": [0], "pattern": [[1, 0], "a"],
    "rewrite": ["b"], "num_segments": [3], "segment_ids": [tf.constant([0, 1])], "block_size": [2], "nbins": [4], "rate": [0.3],
    "alpha": [0.2], "num_samples": [5], "num_buckets": [7], "value_range": [[0.0, 5.0]], "crop_size": [[4, 4]], "out_type": [tf.int64],
    "dim": [1], "decimals": [1], "fill_value": [3, 2.5], "element": [np.arange(3)], "test_elements": [[1, 2]], "ord": [2],
    "num_replicas": [2], "newshape": [(3, 2)], "a_min": [0], "a_max": [2], "x_min": [0], "x_max": [1], "minval": [0], "maxval": [5],
    "pylist": [[[1.0], [2.0, 3.0]]], "tensors": [[F23, F23]], "values": [[F23, F23], F23], "inputs": [[F23, F23], F23, WORDS], "arrays": [[np.ones((2, 3)), np.ones((2, 3))]],
    "xs": [[F23, F23]], "tup": [[np.ones((2, 3)), np.ones((2, 3))]], "updates": [F23], "sp_input": [SPARSE],
    "input": TENSORS, "bits": [3], "num_or": [3], "pos": [2], "len": [1], "axis1": [0], "axis2": [1], "source": [0], "destination": [1],
}


def candidates(name: str, *, numpy: bool = False) -> list[Any]:
    """Values worth trying for a parameter of this name. NumPy makes arrays of objects of strings and ragged tensors."""
    listed = _BY_NAME.get(name, [*TENSORS, *ARRAYS[:2]])
    if not numpy:
        return listed
    return ARRAYS if listed is TENSORS or name not in _BY_NAME else [v for v in listed if not tf.is_tensor(v)]


def _layer(name: str, x: Any, *init: Any, **named: Any) -> Sample:
    return Sample(f"keras.layers.{name}.__call__", (x,), {}, init, named)


X1, X2, X3 = tf.ones([2, 9, 4]), tf.ones([2, 9, 7, 4]), tf.ones([2, 6, 7, 8, 3])
LAYERS = [
    *(_layer("Dense", x, 5, **k) for x in (F23, X1, keras.Input((3,)), np.ones((2, 3))) for k in ({}, {"dtype": "float64"})),
    *(_layer(f"Conv{n}D", x, 5, **k) for n, x in ((1, X1), (2, X2), (3, X3)) for k in (
        {"kernel_size": 3}, {"kernel_size": 2, "strides": 2}, {"kernel_size": 3, "padding": "same"},
        {"kernel_size": 3, "padding": "same", "strides": 2}, {"kernel_size": 2, "dilation_rate": 2})),
    _layer("Conv2D", keras.Input((None, 8, 3)), 5, 3), _layer("Conv2D", X2, filters=4, kernel_size=(3, 2), strides=(2, 1)),
    *(_layer(f"Conv{n}DTranspose", x, 5, **k) for n, x in ((1, X1), (2, X2), (3, X3)) for k in (
        {"kernel_size": 3}, {"kernel_size": 2, "strides": 3}, {"kernel_size": 3, "padding": "same", "strides": 2})),
    *(_layer(f"Conv{n}DTranspose", keras.Input(x.shape[1:]), 5, 3, dilation_rate=2) for n, x in ((1, X1), (2, X2), (3, X3))),
    *(_layer(f"{kind}Pooling{n}D", x, **k) for kind in ("Max", "Average") for n, x in ((1, X1), (2, X2), (3, X3)) for k in (
        {"pool_size": 2}, {"pool_size": 3}, {"pool_size": 2, "strides": 1}, {"pool_size": 3, "padding": "same"})),
    *(_layer(f"Global{kind}Pooling{n}D", x, **k) for kind in ("Max", "Average") for n, x in ((1, X1), (2, X2), (3, X3)) for k in ({}, {"keepdims": True})),
    _layer("SeparableConv1D", X1, 5, 3), _layer("SeparableConv2D", X2, 5, 3, padding="same"),
    _layer("DepthwiseConv1D", X1, 3), _layer("DepthwiseConv2D", X2, 3, depth_multiplier=2), _layer("DepthwiseConv2D", X2, 3, dilation_rate=2),
    _layer("ZeroPadding1D", X1, 2), _layer("ZeroPadding1D", X1, (1, 2)), _layer("ZeroPadding2D", X2), _layer("ZeroPadding2D", X2, (2, 1)),
    _layer("ZeroPadding2D", X2, ((1, 2), (0, 3))), _layer("ZeroPadding3D", X3, 1),
    _layer("Cropping1D", X1, 2), _layer("Cropping1D", X1, (1, 2)), _layer("Cropping2D", X2, ((1, 2), (0, 3))), _layer("Cropping3D", X3, (1, 2, 1)),
    _layer("UpSampling1D", X1, 3), _layer("UpSampling2D", X2), _layer("UpSampling2D", X2, (2, 3)), _layer("UpSampling3D", X3, 2),
    _layer("Flatten", X2), _layer("Flatten", tf.ones([2, 3], tf.int32)), _layer("Flatten", keras.Input((4, None))), _layer("Reshape", X2, (7, 9, 4)),
    _layer("Reshape", X2, (-1, 4)), _layer("Reshape", keras.Input((6,)), (2, -1)), _layer("Permute", X2, (2, 1, 3)), _layer("Embedding", I23, 10, 4),
    _layer("RepeatVector", F23, 3), _layer("EinsumDense", X1, "abc,cd->abd", (None, 5)),
    _layer("Embedding", keras.Input((7,), dtype="int32"), 10, 4), _layer("BatchNormalization", X2), _layer("LayerNormalization", X1),
    _layer("GroupNormalization", X2, 2), _layer("UnitNormalization", X1), _layer("Dropout", X1, 0.3), _layer("Dropout", D23, 0.3),
    _layer("SpatialDropout1D", X1, 0.3), _layer("SpatialDropout2D", X2, 0.3), _layer("SpatialDropout3D", X3, 0.3), _layer("GaussianNoise", X1, 0.3),
    _layer("GaussianDropout", X1, 0.3), _layer("AlphaDropout", X1, 0.3), _layer("ActivityRegularization", X1, 0.1), _layer("Masking", X1),
    _layer("Activation", X1, "relu"), _layer("Activation", I23, "relu"), _layer("ReLU", F23), _layer("LeakyReLU", F23), _layer("ELU", F23), _layer("PReLU", F23),
    _layer("Softmax", F23), _layer("Identity", F23), _layer("Rescaling", IMAGE, 2.0),
    *(_layer(f"Random{kind}", IMAGE, *a) for kind, *a in (("Flip",), ("Rotation", 0.1), ("Zoom", 0.1), ("Translation", 0.1, 0.1), ("Contrast", 0.1), ("Brightness", 0.1))),
    *(_layer(kind, [F23, tf.ones([2, 1])]) for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum")), _layer("Subtract", [F23, F23]),
    _layer("Concatenate", [F23, F23]), _layer("Concatenate", [F23, F23], axis=0), _layer("Dot", [F23, F23], axes=1), _layer("Add", [keras.Input((3,)), keras.Input((3,))]),
    _layer("Concatenate", [keras.Input((3,)), keras.Input((4,))]),
]

DS = tf.data.Dataset.from_tensor_slices((F23, tf.constant([1, 2])))
ONE = tf.data.Dataset.range(5)
DICT = tf.data.Dataset.from_tensor_slices({"a": F23, "b": np.ones((2, 4, 4))})


def _ds(name: str, dataset: Any, *args: Any, **named: Any) -> Sample:
    return Sample(f"tensorflow.data.Dataset.{name}", (dataset, *args), named)


DATASETS = [
    *(Sample("tensorflow.data.Dataset.from_tensor_slices", (v,)) for v in (F23, (F23, [1, 2]), {"a": F23, "b": [1.0, 2.0]}, np.ones((4, 2)), [1, 2, 3], ([1.0], ["a"]))),
    *(Sample("tensorflow.data.Dataset.from_tensors", (v,)) for v in (F23, (F23, 1), {"a": F23})),
    Sample("tensorflow.data.Dataset.from_generator", (lambda: iter([1.0]),), {"output_signature": tf.TensorSpec([None], tf.float32)}),
    Sample("tensorflow.data.Dataset.from_generator", (lambda: iter([1.0]),), {"output_signature": (tf.TensorSpec([], tf.float32), tf.TensorSpec([2], tf.int32))}),
    Sample("tensorflow.data.Dataset.from_generator", (lambda: iter([1.0]), (tf.float32, tf.int64))),
    Sample("tensorflow.data.Dataset.range", (5,)), Sample("tensorflow.data.Dataset.range", (1, 5), {"output_type": tf.int32}),
    Sample("tensorflow.data.Dataset.random"), Sample("tensorflow.data.Dataset.counter"),
    Sample("tensorflow.data.Dataset.choose_from_datasets", ([ONE, ONE], tf.data.Dataset.from_tensors(tf.constant(0, tf.int64)))),
    Sample("tensorflow.data.Dataset.sample_from_datasets", ([ONE, ONE],)),
    _ds("map", ONE, lambda x: tf.cast(x, tf.float32)), _ds("map", DS, lambda x, y: (y, x)), _ds("map", DS, lambda x, y: {"x": x}),
    _ds("filter", ONE, lambda x: x > 1), _ds("filter", DS, lambda x, y: y > 1), _ds("take_while", ONE, lambda x: x < 3),
    _ds("flat_map", ONE, lambda x: tf.data.Dataset.from_tensors(tf.cast(x, tf.float32))), _ds("interleave", ONE, lambda x: tf.data.Dataset.from_tensors((x, x))),
    _ds("reduce", ONE, np.int64(0), lambda a, b: a + b), _ds("apply", ONE, lambda d: d.batch(2)),
    *(_ds("batch", d, 2, **k) for d in (ONE, DS, DICT) for k in ({}, {"drop_remainder": True})), _ds("padded_batch", DS, 2),
    _ds("unbatch", DS.batch(2)), _ds("unbatch", DICT.batch(2, drop_remainder=True)), _ds("rebatch", DS.batch(2), 3), _ds("enumerate", DS), _ds("concatenate", ONE, ONE), _ds("unique", ONE),
    *(_ds(name, DS, 2) for name in ("shuffle", "repeat", "take", "skip", "prefetch")), _ds("cache", DS), _ds("shard", DS, 2, 0), _ds("with_options", DS, tf.data.Options()),
    _ds("cardinality", ONE), _ds("get_single_element", tf.data.Dataset.from_tensors(F23)), _ds("__iter__", DS), _ds("scan", ONE, np.int64(0), lambda s, x: (s + x, tf.cast(x, tf.float32))),
    _ds("ignore_errors", ONE), _ds("fingerprint", ONE),
]

CALLBACKS = [
    Sample("tensorflow.cond", (tf.constant(True), lambda: F23, lambda: F23 + 1)), Sample("tensorflow.map_fn", (lambda r: tf.reduce_sum(r), F23)),
    Sample("tensorflow.map_fn", (lambda r: r > 1, F23), {"fn_output_signature": tf.bool}), Sample("tensorflow.scan", (lambda a, r: a + r, F23)),
    Sample("tensorflow.foldl", (lambda a, r: a + r, F23)), Sample("tensorflow.foldr", (lambda a, r: a + r, F23)), Sample("tensorflow.vectorized_map", (lambda r: r * 2, F23)),
    Sample("tensorflow.while_loop", (lambda i: i < 3, lambda i: (i + 1,), (tf.constant(0),))),
    Sample("tensorflow.while_loop", (lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), [tf.constant(0), F23])),
    Sample("tensorflow.py_function", (lambda x: x * 2, [F23], tf.float32)), Sample("tensorflow.numpy_function", (lambda x: x * 2, [F23], tf.float32)),
    Sample("tensorflow.numpy_function", (lambda x: (x, x), [F23], [tf.float32, tf.float32])),
    Sample("keras.ops.cond", (tf.constant(True), lambda: F23, lambda: F23)), Sample("keras.ops.while_loop", (lambda i: i < 3, lambda i: (i + 1,), (tf.constant(0),))),
]

VARIABLE = [
    *(Sample("tensorflow.Variable", a, k) for a, k in (((F23,), {}), ((2.5,), {}), (([1, 2],), {}), ((1,), {"dtype": tf.float64}), ((np.ones((2, 2)),), {}),
                                                       ((tf.zeros([1, 2]),), {"shape": [None, 2]}))),
    *(Sample(f"tensorflow.Variable.{m}", (tf.Variable(F23), F23)) for m in ("assign", "assign_add", "assign_sub")),
    Sample("tensorflow.Variable.read_value", (tf.Variable(F23),)), Sample("tensorflow.Variable.value", (tf.Variable(F23),)),
    Sample("tensorflow.Variable.sparse_read", (tf.Variable(F23), [0])), Sample("tensorflow.Variable.gather_nd", (tf.Variable(F23), [[0]])),
    *(Sample("keras.Input", a, k) for a, k in (((), {"shape": (3,)}), (((None, 4),), {"batch_size": 8}), (((),), {"dtype": "int32"}))),
    Sample("keras.KerasTensor", ((2, 3),)), Sample("keras.Variable", (np.ones((2, 2), "float32"),)),
]

_BINARY = ["add", "sub", "mul", "pow", "floordiv", "mod", "truediv"]
METHODS = [
    *(Sample(f"tensorflow.Tensor.__{r}{op}__", (a, b)) for op in _BINARY for r in ("", "r") for a, b in ((F23, 2.0), (I23 + 1, 2), (F23, tf.ones([3])), (F23, np.ones(3, np.float32)))),
    *(Sample(f"tensorflow.Tensor.__{op}__", (F23, b)) for op in ("lt", "le", "gt", "ge") for b in (1.0, F23)),
    *(Sample(f"tensorflow.Tensor.__{r}{op}__", (B23, True)) for op in ("and", "or", "xor") for r in ("", "r")), Sample("tensorflow.Tensor.__neg__", (F23,)),
    Sample("tensorflow.Tensor.__invert__", (B23,)), Sample("tensorflow.Tensor.__abs__", (tf.complex(F23, F23),)), Sample("tensorflow.Tensor.__matmul__", (F23, tf.ones([3, 4]))),
    Sample("tensorflow.Tensor.__rmatmul__", (F23, tf.ones([4, 2]))), Sample("tensorflow.Tensor.__getitem__", (F23, 0)), Sample("tensorflow.Tensor.get_shape", (F23,)),
    Sample("tensorflow.Tensor.numpy", (F23,)), Sample("tensorflow.Tensor.set_shape", (F23, [2, 3])), Sample("tensorflow.Tensor.__len__", (F23,)), Sample("tensorflow.TensorShape.as_list", (F23.shape,)),
    Sample("tensorflow.Tensor.__array__", (F23,)), Sample("tensorflow.TensorShape.num_elements", (F23.shape,)),
    Sample("tensorflow.RaggedTensor.to_tensor", (RAGGED,)), Sample("tensorflow.RaggedTensor.to_sparse", (RAGGED,)), Sample("tensorflow.RaggedTensor.nrows", (RAGGED,)),
    Sample("tensorflow.RaggedTensor.numpy", (RAGGED,)), Sample("tensorflow.RaggedTensor.from_tensor", (F23,)), Sample("tensorflow.RaggedTensor.from_sparse", (SPARSE,)),
    Sample("tensorflow.RaggedTensor.with_values", (RAGGED, [1, 2, 3])), Sample("tensorflow.RaggedTensor.with_flat_values", (RAGGED, [1, 2, 3])), Sample("tensorflow.RaggedTensor.with_row_splits_dtype", (RAGGED, tf.int32)),
    *(Sample(f"tensorflow.RaggedTensor.from_{how}", ([1, 2, 3], *a)) for how, *a in (("row_splits", [0, 2, 3]), ("row_lengths", [2, 1]), ("row_starts", [0, 2]), ("row_limits", [2, 3]), ("value_rowids", [0, 0, 1]), ("uniform_row_length", 1),
      ("nested_row_splits", [[0, 1], [0, 3]]), ("nested_row_lengths", [[1], [3]]))), Sample("tensorflow.RaggedTensor.from_nested_value_rowids", ([1, 2, 3], [[0, 1], [0, 0, 1]])),
    Sample("tensorflow.SparseTensor.get_shape", (SPARSE,)), Sample("tensorflow.SparseTensor.with_values", (SPARSE, tf.ones([6]))), Sample("tensorflow.SparseTensor", ([[0, 1]], [1.0], [2, 3])),
    Sample("tensorflow.random.Generator.normal", (tf.random.Generator.from_seed(1), [2, 3])), Sample("tensorflow.random.Generator.uniform", (tf.random.Generator.from_seed(1), [2, 3])),
    Sample("tensorflow.random.Generator.truncated_normal", (tf.random.Generator.from_seed(1), [2, 3])), Sample("tensorflow.random.Generator.uniform_full_int", (tf.random.Generator.from_seed(1), [2, 3])),
    Sample("tensorflow.random.Generator.make_seeds", (tf.random.Generator.from_seed(1),)), Sample("tensorflow.random.Generator.skip", (tf.random.Generator.from_seed(1), 3)),
    Sample("tensorflow.random.Generator.binomial", (tf.random.Generator.from_seed(1), [2], 3.0, 0.5)),
    *(Sample("numpy.ndarray.reshape", (np.arange(6), *a)) for a in (((2, 3),), (2, 3), (-1,), ((3, -1),))), Sample("numpy.ndarray.astype", (np.arange(6), np.float32)), Sample("numpy.ndarray.astype", (np.arange(6), "int32")),
    *(Sample(f"numpy.ndarray.{m}", (a,), k) for m in ("sum", "prod", "mean", "std", "var", "max", "min", "all", "any", "argmax", "argmin") for a in (np.ones((2, 3), np.float32), np.arange(6).reshape(2, 3)) for k in ({}, {"axis": 1})),
    *(Sample(f"numpy.ndarray.{m}", (np.ones((2, 3), np.float32),)) for m in ("copy", "flatten", "ravel", "squeeze", "transpose", "tobytes", "argsort", "cumsum", "round", "conj", "nonzero", "__len__", "cumprod", "__array__", "conjugate")),
    Sample("numpy.ndarray.dot", (np.ones((2, 3)), np.ones((3, 4)))), Sample("numpy.ndarray.repeat", (np.ones((2, 3)), 2), {"axis": 0}), Sample("numpy.ndarray.clip", (np.ones(3), 0, 1)), Sample("numpy.ndarray.swapaxes", (np.ones((2, 3)), 0, 1)),
    Sample("numpy.ndarray.view", (np.ones(3),)), Sample("numpy.ndarray.take", (np.ones(3), [0])), Sample("numpy.ndarray.diagonal", (np.eye(3),)), Sample("numpy.ndarray.trace", (np.eye(3),)), Sample("numpy.ndarray.choose", (np.array([0]), [[1]])), Sample("numpy.ndarray.compress", (np.ones(2), [True])), Sample("numpy.ndarray.searchsorted", (np.arange(3), [1])),
    Sample("tensorflow.TensorArray.stack", (tf.TensorArray(tf.float32, 1).write(0, 1.0),)), Sample("tensorflow.TensorArray.read", (tf.TensorArray(tf.float32, 1).write(0, 1.0), 0)), Sample("tensorflow.TensorArray.size", (tf.TensorArray(tf.float32, 1),)),
    Sample("tensorflow.TensorArray.gather", (tf.TensorArray(tf.float32, 1).write(0, 1.0), [0])), Sample("tensorflow.TensorArray.concat", (tf.TensorArray(tf.float32, 1).write(0, [1.0]),)),
]
MORE = [*(Sample("tensorflow.math.divide", (a, b)) for a, b in ((F23, 2.0), (I23, 2), (F23, F23)))]
SAMPLES = [*MORE, *LAYERS, *DATASETS, *CALLBACKS, *VARIABLE, *METHODS]

ATTRIBUTES: dict[str, Callable[[], Any]] = {
    **{f"tensorflow.Tensor.{a}": lambda: F23 for a in ("shape", "dtype", "ndim")},
    **{f"numpy.ndarray.{a}": lambda: np.ones((2, 3), np.float32) for a in ("shape", "dtype", "ndim", "size", "T", "nbytes", "real", "imag")},
    **{f"tensorflow.RaggedTensor.{a}": lambda: RAGGED for a in ("shape", "dtype", "flat_values", "row_splits", "ragged_rank")},
    **{f"tensorflow.SparseTensor.{a}": lambda: SPARSE for a in ("shape", "dtype", "values", "indices", "dense_shape")},
    **{f"tensorflow.TensorShape.{a}": lambda: F23.shape for a in ("rank", "ndims")},
    "keras.layers.Layer.trainable_variables": lambda: _built(), "keras.layers.Layer.weights": lambda: _built(), "keras.layers.Layer.name": lambda: _built(),
    "keras.layers.Layer.dtype": lambda: _built(), "keras.Model.layers": lambda: _model(), "keras.Model.inputs": lambda: _model(), "keras.Model.outputs": lambda: _model(),
    "keras.optimizers.Optimizer.iterations": lambda: keras.optimizers.SGD(),
}


def _built() -> keras.layers.Layer:
    layer = keras.layers.Dense(2)
    layer(F23)
    return layer


def _model() -> keras.Model:
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(2)(x))
    model.compile("sgd", "mse")
    return model


INSTANCES: dict[str, Callable[[], Any]] = {
    # What only an instance has: checked on one.
    "tensorflow.Tensor.numpy": lambda: F23, "tensorflow.Tensor.consumers": lambda: _symbolic(), "tensorflow.Tensor": lambda: _symbolic(),
    "keras.layers.Layer": _built, "keras.Model": _model, "keras.metrics.Metric": lambda: keras.metrics.Mean(), "keras.callbacks.History": lambda: _trained(),
    "tensorflow.DType": lambda: tf.float32, "keras.callbacks.Callback": lambda: keras.callbacks.Callback(),
}


def _symbolic() -> Any:
    with tf.Graph().as_default():
        return tf.compat.v1.placeholder(tf.float32, [2])


def _trained() -> Any:
    return _model().fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)


UNSAMPLED: frozenset[str] = frozenset({
    "tensorflow.math.divide",  # is Python's division for bool tensors, which NumPy then answers
})
"""Rows with a promise that no call here confirms, and why is next to each."""
