"""The items of a tensor taken by Python in code that is traced.

## What it does
Finds places where Python goes through a symbolic tensor: `a, b = x`, `[v * 2 for v in x]`, `list(x)`, `sum(x)`,
`zip(x, y)`, `enumerate(x)`, `f(*x)`, `1.0 in x`; and `for v in x` in functions that AutoGraph does not convert. A plain
`for v in x` in a function that it converts is a loop of the graph, and fine.

## Why it is bad
A symbolic tensor cannot be iterated: `OperatorNotAllowedInGraphError: Iterating over a symbolic tf.Tensor is not
allowed`, for every input, also where the number of items is known.

## Example
```python
import tensorflow as tf

@tf.function
def distance(point):
    x, y = point
    return tf.sqrt(x * x + y * y)

distance(tf.constant([3.0, 4.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def distance(point):
    x, y = tf.unstack(point)
    return tf.sqrt(x * x + y * y)

distance(tf.constant([3.0, 4.0]))
```
`tf.unstack` where the number of items is known; else `for i in tf.range(tf.shape(x)[0])`, `tf.map_fn`, `tf.reduce_sum`.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the value is a symbolic tensor and every trace comes by. A warning that names its assumption where the
value may be something else, or where Python decides whether the line runs.

## References
- [AutoGraph reference: limitations](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/limitations.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule

_HOW = {
    "unpacking": "unpacking takes the items of",
    "comprehension": "a comprehension takes the items of",
    "for": "`for` takes the items of",
    "*": "`*` takes the items of",
    "in": "`in` goes through the items of",
    "not in": "`not in` goes through the items of",
}


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place that raises; what is caught there and then is another rule's."""
    how = _HOW.get(observation.detail, f"`{observation.detail}` takes the items of")
    plain = observation.detail == "for"
    why = f": {_traced.unconverted(observation)}" if plain else ""
    yield from _traced.raising(
        rule,
        observation,
        f"{how} a symbolic tensor (`{observation.text}`), which raises while tracing{why}",
        advice="use `tf.unstack` where the number of items is known, else `tf.map_fn`, `tf.reduce_*` or a plain `for`"
        if not plain
        else "use `tf.map_fn`, `tf.scan` or `tf.while_loop`, or put the loop into a function that AutoGraph converts",
        chain=_traced.refusal(observation) if plain else (),
    )


RULE = Rule(
    code="HYB112",
    slug="iterating-tensor-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="the items of a tensor taken by Python in code that is traced",
    observe=observe,
    kinds=("iterates-tensor",),
    covers=("iterate-tensor-outside-for",),
)
