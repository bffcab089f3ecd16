"""A symbolic tensor used in an init_scope.

## What it does
Finds operations on arguments and other symbolic tensors under `with tf.init_scope():` in code that is traced.

## Why it is bad
An `init_scope` leaves the graph: what stands there runs eagerly, once per trace. The tensors of the graph do not exist
there: `TypeError: ... out of scope`, for every input.

## Example
```python
import tensorflow as tf

@tf.function
def step(x):
    with tf.init_scope():
        y = x * 2.0
    return x

def run():
    return step(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def step(x):
    y = x * 2.0
    return x

def run():
    return step(tf.ones([2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the value is a symbolic tensor and every trace comes by. A warning that names its assumption where Python
decides whether the line runs.

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
    """One finding for each operation."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` uses a tensor of the graph in an `init_scope`, which is outside of it: it raises",
        advice="move it out of the scope; use only Python values and variables there",
    )


RULE = Rule(
    code="HYB153",
    slug="tensor-in-init-scope",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a symbolic tensor used in an init_scope",
    observe=observe,
    kinds=("symbolic-in-init-scope",),
    covers=("init-scope-uses-argument",),
)
