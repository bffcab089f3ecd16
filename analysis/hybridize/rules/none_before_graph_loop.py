"""A None that a loop of the graph takes for zero.

## What it does
Finds names that are None before a loop of the graph (over a tensor, `tf.range`, a dataset, or while a tensor says so),
and that the loop asks for with `is None` and binds.

## Why it is bad
A variable of such a loop has to be a tensor from the start. AutoGraph puts zeros where None was, without a warning,
and drops the way for the first turn from the graph: the largest of three negative numbers comes out as 0.

## Example
```python
import tensorflow as tf

@tf.function
def largest(x):
    best = None
    for v in x:
        if best is None:
            best = v
        else:
            best = tf.maximum(best, v)
    return best

largest(tf.constant([-3.0, -1.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def largest(x):
    best = tf.constant(float("-inf"))
    for v in x:
        best = tf.maximum(best, v)
    return best

largest(tf.constant([-3.0, -1.0]))
```
Or start with the first item, or use `tf.reduce_max`.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the condition is sure to be a tensor and AutoGraph converts the function. A warning that names its
assumption where Python decides whether the line runs.

## References
- [AutoGraph reference: control flow](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/control_flow.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each question."""
    name = observation.detail
    yield _traced.finding(
        rule,
        observation,
        f"`{name}` is None before this loop of the graph, which starts with zeros instead and never sees None",
        advice=f"start with a tensor for `{name}`, such as the first item",
    )


RULE = Rule(
    code="HYB135",
    slug="none-before-graph-loop",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a None that a loop of the graph takes for zero",
    observe=observe,
    kinds=("none-before-loop",),
    covers=("none-sentinel-in-tf-loop",),
)
