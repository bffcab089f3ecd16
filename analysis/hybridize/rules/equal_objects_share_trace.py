"""An attribute read in which objects that share a trace differ.

## What it does
Finds attributes read in traced code of objects that a function under `tf.function` gets as arguments or as its
receiver, if their class compares without that attribute and the program passes two objects that are equal, but for it.

## Why it is bad
TensorFlow finds the trace for an object by `==` and its hash. The second object is equal to the first, so that the
call runs with the value of the first one, without a word.

## Example
```python
import dataclasses
import tensorflow as tf

@dataclasses.dataclass(frozen=True)
class Settings:
    name: str
    scale: float = dataclasses.field(compare=False, default=1.0)

@tf.function
def scaled(settings, x):
    return x * settings.scale

scaled(Settings("a", 2.0), tf.ones([2]))
scaled(Settings("a", 50.0), tf.ones([2]))
```
The second call multiplies by 2.

## Use instead
```python
import dataclasses
import tensorflow as tf

@dataclasses.dataclass(frozen=True)
class Settings:
    name: str
    scale: float = 1.0

@tf.function
def scaled(settings, x):
    return x * settings.scale

scaled(Settings("a", 2.0), tf.ones([2]))
scaled(Settings("a", 50.0), tf.ones([2]))
```
Or pass the value as a tensor; for the receiver of a method, compare by identity (`eq=False`).

## Fix safety
There is no automatic fix.

## Confidence
Likely: both objects are known to be made and passed. Classes whose `__eq__` calls other code are left out.

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
    """One finding for each read."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` is not part of the equality of `{observation.detail}`: equal objects share a trace, "
        "which keeps the value of the first one",
        advice="compare every field that the graph reads, or pass it as a tensor",
    )


RULE = Rule(
    code="HYB178",
    slug="equal-objects-share-trace",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="an attribute read in which objects that share a trace differ",
    observe=observe,
    kinds=("equal-objects-differ",),
    covers=(
        "equal-instances-share-method",
        "equal-objects-share-trace",
    ),
)
