"""A write to a TensorArray whose result nobody keeps.

## What it does
Finds `ta.write(...)`, `scatter`, `split` and `unstack` as statements of their own, in code that is traced.

## Why it is bad
Eagerly a TensorArray changes in place. In a graph these give a new one, and what is not kept is not written: reading
gives zeros, and nothing raises.

## Example
```python
import tensorflow as tf

@tf.function
def squares(n):
    ta = tf.TensorArray(tf.int32, n)
    for i in tf.range(n):
        ta.write(i, i * i)
    return ta.stack()

squares(tf.constant(3))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def squares(n):
    ta = tf.TensorArray(tf.int32, n)
    for i in tf.range(n):
        ta = ta.write(i, i * i)
    return ta.stack()

squares(tf.constant(3))
```

## Fix safety
Safe where nothing is assumed, for local variables: without a graph, `write` changes the array and gives the same one.

## Confidence
Certain where the object is sure to be a TensorArray.

## References
- [AutoGraph reference: control flow](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/control_flow.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _proposals, _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each write."""
    yield _traced.finding(
        rule,
        observation,
        f"nobody keeps what `{observation.text}` gives: in a graph, nothing is written",
        advice=f"bind the result: `ta = ta.{observation.detail}(...)`",
        proposal=_proposals.keep_result(observation),
    )


RULE = Rule(
    code="HYB137",
    slug="tensor-array-write-forgotten",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a write to a TensorArray whose result nobody keeps",
    observe=observe,
    kinds=("write-forgotten",),
    covers=("tensorarray-write-unassigned",),
)
