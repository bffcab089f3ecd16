"""A generator or coroutine under tf.function.

## What it does
Finds functions with `yield`, and `async def`, under `tf.function`.

## Why it is bad
Calling one gives a generator or a coroutine, which no graph can return: `TypeError: ... type generator`, on every
call.

## Example
```python
import tensorflow as tf

@tf.function
def multiples(n):
    for i in range(3):
        yield n * i

def run():
    return list(multiples(tf.constant(2)))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def multiples(n):
    return tf.stack([n * i for i in range(3)])

multiples(tf.constant(2))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain.

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
    """One finding for each such function."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.function}` is a {observation.detail}, which a graph cannot return: every call raises",
        advice="return a stacked tensor, or put the decorator on a plain function inside",
    )


RULE = Rule(
    code="HYB142",
    slug="generator-under-tf-function",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a generator or coroutine under tf.function",
    observe=observe,
    kinds=("generator-traced",),
    covers=("generator-or-coroutine-decorated",),
)
