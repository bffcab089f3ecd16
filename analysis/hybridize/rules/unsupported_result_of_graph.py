"""A traced function returns what a graph cannot.

## What it does
Finds functions under `tf.function` that return a function, a class, a module or an object of a plain class.

## Why it is bad
A graph gives tensors, None and structures of them: `TypeError: To be compatible with tf.function, Python functions
must return zero or more Tensors or ExtensionTypes or None values`, on the first call.

## Example
```python
import tensorflow as tf

class Result:
    def __init__(self, value):
        self.value = value

@tf.function
def step(x):
    return Result(x * 2.0)

def run():
    return step(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def step(x):
    return {"value": x * 2.0}

step(tf.ones([2]))
```
A named tuple and `tf.experimental.ExtensionType` work as well.

## Fix safety
There is no automatic fix.

## Confidence
Certain where every value that is returned there is of such a kind. Sets, enums and dataclasses are not looked at.

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
    """One finding for each ``return``."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` gives what a graph cannot return: it raises while tracing",
        advice="return tensors in a tuple, a dict or a named tuple",
    )


RULE = Rule(
    code="HYB146",
    slug="unsupported-result-of-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a traced function returns what a graph cannot",
    observe=observe,
    kinds=("refused-result",),
    covers=("return-unsupported-object",),
)
