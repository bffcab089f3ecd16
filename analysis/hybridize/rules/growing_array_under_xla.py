"""A `TensorArray` that grows, in a function that XLA compiles.

## What it does
Finds `tf.TensorArray(..., dynamic_size=True)` in functions under `tf.function(jit_compile=True)` and in all that these
call.

## Why it is bad
XLA does not let an array grow: what is written is lost, and the result is empty, without an error.

## Example
```python
import tensorflow as tf

@tf.function(jit_compile=True)
def squares(x):
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in tf.range(3):
        array = array.write(i, x[i] * x[i])
    return array.stack()

squares(tf.constant([1.0, 2.0, 3.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(jit_compile=True)
def squares(x):
    array = tf.TensorArray(tf.float32, size=3)
    for i in tf.range(3):
        array = array.write(i, x[i] * x[i])
    return array.stack()

squares(tf.constant([1.0, 2.0, 3.0]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain. TensorFlow 2.15 raises instead.

## References
- [XLA: optimizing compiler for machine learning](https://www.tensorflow.org/xla)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place."""
    yield _traced.finding(
        rule,
        observation,
        "XLA does not let an array grow: what is written is lost",
        advice="give the array its `size` at the start",
    )


RULE = Rule(
    code="HYB507",
    slug="growing-array-under-xla",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a `TensorArray` that grows, in a function that XLA compiles",
    observe=observe,
    kinds=("array-under-xla",),
    covers=("jit-dynamic-tensorarray-empty",),
)
