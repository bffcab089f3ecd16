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
from runtime.models.values import F23, RAGGED, SPARSE

SAMPLES = [*MORE, *LAYERS, *DATASETS, *CALLBACKS, *VARIABLE, *METHODS, *PARTICULAR]

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
    "tensorflow.compat.v1.get_variable", "tensorflow.compat.v1.placeholder",  # only inside graphs of version 1
    "tensorflow.compat.v1.sparse_placeholder",  # same
    "tensorflow.math.divide",  # is Python's division for bool tensors, which NumPy then answers
})
"""Rows with a promise that no call here confirms, and why is next to each."""
