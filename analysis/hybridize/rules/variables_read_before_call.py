"""The variables of a model read before the call that makes them.

## What it does
Finds `model.trainable_variables` and the like in functions under `tf.function`, before the model is called in the same
function and given to `gradient` or to an optimizer, if nothing else in the program builds the model.

## Why it is bad
A subclassed model has no variables before its first call: the list is empty. The first step changes nothing; with an
optimizer that has slots, the second trace makes them and raises `ValueError: tf.function only supports singleton
tf.Variables`.

## Example
```python
import keras
import tensorflow as tf

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)

net, optimizer = Net(), keras.optimizers.Adam(0.1)

@tf.function
def step(x):
    variables = net.trainable_variables
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(net(x))
    optimizer.apply(tape.gradient(loss, variables), variables)
    return loss

step(tf.ones([4, 3]))
```

## Use instead
```python
import keras
import tensorflow as tf

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)

net, optimizer = Net(), keras.optimizers.Adam(0.1)

@tf.function
def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(net(x))
    variables = net.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)
    return loss

step(tf.ones([4, 3]))
```
Or build the model before: `net.build((None, 3))`.

## Fix safety
There is no automatic fix.

## Confidence
Likely: the program is searched for calls of the model and whatever else may build it; a checkpoint is not seen.

## References
- [Making new layers and models via subclassing](https://keras.io/guides/making_new_layers_and_models_via_subclassing/)
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
        f"`{observation.text}` is empty the first time: the model has no variables before it is called",
        advice="read the variables after the call of the model, or build the model first",
    )


RULE = Rule(
    code="HYB179",
    slug="variables-read-before-call",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="the variables of a model read before the call that makes them",
    observe=observe,
    kinds=("variables-before-call",),
    covers=("variables-read-before-first-forward",),
)
