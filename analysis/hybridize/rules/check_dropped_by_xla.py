"""A check in a function that XLA compiles, which leaves it out.

## What it does
Finds `tf.debugging.assert_*`, `tf.Assert` and `tf.debugging.check_numerics` in functions under
`tf.function(jit_compile=True)` and in all that these call. Checks of ranks, shapes and types are left alone: they are
made while tracing.

## Why it is bad
XLA drops assertions and numeric checks without a word. What eager code and other graphs refuse passes.

## Example
```python
import tensorflow as tf

@tf.function(jit_compile=True)
def root(x):
    tf.debugging.assert_non_negative(x)
    return tf.sqrt(x)

root(tf.constant([4.0]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(jit_compile=True)
def root(x):
    return tf.sqrt(x)

values = tf.constant([4.0])
tf.debugging.assert_non_negative(values)
root(values)
```

## Fix safety
There is no automatic fix.

## Confidence
Certain. A warning, as the check may be there for the same code without XLA.

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
        f"XLA leaves `{observation.text}` out: it checks nothing here",
        advice="check before the call, outside of the function that is compiled",
    )


RULE = Rule(
    code="HYB505",
    slug="check-dropped-by-xla",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a check in a function that XLA compiles, which leaves it out",
    observe=observe,
    kinds=("dropped-by-xla",),
    covers=("jit-drops-checks",),
)
