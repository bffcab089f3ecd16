"""The same random numbers for Python and for a graph, in the calls that are compared.

From one seed, TensorFlow's stateful random operations give other numbers in a graph than in eager execution. So within
a watched call they are replaced by their stateless counterparts, whose seeds count up in a variable: that counts in a
graph as it does in Python. What has no counterpart, or a seed of its own, is noticed: such results are compared by type
alone.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .importing import after_import

_active = threading.local()
_drawn = [0, 0]
"""So many seeds were asked for, and so many operations got one of the counter's."""


def install() -> None:
    """Replace the operations once they are there."""
    after_import("tensorflow", _replace)


class _Counter:
    """Counts the draws: as a number of Python, and in a variable from when a graph first draws."""

    def __init__(self) -> None:
        self.count = 0
        self.variable: Any = None

    def seed(self) -> Any:
        """The seed of the next draw, as the code that draws can have it."""
        tf: Any = sys.modules["tensorflow"]
        if tf.executing_eagerly() and self.variable is None:
            # Python alone: this is what is timed, and must not cost more than what it replaces.
            self.count += 1
            return sys.modules["numpy"].array([self.count, 7])
        if self.variable is None:
            with tf.init_scope():
                self.in_variable()
        return tf.stack([self.variable.assign_add(1), tf.constant(7, tf.int64)])

    def in_variable(self) -> None:
        """Go on in a variable."""
        if self.variable is None:
            tf: Any = sys.modules["tensorflow"]
            self.variable = tf.Variable(self.count, dtype=tf.int64, trainable=False, name="hybridize_counter")

    def restart(self) -> None:
        self.count = 0
        if self.variable is not None:
            self.variable.assign(0)


_counter = _Counter()


class Drawing:
    """A watched call: from `begin` to `end` the numbers are those of the counter."""

    def __init__(self) -> None:
        self._before = list(_drawn)
        self._state: Any = None

    def begin(self, *, graph: bool) -> None:
        """Draw from the counter from now on; a variable that a trace made would take a second trace."""
        if graph:
            _counter.in_variable()
        self._before = list(_drawn)
        generator = _generator()
        self._state = generator.getstate() if generator is not None else None
        _active.on = True

    def end(self) -> None:
        """Draw as before."""
        _active.on = False
        if self._state is not None and _drawn[0] != self._before[0]:
            _generator().setstate(self._state)  # seeds that Python took, and a graph did not, are not missed

    @property
    def foreign(self) -> bool:
        """Whether numbers were drawn that a graph may draw otherwise."""
        asked, aligned = _drawn[0] - self._before[0], _drawn[1] - self._before[1]
        return asked > aligned


def restart() -> None:
    """Begin anew, as a seed does."""
    _counter.restart()


def _generator() -> Any:
    """Python's generator in TensorFlow, from which eager operations get their seeds; None without a global seed."""
    context = sys.modules.get("tensorflow.python.eager.context")
    return getattr(context.context(), "_rng", None) if context is not None else None


def _seed() -> Any:
    _drawn[1] += 1
    return _counter.seed()


def _replace(_module: ModuleType) -> None:
    operations: Any = sys.modules.get("tensorflow.python.ops.gen_random_ops")
    stateless: Any = sys.modules.get("tensorflow.python.ops.gen_stateless_random_ops")
    seeds: Any = sys.modules.get("tensorflow.python.framework.random_seed")
    if operations is None or stateless is None or seeds is None:
        return
    get_seed = seeds.get_seed

    def counted(op_seed: Any) -> Any:
        _drawn[0] += 1
        _active.seeded = op_seed is not None
        return get_seed(op_seed)

    seeds.get_seed = counted

    def floats(name: str) -> Callable[..., Any]:
        other = getattr(stateless, f"stateless_{name}")
        return lambda shape, dtype, name=None, **_seeds: other(shape, _seed(), dtype, name=name)

    def integers(shape: Any, minval: Any, maxval: Any, name: Any = None, **_seeds: int) -> Any:
        return stateless.stateless_random_uniform_int(shape, _seed(), minval, maxval, name=name)

    def categorical(logits: Any, num_samples: Any, output_dtype: Any = None, name: Any = None, **_seeds: int) -> Any:
        tf: Any = sys.modules["tensorflow"]
        dtype = output_dtype or tf.int64
        return stateless.stateless_multinomial(logits, num_samples, _seed(), output_dtype=dtype, name=name)

    def shuffled(value: Any, name: Any = None, **_seeds: int) -> Any:
        tf: Any = sys.modules["tensorflow"]
        keys = stateless.stateless_random_uniform(tf.shape(value)[:1], _seed(), tf.float32)
        return tf.gather(value, tf.argsort(keys), name=name)

    for name, other in (
        ("random_uniform", floats("random_uniform")),
        ("random_standard_normal", floats("random_normal")),
        ("truncated_normal", floats("truncated_normal")),
        ("random_uniform_int", integers),
        ("multinomial", categorical),
        ("random_shuffle", shuffled),
    ):
        setattr(operations, name, _choosing(getattr(operations, name), other))


def _choosing(original: Callable[..., Any], other: Callable[..., Any]) -> Callable[..., Any]:
    def operation(*args: Any, **kwargs: Any) -> Any:
        replaced = getattr(_active, "on", False) and not getattr(_active, "seeded", False)
        return (other if replaced else original)(*args, **kwargs)

    return operation
