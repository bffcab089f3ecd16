"""A large array becomes a constant of the graph.

## What it does
Finds operations, in code traced by `tf.function`, `tf.data` or Keras, on NumPy arrays of a million bytes and more that
are no arguments of the traced function: globals, attributes, variables of enclosing functions, and arrays that the
function makes. Only arrays whose shape the program shows are found, not what a file holds.

## Why it is bad
An array that an operation meets is copied into the graph, into each one that is traced anew. Traces take longer, memory
grows by a multiple of the array with each, and a saved model holds every copy, up to 2 GB, where saving fails. A tensor
that Python makes outside is shared instead: the graph only refers to it.

## Example
```python
import numpy as np
import tensorflow as tf

weights = np.ones((1000, 1000), np.float32)

@tf.function
def project(x):
    return tf.matmul(x, weights)

project(tf.ones([8, 1000]))
```

## Use instead
```python
import numpy as np
import tensorflow as tf

weights = tf.constant(np.ones((1000, 1000), np.float32))

@tf.function
def project(x):
    return tf.matmul(x, weights)

project(tf.ones([8, 1000]))
```
Or a `tf.Variable`, or an argument of the function.

## Fix safety
There is no automatic fix: other code may need the array.

## Confidence
Likely: the array is copied, for certain; how much that matters depends on its size and on the number of traces.

## References
- [tf.constant](https://www.tensorflow.org/api_docs/python/tf/constant)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each operation."""
    yield _traced.finding(
        rule,
        observation,
        f"the array {observation.detail} becomes a constant of the graph, copied into each trace",
        advice="make a tensor of it outside (`tf.constant`, `tf.Variable`), or pass it in",
    )


RULE = Rule(
    code="HYB207",
    slug="large-array-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a large array becomes a constant of the graph",
    observe=observe,
    kinds=("embeds-array",),
    covers=("numpy-constant-embedded",),
)
