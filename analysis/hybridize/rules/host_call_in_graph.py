"""A call in code that is traced of what only works outside of graphs.

## What it does
Finds `fit`, `evaluate`, `predict`, `save`, `save_weights`, `get_weights` of Keras models, `save` of checkpoints and
`as_numpy_iterator` of datasets in code that is traced.

## Why it is bad
They run loops of their own, or need the values of tensors and variables. While tracing they raise:
`OperatorNotAllowedInGraphError`, `AttributeError: ... 'numpy'` or `NotImplementedError`, for every input.

## Example
```python
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(1)])

@tf.function
def infer(x):
    return model.predict(x)

infer(tf.ones([4, 2]))
```

## Use instead
```python
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.layers.Dense(1)])

@tf.function
def infer(x):
    return model(x, training=False)

infer(tf.ones([4, 2]))
```
Save in the caller or in a callback; `tf.train.Checkpoint.write` works in graphs.

## Fix safety
There is no automatic fix.

## Confidence
Certain where it is known which class the object is of. A warning that names its assumption where Python decides
whether the line runs.

## References
- [Better performance with tf.function](https://www.tensorflow.org/guide/function)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule

_INSTEAD = {
    "keras.Model.predict": "call the model: `model(x, training=False)`",
    "tensorflow.train.Checkpoint.save": "save in the caller, or use `write`",
    "tensorflow.data.Dataset.as_numpy_iterator": "iterate over the dataset itself",
}


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each call."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` works outside of graphs only, and raises while tracing",
        advice=_INSTEAD.get(observation.detail, "do it in the caller, outside of the graph"),
    )


RULE = Rule(
    code="HYB119",
    slug="host-call-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a call in code that is traced of what only works outside of graphs",
    observe=observe,
    kinds=("host-call",),
    covers=(
        "checkpoint-save-inside",
        "keras-fit-predict-inside",
        "keras-save-inside",
    ),
)
