"""A shape with an axis that the input signature leaves open compared to numbers.

## What it does
Finds `x.shape == (2, 3)`, `x.shape[0] == 2` and their negations in functions whose `input_signature` has `None` for
that axis.

## Why it is bad
The static size of such an axis is `None` while tracing. It equals no number, so that the graph takes the other way for
every input, without a word; eagerly, and without the signature, the comparison does what it says.

## Example
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None])])
def pair(x):
    if x.shape == (2,):
        return x * 2.0
    return x

pair(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None])])
def pair(x):
    if tf.shape(x)[0] == 2:
        return x * 2.0
    return x

pair(tf.ones([2]))
```
For a check, `tf.debugging.assert_equal` or `x.shape.is_compatible_with`.

## Fix safety
There is no automatic fix.

## Confidence
Certain that the comparison has one outcome. That the graph should take this way may be meant, which is why it is a
warning.

## References
- [tf.TensorSpec](https://www.tensorflow.org/api_docs/python/tf/TensorSpec)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each comparison."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` has the same outcome for every input: the input signature leaves the axis open, "
        "and its size is None while tracing",
        advice="compare `tf.shape(x)`, or use `x.shape.is_compatible_with` for a check",
    )


RULE = Rule(
    code="HYB163",
    slug="open-axis-compared",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a shape with an axis that the input signature leaves open compared to numbers",
    observe=observe,
    kinds=("compares-open-axis",),
    covers=("static-shape-compare-unknown-dim",),
)
