"""How a hazard is proven: the eager function runs, and its `tf.function` does something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf


def raises_only_in_a_graph(
    function: Callable[..., Any], error: type[BaseException], *args: Any, match: str | None = None, **options: Any
) -> None:
    """``function`` runs eagerly with these arguments, and raises ``error`` under `tf.function`."""
    function(*args)
    with pytest.raises(error, match=match):
        tf.function(function, **options)(*args)


def agrees(function: Callable[..., Any], *args: Any, **options: Any) -> None:
    """The results of ``function`` are the same eagerly and under `tf.function`."""
    expected = tf.nest.flatten(function(*args))
    actual = tf.nest.flatten(tf.function(function, **options)(*args))
    assert len(expected) == len(actual)
    for one, other in zip(expected, actual, strict=True):
        tf.debugging.assert_near(tf.cast(one, tf.float64), tf.cast(other, tf.float64))
