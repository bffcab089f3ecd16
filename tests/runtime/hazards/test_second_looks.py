"""Safe siblings of what is decided at the first trace, and forms of hazards that have no entry of their own."""

import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
from runtime.hazards.support import C, NotAllowed, Spec, py, same, x1


def plain_double(x):
    return x * 2.0


def test_a_function_is_pickled_by_its_plain_name() -> None:
    fast = tf.function(plain_double)
    assert py(pickle.loads(pickle.dumps(fast))(x1)) == 2.0
    assert pickle.loads(pickle.dumps(plain_double)) is plain_double


def test_an_open_axis_equals_no_number() -> None:
    def f(x):
        return x * 2.0 if x.shape[0] == 2 else x

    xs = C([1.0, 2.0])
    assert py(f(xs)) == py(tf.function(f)(xs)) == [2.0, 4.0]
    assert py(tf.function(f, input_signature=[Spec([None])])(xs)) == [1.0, 2.0]

    def other_axis(x):
        return x * 2.0 if x.shape[1] == 2 or x.shape[1:] == (2,) else x

    same(other_axis, (tf.ones([3, 2]),), input_signature=[Spec([None, 2])])


def test_plain_exceptions_keep_their_class() -> None:
    class Simple(Exception):
        pass

    def simple(x):
        raise Simple("as it is")

    def built_in(x):
        raise ValueError("as it is")

    for f, cls in ((simple, Simple), (built_in, ValueError)):
        with pytest.raises(cls):
            tf.function(f)(x1)


def test_a_function_made_of_text_is_not_converted() -> None:
    size = eval("lambda x: x if x > 0 else -x")
    straight = eval("lambda x: x * 2.0")
    assert py(size(C(-1.0))) == 1.0
    with pytest.raises(NotAllowed):
        tf.function(size)(C(-1.0))
    same(straight, (x1,))


def test_a_loop_inside_of_a_distributed_one_may_be_left() -> None:
    strategy = tf.distribute.MirroredStrategy(["cpu:0"])
    data = strategy.experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2))

    @tf.function
    def f():
        s = C(0, tf.int64)
        for batch in data:
            for turn in range(3):
                if turn == 1:
                    break
                s += tf.reduce_sum(batch)
        return s

    assert py(f()) == 6


def test_names_of_layers_are_names_of_scopes() -> None:
    class _Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

    class _Named(keras.layers.Layer):
        def __init__(self):
            super().__init__(name="named")

        def call(self, x):
            return x * 2.0

    xs = tf.ones([4, 3])
    for layer in (_Net(), keras.layers.Dense(1, name="_layer"), keras.layers.Dense(1, name="my layer")):
        layer(xs)
        with pytest.raises(ValueError, match="is not a valid root scope name"):
            tf.function(lambda x, one=layer: one(x))(xs)
        keras.utils.clear_session()
    net = _Net()
    net.compile("sgd", "mse")
    with pytest.raises(ValueError, match="is not a valid root scope name"):
        net.fit(xs, tf.ones([4, 1]), verbose=0)
    keras.utils.clear_session()
    for layer in (_Named(), keras.layers.Dense(1, name="a-layer.2")):
        layer(xs)
        tf.function(lambda x, one=layer: one(x))(xs)


def test_objects_are_told_apart_by_what_they_compare() -> None:
    class Named:
        def __init__(self, name, scale):
            self.name, self.scale = name, scale

        def __eq__(self, other):
            return isinstance(other, Named) and self.name == other.name

        def __hash__(self):
            return hash(self.name)

    def f(named, x):
        return x * named.scale

    g = tf.function(f)
    first, second, third = Named("a", 2.0), Named("a", 3.0), Named("b", 4.0)
    assert [py(g(one, x1)) for one in (first, second, third)] == [2.0, 2.0, 4.0]


def test_a_function_made_after_freezing_sees_it() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    optimizer = keras.optimizers.SGD(0.1)

    def train_step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(x))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    xs = tf.ones([1, 2])
    tf.function(train_step)(xs)
    before = model.layers[0].kernel.numpy().copy()
    model.layers[0].trainable = False
    tf.function(train_step)(xs)
    assert np.allclose(before, model.layers[0].kernel.numpy())


def test_what_is_done_under_an_init_scope_is_done_once_behind_calls_as_well() -> None:
    calls = []

    def note():
        calls.append("traced")

    @tf.function
    def step(x):
        with tf.init_scope():
            note()
        return x * 2.0

    step(x1), step(x1)
    assert calls == ["traced"]


def test_losses_given_to_compile_are_not_converted() -> None:
    seen = []

    def loss(y, p):
        seen.append((type(y).__name__, y.dtype, p.dtype))
        return tf.reduce_mean(tf.abs(tf.cast(y, p.dtype) - p))

    def fitted(**options):
        seen.clear()
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", loss, **options)
        model.fit(tf.ones([8, 3]), tf.ones([8, 1], tf.int32), verbose=0)
        return seen[0]

    assert fitted() == ("SymbolicTensor", tf.float32, tf.float32)
    assert fitted(run_eagerly=True)[0] == "EagerTensor"


REFUSE_NONE = (
    lambda x: tf.reshape(x, [x.shape[0], 2]),
    lambda x: tf.reshape(x, (x.shape[0], 2)),
    lambda x: tf.reshape(x, x.shape),
    lambda x: tf.zeros(x.shape),
    lambda x: tf.ones([x.shape[0]]),
    lambda x: tf.fill([x.shape[0]], 1.0),
    lambda x: tf.range(x.shape[0]),
    lambda x: tf.tile(x, [x.shape[0], 1]),
    lambda x: tf.broadcast_to(1.0, x.shape),
    lambda x: tf.random.normal(x.shape),
    lambda x: tf.random.truncated_normal([x.shape[0]]),
    lambda x: tf.random.uniform(x.shape),
    lambda x: np.prod(x.shape),
    lambda x: np.zeros(x.shape),
    lambda x: np.ones([x.shape[0]]),
    lambda x: np.full([x.shape[0]], 1.0),
    lambda x: -x.shape[0],
    lambda x: x + x.shape[0],
    lambda x: x.shape[0] // 2,
    lambda x: 1 < x.shape[0],
    lambda x: list(range(x.shape[0])),
    lambda x: int(x.shape[0]),
    lambda x: float(x.shape[0]),
    lambda x: abs(x.shape[0]),
    lambda x: round(x.shape[0]),
)
TAKE_NONE = (
    lambda x: x[: x.shape[0]],
    lambda x: x[x.shape[0]],
    lambda x: len([x.shape[0]] + [3]),  # noqa: RUF005
    lambda x: len(x.shape[:1] + (3,)),  # noqa: RUF005
    lambda x: len("%s" % x.shape[0]),  # noqa: UP031
    lambda x: len(tf.nest.map_structure(lambda v: 1, list(x.shape))),
    lambda x: tf.TensorArray(tf.float32, 3, element_shape=x.shape).size(),
    lambda x: tf.ensure_shape(x, [x.shape[0], 2]),
)


@pytest.mark.parametrize("number", range(len(REFUSE_NONE)))
def test_what_refuses_none_for_a_size(number) -> None:
    f = REFUSE_NONE[number]
    f(tf.ones([3, 2]))
    with pytest.raises((TypeError, ValueError)):
        tf.function(f, autograph=False, input_signature=[Spec([None, 2])])(tf.ones([3, 2]))


@pytest.mark.parametrize("number", range(len(TAKE_NONE)))
def test_what_takes_none_for_a_size(number) -> None:
    f = TAKE_NONE[number]
    tf.function(f, autograph=False, input_signature=[Spec([None, 2])])(tf.ones([3, 2]))
