"""An item taken that the tensor does not have, behind a test of the graph.

## What it does
Finds `x[4]` on one way of a condition on a tensor, where the shape of `x` is known while tracing and has no such item.

## Why it is bad
Both ways of a condition on a tensor are built. The size is static, so that the item raises `ValueError: slice index 4
of dimension 0 out of bounds` while tracing, though the graph would never go that way. Eagerly it is not taken.

## Example
```python
import tensorflow as tf

@tf.function
def fifth(x):
    if tf.shape(x)[0] > 4:
        return x[4]
    return x[0]

fifth(tf.constant([1.0, 2.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def fifth(x):
    if x.shape[0] > 4:
        return x[4]
    return x[0]

fifth(tf.constant([1.0, 2.0]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where every call passes a tensor of such a shape.

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
    """One finding for each item."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` takes an item that the tensor does not have: "
        "both ways of the condition are built, and it raises while tracing",
        advice="ask for the static size, `x.shape[0]`",
    )


RULE = Rule(
    code="HYB174",
    slug="item-missing-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an item taken that the tensor does not have, behind a test of the graph",
    observe=observe,
    kinds=("item-out-of-bounds",),
    covers=("static-bounds-checked-in-dead-branch",),
)
