"""A variable added to in an init_scope.

## What it does
Finds `assign_add` and `assign_sub` of a `tf.Variable` under `with tf.init_scope():` in code that is traced.

## Why it is bad
An `init_scope` leaves the graph: what stands there runs eagerly, once per trace. The variable counts traces, not
calls. Eagerly, the same code counts calls.

## Example
```python
import tensorflow as tf

calls = tf.Variable(0)

@tf.function
def step(x):
    with tf.init_scope():
        calls.assign_add(1)
    return x * 2.0

step(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

calls = tf.Variable(0)

@tf.function
def step(x):
    calls.assign_add(1)
    return x * 2.0

step(tf.ones([2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain for the behavior. Who counts traces may want it, which is why it is a warning. `assign` is not reported: that
is how state is set up once.

## References
- [tf.init_scope](https://www.tensorflow.org/api_docs/python/tf/init_scope)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each change."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` in an `init_scope` happens once per trace, not in every call",
        advice="move it out of the `init_scope`",
    )


RULE = Rule(
    code="HYB166",
    slug="accumulation-in-init-scope",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a variable added to in an init_scope",
    observe=observe,
    kinds=("accumulates-in-init-scope",),
    covers=("init-scope-once-per-trace",),
)
