"""The mode of execution asked for in code that is traced.

## What it does
Finds `if tf.executing_eagerly():` and `if hasattr(x, "numpy"):` in code that is traced, where what follows binds a
name or gives a result.

## Why it is bad
While tracing the answer is no: the graph never does what stands there. If it computes something else, the function
gives other results as a graph.

## Example
```python
import tensorflow as tf

@tf.function
def scaled(x):
    if tf.executing_eagerly():
        x = x * 0.5
    return x * 2.0

scaled(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def scaled(x):
    return x * 0.5 * 2.0

scaled(tf.ones([2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain that the graph takes the other way. Code for both modes may well be meant, and equal: this is advice to compare
the two ways. Nothing is reported where the way of eager execution raises, computes neither tensor nor number,
takes values out of tensors by `numpy`, or only has effects.

## References
- [tf.executing_eagerly](https://www.tensorflow.org/api_docs/python/tf/executing_eagerly)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each question."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` is false while tracing: the graph never goes the way of eager execution",
        advice="see that both ways compute the same, or have one for both modes",
    )


RULE = Rule(
    code="HYB164",
    slug="eager-mode-asked-in-graph",
    severity=Severity.INFO,
    confidence=Confidence.LIKELY,
    summary="the mode of execution asked for in code that is traced",
    observe=observe,
    kinds=("asks-mode",),
    covers=("eager-mode-probe-branches",),
)
