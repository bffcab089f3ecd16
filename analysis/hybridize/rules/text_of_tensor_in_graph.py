"""A tensor made into a text by Python in code that is traced.

## What it does
Finds `f"{x}"`, `str(x)`, `repr(x)`, `"%s" % x` and `"{}".format(x)` of a symbolic tensor. Texts that are only printed
or logged while tracing (HYB101, HYB103), and those of exceptions, are left alone.

## Why it is bad
The text has the name of the symbol, not its value: `loss=Tensor("Mean:0", shape=(), dtype=float32)`, the same on every
call, even where `tf.print` prints it, or where it becomes a key or the name of a file. Nothing raises.

## Example
```python
import tensorflow as tf

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    tf.print(f"loss={loss}")
    return loss

step(tf.ones([4]))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    tf.print("loss=", loss)
    return loss

step(tf.ones([4]))
```
Where a text is needed: `tf.strings.format("loss={}", loss)`.

## Fix safety
Unsafe, and only where an f-string without formats is printed and not used otherwise: `tf.print` gets its parts, which
it formats in its own way.

## Confidence
Certain that the text has no value in it. That the name is meant is possible, which is why it is a warning.

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
    """One finding for each text."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` gives the name of a symbolic tensor, not its value",
        advice='give the tensor to `tf.print` itself, or use `tf.strings.format("{}", x)`',
        proposal=_proposals.print_parts(observation) if observation.detail == "f-string" else None,
    )


RULE = Rule(
    code="HYB116",
    slug="text-of-tensor-in-graph",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a tensor made into a text by Python in code that is traced",
    observe=observe,
    kinds=("text-of-tensor",),
    covers=("fstring-of-tensor",),
)
