"""An argument of a traced function that has no hash.

## What it does
Finds calls of a `tf.function` with a set, a deque, or an object of a class without a hash: a `@dataclass` that is not
frozen, `__eq__` without `__hash__`.

## Why it is bad
TensorFlow tells traces apart by their arguments. What is no tensor and no structure of tensors needs a hash for that:
`TypeError: Could not generate a generic TraceType`, on the first call.

## Example
```python
import tensorflow as tf

@tf.function
def pick(x, axes):
    return tf.reduce_sum(x, axis=sorted(axes))

def run():
    return pick(tf.ones([2, 3]), {0, 1})
```

## Use instead
```python
import tensorflow as tf

@tf.function
def pick(x, axes):
    return tf.reduce_sum(x, axis=sorted(axes))

pick(tf.ones([2, 3]), (0, 1))
```
`@dataclass(frozen=True)`, `frozenset`, or `tf.experimental.ExtensionType` work as well.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the type of the argument is known.

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
    """One finding for each call."""
    what = f"`{observation.detail}`" if observation.detail else "an argument"
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` passes {what}, which has no hash, to a `tf.function`: it raises",
        advice="pass a tuple, a frozenset or a frozen dataclass",
    )


RULE = Rule(
    code="HYB160",
    slug="unhashable-argument-of-traced-call",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an argument of a traced function that has no hash",
    observe=observe,
    kinds=("unhashable-argument",),
    covers=("unhashable-argument",),
)
