"""A raise that tracing comes to whatever a tensor is.

## What it does
Finds `raise` under a condition on a tensor, in code that AutoGraph converts.

## Why it is bad
Both ways of a condition on a tensor become parts of the graph, so tracing follows both: the exception is raised while
tracing, also for inputs that are valid. A handler in the same function that catches it makes it worse: what the
handler does is compiled for every input, and nothing raises. Checks of shapes, dtypes and Python values are fine:
those have an answer while tracing.

## Example
```python
import tensorflow as tf

@tf.function
def root(x):
    if x < 0.0:
        raise ValueError("negative")
    return tf.sqrt(x)

root(tf.constant(4.0))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def root(x):
    tf.debugging.assert_non_negative(x, message="negative")
    return tf.sqrt(x)

root(tf.constant(4.0))
```
Or check before the call.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the condition is sure to be a tensor and AutoGraph converts the function. A warning that names its
assumption where Python decides whether the line runs.

## References
- [AutoGraph reference: limitations](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/limitations.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each ``raise``."""
    effect = (
        "it is raised for every input"
        if observation.caught is None
        else "its handler becomes the result for every input"
    )
    yield _traced.finding(
        rule,
        observation,
        f"tracing follows both ways of a condition on a tensor (`{observation.detail}`) and comes to this `raise`: "
        f"{effect}",
        advice="use `tf.debugging.assert_*`, or check before the call",
    )


RULE = Rule(
    code="HYB130",
    slug="raise-on-tensor-condition",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a raise that tracing comes to whatever a tensor is",
    observe=observe,
    kinds=("raise-in-branch",),
    covers=(
        "raise-in-tensor-if",
        "raise-in-tensor-if-inside-try",
    ),
)
