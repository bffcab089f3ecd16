"""Calls of functions whose arguments are too particular to be guessed."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from runtime.models.values import F23, I23, IMAGE, SPARSE, SQUARE, WORDS, Sample

BOX = tf.constant([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.5, 0.5]])
PIXELS = tf.zeros([4, 5, 3], tf.uint8)
JPEG = tf.io.encode_jpeg(PIXELS)
WINDOWS = tf.ones([2, 9, 4])
CUBES = tf.ones([2, 6, 7, 8, 3])
CUBE = tf.complex(tf.ones([2, 3, 4]), tf.ones([2, 3, 4]))
IDS = tf.constant([[1], [2]], tf.int64)


def _table(kind: str) -> object:
    source = tf.lookup.KeyValueTensorInitializer(["ab c", "d"], tf.constant([1, 2], tf.int64))
    if kind == "StaticHashTable":
        return tf.lookup.StaticHashTable(source, -1)
    if kind == "StaticVocabularyTable":
        source = tf.lookup.KeyValueTensorInitializer(["ab c", "d"], tf.constant([0, 1], tf.int64))
        return tf.lookup.StaticVocabularyTable(source, 1)
    if kind == "experimental.DenseHashTable":
        return tf.lookup.experimental.DenseHashTable(tf.string, tf.int64, -1, "", "gone")
    return tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)


def _v(name: str, *args: object, **named: object) -> Sample:
    return Sample(f"tensorflow.{name}", args, named)


def _gradient(make: object) -> Sample:
    x = tf.Variable(F23)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(x * x)
    return _v("GradientTape.gradient", tape, y, make(x))  # type: ignore[operator]


TABLES = ("StaticHashTable", "StaticVocabularyTable", "experimental.DenseHashTable", "experimental.MutableHashTable")
GENERATOR, STATE = np.random.default_rng(1), np.random.RandomState(1)
NUMPY = [
    *(Sample(f"numpy.random.{name}", args) for name in ("rand", "randn") for args in ((), (2, 3))),
    *(Sample(f"numpy.random.RandomState.{name}", (STATE, *args)) for name in ("rand", "randn") for args in ((), (2,))),
    *(
        Sample(f"numpy.random.{owner}.{name}", (source, *args))
        for owner, source in (("RandomState", STATE), ("Generator", GENERATOR))
        for name in ("normal", "uniform")
        for args in ((), (0.0, 1.0), (0.0, 1.0, (2, 3)), (np.zeros(3), 1.0))
    ),
    *(
        Sample(f"numpy.random.{owner}.{name}", (source, *args))
        for owner, source, names in (
            ("RandomState", STATE, ("random", "random_sample", "standard_normal")),
            ("Generator", GENERATOR, ("random", "standard_normal")),
        )
        for name in names
        for args in ((), (4,), ((2, 3),))
    ),
    Sample("numpy.random.Generator.random", (GENERATOR, 3, "float32")),
    *(Sample("numpy.random.RandomState.randint", (STATE, 5), k) for k in ({}, {"size": 3}, {"dtype": "int32"})),
    *(Sample("numpy.random.Generator.integers", (GENERATOR, 5), k) for k in ({}, {"size": 3}, {"dtype": "int32"})),
    Sample("numpy.insert", (np.arange(3), 0, 5)),
    Sample("numpy.fromstring", ("1 2",), {"sep": " "}),
]
KERAS = [
    *(
        Sample("keras.initializers.Initializer.__call__", (keras.initializers.Zeros(), (2, 3)), k)
        for k in ({}, {"dtype": "float64"})
    ),
    Sample("keras.layers.Layer.add_weight", (keras.layers.Layer(), (2, 3))),
    Sample("keras.layers.Layer.add_weight", (keras.layers.Layer(),), {"dtype": "int32", "initializer": "zeros"}),
    Sample(
        "keras.optimizers.schedules.LearningRateSchedule.__call__", (keras.optimizers.schedules.CosineDecay(1.0, 5), 1)
    ),
    Sample("keras.regularizers.Regularizer.__call__", (keras.regularizers.L2(0.1), F23)),
    Sample("keras.backend.clip", (F23, 0.0, 1.0)),
    Sample("keras.backend.dropout", (F23, 0.2)),
]
INITIALIZERS = [
    _v(f"{name}_initializer.__call__", getattr(tf, f"{name}_initializer")(*args), [2, 3], **named)
    for name, *args in (("zeros",), ("ones",), ("constant", 2.0), ("random_normal",), ("random_uniform",))
    for named in ({}, {"dtype": tf.float64})
]
CANDIDATE_SAMPLERS = [
    _v(f"random.{name}_candidate_sampler", IDS, 1, 2, True, 10)
    for name in ("uniform", "log_uniform", "learned_unigram")
] + [
    _v("random.all_candidate_sampler", IDS, 1, 10, True),
    _v("random.fixed_unigram_candidate_sampler", IDS, 1, 2, True, 4, unigrams=[0.1, 0.2, 0.3, 0.4]),
]
TENSORFLOW = [
    _gradient(lambda x: x),
    _gradient(lambda x: [x, tf.Variable(1.0)]),
    _gradient(lambda x: {"x": x}),
    _v("broadcast_dynamic_shape", tf.constant([2, 1]), tf.constant([1, 3])),
    _v("compat.v1.placeholder_with_default", F23, [2, 3]),
    _v("data.experimental.cardinality", tf.data.Dataset.range(3)),
    _v("debugging.assert_all_finite", F23, "m"),
    _v("debugging.check_numerics", F23, "m"),
    *(
        _v("einsum", e, *a)
        for e, a in (
            ("ij,jk->ik", (F23, tf.ones([3, 4]))),
            ("ij->ji", (F23,)),
            ("bij,bjk->bik", (CUBES[0, 0], CUBES[0, 1][:, :3])),
            ("...i->...", (F23,)),
            ("ij,jk", (F23, tf.ones([3, 4]))),
        )
    ),
    _v("image.crop_to_bounding_box", IMAGE, 1, 1, 4, 3),
    _v("image.pad_to_bounding_box", IMAGE, 1, 1, 12, 13),
    _v("image.draw_bounding_boxes", IMAGE, tf.zeros([2, 1, 4]), [[1.0, 0.0, 0.0]]),
    _v("image.grayscale_to_rgb", IMAGE[..., :1]),
    _v("image.non_max_suppression", BOX, [0.5, 0.4], 2),
    _v("io.decode_and_crop_jpeg", JPEG, [0, 0, 2, 2]),
    _v("io.decode_base64", tf.io.encode_base64("a")),
    _v("io.decode_raw", tf.constant(["abcd"]), tf.uint8),
    _v("io.encode_jpeg", PIXELS),
    _v("io.encode_png", PIXELS),
    _v("io.extract_jpeg_shape", JPEG),
    _v("io.parse_tensor", tf.io.serialize_tensor(F23), tf.float32),
    _v("io.read_file", __file__),
    _v("linalg.set_diag", SQUARE, [1.0, 2.0]),
    _v("linalg.solve", SQUARE, F23),
    *(_v(f"lookup.{kind}.lookup", _table(kind), WORDS) for kind in TABLES),
    *(_v(f"lookup.{kind}.size", _table(kind)) for kind in TABLES),
    _v("math.confusion_matrix", [0, 1], [1, 1], 3),
    _v("math.confusion_matrix", [0, 1], [1, 1]),
    _v("math.in_top_k", [0, 1], F23, 1),
    *(
        _v(f"nn.{kind}_pool{n}d", x, 2, 2, padding)
        for kind in ("max", "avg")
        for n, x in ((1, WINDOWS), (2, IMAGE), (3, CUBES))
        for padding in ("VALID", "SAME")
    ),
    _v("nn.batch_normalization", F23, 0.0, 1.0, None, None, 0.1),
    _v("nn.experimental.general_dropout", F23, 0.5, uniform_sampler=tf.random.uniform),
    _v("nn.sigmoid_cross_entropy_with_logits", F23, F23),
    _v("reverse_sequence", F23, [1, 2], seq_axis=1),
    _v("sets.size", tf.sparse.from_dense(I23)),
    _v("signal.fft3d", CUBE),
    _v("signal.ifft3d", CUBE),
    _v("slice", F23, [0, 1], [2, 2]),
    _v("slice", F23, [0, 1], [-1, 2]),
    _v("strided_slice", F23, [0, 1], [2, 2]),
    _v("sparse.to_indicator", tf.sparse.from_dense(tf.constant([[1, 2]])), 5),
    _v("strings.format", "{}", F23),
    _v("strings.substr", WORDS, 0, 1),
    _v("strings.to_hash_bucket_strong", WORDS, 5, [1, 2]),
    _v("strings.to_number", tf.constant(["1", "2"])),
    _v("strings.to_number", tf.constant(["1"]), tf.int64),
    _v("sparse.to_dense", SPARSE),
    _v("io.decode_json_example", tf.constant("{}")),
]
PARTICULAR = [*NUMPY, *KERAS, *INITIALIZERS, *CANDIDATE_SAMPLERS, *TENSORFLOW]
