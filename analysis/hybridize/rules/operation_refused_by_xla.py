"""An operation that XLA cannot compile, in a function under `jit_compile=True`.

## What it does
Finds operations that run on the host, such as `tf.print`, `tf.py_function`, most of `tf.strings` and `tf.io`, in
functions under `tf.function(jit_compile=True)` and in all that these call.

## Why it is bad
The function can be traced, and then its first call raises `InvalidArgumentError: Detected unsupported operations`.

## Example
```python
import tensorflow as tf

@tf.function(jit_compile=True)
def scale(x):
    tf.print("scaling", x)
    return x * 2.0

scale(tf.constant([4.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(jit_compile=True)
def scale(x):
    return x * 2.0

values = tf.constant([4.0])
tf.print("scaling", values)
scale(values)
```

## Fix safety
There is no automatic fix.

## Confidence
Likely: shown for CPUs. Other devices have code for some of these; on TPUs, `tf.print` works.

## References
- [XLA: optimizing compiler for machine learning](https://www.tensorflow.org/xla)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place."""
    yield _traced.finding(
        rule,
        observation,
        f"XLA cannot compile `{observation.text}`: the first call raises `InvalidArgumentError`",
        advice="do it outside of the function that is compiled, or give up `jit_compile=True`",
    )


RULE = Rule(
    code="HYB506",
    slug="operation-refused-by-xla",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="an operation that XLA cannot compile, in a function under `jit_compile=True`",
    observe=observe,
    kinds=("refused-by-xla",),
    covers=("jit-unsupported-op",),
)
