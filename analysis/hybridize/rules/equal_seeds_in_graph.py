"""Two random operations with the same seed in a graph.

## What it does
Finds a random operation in traced code whose `seed` is the literal that another one of the same kind in the same
function has.

## Why it is bad
Each operation of a graph has a stream of its own that starts at its seed: the two draw the same numbers, in every
call. Eagerly, the second draw goes on where the first one stopped.

## Example
```python
import tensorflow as tf

@tf.function
def noise(x):
    shift = tf.random.uniform([], seed=5)
    scale = tf.random.uniform([], seed=5)
    return x * scale + shift

noise(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def noise(x):
    shift = tf.random.uniform([], seed=5)
    scale = tf.random.uniform([], seed=6)
    return x * scale + shift

noise(tf.ones([2]))
```
`tf.random.stateless_uniform` draws the same numbers in both modes.

## Fix safety
There is no automatic fix.

## Confidence
Certain that a graph draws equal numbers, if shapes and ranges are the same; that may be meant, which is why it is a
warning.

## References
- [tf.random.set_seed](https://www.tensorflow.org/api_docs/python/tf/random/set_seed)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each operation that repeats a seed."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` has the seed of an operation before it: in a graph, both draw the same numbers",
        advice="give each operation a seed of its own, or use `tf.random.stateless_*`",
    )


RULE = Rule(
    code="HYB165",
    slug="equal-seeds-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="two random operations with the same seed in a graph",
    observe=observe,
    kinds=("equal-seeds",),
    covers=("tf-seed-stream-differs",),
)
