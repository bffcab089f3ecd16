"""An int or float of a 64-bit tensor in code that AutoGraph converts.

## What it does
Finds `int(x)` of int64 tensors and `float(x)` of float64 tensors in converted code.

## Why it is bad
AutoGraph makes casts to int32 and float32 of these, where Python keeps the value: `int` of 2**40 is 0 in a graph, and
`float` of 0.1 has seven digits. Nothing raises.

## Example
```python
import tensorflow as tf

@tf.function
def steps(n):
    return int(n) * 2

steps(tf.constant(2**40, tf.int64))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def steps(n):
    return n * 2

steps(tf.constant(2**40, tf.int64))
```
Or `tf.cast` to the dtype that is meant.

## Fix safety
There is no automatic fix.

## Confidence
Certain that the dtype changes; whether values are large enough to suffer is not known.

## References
- [AutoGraph reference: limitations](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/limitations.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each call."""
    to = {"int": "int32", "float": "float32"}[observation.detail]
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` casts {' or '.join(observation.types)} to {to} in a graph, and loses what does not fit",
        advice="drop the call, or use `tf.cast` with the dtype that is meant",
    )


RULE = Rule(
    code="HYB155",
    slug="narrowing-cast-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="an int or float of a 64-bit tensor in code that AutoGraph converts",
    observe=observe,
    kinds=("narrows",),
    covers=("int-float-builtin-narrows",),
)
