"""A variable is assigned to that the input signature turns into a tensor.

## What it does
Finds `v.assign(...)`, `v.assign_add(...)` and the like on a parameter of a `tf.function` that has an `input_signature`,
where callers pass a `tf.Variable`.

## Why it is bad
A `TensorSpec` describes a tensor: the variable is read at the call, and what arrives is its value, which cannot be
assigned to. `AttributeError: 'SymbolicTensor' object has no attribute 'assign_add'`.

## Example
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([])])
def increase(counter):
    counter.assign_add(1.0)
    return counter * 2.0

increase(tf.Variable(1.0))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def increase(counter):
    counter.assign_add(1.0)
    return counter * 2.0

increase(tf.Variable(1.0))
```
Without a signature variables arrive as themselves, and another variable of the same type makes no other trace.

## Fix safety
There is no automatic fix.

## Confidence
Certain where all that is passed is a variable.

## References
- [tf.function: arguments](https://www.tensorflow.org/api_docs/python/tf/function#args)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` raises while tracing: the input signature turns the variable into a tensor",
        advice="leave the signature out, or use the variable from outside of the function",
    )


RULE = Rule(
    code="HYB508",
    slug="assignment-behind-signature",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a variable is assigned to that the input signature turns into a tensor",
    observe=observe,
    kinds=("assigns-argument",),
    covers=("input-signature-hides-variable",),
)
