"""A traced function that returns a variable.

## What it does
Finds `return` of a `tf.Variable` in functions under `tf.function`.

## Why it is bad
The caller gets a tensor with the value of that moment: it does not follow `assign`, and has no `assign` itself.
Eagerly the caller gets the variable.

## Example
```python
import tensorflow as tf

total = tf.Variable(0.0)

@tf.function
def add(x):
    total.assign_add(x)
    return total

add(tf.constant(1.0))
```

## Use instead
```python
import tensorflow as tf

total = tf.Variable(0.0)

@tf.function
def add(x):
    total.assign_add(x)
    return total.value()

add(tf.constant(1.0))
```
Who needs the variable finds it outside of the function.

## Fix safety
There is no automatic fix.

## Confidence
Certain that the caller gets a tensor. Mostly that is all it needs, which is why this is a remark.

## References
- [Introduction to graphs and tf.function](https://www.tensorflow.org/guide/intro_to_graphs)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each ``return``."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` gives the caller a tensor, not the variable: it does not follow `assign`",
        advice="return `value()`, and keep the variable where callers find it",
        # Callers of a function that is no graph yet may well use it as a variable.
        severity=Severity.ERROR if observation.trace is not None and observation.trace.supposed else rule.severity,
    )


RULE = Rule(
    code="HYB158",
    slug="variable-returned-from-graph",
    severity=Severity.INFO,
    confidence=Confidence.CERTAIN,
    summary="a traced function that returns a variable",
    observe=observe,
    kinds=("returns-variable",),
    covers=("return-variable-is-snapshot",),
)
