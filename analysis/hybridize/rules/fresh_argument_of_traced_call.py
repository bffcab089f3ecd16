"""A traced function gets an argument that is new in each call.

## What it does
Finds calls of functions under `tf.function` in a loop, or in a function that is called in a loop, with a lambda, a
nested function, a `functools.partial`, a bound method or an object that is made for that call. Objects count if their
class leaves it to Python which of them are equal: no `__eq__`, no dataclass, no base from a library. Not found are
functions with an `input_signature`, tests, loops over a few items that are written out, and functions that are
themselves made for each turn.

## Why it is bad
What is no tensor selects the graph by its identity. So each call is traced anew, which takes many times what the call
without a graph would, and the graph of each trace is kept as long as the function lives, though no later call can use
it: memory grows with every call.

## Example
```python
import tensorflow as tf

@tf.function
def apply(fn, x):
    return fn(x)

for _ in range(100):
    apply(lambda value: value * 2.0, tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def apply(fn, x):
    return fn(x)

def double(value):
    return value * 2.0

for _ in range(100):
    apply(double, tf.ones([2]))
```
A bound method is kept in a variable before the loop (`step = model.step`); of an object, pass what it holds as tensors.

## Fix safety
There is no automatic fix: where the argument may be made is for the author to say.

## Confidence
Likely: each call traces, for certain; the loop may have few turns.

## References
- [Better performance with tf.function: rules of tracing](https://www.tensorflow.org/guide/function#rules_of_tracing)
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
        f"this call passes {observation.detail}: the traced function is traced again for each, and keeps every trace",
        advice="make it once, before, and pass the same; or pass tensors",
    )


RULE = Rule(
    code="HYB203",
    slug="fresh-argument-of-traced-call",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a traced function gets an argument that is new in each call",
    observe=observe,
    kinds=("fresh-argument",),
    covers=("dead-object-traces-kept", "retrace-fresh-callable-arg", "retrace-fresh-object-arg"),
)
