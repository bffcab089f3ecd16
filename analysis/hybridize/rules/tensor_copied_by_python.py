"""A symbolic tensor pickled or copied deeply.

## What it does
Finds `copy.deepcopy`, `pickle.dumps` and `pickle.dump` of a tensor in code that is traced.

## Why it is bad
A symbolic tensor has no value to copy: it raises `TypeError: cannot pickle`, for every input. Eagerly it works.

## Example
```python
import copy
import tensorflow as tf

@tf.function
def doubled(x):
    before = copy.deepcopy(x)
    return before + x

doubled(tf.ones([2]))
```

## Use instead
```python
import copy
import tensorflow as tf

@tf.function
def doubled(x):
    before = tf.identity(x)
    return before + x

doubled(tf.ones([2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the value is known to be a symbolic tensor.

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
    """One finding for each copy."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` copies a symbolic tensor, which raises while tracing",
        advice="use `tf.identity`; tensors never change",
    )


RULE = Rule(
    code="HYB168",
    slug="tensor-copied-by-python",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a symbolic tensor pickled or copied deeply",
    observe=observe,
    kinds=("copies-tensor",),
    covers=("pickle-tf-function",),
)
