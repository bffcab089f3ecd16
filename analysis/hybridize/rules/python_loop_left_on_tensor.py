"""A loop of Python that a tensor ends.

## What it does
Finds `break` under a condition on a tensor in `for` loops over Python values (`range(10)`, lists, tuples) and in
`while` loops whose own condition is one of Python, such as `while True`.

## Why it is bad
Python runs such a loop while tracing, and cannot know when the tensor will end it: `NotImplementedError: The condition
of while loop started as non-Tensor, then changed to Tensor`, or the same of `break`, for every input. `continue` is
fine.

## Example
```python
import tensorflow as tf

@tf.function
def count(limit):
    total = tf.constant(0)
    for i in range(10):
        if total > limit:
            break
        total += i
    return total

count(tf.constant(5))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def count(limit):
    total = tf.constant(0)
    for i in tf.range(10):
        if total > limit:
            break
        total += i
    return total

count(tf.constant(5))
```
`while tf.constant(True):` for `while True:`.

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
    """One finding for each ``break``."""
    yield from _traced.raising(
        rule,
        observation,
        f"a condition on a tensor leads to this `break`, but Python runs the `{observation.detail}` loop while "
        "tracing, which raises",
        advice="make it a loop of the graph: `tf.range`, a tensor, or `while tf.constant(True)`",
    )


RULE = Rule(
    code="HYB133",
    slug="python-loop-left-on-tensor",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a loop of Python that a tensor ends",
    observe=observe,
    kinds=("break-on-tensor",),
    covers=("break-in-python-loop-on-tensor",),
)
