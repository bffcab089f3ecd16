"""What belongs to the host: variables, Keras' loops, files, the items of datasets."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf
from runtime.proofs import agrees, raises_only_in_a_graph

BATCH = tf.ones([2, 3])
SINGLETON = "only supports singleton tf.Variables"
BUILT = "cannot add new elements of state"


# -- HYB118 ------------------------------------------------------------------------------------------------------------


class Adds(tf.keras.layers.Layer):
    def call(self, x):
        return x * self.add_weight(shape=())


MAKERS = {
    "variable": lambda x: tf.Variable(1.0) * x,
    "layer": lambda x: tf.keras.layers.Dense(2)(x),
    "optimizer": lambda x: [tf.keras.optimizers.SGD(0.1), x][1],
    "metric": lambda x: [tf.keras.metrics.Mean(), x][1],
    "generator": lambda x: tf.random.Generator.from_seed(1).uniform([]) + x,
}


@pytest.mark.parametrize("name", MAKERS)
def test_what_has_variables_is_made_once(name) -> None:
    with pytest.raises(ValueError, match=SINGLETON):
        tf.function(MAKERS[name])(BATCH)


def test_keras_adds_no_weights_in_a_call() -> None:
    """Some versions of Keras refuse it before TensorFlow does."""
    with pytest.raises(ValueError, match=f"{SINGLETON}|{BUILT}"):
        tf.function(Adds())(BATCH)


def test_variables_may_be_made_on_the_first_call() -> None:
    class Scaled:
        v = None

        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(2.0)
            return self.v * x

    agrees(Scaled(), BATCH)


def test_layers_without_weights_may_be_made() -> None:
    agrees(lambda x: tf.keras.layers.Flatten()(tf.keras.layers.ReLU()(x)), BATCH)


# -- HYB119 ------------------------------------------------------------------------------------------------------------


def compiled() -> tf.keras.Model:
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    model.compile(loss="mse")
    return model


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_keras_loops_raise(method) -> None:
    model = compiled()
    arguments = (BATCH,) if method == "predict" else (BATCH, tf.ones([2, 1]))
    getattr(model, method)(*arguments, verbose=0)
    with pytest.raises((TypeError, AttributeError, RuntimeError, NotImplementedError)):
        tf.function(lambda: [getattr(model, method)(*arguments, verbose=0), 0][1])()


def test_saving_raises(tmp_path: Path) -> None:
    model = compiled()
    checkpoint = tf.train.Checkpoint(model=model)
    manager = tf.train.CheckpointManager(checkpoint, str(tmp_path / "managed"), max_to_keep=1)
    calls = {
        "save": lambda: model.save(str(tmp_path / "net.keras")),
        "save_weights": lambda: model.save_weights(str(tmp_path / "net.weights.h5")),
        "export": lambda: model.export(str(tmp_path / "exported"), verbose=False),
        "save_model": lambda: tf.keras.models.save_model(model, str(tmp_path / "other.keras")),
        "get_weights": lambda: model.get_weights(),
        "checkpoint": lambda: checkpoint.save(str(tmp_path / "ckpt")),
        "manager": lambda: manager.save(),
        "to numpy": lambda: tf.keras.ops.convert_to_numpy(model.layers[0].kernel * 2.0),
    }
    for call in calls.values():
        call()
        with pytest.raises((NotImplementedError, AttributeError, AssertionError)):
            tf.function(lambda: [call(), 0][1])()  # noqa: B023


def test_a_checkpoint_can_be_written_in_a_graph(tmp_path: Path) -> None:
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    tf.function(lambda: checkpoint.write(str(tmp_path / "ckpt")))()
    assert list(tmp_path.glob("ckpt*"))


def test_numpy_iterators_raise() -> None:
    data = tf.data.Dataset.range(3)
    raises_only_in_a_graph(lambda: next(iter(data.as_numpy_iterator())), RuntimeError)


# -- HYB120 ------------------------------------------------------------------------------------------------------------


def test_the_items_of_a_dataset_never_end() -> None:
    seen = []

    def step():
        def take(v):
            seen.append(1)
            if len(seen) > 20:
                raise StopIteration
            return v

        return [take(v) for v in tf.data.Dataset.range(3)]

    with pytest.raises((RuntimeError, StopIteration)):
        tf.function(step)()
    assert len(seen) > 20
