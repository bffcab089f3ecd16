"""A second model or optimizer whose variables a traced function makes.

## What it does
Finds calls of a model, and `apply`, `apply_gradients` and `minimize` of an optimizer, that is a parameter of a
function under `tf.function`, if the program passes it several of them, which nothing else builds.

## Why it is bad
A `tf.function` may make variables in its first call alone. The first model or optimizer is built there; the second one
raises `ValueError: tf.function only supports singleton tf.Variables created on the first call`.

## Example
```python
import keras
import tensorflow as tf

@tf.function
def forward(model, x):
    return model(x)

forward(keras.Sequential([keras.layers.Dense(1)]), tf.ones([2, 3]))
forward(keras.Sequential([keras.layers.Dense(2)]), tf.ones([2, 3]))
```

## Use instead
```python
import keras
import tensorflow as tf

@tf.function
def forward(model, x):
    return model(x)

forward(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), tf.ones([2, 3]))
forward(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), tf.ones([2, 3]))
```
For optimizers: `optimizer.build(variables)` first, or one `tf.function` for each.

## Fix safety
There is no automatic fix.

## Confidence
Likely: the program is searched for calls of the objects and whatever else may build them.

## References
- [Better performance with tf.function: using multiple Keras optimizers](https://www.tensorflow.org/guide/function#using_with_multiple_keras_optimizers)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` makes the variables of what is passed for `{observation.detail}`: "
        "the second one raises, as only the first call of a `tf.function` may make variables",
        advice="build it before the call, or make one `tf.function` for each",
    )


RULE = Rule(
    code="HYB180",
    slug="second-object-built-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a second model or optimizer whose variables a traced function makes",
    observe=observe,
    kinds=("builds-second",),
    covers=("second-unbuilt-model-or-optimizer",),
)
