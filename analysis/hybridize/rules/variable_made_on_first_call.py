"""A variable made on the first call costs a second trace.

## What it does
Finds variables, and layers, optimizers, metrics and generators, which have some, that a function under `tf.function`
makes on its first call alone, where an attribute is None or missing.

## Why it is bad
It works. But TensorFlow traces a function that makes variables twice on its first call: once to make them, and once
more to have a graph without. That takes twice as long, and Python side effects happen twice. And if the first call
fails behind the place, later ones do not make up for it.

## Example
```python
import tensorflow as tf

class Scale(tf.Module):
    def __init__(self):
        self.factor = None

    @tf.function
    def __call__(self, x):
        if self.factor is None:
            self.factor = tf.Variable(2.0)
        return self.factor * x

Scale()(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

class Scale(tf.Module):
    def __init__(self):
        self.factor = tf.Variable(2.0)

    @tf.function
    def __call__(self, x):
        return self.factor * x

Scale()(tf.ones([2]))
```

## Fix safety
There is no automatic fix: what the variable is made from may be known in the first call alone.

## Confidence
Certain, and only advice: where the shape comes with the first call there is no other way.

## References
- [Better performance with tf.function: creating variables](https://www.tensorflow.org/guide/function#creating_tfvariables)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place that makes one."""
    article = "an" if observation.detail.startswith("o") else "a"
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` makes {article} {observation.detail} on the first call, which is traced twice for it",
        advice="make it before, as in the constructor",
    )


RULE = Rule(
    code="HYB303",
    slug="variable-made-on-first-call",
    severity=Severity.INFO,
    confidence=Confidence.CERTAIN,
    summary="a variable made on the first call costs a second trace",
    observe=observe,
    kinds=("lazy-variable",),
    covers=("lazy-variable-traces-twice",),
)
