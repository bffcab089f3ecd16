"""The order of keyword arguments used in a traced function.

## What it does
Finds sequences that a function under `tf.function` makes of its `**named` in their order, such as
`tf.stack(list(named.values()))`, if a call passes keywords in another order than that of their names.

## Why it is bad
TensorFlow sorts keyword arguments by name before it calls the function. Eagerly they come in the order of the call; in
the graph their items change places.

## Example
```python
import tensorflow as tf

@tf.function
def stacked(**named):
    return tf.stack(list(named.values()))

stacked(b=tf.constant(1), a=tf.constant(2))
```
Eagerly it is `[1, 2]`, as a graph `[2, 1]`.

## Use instead
```python
import tensorflow as tf

@tf.function
def stacked(**named):
    return tf.stack([named[name] for name in sorted(named)])

stacked(b=tf.constant(1), a=tf.constant(2))
```
Or name the parameters.

## Fix safety
There is no automatic fix.

## Confidence
Certain: both the use of the order and a call with another order are in the program.

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
    """One finding for each sequence."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` has the items sorted by name in a graph, "
        f"and in the order of the call eagerly ({observation.detail})",
        advice="name the parameters, or sort the names",
    )


RULE = Rule(
    code="HYB167",
    slug="keywords-sorted-by-trace",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="the order of keyword arguments used in a traced function",
    observe=observe,
    kinds=("sorted-keywords",),
    covers=("kwargs-sorted-in-graph",),
)
