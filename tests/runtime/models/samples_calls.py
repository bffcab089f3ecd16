"""Calls of functions with callbacks, variables, methods of tensors and arrays."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from runtime.models.values import B23, F23, I23, RAGGED, SPARSE, Sample

CALLBACKS = [
    Sample("tensorflow.cond", (tf.constant(True), lambda: F23, lambda: F23 + 1)),
    Sample("tensorflow.map_fn", (tf.reduce_sum, F23)),
    Sample("tensorflow.map_fn", (lambda r: r > 1, F23), {"fn_output_signature": tf.bool}),
    Sample("tensorflow.scan", (lambda a, r: a + r, F23)),
    Sample("tensorflow.foldl", (lambda a, r: a + r, F23)),
    Sample("tensorflow.foldr", (lambda a, r: a + r, F23)),
    Sample("tensorflow.vectorized_map", (lambda r: r * 2, F23)),
    Sample("tensorflow.while_loop", (lambda i: i < 3, lambda i: (i + 1,), (tf.constant(0),))),
    Sample("tensorflow.while_loop", (lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), [tf.constant(0), F23])),
    Sample("tensorflow.py_function", (lambda x: x * 2, [F23], tf.float32)),
    Sample("tensorflow.numpy_function", (lambda x: x * 2, [F23], tf.float32)),
    Sample("tensorflow.numpy_function", (lambda x: (x, x), [F23], [tf.float32, tf.float32])),
    Sample("keras.ops.cond", (tf.constant(True), lambda: F23, lambda: F23)),
    Sample("keras.ops.while_loop", (lambda i: i < 3, lambda i: (i + 1,), (tf.constant(0),))),
]

VARIABLE = [
    *(
        Sample("tensorflow.Variable", a, k)
        for a, k in (
            ((F23,), {}),
            ((2.5,), {}),
            (([1, 2],), {}),
            ((1,), {"dtype": tf.float64}),
            ((np.ones((2, 2)),), {}),
            ((tf.zeros([1, 2]),), {"shape": [None, 2]}),
        )
    ),
    *(Sample(f"tensorflow.Variable.{m}", (tf.Variable(F23), F23)) for m in ("assign", "assign_add", "assign_sub")),
    Sample("tensorflow.Variable.read_value", (tf.Variable(F23),)),
    Sample("tensorflow.Variable.value", (tf.Variable(F23),)),
    Sample("tensorflow.Variable.sparse_read", (tf.Variable(F23), [0])),
    Sample("tensorflow.Variable.gather_nd", (tf.Variable(F23), [[0]])),
    *(
        Sample("keras.Input", a, k)
        for a, k in (((), {"shape": (3,)}), (((None, 4),), {"batch_size": 8}), (((),), {"dtype": "int32"}))
    ),
    Sample("keras.KerasTensor", ((2, 3),)),
    Sample("keras.Variable", (np.ones((2, 2), "float32"),)),
]

_BINARY = ["add", "sub", "mul", "pow", "floordiv", "mod", "truediv"]
METHODS = [
    *(
        Sample(f"tensorflow.Tensor.__{r}{op}__", (a, b))
        for op in _BINARY
        for r in ("", "r")
        for a, b in ((F23, 2.0), (I23 + 1, 2), (F23, tf.ones([3])), (F23, np.ones(3, np.float32)))
    ),
    *(Sample(f"tensorflow.Tensor.__{op}__", (F23, b)) for op in ("lt", "le", "gt", "ge") for b in (1.0, F23)),
    *(Sample(f"tensorflow.Tensor.__{r}{op}__", (B23, True)) for op in ("and", "or", "xor") for r in ("", "r")),
    Sample("tensorflow.Tensor.__neg__", (F23,)),
    Sample("tensorflow.Tensor.__invert__", (B23,)),
    Sample("tensorflow.Tensor.__abs__", (tf.complex(F23, F23),)),
    Sample("tensorflow.Tensor.__matmul__", (F23, tf.ones([3, 4]))),
    Sample("tensorflow.Tensor.__rmatmul__", (F23, tf.ones([4, 2]))),
    Sample("tensorflow.Tensor.__getitem__", (F23, 0)),
    Sample("tensorflow.Tensor.get_shape", (F23,)),
    Sample("tensorflow.Tensor.numpy", (F23,)),
    Sample("tensorflow.Tensor.set_shape", (F23, [2, 3])),
    Sample("tensorflow.Tensor.__len__", (F23,)),
    Sample("tensorflow.TensorShape.as_list", (F23.shape,)),
    Sample("tensorflow.Tensor.__array__", (F23,)),
    Sample("tensorflow.TensorShape.num_elements", (F23.shape,)),
    Sample("tensorflow.RaggedTensor.to_tensor", (RAGGED,)),
    Sample("tensorflow.RaggedTensor.to_sparse", (RAGGED,)),
    Sample("tensorflow.RaggedTensor.nrows", (RAGGED,)),
    Sample("tensorflow.RaggedTensor.numpy", (RAGGED,)),
    Sample("tensorflow.RaggedTensor.from_tensor", (F23,)),
    Sample("tensorflow.RaggedTensor.from_sparse", (SPARSE,)),
    Sample("tensorflow.RaggedTensor.with_values", (RAGGED, [1, 2, 3])),
    Sample("tensorflow.RaggedTensor.with_flat_values", (RAGGED, [1, 2, 3])),
    Sample("tensorflow.RaggedTensor.with_row_splits_dtype", (RAGGED, tf.int32)),
    *(
        Sample(f"tensorflow.RaggedTensor.from_{how}", ([1, 2, 3], *a))
        for how, *a in (
            ("row_splits", [0, 2, 3]),
            ("row_lengths", [2, 1]),
            ("row_starts", [0, 2]),
            ("row_limits", [2, 3]),
            ("value_rowids", [0, 0, 1]),
            ("uniform_row_length", 1),
            ("nested_row_splits", [[0, 1], [0, 3]]),
            ("nested_row_lengths", [[1], [3]]),
        )
    ),
    Sample("tensorflow.RaggedTensor.from_nested_value_rowids", ([1, 2, 3], [[0, 1], [0, 0, 1]])),
    Sample("tensorflow.SparseTensor.get_shape", (SPARSE,)),
    Sample("tensorflow.SparseTensor.with_values", (SPARSE, tf.ones([6]))),
    Sample("tensorflow.SparseTensor", ([[0, 1]], [1.0], [2, 3])),
    Sample("tensorflow.random.Generator.normal", (tf.random.Generator.from_seed(1), [2, 3])),
    Sample("tensorflow.random.Generator.uniform", (tf.random.Generator.from_seed(1), [2, 3])),
    Sample("tensorflow.random.Generator.truncated_normal", (tf.random.Generator.from_seed(1), [2, 3])),
    Sample("tensorflow.random.Generator.uniform_full_int", (tf.random.Generator.from_seed(1), [2, 3])),
    Sample("tensorflow.random.Generator.make_seeds", (tf.random.Generator.from_seed(1),)),
    Sample("tensorflow.random.Generator.skip", (tf.random.Generator.from_seed(1), 3)),
    Sample("tensorflow.random.Generator.binomial", (tf.random.Generator.from_seed(1), [2], 3.0, 0.5)),
    *(Sample("numpy.ndarray.reshape", (np.arange(6), *a)) for a in (((2, 3),), (2, 3), (-1,), ((3, -1),))),
    Sample("numpy.ndarray.astype", (np.arange(6), np.float32)),
    Sample("numpy.ndarray.astype", (np.arange(6), "int32")),
    *(
        Sample(f"numpy.ndarray.{m}", (a,), k)
        for m in ("sum", "prod", "mean", "std", "var", "max", "min", "all", "any", "argmax", "argmin")
        for a in (np.ones((2, 3), np.float32), np.arange(6).reshape(2, 3))
        for k in ({}, {"axis": 1})
    ),
    *(
        Sample(f"numpy.ndarray.{m}", (np.ones((2, 3), np.float32),))
        for m in (
            "copy",
            "flatten",
            "ravel",
            "squeeze",
            "transpose",
            "tobytes",
            "argsort",
            "cumsum",
            "round",
            "conj",
            "nonzero",
            "__len__",
            "cumprod",
            "__array__",
            "conjugate",
        )
    ),
    Sample("numpy.ndarray.dot", (np.ones((2, 3)), np.ones((3, 4)))),
    Sample("numpy.ndarray.repeat", (np.ones((2, 3)), 2), {"axis": 0}),
    Sample("numpy.ndarray.clip", (np.ones(3), 0, 1)),
    Sample("numpy.ndarray.swapaxes", (np.ones((2, 3)), 0, 1)),
    Sample("numpy.ndarray.view", (np.ones(3),)),
    Sample("numpy.ndarray.take", (np.ones(3), [0])),
    Sample("numpy.ndarray.diagonal", (np.eye(3),)),
    Sample("numpy.ndarray.trace", (np.eye(3),)),
    Sample("numpy.ndarray.choose", (np.array([0]), [[1]])),
    Sample("numpy.ndarray.compress", (np.ones(2), [True])),
    Sample("numpy.ndarray.searchsorted", (np.arange(3), [1])),
    Sample("tensorflow.TensorArray.stack", (tf.TensorArray(tf.float32, 1).write(0, 1.0),)),
    Sample("tensorflow.TensorArray.read", (tf.TensorArray(tf.float32, 1).write(0, 1.0), 0)),
    Sample("tensorflow.TensorArray.size", (tf.TensorArray(tf.float32, 1),)),
    Sample("tensorflow.TensorArray.gather", (tf.TensorArray(tf.float32, 1).write(0, 1.0), [0])),
    Sample("tensorflow.TensorArray.concat", (tf.TensorArray(tf.float32, 1).write(0, [1.0]),)),
]
MORE = [*(Sample("tensorflow.math.divide", (a, b)) for a, b in ((F23, 2.0), (I23, 2), (F23, F23)))]
