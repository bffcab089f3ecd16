"""A name that a condition on a tensor leaves with two different things.

## What it does
Finds names that are read behind a condition on a tensor, in converted code, and are not the same on both ways: bound
on one way alone, None on one way, of different dtypes (`1` and `2.0` are), lists or tuples of different lengths,
functions or classes. Conditional expressions count as well.

## Why it is bad
A condition of the graph gives tensors, and the same ones on both ways. Else it raises while tracing: `ValueError: 'y'
must also be initialized in the else branch`, `ValueError: 'y' is None at the end of the else branch`, `TypeError: 'y'
has dtype int32 in the main branch, but dtype float32 in the else branch`, for every input.

## Example
```python
import tensorflow as tf

@tf.function
def scale(x):
    factor = 1
    if x > 0.0:
        factor = 0.5
    return x * factor

scale(tf.constant(3.0))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def scale(x):
    factor = 1.0
    if x > 0.0:
        factor = 0.5
    return x * factor

scale(tf.constant(3.0))
```
Functions: call them on each way, and keep the results.

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

_HOW = {
    "undefined-in-branch": "is bound on one way alone",
    "none-in-branch": "is None on one way, and a tensor on the other",
    "structure-in-branch": "has a different structure on each way",
    "object-in-branch": "is a function or class, which a graph cannot choose",
}
_ADVICE = {
    "undefined-in-branch": "bind it before the condition, or on both ways",
    "none-in-branch": "use a tensor for what is missing, such as `tf.zeros_like(x)`",
    "dtype-in-branch": "use one dtype on both ways",
    "structure-in-branch": "use one structure on both ways",
    "object-in-branch": "call it on each way, and keep the results",
}


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each name."""
    name = f"`{observation.detail}`" if observation.detail else "the result"
    how = _HOW.get(observation.kind) or f"is {' or '.join(observation.types)}, of different dtypes"
    yield from _traced.raising(
        rule,
        observation,
        f"{name} {how} of the condition on a tensor (`{observation.text}`): it raises while tracing",
        advice=_ADVICE[observation.kind],
    )


RULE = Rule(
    code="HYB132",
    slug="name-differs-between-branches",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a name that a condition on a tensor leaves with two different things",
    observe=observe,
    kinds=(
        "dtype-in-branch",
        "none-in-branch",
        "object-in-branch",
        "structure-in-branch",
        "undefined-in-branch",
    ),
    covers=(
        "dtype-differs-between-branches",
        "name-undefined-in-branch",
        "none-in-branch",
        "python-object-chosen-in-branch",
        "structure-differs-between-branches",
    ),
)
