"""A tensor as the index of a Python sequence in code that is traced.

## What it does
Finds `table[i]` and `table[:i]` where `i` is a symbolic tensor and `table` a list, a tuple, a text or a NumPy array.

## Why it is bad
Python needs a number to index with. A symbolic tensor has none yet: `TypeError: list indices must be integers or
slices, not SymbolicTensor`, or `NotImplementedError` from NumPy, for every input.

## Example
```python
import tensorflow as tf

rates = [0.1, 0.01, 0.001]

@tf.function
def rate(epoch):
    return rates[epoch]

rate(tf.constant(1))
```

## Use instead
```python
import tensorflow as tf

rates = tf.constant([0.1, 0.01, 0.001])

@tf.function
def rate(epoch):
    return tf.gather(rates, epoch)

rate(tf.constant(1))
```
For functions or layers: `tf.switch_case`.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the value is a symbolic tensor and every trace comes by. A warning that names its assumption where the
value may be something else, or where Python decides whether the line runs.

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
    """One finding for each index."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` has a symbolic tensor for an index into Python data, which raises while tracing",
        advice="make a tensor of the data and use `tf.gather`, or choose with `tf.switch_case`",
    )


RULE = Rule(
    code="HYB117",
    slug="tensor-as-python-index",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a tensor as the index of a Python sequence in code that is traced",
    observe=observe,
    kinds=("tensor-as-index",),
    covers=("tensor-as-python-index",),
)
