"""A distribution strategy runs Python in each step.

## What it does
Finds `strategy.run(step)` in eager code that runs over and over, in a loop or in a function that is called in one,
where neither `step` nor what it calls is under `tf.function`. Where the function around the call would itself run as a
graph (HYB301), only that is reported. A `TPUStrategy`, which refuses to run Python, does not count; nor do tests, loops
over a few items that are written out, and loops that measure the time.

## Why it is bad
`Strategy.run` makes no graph by itself: it runs the function once for each replica, operation by operation, in every
step. What a strategy is for, keeping several devices busy, is then up to the speed of Python.

## Example
```python
import tensorflow as tf

strategy = tf.distribute.MirroredStrategy()

def replica_step(x):
    return x * 2.0

for batch in tf.data.Dataset.from_tensor_slices(tf.ones([100, 8])):
    strategy.run(replica_step, args=(batch,))
```

## Use instead
```python
import tensorflow as tf

strategy = tf.distribute.MirroredStrategy()

def replica_step(x):
    return x * 2.0

@tf.function
def step(batch):
    return strategy.run(replica_step, args=(batch,))

for batch in tf.data.Dataset.from_tensor_slices(tf.ones([100, 8])):
    step(batch)
```

## Fix safety
There is no automatic fix: the function around the call may do things that a graph cannot.

## Confidence
Likely: Python runs each step, for certain; the loop may have few turns.

## References
- [Distributed training with TensorFlow](https://www.tensorflow.org/guide/distributed_training#use_tfdistributestrategy_with_custom_training_loops)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, project: Project) -> Iterable[Finding]:
    """One finding for each call."""
    if _traced.is_suggested(observation, project):
        return
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` runs Python {observation.detail}: a strategy makes no graph by itself",
        advice="call it from a function under `tf.function`",
    )


RULE = Rule(
    code="HYB204",
    slug="eager-replicas",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a distribution strategy runs Python in each step",
    observe=observe,
    kinds=("eager-replicas",),
    covers=("strategy-run-outside-tf-function",),
)
