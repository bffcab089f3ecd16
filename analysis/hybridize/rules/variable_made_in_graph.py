"""A variable made in every trace.

## What it does
Finds `tf.Variable(...)`, `add_weight`, optimizers, metrics, random generators and Keras layers with weights made in
code that is traced, wherever every trace comes by. What is made once, behind `if self.v is None`, is fine.

## Why it is bad
A traced function may make variables on its first call alone. TensorFlow traces such a function twice, sees that the
second trace makes variables again, and raises `ValueError: tf.function only supports singleton tf.Variables created on
the first call`, for every input.

## Example
```python
import tensorflow as tf

@tf.function
def scaled(x):
    factor = tf.Variable(2.0)
    return x * factor

scaled(tf.ones([4]))
```

## Use instead
```python
import tensorflow as tf

factor = tf.Variable(2.0)

@tf.function
def scaled(x):
    return x * factor

scaled(tf.ones([4]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain: only what every trace makes is reported. Of Keras layers only those that have weights.

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
    """One finding for each thing that is made."""
    what = observation.detail
    if observation.assumes and not what.endswith("on a tensor"):
        return
    article = "an" if what.startswith("o") else "a"
    if what.endswith("on a tensor"):
        message = f"`{observation.text}` makes {article} {what}, which raises while tracing"
        yield from _traced.raising(rule, observation, message, advice="make it before the condition, once")
        return
    has = "" if what == "variable" else ", which has variables"
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` makes {article} {what}{has} in every trace, which raises on the first call",
        advice="make it once outside of the function, and use it there",
    )


RULE = Rule(
    code="HYB118",
    slug="variable-made-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a variable made in every trace",
    observe=observe,
    kinds=("creates-variable",),
    covers=(
        "keras-layer-created-inside",
        "metric-created-inside",
        "optimizer-created-inside",
        "rng-object-created-inside",
        "variable-created-every-call",
        "variable-created-in-tensor-branch",
    ),
)
