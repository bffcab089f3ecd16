"""A lambda that sees another value in a graph than in Python.

## What it does
Finds lambdas that are kept in a list in a loop of Python and read the loop's variable, and lambdas made before a loop
of the graph that read what the loop binds and are called behind it. `lambda i=i: i` and nested functions are fine.

## Why it is bad
AutoGraph makes functions of the bodies of loops. A lambda made in a turn then keeps that turn's value, where Python
gives every one the last; and a lambda made before a loop of the graph keeps the value from before. Nothing raises.

## Example
```python
import tensorflow as tf

@tf.function
def last(n):
    value = tf.constant(0)
    get = lambda: value
    for i in tf.range(n):
        value = i
    return get()

last(tf.constant(3))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def last(n):
    value = tf.constant(0)
    for i in tf.range(n):
        value = i
    return value

last(tf.constant(3))
```
For lambdas in a list: `lambda i=i: i`.

## Fix safety
There is no automatic fix.

## Confidence
Certain for lambdas that are kept and called as described.

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
    """One finding for each lambda."""
    name = observation.detail
    if observation.kind == "late-binding":
        message = f"this lambda keeps the `{name}` of its turn in a graph, and sees the last one in Python"
        advice = f"write `lambda {name}={name}: ...`"
    else:
        message = f"this lambda keeps the `{name}` from before the loop of the graph, and sees the last one in Python"
        advice = "use a `def`, or pass the value as an argument"
    yield _traced.finding(rule, observation, message, advice=advice)


RULE = Rule(
    code="HYB150",
    slug="lambda-over-loop-variable",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a lambda that sees another value in a graph than in Python",
    observe=observe,
    kinds=(
        "closure-before-loop",
        "late-binding",
    ),
    covers=(
        "lambda-closes-over-tf-loop-var",
        "lambda-late-binding-in-python-loop",
    ),
)
