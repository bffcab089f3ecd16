"""A number that changes its dtype in a loop of the graph.

## What it does
Finds names that are a Python int before a loop of the graph, and to which the loop adds, or otherwise applies, a
float.

## Why it is bad
A variable of a loop of the graph keeps its dtype. The int becomes an int32 tensor, and adding a float to it raises
`TypeError`, for every input; Python would have made a float of it.

## Example
```python
import tensorflow as tf

@tf.function
def total(x):
    result = 0
    for v in x:
        result = result + v * 0.5
    return result

total(tf.constant([1.0, 2.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def total(x):
    result = 0.0
    for v in x:
        result = result + v * 0.5
    return result

total(tf.constant([1.0, 2.0]))
```

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
    """One finding for each place that brings the float in."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.detail}` is an int before this loop of the graph, and `{observation.text}` would make it a "
        "float, which raises while tracing",
        advice=f"start `{observation.detail}` with a float",
    )


RULE = Rule(
    code="HYB136",
    slug="loop-variable-changes-dtype",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a number that changes its dtype in a loop of the graph",
    observe=observe,
    kinds=("loop-changes-dtype",),
    covers=("loop-var-changes-dtype",),
)
