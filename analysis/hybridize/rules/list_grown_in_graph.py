"""A list that grows where the graph decides how often.

## What it does
Finds `append`, `insert` and `extend` on a list of the function in a loop of the graph (over a tensor, `tf.range`, a
dataset, or while a tensor says so), or under a condition on a tensor, where the list is made before. Lists made and
grown within one turn, and in loops of Python, are fine.

## Why it is bad
The body of such a loop is traced once, and both ways of a condition are: the list gets one item in all, whatever
happens when the graph runs. Its length is silently wrong, and using a tensor from it raises `InaccessibleTensorError`,
as it belongs to the loop.

## Example
```python
import tensorflow as tf

@tf.function
def doubled(x):
    out = []
    for v in x:
        out.append(v * 2.0)
    return tf.stack(out)

doubled(tf.constant([1.0, 2.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def doubled(x):
    out = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in tf.range(tf.shape(x)[0]):
        out = out.write(i, x[i] * 2.0)
    return out.stack()

doubled(tf.constant([1.0, 2.0]))
```
Or without a loop: `tf.map_fn`, an operation on the whole tensor; `tf.where` for conditions.

## Fix safety
Unsafe, and for one pattern only: a list that is made right before a loop, grows by one `append` in it, and is given to
`tf.stack` after it. Items of different shapes cannot be stacked then.

## Confidence
Certain where the condition is sure to be a tensor and AutoGraph converts the function. A warning that names its
assumption where Python decides whether the line runs.

## References
- [AutoGraph reference: control flow](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/control_flow.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _proposals, _traced
from hybridize.rules._base import Project, Rule

_DICT = "a dict of the function under a key that is no constant, in a loop of the graph"
_WHERE = {
    "loop": (
        "in a loop of the graph, whose body is traced once",
        "use a `tf.TensorArray`, `tf.map_fn`, or one operation",
    ),
    "if": (
        "under a condition on a tensor, both ways of which are traced",
        "bind a tensor on both ways, or use `tf.where`",
    ),
}


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place where a list grows."""
    if observation.detail == "dict":
        message = f"`{observation.text}` changes {_DICT}: what it holds cannot leave the loop"
        yield _traced.finding(
            rule, observation, message, advice="make a new dict: `d = {k: v + x for k, v in d.items()}`"
        )
        return
    where, advice = _WHERE[observation.detail]
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` stands {where}: the list gets one item in all",
        advice=advice,
        proposal=_proposals.collect_in_array(observation) if observation.detail == "loop" else None,
    )


RULE = Rule(
    code="HYB134",
    slug="list-grown-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a list that grows where the graph decides how often",
    observe=observe,
    kinds=("grows-list",),
    covers=(
        "dict-dynamic-key-in-tf-loop",
        "list-append-in-tensor-if",
        "list-append-in-tensor-if-used",
        "list-append-in-tf-loop",
        "list-append-in-tf-loop-len",
    ),
)
