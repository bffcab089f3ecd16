"""A variable that changes its dtype or shape in a loop of the graph.

## What it does
Finds names that are a Python int before a loop of the graph, and to which the loop adds, or otherwise applies, a
float; and tensors of a known shape that the loop puts together with more: `t = tf.concat([t, x], 0)`.

## Why it is bad
A variable of a loop of the graph keeps its dtype and its shape. The int becomes an int32 tensor, and adding a float to
it raises `TypeError`; a tensor that grows raises `ValueError: 't' has shape (1,) before the loop, but shape (2,) after
one iteration`, for every input.

## Example
```python
import tensorflow as tf

@tf.function
def total(x):
    result = 0
    for v in x:
        result = result + v * 0.5
    return result

total(tf.constant([1.0, 2.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def total(x):
    result = 0.0
    for v in x:
        result = result + v * 0.5
    return result

total(tf.constant([1.0, 2.0]))
```
For tensors that grow: a `tf.TensorArray`, or `tf.autograph.experimental.set_loop_options(shape_invariants=[(t,
tf.TensorShape([None]))])`.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the loop is sure to be one of the graph and AutoGraph converts the function.

## References
- [AutoGraph reference: control flow](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/control_flow.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place that changes the type."""
    name, text = observation.detail, observation.text
    if observation.kind == "loop-changes-shape":
        message = f"`{name}` is {observation.types[0]} before this loop of the graph, and `{text}` makes it longer"
        advice = "use a `tf.TensorArray`, or `tf.autograph.experimental.set_loop_options`"
    else:
        message = f"`{name}` is an int before this loop of the graph, and `{text}` would make it a float"
        advice = f"start `{name}` with a float"
    yield from _traced.raising(rule, observation, f"{message}, which raises while tracing", advice=advice)


RULE = Rule(
    code="HYB136",
    slug="loop-variable-changes-type",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a variable that changes its dtype or shape in a loop of the graph",
    observe=observe,
    kinds=(
        "loop-changes-dtype",
        "loop-changes-shape",
    ),
    covers=(
        "loop-var-changes-dtype",
        "loop-var-changes-shape",
    ),
)
