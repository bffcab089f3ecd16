"""An exception that leaves a traced function as another one.

## What it does
Finds `raise` of the project's own exceptions in traced code, where a handler around a call of the function waits for
them or for one of their bases. Meant are exceptions that AutoGraph cannot raise anew: those that are derived from
others than `Exception`, or have an `__init__` of their own.

## Why it is bad
AutoGraph raises what comes up while tracing once more, with a message of its own. Where it cannot make such an
exception it raises `StagingError`, which is no subclass of the one that was raised: the handler does not catch it.

## Example
```python
import tensorflow as tf

class BadRank(ValueError):
    pass

@tf.function
def doubled(x):
    if x.shape.rank != 2:
        raise BadRank("a matrix is wanted")
    return x * 2.0

try:
    doubled(tf.ones([2]))
except ValueError:
    print("not a matrix")
```

## Use instead
```python
import tensorflow as tf

@tf.function
def doubled(x):
    if x.shape.rank != 2:
        raise ValueError("a matrix is wanted")
    return x * 2.0

try:
    doubled(tf.ones([2]))
except ValueError:
    print("not a matrix")
```
Or check before the call of the traced function.

## Fix safety
There is no automatic fix.

## Confidence
Certain that the exception is another one, if it is raised while tracing; whether it is raised depends on the call.

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
    """One finding for each `raise`."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` leaves the graph as a `StagingError`: "
        f"the handler at {observation.detail} does not catch it",
        advice="raise a built-in exception, or check before the call",
    )


RULE = Rule(
    code="HYB173",
    slug="exception-changed-by-autograph",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="an exception that leaves a traced function as another one",
    observe=observe,
    kinds=("staged-exception",),
    covers=("custom-exception-becomes-staging-error",),
)
