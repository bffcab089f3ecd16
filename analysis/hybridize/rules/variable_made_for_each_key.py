"""A variable made for each new value of an argument.

## What it does
Finds `if key not in store: store[key] = tf.Variable(...)` in functions under `tf.function`, where calls pass several
values for `key`.

## Why it is bad
A `tf.function` may make variables in its first call alone. The first key works; the next one is traced anew and raises
`ValueError: tf.function only supports singleton tf.Variables created on the first call`.

## Example
```python
import tensorflow as tf

store = {}

@tf.function
def scaled(x, key):
    if key not in store:
        store[key] = tf.Variable(1.0)
    return store[key] * x

scaled(tf.ones([2]), "a")
scaled(tf.ones([2]), "b")
```

## Use instead
```python
import tensorflow as tf

store = {key: tf.Variable(1.0) for key in ("a", "b")}

@tf.function
def scaled(x, key):
    return store[key] * x

scaled(tf.ones([2]), "a")
scaled(tf.ones([2]), "b")
```

## Fix safety
There is no automatic fix.

## Confidence
Likely: the program may fill the container before the first call.

## References
- [Better performance with tf.function: creating tf.Variables](https://www.tensorflow.org/guide/function#creating_tfvariables)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each variable."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` makes a variable for each new key: "
        "only the first call of a `tf.function` may make variables",
        advice="make all variables before the first call",
    )


RULE = Rule(
    code="HYB176",
    slug="variable-made-for-each-key",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a variable made for each new value of an argument",
    observe=observe,
    kinds=("creates-variable-later",),
    covers=("variable-created-on-later-call",),
)
