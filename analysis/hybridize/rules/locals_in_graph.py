"""Names of a converted function asked for.

## What it does
Finds `locals()` and `vars()` in code that AutoGraph converts.

## Why it is bad
AutoGraph adds names of its own (`ag__`, `do_return`, …), which are in the result as well. Nothing raises.

## Example
```python
import tensorflow as tf

@tf.function
def step(x):
    scale = 2.0
    names = sorted(locals())
    return x * scale * len(names)

step(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def step(x):
    scale = 2.0
    names = ["scale", "x"]
    return x * scale * len(names)

step(tf.ones([2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain that the result differs; whether that matters is for the author to say.

## References
- [AutoGraph reference: limitations](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/limitations.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each question."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` holds names that AutoGraph has added to the function",
        advice="name the values",
    )


RULE = Rule(
    code="HYB152",
    slug="locals-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="names of a converted function asked for",
    observe=observe,
    kinds=("sees-internals",),
    covers=("locals-polluted",),
)
