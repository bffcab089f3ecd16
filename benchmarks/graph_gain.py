"""What a graph saves: eager execution and `tf.function`, by the number of operations and the size of the tensors.

    python benchmarks/graph_gain.py [--seconds 0.25]

The numbers that `hybridize.config.Benefit` and `hybridize.analyses.work` start from are measured here; docs/benefit.md
has the tables. Times are medians on whatever machine runs it: ratios travel better than microseconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

SIZES = (16, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
COUNTS = (1, 2, 3, 4, 5, 7, 10, 20, 30, 100)
LARGE = 10_000_000
"""From this size on only short chains are measured: the long ones take long, and say nothing new."""


def chain(count: int, other: tf.Tensor) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function of so many elementwise operations."""
    steps: list[Callable[[tf.Tensor], tf.Tensor]] = [
        lambda x: tf.multiply(x, other), tf.tanh, lambda x: tf.add(x, other), tf.square,
        lambda x: tf.subtract(x, other), tf.abs, tf.sqrt, lambda x: tf.maximum(x, other),
    ]  # fmt: skip

    def run(x: tf.Tensor) -> tf.Tensor:
        for number in range(count):
            x = steps[number % len(steps)](x)
        return x

    return run


def median(function: Callable[..., Any], *args: Any, seconds: float) -> float:
    """The median time of a call, after some that do not count."""
    warm = time.perf_counter() + seconds / 5
    while time.perf_counter() < warm:
        function(*args)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 7:
        start = time.perf_counter()
        function(*args)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def chains(seconds: float) -> None:
    """Eager time over traced time, for chains of operations."""
    print("| elements |" + "".join(f" {count} |" for count in COUNTS))
    print("|---:|" + "---:|" * len(COUNTS))
    other = tf.constant(1.0001)
    for size in SIZES:
        x = tf.random.uniform([size], 0.1, 1.0)
        cells = []
        for count in COUNTS:
            if size >= LARGE and count > 10:
                cells.append("")
                continue
            eager = chain(count, other)
            cells.append(f"{median(eager, x, seconds=seconds) / median(tf.function(eager), x, seconds=seconds):.2f}")
        print(f"| {size} | " + " | ".join(cells) + " |", flush=True)


def equivalents(seconds: float) -> None:
    """How many small operations other calls are worth, eagerly."""
    x = tf.random.uniform([32, 16])
    one = median(chain(100, tf.constant(1.0001)), x, seconds=seconds) / 100
    graph = median(tf.function(chain(1, tf.constant(1.0001))), x, seconds=seconds)
    print(f"one small operation: {one * 1e6:.1f} µs")
    print(f"a call of a graph: {graph * 1e6:.0f} µs, {graph / one:.0f} operations")
    dense, model = keras.layers.Dense(16), keras.Sequential([keras.layers.Dense(16) for _ in range(3)])
    weights = [tf.Variable(tf.ones([16, 16])) for _ in range(4)]
    adam, plain = keras.optimizers.Adam(), chain(20, tf.constant(1.0001))
    gradients = [tf.ones([16, 16]) for _ in weights]

    def taped() -> Any:
        with tf.GradientTape() as tape:
            y = weights[0]
            for weight in weights * 5:
                y = tf.multiply(y, weight)
        return tape.gradient(y, weights)

    def untaped() -> Any:
        y = tf.convert_to_tensor(weights[0])
        for weight in weights * 5:
            y = tf.multiply(y, weight)
        return y

    def step() -> Any:
        return adam.apply_gradients(zip(gradients, weights, strict=True))

    for name, function, args in (
        ("a Keras layer (Dense)", dense, (x,)),
        ("a Keras model of three layers", model, (x,)),
        (
            "Adam.apply_gradients, four variables",
            lambda: adam.apply_gradients(zip(gradients, weights, strict=True)),
            (),
        ),
        ("20 operations", plain, (x,)),
        ("20 operations with variables", untaped, ()),
        ("20 operations with variables, under a tape, and their gradient", taped, ()),
    ):
        print(f"{name}: {median(function, *args, seconds=seconds) / one:.0f} operations", flush=True)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.25, help="measure each case for so long")
    seconds = parser.parse_args().seconds
    equivalents(seconds)
    chains(seconds)


if __name__ == "__main__":
    main()
