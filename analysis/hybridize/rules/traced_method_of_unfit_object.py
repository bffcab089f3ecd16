"""Tf.function on a method of objects that cannot be keys.

## What it does
Finds `@tf.function` on methods of classes whose objects cannot be hashed (a `@dataclass` that is not frozen, `__eq__`
without `__hash__`, subclasses of `list`, `dict` and `set`) or referred to weakly (`__slots__` without `"__weakref__"`,
subclasses of `tuple` and named tuples).

## Why it is bad
TensorFlow keeps the traces of a method for each object, by its hash and a weak reference: `TypeError: unhashable
type`, or `TypeError: cannot create weak reference`, on the first call.

## Example
```python
import dataclasses
import tensorflow as tf

@dataclasses.dataclass
class Scale:
    factor: float

    @tf.function
    def apply(self, x):
        return x * self.factor

def run():
    return Scale(2.0).apply(tf.ones([2]))
```

## Use instead
```python
import dataclasses
import tensorflow as tf

@dataclasses.dataclass(eq=False)
class Scale:
    factor: float

    @tf.function
    def apply(self, x):
        return x * self.factor

Scale(2.0).apply(tf.ones([2]))
```
Or a function of its own, which gets what it needs as arguments.

## Fix safety
There is no automatic fix.

## Confidence
Certain where all bases of the class are known.

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
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.function}` is a method of objects that {observation.detail}, by which TensorFlow keeps traces",
        advice="use `@dataclass(eq=False)`, add `__hash__` or `__weakref__`, or decorate a plain function",
    )


RULE = Rule(
    code="HYB154",
    slug="traced-method-of-unfit-object",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="tf.function on a method of objects that cannot be keys",
    observe=observe,
    kinds=("receiver-unfit",),
    covers=("method-of-unhashable-or-slots-class",),
)
