"""Tf.function above staticmethod, classmethod or property.

## What it does
Finds `@tf.function` above `@staticmethod`, `@classmethod` or `@property`.

## Why it is bad
These make a descriptor of the function, which cannot be called: `TypeError: ... is not a callable object` when the
class is defined, or, over a `staticmethod`, `TypeError: cannot create weak reference` when it is called through an
instance.

## Example
```python
import tensorflow as tf

class Scale:
    factor = 2.0

    @tf.function
    @classmethod
    def apply(cls, x):
        return x * cls.factor
```

## Use instead
```python
import tensorflow as tf

class Scale:
    factor = 2.0

    @classmethod
    @tf.function
    def apply(cls, x):
        return x * cls.factor

Scale.apply(tf.ones([2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain.

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
    """One finding for each such method."""
    name = observation.detail
    yield _traced.finding(
        rule,
        observation,
        f"`tf.function` stands above `{name}` on `{observation.function}`, and gets something that cannot be called",
        advice=f"put `@{name}` above `@tf.function`",
    )


RULE = Rule(
    code="HYB143",
    slug="tf-function-over-descriptor",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="tf.function above staticmethod, classmethod or property",
    observe=observe,
    kinds=("descriptor-traced",),
    covers=("decorator-order-descriptors",),
)
