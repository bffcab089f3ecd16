"""A cache keeps a tensor of the trace that filled it.

## What it does
Finds calls, in code traced by `tf.function`, `tf.data` or Keras, of functions and properties under
`functools.lru_cache`, `cache` or `cached_property` that return a tensor which an operation in them makes. What they
make in a `tf.init_scope`, and arrays of NumPy, may be cached.

## Why it is bad
The first call fills the cache. If that is in a trace, every later call, outside or in another trace, gets a symbolic
tensor of the first one and raises `TypeError: … is out of scope`. Whether that happens hangs on who comes first, and on
whether the function is ever traced again, as for another shape.

## Example
```python
import functools

import tensorflow as tf

@functools.lru_cache
def table():
    return tf.range(100)

@tf.function
def look_up(i):
    return tf.gather(table(), i)

look_up(tf.constant(3))
print(table() + 1)
```

## Use instead
```python
import functools

import numpy as np
import tensorflow as tf

@functools.lru_cache
def table():
    return np.arange(100)

@tf.function
def look_up(i):
    return tf.gather(table(), i)

look_up(tf.constant(3))
print(table() + 1)
```
Or make the tensor under `with tf.init_scope():`, which leaves the graph.

## Fix safety
There is no automatic fix.

## Confidence
Likely: a function that is only used in one trace works, and so does one that Python calls first.

## References
- [Better performance with tf.function: all outputs must be return values](https://www.tensorflow.org/guide/function#all_outputs_of_a_tffunction_must_be_return_values)
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
        f"if this is the first call, the cache of `{observation.detail}` keeps a tensor that raises elsewhere",
        advice="cache an array of NumPy, or make the tensor under `tf.init_scope()`",
    )


RULE = Rule(
    code="HYB191",
    slug="symbolic-tensor-cached",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a cache keeps a tensor of the trace that filled it",
    observe=observe,
    kinds=("caches-symbolic",),
    covers=("leak-through-lru-cache",),
)
