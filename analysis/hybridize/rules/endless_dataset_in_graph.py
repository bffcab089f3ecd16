"""A dataset made into Python data in code that is traced.

## What it does
Finds `list(dataset)`, `sorted(dataset)`, `sum(dataset)` and comprehensions over a dataset in code that is traced. A
plain `for` over a dataset, `enumerate(dataset)` and `zip` of datasets are converted, and fine.

## Why it is bad
While tracing, the iterator of a dataset is symbolic and never comes to its end. Python asks for one item after
another, and the trace never finishes: the program hangs, and takes more and more memory.

## Example
```python
import tensorflow as tf

numbers = tf.data.Dataset.range(3)

@tf.function
def total():
    return tf.add_n([v for v in numbers])
```

## Use instead
```python
import tensorflow as tf

numbers = tf.data.Dataset.range(3)

@tf.function
def total():
    return numbers.reduce(tf.constant(0, tf.int64), lambda a, b: a + b)

total()
```
`dataset.batch(n).get_single_element()` makes one tensor of all items.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the value is known to be a dataset.

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
    """One finding for each place."""
    how = "a comprehension" if observation.detail == "comprehension" else f"`{observation.detail}`"
    yield _traced.finding(
        rule,
        observation,
        f"{how} takes the items of a dataset (`{observation.text}`), which never end while tracing",
        advice="use a plain `for`, `dataset.reduce`, or `dataset.batch(n).get_single_element()`",
    )


RULE = Rule(
    code="HYB120",
    slug="endless-dataset-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a dataset made into Python data in code that is traced",
    observe=observe,
    kinds=("endless-dataset",),
    covers=("dataset-materialized-inside",),
)
