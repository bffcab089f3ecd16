"""An axis that the input signature leaves open used as a number.

## What it does
Finds `x.shape[0]` in arithmetic, in `range`, in comparisons by size and in the shapes that `tf.reshape`, `tf.zeros` and
the like get, in functions whose `input_signature` has `None` for that axis.

## Why it is bad
The static size of such an axis is `None` while tracing, whatever the call passes: what needs a number raises
`TypeError` or `ValueError`. Eagerly, and without the signature, it works.

## Example
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None, 2])])
def flat(x):
    return tf.reshape(x, [x.shape[0] * 2])

flat(tf.ones([3, 2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None, 2])])
def flat(x):
    return tf.reshape(x, [tf.shape(x)[0] * 2])

flat(tf.ones([3, 2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain: the body is evaluated with what the signature says, and each of the uses that are reported is tried on
TensorFlow. Nothing is reported where the code asks first whether the size is `None`, or reads the shape of another
tensor that is not known.

## References
- [tf.TensorSpec](https://www.tensorflow.org/api_docs/python/tf/TensorSpec)
- [tf.shape](https://www.tensorflow.org/api_docs/python/tf/shape)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` needs the size of an axis that the input signature leaves open: "
        "it is None while tracing",
        advice="use `tf.shape(x)[i]`, or give the axis a size in the signature",
    )


RULE = Rule(
    code="HYB162",
    slug="open-axis-as-number",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an axis that the input signature leaves open used as a number",
    observe=observe,
    kinds=("needs-open-axis",),
    covers=("static-dim-is-none",),
)
