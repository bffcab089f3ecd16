"""A method of eager tensors in code that is traced.

## What it does
Finds `x.numpy()` and other methods that only eager tensors have, called on a symbolic tensor or on a variable in code
that runs as a graph: under `tf.function`, in a function given to `tf.data`, under `Model.fit`, and in all that these
call. What is done with tensors that were computed before, outside of the graph, is left alone.

## Why it is bad
While TensorFlow traces, tensors are symbols without a value. `numpy()` raises `AttributeError: 'SymbolicTensor' object
has no attribute 'numpy'`, and `NotImplementedError` on a variable, for every input, although the same code works
without the graph.

## Example
```python
import tensorflow as tf

@tf.function
def mean_loss(x):
    loss = tf.reduce_mean(x)
    return float(loss.numpy())

mean_loss(tf.ones([4]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def mean_loss(x):
    return tf.reduce_mean(x)

float(mean_loss(tf.ones([4])).numpy())
```
Where Python is needed on every call: `tf.py_function`.

## Fix safety
Unsafe, and for `numpy()` only: the tensor itself takes its place, and is kept if nothing else is reported then.

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
from hybridize.rules import _proposals, _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each call that raises; what is caught there and then is another rule's."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` raises while tracing: a symbolic tensor has no `{observation.detail}`",
        advice="return the tensor and call it outside of the graph, or use TensorFlow operations",
        proposal=_proposals.drop_call(observation) if observation.detail == "numpy" else None,
    )


RULE = Rule(
    code="HYB110",
    slug="eager-method-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a method of eager tensors in code that is traced",
    observe=observe,
    kinds=("eager-method",),
    covers=("tensor-numpy-method", "keras-numpy-under-fit"),
)
