"""A handler of an error that the graph raises later.

## What it does
Finds `except tf.errors...` in traced code, and `except StopIteration` around `next` of the iterator of a dataset.

## Why it is bad
Operations fail when the graph runs. The `try` is Python and has done its work while tracing, when nothing failed: the
error goes to the caller of the traced function. The end of a dataset is such an error, too:
`tf.errors.OutOfRangeError`.

## Example
```python
import tensorflow as tf

@tf.function
def divide(x):
    try:
        return 10 // x
    except tf.errors.InvalidArgumentError:
        return tf.constant(-1)

divide(tf.constant(2))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def divide(x):
    safe = tf.where(x == 0, 1, x)
    return tf.where(x == 0, -1, 10 // safe)

divide(tf.constant(2))
```
Or catch the error around the call. For datasets: a `for`, or `get_next_as_optional()`.

## Fix safety
There is no automatic fix.

## Confidence
Certain: no operation of a graph fails while it is traced in a way that such a handler waits for.

## References
- [Better performance with tf.function](https://www.tensorflow.org/guide/function)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each handler."""
    stop = observation.detail == "builtins.StopIteration"
    name = "StopIteration" if stop else f"tf.{observation.detail.removeprefix('tensorflow.')}"
    what = (
        "the end of a dataset is an `OutOfRangeError` of the graph" if stop else "operations fail when the graph runs"
    )
    yield _traced.finding(
        rule,
        observation,
        f"this handler of `{name}` never runs: {what}, after the `try` is over",
        advice="test with operations (`tf.where`), or catch the error around the call of the traced function",
    )


RULE = Rule(
    code="HYB140",
    slug="handler-of-late-error",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a handler of an error that the graph raises later",
    observe=observe,
    kinds=("late-error",),
    covers=(
        "runtime-error-not-catchable-inside",
        "stop-iteration-becomes-out-of-range",
    ),
)
