"""The environment of the process read in code that is traced.

## What it does
Finds `os.environ["X"]`, `os.environ.get("X")` and `os.getenv("X")` in code that is traced.

## Why it is bad
They are read once per trace, and their values become part of the graph: later changes are not seen.

## Example
```python
import os
import tensorflow as tf

@tf.function
def scaled(x):
    return x * float(os.getenv("SCALE", "2.0"))

scaled(tf.ones([2]))
```

## Use instead
```python
import os
import tensorflow as tf

@tf.function
def scaled(x, scale):
    return x * scale

scaled(tf.ones([2]), tf.constant(float(os.getenv("SCALE", "2.0"))))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain that the value is fixed. Many programs never change the environment, which is why it is a warning.

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
    """One finding for each place."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` is read while tracing: a graph keeps the value of that time",
        advice="read it outside of the graph, and pass the value in",
    )


RULE = Rule(
    code="HYB156",
    slug="environment-read-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="the environment of the process read in code that is traced",
    observe=observe,
    kinds=("reads-environment",),
    covers=("env-read-stale",),
)
