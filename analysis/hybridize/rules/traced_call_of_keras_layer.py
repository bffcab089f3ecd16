"""Tf.function on the call of a Keras layer that Keras has to build.

## What it does
Finds `@tf.function` on `call` of Keras layers and models that hold other layers and have no `build` of their own, with
Keras 3.

## Why it is bad
Keras 3 builds such a layer by running `call` once in a scratch scope. The trace made there is kept, with the initial
values of the weights in place of the variables: the outputs ignore training and `set_weights`, gradients are `None`,
and `fit` fails with `ValueError: No gradients provided for any variable`. Keras traces `call` anyway, under `fit` and
`predict`.

## Example
```python
import tensorflow as tf

class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(1)

    @tf.function
    def call(self, x):
        return self.dense(x)

net = Net()
```

## Use instead
```python
import tensorflow as tf

class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)

net = Net()

@tf.function
def infer(x):
    return net(x)
```

## Fix safety
There is no automatic fix.

## Confidence
Certain with Keras 3. A warning that says so where it is not known which Keras the program runs with; nothing with
Keras 2.

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
    """One finding for each such ``call``."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.function}` is traced while Keras builds the layer, and keeps the initial weights: it ignores "
        "training",
        advice="remove the decorator; put it on the step that calls the model",
    )


RULE = Rule(
    code="HYB144",
    slug="traced-call-of-keras-layer",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="tf.function on the call of a Keras layer that Keras has to build",
    observe=observe,
    kinds=("call-traced",),
    covers=("keras-decorated-call-frozen-weights",),
)
