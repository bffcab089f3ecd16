"""A Python number asked of a tensor in code that is traced.

## What it does
Finds formats for numbers with a symbolic tensor, such as `f"{x:.2f}"`, `"%d" % n` and `"{:3d}".format(n)`, and
`int(x)`, `float(x)`, `len(x)` and `range(n)` in functions that AutoGraph does not convert.

## Why it is bad
A symbolic tensor has no value yet. A format raises `TypeError: unsupported format string passed to
SymbolicTensor.__format__`, and so does `int`, for every input.

## Example
```python
import tensorflow as tf

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    tf.print(f"loss {loss:.2f}")
    return loss

step(tf.ones([4]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    tf.print("loss", tf.strings.as_string(loss, precision=2))
    return loss

step(tf.ones([4]))
```

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

_FORMATS = frozenset({"f-string", "format", "%"})


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place that needs the number."""
    formats = observation.detail in _FORMATS
    what = "a format for numbers" if formats else f"`{observation.detail}`"
    why = "" if formats or observation.detail == "complex" else f": {_traced.unconverted(observation)}"
    yield from _traced.raising(
        rule,
        observation,
        f"{what} needs the value of a tensor in `{observation.text}`, and a symbolic tensor has none{why}",
        advice="use `tf.strings.as_string`, or `tf.print` with the tensor itself"
        if formats
        else "use `tf.cast`, `tf.shape` or `tf.range`",
    )


RULE = Rule(
    code="HYB115",
    slug="number-of-tensor-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a Python number asked of a tensor in code that is traced",
    observe=observe,
    kinds=("number-of-tensor",),
    covers=("format-spec-of-tensor",),
)
