"""A gradient tape kept from inside of a graph.

## What it does
Finds gradient tapes that code under `tf.function` stores in an attribute, or in a container that is not its own.

## Why it is bad
A tape knows the tensors of the graph that it recorded. Outside of it, `tape.gradient` finds none of them and gives
`None`, where the eager function gives the gradient.

## Example
```python
import tensorflow as tf

class Step:
    def __init__(self):
        self.v = tf.Variable(3.0)

    @tf.function
    def run(self):
        with tf.GradientTape() as self.tape:
            y = self.v * self.v
        return y

step = Step()
step.run()
```

## Use instead
```python
import tensorflow as tf

class Step:
    def __init__(self):
        self.v = tf.Variable(3.0)

    @tf.function
    def run(self):
        with tf.GradientTape() as tape:
            y = self.v * self.v
        return y, tape.gradient(y, self.v)

step = Step()
step.run()
```
Or open the tape around the call.

## Fix safety
There is no automatic fix.

## Confidence
Certain that the value is a tape. A warning, as it does no harm where only code of the same graph reads it again.

## References
- [Introduction to graphs and tf.function](https://www.tensorflow.org/guide/intro_to_graphs)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each store."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` keeps a gradient tape beyond its graph, where `gradient` gives `None`",
        advice="call `tape.gradient` inside, or open the tape around the call",
    )


RULE = Rule(
    code="HYB159",
    slug="gradient-tape-kept",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a gradient tape kept from inside of a graph",
    observe=observe,
    kinds=("tape-escapes",),
    covers=("tape-escapes-function",),
)
