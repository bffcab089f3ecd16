"""A nested function that rebinds a variable from inside a loop of the graph.

## What it does
Finds calls, in a loop of the graph, of a nested function that binds a `nonlocal` of the function around it.

## Why it is bad
AutoGraph looks for the variables of a loop in the loop itself and does not see what a function does that it calls. The
variable ends up with a tensor of the loop's body, and using it behind the loop raises `InaccessibleTensorError`, for
every input.

## Example
```python
import tensorflow as tf

@tf.function
def total(n):
    result = tf.constant(0)

    def add(v):
        nonlocal result
        result = result + v

    for _ in tf.range(3):
        add(n)
    return result

total(tf.constant(2))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def total(n):
    result = tf.constant(0)

    def added(v):
        return result + v

    for _ in tf.range(3):
        result = added(n)
    return result

total(tf.constant(2))
```

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
    """One finding for each call."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` rebinds `{observation.detail}` from inside a loop of the graph, which does not see it: "
        "using it behind the loop raises",
        advice="return the new value, and bind it in the loop",
    )


RULE = Rule(
    code="HYB149",
    slug="nonlocal-in-graph-loop",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a nested function that rebinds a variable from inside a loop of the graph",
    observe=observe,
    kinds=("nonlocal-in-loop",),
    covers=("nonlocal-in-tf-loop",),
)
