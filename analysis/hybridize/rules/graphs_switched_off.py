"""Graphs are turned off for good.

## What it does
Finds `tf.config.run_functions_eagerly(True)` and `model.compile(run_eagerly=True)` where a program that runs comes by
without asking anything. What stands under a condition, such as a flag for debugging, is left alone; so are tests, and
files that also turn graphs on again.

## Why it is bad
Both are meant for debugging. With the first, no function under `tf.function` runs as a graph any more, in the whole
program; with the second, Keras runs the Python code of the model for each batch. Everything works, only slower by far.
Functions given to `tf.data` are traced all the same.

## Example
```python
import tensorflow as tf

tf.config.run_functions_eagerly(True)

@tf.function
def step(x):
    return x * 2.0

for _ in range(100):
    step(tf.ones([8]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def step(x):
    return x * 2.0

for _ in range(100):
    step(tf.ones([8]))
```
Or ask a flag: `tf.config.run_functions_eagerly(debug)`.

## Fix safety
There is no automatic fix: what works without graphs may have hazards with them.

## Confidence
Certain for what it does; it may be meant, so it is no error.

## References
- [tf.config.run_functions_eagerly](https://www.tensorflow.org/api_docs/python/tf/config/run_functions_eagerly)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule

_OFF = {
    "functions": "turns graphs off for every function of the program",
    "model": "makes Keras run the model as Python, batch by batch",
}


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each switch."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` {_OFF[observation.detail]}",
        advice="remove it, or put it behind a flag for debugging",
    )


RULE = Rule(
    code="HYB206",
    slug="graphs-switched-off",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="graphs are turned off for good",
    observe=observe,
    kinds=("graphs-off",),
    covers=("run-functions-eagerly-left-on",),
)
