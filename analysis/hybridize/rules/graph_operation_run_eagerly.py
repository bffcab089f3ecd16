"""An operation that needs a graph where Python runs the code.

## What it does
Finds `tf.gradients` in code that Python runs eagerly.

## Why it is bad
It raises `RuntimeError: tf.gradients is not supported when eager execution is enabled`. Under `tf.function` it works,
so that the code breaks when a decorator is taken away.

## Example
```python
import tensorflow as tf

def slope(x):
    return tf.gradients(x * x, x)[0]

slope(tf.constant(3.0))
```

## Use instead
```python
import tensorflow as tf

def slope(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.gradient(y, x)

slope(tf.constant(3.0))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the function is called outside of a graph; nothing is reported in programs that run in sessions.

## References
- [tf.GradientTape](https://www.tensorflow.org/api_docs/python/tf/GradientTape)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each call."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` needs a graph, and raises where Python runs it",
        advice="use `tf.GradientTape`",
    )


RULE = Rule(
    code="HYB170",
    slug="graph-operation-run-eagerly",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an operation that needs a graph where Python runs the code",
    observe=observe,
    kinds=("needs-graph",),
    covers=("works-only-traced",),
)
