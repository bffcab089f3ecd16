"""A layer frozen between two calls of the traced step that trains it.

## What it does
Finds `layer.trainable = ...` between two calls of one function under `tf.function`, if the function reads the
`trainable_variables` of the model that the layer belongs to.

## Why it is bad
Which variables are trained is Python's choice: it is made once, while tracing. The second call runs the same graph and
trains what it trained before. Eagerly, the layer keeps its weights.

## Example
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(0.1)

def train_step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(x))
    variables = model.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)
    return loss

step = tf.function(train_step)
step(tf.ones([1, 2]))
model.layers[0].trainable = False
step(tf.ones([1, 2]))
```

## Use instead
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(0.1)

def train_step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(x))
    variables = model.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)
    return loss

step = tf.function(train_step)
step(tf.ones([1, 2]))
model.layers[0].trainable = False
step = tf.function(train_step)
step(tf.ones([1, 2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Likely: a second trace, for arguments of another kind, would see the change.

## References
- [Transfer learning & fine-tuning](https://keras.io/guides/transfer_learning/)
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
        f"`{observation.text}` comes too late: the graph of `{observation.detail}` has chosen the variables it trains",
        advice="make a new `tf.function` after the change",
    )


RULE = Rule(
    code="HYB181",
    slug="layer-frozen-behind-trace",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a layer frozen between two calls of the traced step that trains it",
    observe=observe,
    kinds=("frozen-late",),
    covers=("keras-freeze-after-trace",),
)
