"""An operation that gets something else than a valid text for its name.

## What it does
Finds calls of TensorFlow operations in traced code with something that is no text where the `name` belongs, mostly one
argument too many: `tf.sqrt(x, 5)`. So are texts that are no names of operations: `name="my sum"`.

## Why it is bad
Only graphs have names for operations. Eagerly the argument is ignored; while tracing it raises `TypeError: expected
string or bytes-like object`, or `ValueError: 'my sum' is not a valid root scope name`, for every input.

## Example
```python
import tensorflow as tf

@tf.function
def total(x):
    return tf.add(x, 5.0, tf.float32)

total(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def total(x):
    return tf.add(x, 5.0)

total(tf.ones([2]))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the value is known to be no text, or a text with other characters than letters, digits,
`_`, `.`, `/`, `>`, `-` and the backslash.

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
    """One finding for each call."""
    yield from _traced.raising(
        rule,
        observation,
        f"`{observation.text}` has something for the name of the operation that is no valid name, "
        "which raises while tracing",
        advice="drop the argument, or name the parameter that is meant",
    )


RULE = Rule(
    code="HYB147",
    slug="operation-name-not-text",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an operation that gets something else than a valid text for its name",
    observe=observe,
    kinds=("name-argument",),
    covers=("op-name-not-a-string",),
)
