"""Calls that confirm shapes: convolutions, images, ragged and sparse tensors, recurrent layers, losses."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from runtime.models.values import F23, RAGGED, SPARSE, WORDS, Sample


def _v(name: str, *args: Any, **named: Any) -> Sample:
    return Sample(f"tensorflow.{name}", args, named)


def _layer(name: str, x: Any, *init: Any, **named: Any) -> Sample:
    return Sample(f"keras.layers.{name}.__call__", (x,), {}, init, named)


ROW, PICTURE, CUBE = tf.ones([2, 9, 4]), tf.ones([2, 9, 7, 3]), tf.ones([2, 6, 7, 8, 3])
BIG = tf.random.uniform([2, 200, 200, 3])
BOXES = tf.constant([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.5, 0.5]])
RECORD = tf.train.Example(
    features=tf.train.Features(feature={"x": tf.train.Feature(float_list=tf.train.FloatList(value=[1.0, 2.0]))})
).SerializeToString()
FEATURES = {"x": tf.io.FixedLenFeature([2], tf.float32)}

CONVOLUTIONS = [
    *(
        _v(name, x, tf.ones(filters), strides, padding, dilations=dilations)
        for name, x, filters in (
            ("nn.conv1d", ROW, [3, 4, 5]),
            ("nn.conv2d", PICTURE, [3, 2, 3, 5]),
            ("nn.conv3d", CUBE, [3, 2, 2, 3, 5]),
            ("nn.convolution", PICTURE, [3, 2, 3, 5]),
        )
        for strides, dilations in ((1, None), (2, None), (1, 2))
        if name != "nn.conv3d"
        for padding in ("SAME", "VALID")
    ),
    *(_v("nn.conv3d", CUBE, tf.ones([3, 2, 2, 3, 5]), [1, s, s, s, 1], "VALID") for s in (1, 2)),
    _v("nn.conv2d", PICTURE, tf.ones([3, 2, 3, 5]), [1, 2, 1, 1], "SAME"),
    _v("nn.atrous_conv2d", PICTURE, tf.ones([2, 2, 3, 5]), 2, "VALID"),
    _v("nn.depthwise_conv2d", PICTURE, tf.ones([2, 2, 3, 2]), [1, 1, 1, 1], "VALID"),
    _v("nn.separable_conv2d", PICTURE, tf.ones([2, 2, 3, 2]), tf.ones([1, 1, 6, 4]), [1, 1, 1, 1], "SAME"),
    _v("nn.conv1d_transpose", ROW, tf.ones([3, 5, 4]), [2, 18, 5], 2),
    _v("nn.conv2d_transpose", PICTURE, tf.ones([3, 3, 5, 3]), [2, 18, 14, 5], 2),
    _v("nn.conv3d_transpose", CUBE, tf.ones([3, 3, 3, 5, 3]), [2, 12, 14, 16, 5], 2),
    _v("nn.conv_transpose", PICTURE, tf.ones([3, 3, 5, 3]), [2, 18, 14, 5], 2),
    _v("nn.embedding_lookup", tf.ones([10, 4]), tf.constant([[1, 2, 3]])),
    _v("nn.embedding_lookup", tf.Variable(tf.ones([10, 4])), tf.constant(3)),
]

IMAGES = [
    *(_v(f"image.{name}", PICTURE, value) for name in ("adjust_hue", "random_hue") for value in (0.2,)),
    _v("image.adjust_jpeg_quality", PICTURE[0], 80),
    _v("image.random_jpeg_quality", PICTURE[0], 70, 90),
    _v("image.central_crop", PICTURE, 0.5),
    _v("image.crop_and_resize", PICTURE, BOXES, [0, 1], [7, 8]),
    _v("image.extract_glimpse", PICTURE, [4, 5], tf.zeros([2, 2])),
    *(
        _v("image.extract_patches", PICTURE, [1, 3, 2, 1], [1, s, s, 1], [1, r, r, 1], padding)
        for s in (1, 2)
        for r in (1, 2)
        for padding in ("SAME", "VALID")
    ),
    _v(
        "image.extract_patches",
        [[[[x * 10 + y] for y in range(10)] for x in range(10)]],
        *[[1, 3, 3, 1]] * 2,
        [1, 1, 1, 1],
        "VALID",
    ),
    _v("image.non_max_suppression_overlaps", tf.ones([2, 2]), tf.constant([0.5, 0.4]), 2),
    _v("image.non_max_suppression_with_scores", BOXES, tf.constant([0.5, 0.4]), 2),
    _v("image.psnr", PICTURE, PICTURE, 1.0),
    *(_v("image.ssim", PICTURE, PICTURE, 1.0, filter_size=3, return_index_map=flag) for flag in (False, True)),
    _v("image.ssim_multiscale", BIG, BIG, 1.0),
    _v("image.random_crop", PICTURE, [2, 4, 4, 3]),
    _v("image.stateless_random_crop", PICTURE, [2, 4, 4, 3], [1, 2]),
    _v("image.stateless_random_contrast", PICTURE, 0.1, 0.9, [1, 2]),
    _v("image.stateless_random_saturation", PICTURE, 0.1, 0.9, [1, 2]),
    _v("image.stateless_random_hue", PICTURE, 0.2, [1, 2]),
]

COMPOSITES = [
    *(_v(f"RaggedTensor.{name}", RAGGED) for name in ("row_limits", "row_starts", "value_rowids")),
    _v("RaggedTensor.from_value_rowids", [1, 2, 3], [0, 0, 2]),
    _v("RaggedTensor.from_value_rowids", F23, [0, 2], 5),
    _v("RaggedTensor.from_row_splits", [1, 2, 3], [0, 2, 3]),
    _v("RaggedTensor.from_row_lengths", F23, [2, 0]),
    _v("RaggedTensor.from_row_starts", [1, 2, 3], [0, 2]),
    _v("RaggedTensor.from_row_limits", [1, 2, 3], [2, 3]),
    _v("RaggedTensor.from_uniform_row_length", [1, 2, 3, 4], 2),
    _v("RaggedTensor.from_nested_row_splits", [1, 2, 3], ([0, 1, 2], [0, 2, 3])),
    _v("RaggedTensor.from_nested_row_lengths", [1, 2, 3], [[1, 1], [2, 1]]),
    _v("RaggedTensor.from_nested_value_rowids", [1, 2, 3], [[0, 1], [0, 0, 1]]),
    _v("RaggedTensor.from_tensor", tf.ones([3, 4, 5])),
    _v("RaggedTensor.from_tensor", tf.ones([3, 4, 5]), ragged_rank=2),
    *(_v("RaggedTensor.to_tensor", RAGGED, shape=shape) for shape in (None, [None, 6])),
    *(_v("ragged.constant", rows) for rows in ([1, 2], [[1.0], []], [[[1]], [[2, 3], []]])),
    _v("sparse.concat", 0, [SPARSE, SPARSE]),
    _v("sparse.maximum", SPARSE, SPARSE),
    _v("sparse.minimum", SPARSE, SPARSE),
    _v("sparse.retain", SPARSE, [True, False, True, True, True, True]),
    _v("sparse.slice", SPARSE, [0, 1], [2, 2]),
    _v("sparse.sparse_dense_matmul", SPARSE, tf.ones([3, 4])),
    _v("sparse.sparse_dense_matmul", SPARSE, tf.ones([2, 4]), adjoint_a=True),
    _v("sparse.split", SPARSE, 3, 1),
    *(_v("sparse.reduce_sum", SPARSE, axis=axis, output_is_sparse=flag) for axis in (0, 1) for flag in (False, True)),
    _v("strings.unicode_decode", WORDS, "UTF-8"),
    _v("strings.unicode_split", WORDS, "UTF-8"),
    _v("strings.unicode_split", WORDS[0], "UTF-8"),
    _v("strings.unicode_transcode", WORDS, "UTF-8", "UTF-16-BE"),
    _v("io.parse_example", [RECORD, RECORD], FEATURES),
]

OTHERS = [
    *(_v("meshgrid", tf.range(3), tf.range(4), **k) for k in ({}, {"indexing": "ij"})),
    _v("meshgrid", tf.range(3), tf.range(4), tf.range(2)),
    _v("signal.hann_window", 8),
    _v("signal.hamming_window", 8, dtype=tf.float64),
    *(
        _layer(name, ROW, 5, **k)
        for name in ("LSTM", "GRU", "SimpleRNN")
        for k in ({}, {"return_sequences": True}, {"return_state": True})
    ),
    *(
        Sample("keras.layers.MultiHeadAttention.__call__", (ROW, ROW), call, (2, 3), init)
        for call in ({}, {"return_attention_scores": True})
        for init in ({}, {"output_shape": 7})
    ),
    _layer("RepeatVector", F23, 4),
    *(
        Sample("keras.losses.Loss.__call__", (loss(), F23, F23))
        for loss in (keras.losses.MeanSquaredError, keras.losses.BinaryCrossentropy)
    ),
    Sample("keras.losses.sparse_categorical_crossentropy", (tf.constant([0, 1]), F23)),
]

SHAPED = [*CONVOLUTIONS, *IMAGES, *COMPOSITES, *OTHERS]
