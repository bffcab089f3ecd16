"""A tensor given to NumPy in code that is traced.

## What it does
Finds calls of NumPy, SciPy and `math` with a symbolic tensor, and methods of arrays (`a.mean()`, `a[0] = 1`) on an
argument that callers pass as a NumPy array: in a graph it is a tensor. NumPy on shapes, on constants and on tensors
from outside of the graph is fine, and so are operators between arrays and tensors.

## Why it is bad
A symbolic tensor has no value that NumPy could take: `NotImplementedError: Cannot convert a symbolic tf.Tensor to a
numpy array`, or `TypeError` from `math`, for every input. A tensor has no `mean`, `astype` or `T`, and cannot be
written into.

## Example
```python
import numpy as np
import tensorflow as tf

@tf.function
def spread(x):
    return np.std(x)

spread(tf.ones([4]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def spread(x):
    return tf.math.reduce_std(x)

spread(tf.ones([4]))
```
Where it has to be NumPy: `tf.numpy_function`.

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

_ARRAY = "an array that is passed to a traced function is a tensor there"


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each call, and for each use of an argument as an array."""
    text = observation.text
    if observation.kind == "numpy-on-tensor":
        message = f"`{text}` needs the value of a tensor, and a symbolic tensor has none"
        advice = "use the TensorFlow operation for it, or `tf.numpy_function`"
    elif observation.detail == "[]":
        message = f"`{text}` is written to, but {_ARRAY}"
        advice = "use `tf.tensor_scatter_nd_update`, or change the array before the call"
    else:
        message = f"`{text}` is used, but {_ARRAY}, which has no `{observation.detail}`"
        advice = "use the TensorFlow operation for it"
    yield from _traced.raising(rule, observation, f"{message}: it raises while tracing", advice=advice)


RULE = Rule(
    code="HYB114",
    slug="numpy-on-tensor-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a tensor given to NumPy in code that is traced",
    observe=observe,
    kinds=(
        "numpy-on-tensor",
        "array-method",
    ),
    covers=(
        "numpy-arg-methods",
        "numpy-call-on-tensor",
    ),
)
