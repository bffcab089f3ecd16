"""Calls whose results are compared with what the rows say, and examples of objects with attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from runtime.models.samples_calls import CALLBACKS, METHODS, MORE, VARIABLE
from runtime.models.samples_data import DATASETS
from runtime.models.samples_layers import LAYERS
from runtime.models.samples_particular import PARTICULAR
from runtime.models.samples_shapes import SHAPED
from runtime.models.values import F23, RAGGED, SPARSE

SAMPLES = [*SHAPED, *MORE, *LAYERS, *DATASETS, *CALLBACKS, *VARIABLE, *METHODS, *PARTICULAR]


def _built() -> keras.layers.Layer:
    layer = keras.layers.Dense(2)
    layer(F23)
    return layer


def _model() -> keras.Model:
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(2)(x))
    model.compile("sgd", "mse")
    return model


def _symbolic() -> Any:
    with tf.Graph().as_default():
        return tf.compat.v1.placeholder(tf.float32, [2])


def _trained() -> Any:
    return _model().fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)


ATTRIBUTES: dict[str, Callable[[], Any]] = {
    **{f"tensorflow.Tensor.{a}": lambda: F23 for a in ("shape", "dtype", "ndim")},
    **{
        f"numpy.ndarray.{a}": lambda: np.ones((2, 3), np.float32)
        for a in ("shape", "dtype", "ndim", "size", "T", "nbytes", "real", "imag")
    },
    **{
        f"tensorflow.RaggedTensor.{a}": lambda: RAGGED
        for a in ("shape", "dtype", "flat_values", "row_splits", "ragged_rank")
    },
    **{f"tensorflow.SparseTensor.{a}": lambda: SPARSE for a in ("shape", "dtype", "values", "indices", "dense_shape")},
    **{f"tensorflow.TensorShape.{a}": lambda: F23.shape for a in ("rank", "ndims")},
    "keras.layers.Layer.trainable_variables": _built,
    "keras.layers.Layer.weights": _built,
    "keras.layers.Layer.name": _built,
    "keras.layers.Layer.dtype": _built,
    "keras.Model.layers": _model,
    "keras.Model.inputs": _model,
    "keras.Model.outputs": _model,
    "keras.optimizers.Optimizer.iterations": keras.optimizers.SGD,
}


INSTANCES: dict[str, Callable[[], Any]] = {
    # What only an instance has: checked on one.
    "tensorflow.Tensor.numpy": lambda: F23,
    "tensorflow.Tensor.consumers": _symbolic,
    "tensorflow.Tensor": _symbolic,
    "keras.layers.Layer": _built,
    "keras.Model": _model,
    "keras.metrics.Metric": keras.metrics.Mean,
    "keras.callbacks.History": _trained,
    "tensorflow.DType": lambda: tf.float32,
    "keras.callbacks.Callback": keras.callbacks.Callback,
}


UNSAMPLED: frozenset[str] = frozenset(
    {
        "tensorflow.compat.v1.get_variable",
        "tensorflow.compat.v1.placeholder",  # only inside graphs of version 1
        "tensorflow.compat.v1.sparse_placeholder",  # same
        "tensorflow.math.approx_max_k",  # accelerators only
        "tensorflow.math.approx_min_k",  # same
        "tensorflow.parallel_stack",  # graphs only
        "tensorflow.Variable.initialized_value",  # same
        "tensorflow.summary.audio",  # needs TensorBoard
        "tensorflow.summary.histogram",  # same
        "tensorflow.summary.image",  # same
        "tensorflow.summary.scalar",  # same
        "tensorflow.summary.text",  # same
        "tensorflow.math.divide",  # is Python's division for bool tensors, which NumPy then answers
    }
)
"""Rows with a promise that no call here confirms, and why is next to each."""
