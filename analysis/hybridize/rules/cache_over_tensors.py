"""A cache over a function that gets tensors.

## What it does
Finds `functools.lru_cache` and `functools.cache` over functions that the program passes tensors.

## Why it is bad
The arguments are the keys of the cache, and tensors have no hash: the call raises `TypeError: Tensor is unhashable`,
as a graph and eagerly.

## Example
```python
import functools
import tensorflow as tf

@functools.lru_cache
@tf.function
def double(x):
    return x * 2.0

double(tf.ones([2]))
```

## Use instead
```python
import functools
import tensorflow as tf

@tf.function
def double(x):
    return x * 2.0

double(tf.ones([2]))
```
`tf.function` keeps its traces itself.

## Fix safety
There is no automatic fix.

## Confidence
Certain where a call passes what is known to be a tensor.

## References
- [functools.lru_cache](https://docs.python.org/3/library/functools.html#functools.lru_cache)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each cache."""
    yield from _traced.raising(
        rule,
        observation,
        f"a cache is over `{observation.detail}`, which gets tensors: they have no hash, and the call raises",
        advice="take the cache away; cache by values of Python alone",
    )


RULE = Rule(
    code="HYB172",
    slug="cache-over-tensors",
    severity=Severity.ERROR,
    confidence=Confidence.LIKELY,
    summary="a cache over a function that gets tensors",
    observe=observe,
    kinds=("caches-tensor",),
    covers=("lru-cache-over-tensors",),
)
