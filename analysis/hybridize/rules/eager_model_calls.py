"""A Keras model is called over and over outside of graphs.

## What it does
Finds `model(x)` in eager code that runs over and over, in a loop or in a function that is called in one, with the same
model and with tensors. Of several calls in one function the first is reported, with the places of the others. Where the
function around the call would itself run as a graph (HYB301), only that is reported. Models whose `call` is under
`tf.function`, what Keras itself runs, tests, loops over a few items that are written out, and loops that measure the
time do not count.

## Why it is bad
Keras makes graphs in `fit`, `evaluate` and `predict` alone. `model(x)` runs the Python code of every layer in each
call; for small batches, that takes longer than the computation.

## Example
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])

for request in tf.data.Dataset.from_tensor_slices(tf.ones([100, 1, 4])):
    print(model(request))
```

## Use instead
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])

@tf.function
def infer(x):
    return model(x)

for request in tf.data.Dataset.from_tensor_slices(tf.ones([100, 1, 4])):
    print(infer(request))
```

## Fix safety
There is no automatic fix: a function for the call has to be made first.

## Confidence
Likely: Python runs in each call, for certain; for large batches it may not matter. So this is advice.

## References
- [Better performance with tf.function](https://www.tensorflow.org/guide/function)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Related, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, project: Project) -> Iterable[Finding]:
    """One finding for each function, at the first of its calls."""
    if _traced.is_suggested(observation, project):
        return
    same = [one for one in project.observations if _place(one) == _place(observation)]
    same.sort(key=lambda one: (one.span.line, one.span.column))
    if observation is not same[0]:
        return
    others = tuple(Related(one.span, f"`{one.text}`, {one.detail}") for one in same[1:])
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` runs the model's layers as Python {observation.detail}"
        f"{', and so do other calls here' if others else ''}",
        advice="call the model from a function under `tf.function`",
        chain=others,
    )


def _place(observation: Observation) -> tuple[str, str, str]:
    return observation.kind, observation.span.path, observation.function


RULE = Rule(
    code="HYB205",
    slug="eager-model-calls",
    severity=Severity.INFO,
    confidence=Confidence.LIKELY,
    summary="a Keras model is called over and over outside of graphs",
    observe=observe,
    kinds=("eager-model",),
    covers=("keras-eager-call-reruns-python",),
)
