"""An operation in a graph whose result nobody uses.

## What it does
Finds operations as statements of their own in code that is traced, such as `tf.ensure_shape(x, [3])`. What has an
effect of its own (`tf.print`, `tf.debugging`, assignments, random numbers) is left alone.

## Why it is bad
A graph runs only what its results need. The operation is left out, and so are its errors: a check by `tf.ensure_shape`
or `tf.gather` that raises eagerly is silent.

## Example
```python
import tensorflow as tf

@tf.function
def total(x):
    tf.ensure_shape(x, [3])
    return tf.reduce_sum(x)

total(tf.ones([3]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def total(x):
    x = tf.ensure_shape(x, [3])
    return tf.reduce_sum(x)

total(tf.ones([3]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain that the operation is not run. It may be left over, and have no purpose at all.

## References
- [Introduction to graphs and tf.function](https://www.tensorflow.org/guide/intro_to_graphs)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each statement."""
    yield _traced.finding(
        rule,
        observation,
        f"nobody uses what `{observation.text}` gives: a graph leaves it out, with the errors it might raise",
        advice="use the result, `tf.debugging.assert_*` for a check, or remove it",
    )


RULE = Rule(
    code="HYB157",
    slug="unused-operation-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="an operation in a graph whose result nobody uses",
    observe=observe,
    kinds=("unused-operation",),
    covers=("unused-op-error-vanishes",),
)
