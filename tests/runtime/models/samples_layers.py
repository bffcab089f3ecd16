"""Calls of Keras layers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from runtime.models.values import D23, F23, I23, IMAGE, Sample


def _layer(name: str, x: Any, *init: Any, **named: Any) -> Sample:
    return Sample(f"keras.layers.{name}.__call__", (x,), {}, init, named)


X1, X2, X3 = tf.ones([2, 9, 4]), tf.ones([2, 9, 7, 4]), tf.ones([2, 6, 7, 8, 3])
LAYERS = [
    *(
        _layer("Dense", x, 5, **k)
        for x in (F23, X1, keras.Input((3,)), np.ones((2, 3)))
        for k in ({}, {"dtype": "float64"})
    ),
    *(
        _layer(f"Conv{n}D", x, 5, **k)
        for n, x in ((1, X1), (2, X2), (3, X3))
        for k in (
            {"kernel_size": 3},
            {"kernel_size": 2, "strides": 2},
            {"kernel_size": 3, "padding": "same"},
            {"kernel_size": 3, "padding": "same", "strides": 2},
            {"kernel_size": 2, "dilation_rate": 2},
        )
    ),
    _layer("Conv2D", keras.Input((None, 8, 3)), 5, 3),
    _layer("Conv2D", X2, filters=4, kernel_size=(3, 2), strides=(2, 1)),
    *(
        _layer(f"Conv{n}DTranspose", x, 5, **k)
        for n, x in ((1, X1), (2, X2), (3, X3))
        for k in (
            {"kernel_size": 3},
            {"kernel_size": 2, "strides": 3},
            {"kernel_size": 3, "padding": "same", "strides": 2},
        )
    ),
    *(
        _layer(f"Conv{n}DTranspose", keras.Input(x.shape[1:]), 5, 3, dilation_rate=2)
        for n, x in ((1, X1), (2, X2), (3, X3))
    ),
    *(
        _layer(f"{kind}Pooling{n}D", x, **k)
        for kind in ("Max", "Average")
        for n, x in ((1, X1), (2, X2), (3, X3))
        for k in (
            {"pool_size": 2},
            {"pool_size": 3},
            {"pool_size": 2, "strides": 1},
            {"pool_size": 3, "padding": "same"},
        )
    ),
    *(
        _layer(f"Global{kind}Pooling{n}D", x, **k)
        for kind in ("Max", "Average")
        for n, x in ((1, X1), (2, X2), (3, X3))
        for k in ({}, {"keepdims": True})
    ),
    _layer("SeparableConv1D", X1, 5, 3),
    _layer("SeparableConv2D", X2, 5, 3, padding="same"),
    _layer("DepthwiseConv1D", X1, 3),
    _layer("DepthwiseConv2D", X2, 3, depth_multiplier=2),
    _layer("DepthwiseConv2D", X2, 3, dilation_rate=2),
    _layer("ZeroPadding1D", X1, 2),
    _layer("ZeroPadding1D", X1, (1, 2)),
    _layer("ZeroPadding2D", X2),
    _layer("ZeroPadding2D", X2, (2, 1)),
    _layer("ZeroPadding2D", X2, ((1, 2), (0, 3))),
    _layer("ZeroPadding3D", X3, 1),
    _layer("Cropping1D", X1, 2),
    _layer("Cropping1D", X1, (1, 2)),
    _layer("Cropping2D", X2, ((1, 2), (0, 3))),
    _layer("Cropping3D", X3, (1, 2, 1)),
    _layer("UpSampling1D", X1, 3),
    _layer("UpSampling2D", X2),
    _layer("UpSampling2D", X2, (2, 3)),
    _layer("UpSampling3D", X3, 2),
    _layer("Flatten", X2),
    _layer("Flatten", tf.ones([2, 3], tf.int32)),
    _layer("Flatten", keras.Input((4, None))),
    _layer("Reshape", X2, (7, 9, 4)),
    _layer("Reshape", X2, (-1, 4)),
    _layer("Reshape", keras.Input((6,)), (2, -1)),
    _layer("Permute", X2, (2, 1, 3)),
    _layer("Embedding", I23, 10, 4),
    _layer("RepeatVector", F23, 3),
    _layer("EinsumDense", X1, "abc,cd->abd", (None, 5)),
    _layer("Embedding", keras.Input((7,), dtype="int32"), 10, 4),
    _layer("BatchNormalization", X2),
    _layer("LayerNormalization", X1),
    _layer("GroupNormalization", X2, 2),
    _layer("UnitNormalization", X1),
    _layer("Dropout", X1, 0.3),
    _layer("Dropout", D23, 0.3),
    _layer("SpatialDropout1D", X1, 0.3),
    _layer("SpatialDropout2D", X2, 0.3),
    _layer("SpatialDropout3D", X3, 0.3),
    _layer("GaussianNoise", X1, 0.3),
    _layer("GaussianDropout", X1, 0.3),
    _layer("AlphaDropout", X1, 0.3),
    _layer("ActivityRegularization", X1, 0.1),
    _layer("Masking", X1),
    _layer("Activation", X1, "relu"),
    _layer("Activation", I23, "relu"),
    _layer("ReLU", F23),
    _layer("LeakyReLU", F23),
    _layer("ELU", F23),
    _layer("PReLU", F23),
    _layer("Softmax", F23),
    _layer("Identity", F23),
    _layer("Rescaling", IMAGE, 2.0),
    *(
        _layer(f"Random{kind}", IMAGE, *a)
        for kind, *a in (
            ("Flip",),
            ("Rotation", 0.1),
            ("Zoom", 0.1),
            ("Translation", 0.1, 0.1),
            ("Contrast", 0.1),
            ("Brightness", 0.1),
        )
    ),
    *(_layer(kind, [F23, tf.ones([2, 1])]) for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum")),
    _layer("Subtract", [F23, F23]),
    _layer("Concatenate", [F23, F23]),
    _layer("Concatenate", [F23, F23], axis=0),
    _layer("Dot", [F23, F23], axes=1),
    _layer("Add", [keras.Input((3,)), keras.Input((3,))]),
    _layer("Concatenate", [keras.Input((3,)), keras.Input((4,))]),
]
