"""A Keras layer or model whose name is not that of a scope called in a graph.

## What it does
Finds calls in traced code, and `fit`, `evaluate` and `predict`, of layers and models whose `name` has characters such
as spaces, or whose class starts with `_` and gives no name.

## Why it is bad
Keras opens a scope of that name. In a graph it raises `ValueError: '__net' is not a valid root scope name`, and leaves
the scopes of Keras in disorder. Eagerly it works.

## Example
```python
import keras
import tensorflow as tf

dense = keras.layers.Dense(1, name="my layer")

@tf.function
def step(x):
    return dense(x)

step(tf.ones([8, 3]))
```

## Use instead
```python
import keras
import tensorflow as tf

dense = keras.layers.Dense(1, name="my_layer")

@tf.function
def step(x):
    return dense(x)

step(tf.ones([8, 3]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain for names that are given. Keras 2 makes another name of the class. A name that starts with `_` is no matter
inside of another layer, and not reported there.

## References
- [tf.name_scope](https://www.tensorflow.org/api_docs/python/tf/name_scope)
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
        f"`{observation.text}` opens a scope named '{observation.detail}', which is "
        "no name of a scope in a graph: it raises",
        advice="give it a name of letters, digits and `_`, and none of these at its start",
    )


RULE = Rule(
    code="HYB177",
    slug="layer-name-not-a-scope",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a Keras layer or model whose name is not that of a scope called in a graph",
    observe=observe,
    kinds=("no-scope-name",),
    covers=("keras-private-class-name",),
)
