"""The truth value of a number in code that AutoGraph converts.

## What it does
Finds `if n % 2:`, `while n:`, `not n`, `a and b` and `y or default` in converted code, where the tensor is no bool.

## Why it is bad
Python takes any number for a condition. AutoGraph makes operations of these, which take bool tensors only: `if` and
`while` raise `ValueError: condition of if statement expected to be tf.bool scalar`, `not` raises `TypeError`, and
`and` and `or` fail when the graph runs. `a or b` does not even give one of its operands there.

## Example
```python
import tensorflow as tf

@tf.function
def parity(n):
    if n % 2:
        return tf.constant("odd")
    return tf.constant("even")

parity(tf.constant(3))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def parity(n):
    if n % 2 != 0:
        return tf.constant("odd")
    return tf.constant("even")

parity(tf.constant(3))
```
For a default value: `y if y is not None else default`.

## Fix safety
There is no automatic fix.

## Confidence
Certain where the dtype is known not to be bool and every trace comes by. Nothing is said of tensors of unknown dtype.

## References
- [AutoGraph reference: limitations](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/limitations.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule

_WHERE = {"ternary": "a conditional expression", "boolean": "`and` or `or`"}


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each number that is asked whether it is true."""
    where = _WHERE.get(observation.detail, f"`{observation.detail}`")
    yield from _traced.raising(
        rule,
        observation,
        f"{where} takes bool tensors only while tracing, and `{observation.text}` is {' or '.join(observation.types)}",
        advice="compare it with something: `n != 0`, `x is not None`",
    )


RULE = Rule(
    code="HYB113",
    slug="truth-of-number-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="the truth value of a number in code that AutoGraph converts",
    observe=observe,
    kinds=("truth-of-number",),
    covers=(
        "and-or-on-non-bool-tensor",
        "truth-of-non-bool-tensor",
    ),
)
