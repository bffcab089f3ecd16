"""A loop over a distributed dataset left by break.

## What it does
Finds `break` in loops over what `Strategy.experimental_distribute_dataset` and `distribute_datasets_from_function`
give, in code that is traced.

## Why it is bad
AutoGraph cannot convert it: `NotImplementedError: break and return statements are not yet supported in for ... in
distributed input loops`. Eagerly it works.

## Example
```python
import tensorflow as tf

strategy = tf.distribute.MirroredStrategy()
batches = strategy.experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2))

@tf.function
def total(x):
    for batch in batches:
        if x > 2:
            break
        x += tf.reduce_sum(batch)
    return x

total(tf.constant(0, tf.int64))
```

## Use instead
```python
import tensorflow as tf

strategy = tf.distribute.MirroredStrategy()
batches = strategy.experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2).take(1))

@tf.function
def total(x):
    for batch in batches:
        x += tf.reduce_sum(batch)
    return x

total(tf.constant(0, tf.int64))
```
Or loop outside of the graph, over the iterator.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the loop is known to run over a distributed dataset.

## References
- [Distributed input](https://www.tensorflow.org/tutorials/distribute/input)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each `break`."""
    yield from _traced.raising(
        rule,
        observation,
        "`break` leaves a loop over a distributed dataset, which AutoGraph cannot convert: it raises while tracing",
        advice="take as many batches as are wanted with `take`, or loop outside of the graph",
    )


RULE = Rule(
    code="HYB175",
    slug="break-in-distributed-loop",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a loop over a distributed dataset left by break",
    observe=observe,
    kinds=("leaves-distributed-loop",),
    covers=("distributed-loop-break",),
)
