"""Functions given to ``compile``: ``fit`` and ``evaluate`` trace them, without AutoGraph; eagerly they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
import tensorflow as tf

pytestmark = pytest.mark.runtime

X, Y = tf.ones([8, 3]), tf.ones([8, 1])


def branching(truth: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    """Asks a tensor for its truth value."""
    error = tf.reduce_mean((truth - predicted) ** 2)
    return tf.sqrt(error) if error > 1.0 else error


def model(**compiled: Any) -> keras.Model:
    one = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="out")])
    one.compile("sgd", **compiled)
    return one


def fit(one: keras.Model) -> None:
    one.fit(X, Y, verbose=0)


def evaluate(one: keras.Model) -> None:
    one.evaluate(X, Y, verbose=0)


@pytest.mark.parametrize("run", [fit, evaluate])
@pytest.mark.parametrize(
    "compiled",
    [
        {"loss": branching},
        {"loss": [branching]},
        {"loss": "mse", "metrics": [branching]},
        {"loss": "mse", "metrics": {"out": [branching]}},
        {"loss": "mse", "weighted_metrics": [branching]},
    ],
)
def test_losses_and_metrics_are_traced_as_they_are(compiled: dict[str, Any], run: Callable[..., None]) -> None:
    with pytest.raises(TypeError, match="symbolic"):
        run(model(**compiled))
    run(model(**compiled, run_eagerly=True))


def test_predict_calls_no_loss() -> None:
    model(loss=branching, metrics=[branching]).predict(X, verbose=0)
