"""A return that AutoGraph cannot convert.

## What it does
Finds `return` under a condition on a tensor where another way leaves the statements around that condition without a
`return`, and `return` under a condition in a loop of the graph (over a tensor, `tf.range` or a dataset, or while a
tensor says so).

## Why it is bad
Both ways of a condition on a tensor become functions that give the result of the whole, so both have to return, and
among the same statements: the code behind an enclosing `with`, `if` or loop is not seen. It raises `ValueError: the
else branch must also have a return statement`. A loop of the graph has no way to return: `NotImplementedError`.

## Example
```python
import tensorflow as tf

@tf.function
def first(x, limit):
    for v in x:
        if v > limit:
            return v
    return limit

first(tf.constant([1.0, 3.0]), tf.constant(2.0))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def first(x, limit):
    result = limit
    for v in x:
        if v > limit:
            result = v
            break
    return result

first(tf.constant([1.0, 3.0]), tf.constant(2.0))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the condition is sure to be a tensor and AutoGraph converts the function. A warning that names its
assumption where Python decides whether the line runs.

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
    """One finding for each condition, and for each ``return`` in a loop."""
    if observation.kind == "return-in-loop":
        message = f"`{observation.text}` stands in a loop of the graph, which cannot return"
        advice = "keep the result in a variable and `break`"
    else:
        message = f"one way of the condition on a tensor (`{observation.text}`) returns, and another one does not here"
        advice = "bind a variable on both ways and return once, or put a `return` on the other way"
    yield from _traced.raising(rule, observation, f"{message}: it raises while tracing", advice=advice)


RULE = Rule(
    code="HYB131",
    slug="return-under-tensor-condition",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a return that AutoGraph cannot convert",
    observe=observe,
    kinds=(
        "return-in-branch",
        "return-in-loop",
    ),
    covers=(
        "return-in-tf-loop",
        "return-missing-in-branch",
    ),
)
