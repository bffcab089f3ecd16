"""An argument that is an array for the caller, and no longer in the graph.

## What it does
Finds `isinstance(a, np.ndarray)` in traced code, where callers pass a NumPy array for `a`.

## Why it is bad
TensorFlow makes tensors of the arrays that are passed to a traced function. The test is true eagerly and false in the
graph, which goes the other way.

## Example
```python
import numpy as np
import tensorflow as tf

@tf.function
def double(a):
    if isinstance(a, np.ndarray):
        return a + a
    return a * 3.0

double(np.ones(3))
```

## Use instead
```python
import numpy as np
import tensorflow as tf

@tf.function
def double(a):
    return a + a

double(np.ones(3))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain that the answer differs. Often both ways do the same, which is why it is a remark.

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
    """One finding for each test."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` is true eagerly and false in the graph, where arrays that are passed are tensors",
        advice="make a tensor of it before the call, and test with `tf.is_tensor`",
    )


RULE = Rule(
    code="HYB141",
    slug="array-test-in-graph",
    severity=Severity.INFO,
    confidence=Confidence.CERTAIN,
    summary="an argument that is an array for the caller, and no longer in the graph",
    observe=observe,
    kinds=("array-test",),
    covers=("numpy-arg-becomes-tensor",),
)
