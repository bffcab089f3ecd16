"""A list or dict that a traced function gets as an argument is changed.

## What it does
Finds changes of a list or dict that is a parameter of a function under `tf.function`, a default such as `acc=[]` among
them: `items.append(x)`, `table[key] = x`, `del table[key]`. A copy, and what the function makes itself, may be
changed.

## Why it is bad
TensorFlow compares the arguments before and after tracing and raises `ValueError: f(items, x) should not modify its
Python input arguments`, for every input. The list of the caller does not change.

## Example
```python
import tensorflow as tf

@tf.function
def collect(items, x):
    items.append(x * 2.0)
    return tf.add_n(items)

collect([tf.constant(1.0)], tf.constant(2.0))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def collect(items, x):
    items = [*items, x * 2.0]
    return tf.add_n(items)

collect([tf.constant(1.0)], tf.constant(2.0))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the argument is sure to be a list or dict and every trace comes by. A warning that names its assumption
where Python decides whether the line runs.

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
    """One finding for each change."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` changes an argument of the traced function, which raises while tracing",
        advice="change a copy, and return it",
    )


RULE = Rule(
    code="HYB139",
    slug="container-argument-changed",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a list or dict that a traced function gets as an argument is changed",
    observe=observe,
    kinds=("argument-changed",),
    covers=(
        "mutated-container-argument",
        "mutated-default-argument",
    ),
)
