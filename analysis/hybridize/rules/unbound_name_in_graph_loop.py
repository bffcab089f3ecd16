"""A name that a loop of the graph reads before anything binds it.

## What it does
Finds names that a loop of the graph reads in a turn before it binds them, and that nothing before the loop binds.

## Why it is bad
In Python a condition keeps the first turn from reading the name. A loop of the graph has one body for all turns, and
its variables need a value from the start: it raises `ValueError` or `UnboundLocalError` while tracing, for every
input. Names that a turn binds first are fine, behind the loop as well.

## Example
```python
import tensorflow as tf

@tf.function
def total(x):
    result = 0.0
    for i in tf.range(3):
        if i > 0:
            result = result + previous
        previous = x[i]
    return result

total(tf.ones([3]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def total(x):
    result = previous = 0.0
    for i in tf.range(3):
        if i > 0:
            result = result + previous
        previous = x[i]
    return result

total(tf.ones([3]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the loop is sure to be one of the graph and AutoGraph converts the function.

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
    """One finding for each name."""
    yield from _traced.raising(
        rule,
        observation,
        f"this loop of the graph reads `{observation.detail}` before anything binds it, which raises while tracing",
        advice=f"bind `{observation.detail}` before the loop",
    )


RULE = Rule(
    code="HYB148",
    slug="unbound-name-in-graph-loop",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a name that a loop of the graph reads before anything binds it",
    observe=observe,
    kinds=("loop-reads-unbound",),
    covers=("loop-carried-name-undefined",),
)
