"""A placeholder of Keras passed to a traced function.

## What it does
Finds calls of a `tf.function` with what `keras.Input`, or a layer in a functional model, gives.

## Why it is bad
Such a placeholder is no tensor: `ValueError: A KerasTensor is symbolic: it's a placeholder for a shape and a dtype`.
The plain function would work if it used layers and `keras.ops` only.

## Example
```python
import tensorflow as tf

@tf.function
def double(x):
    return x * 2.0

inputs = tf.keras.Input((3,))
outputs = double(inputs)
```

## Use instead
```python
import tensorflow as tf

@tf.function
def double(x):
    return x * 2.0

class Double(tf.keras.layers.Layer):
    def call(self, x):
        return double(x)

inputs = tf.keras.Input((3,))
outputs = Double()(inputs)
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the value is known to be such a placeholder.

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
    """One finding for each call."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` passes a placeholder of Keras to a `tf.function`, which raises",
        advice="wrap the function in a layer, or use `keras.ops`",
    )


RULE = Rule(
    code="HYB145",
    slug="keras-placeholder-in-traced-call",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a placeholder of Keras passed to a traced function",
    observe=observe,
    kinds=("keras-symbolic",),
    covers=("keras-symbolic-argument",),
)
