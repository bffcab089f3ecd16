"""Tf.function over a function made of text.

## What it does
Finds `tf.function` over a lambda that `eval` makes of a text, or over a function that `exec` makes of one and puts into
a dictionary.

## Why it is bad
AutoGraph converts source code, and such a function has none: an `if`, `while` or `for` on a tensor in it raises
`OperatorNotAllowedInGraphError` while tracing.

## Example
```python
import tensorflow as tf

space = {}
exec("def size(x): return x if x > 0 else -x", space)
size = tf.function(space["size"])
```

## Use instead
```python
import tensorflow as tf

@tf.function
def size(x):
    return x if x > 0 else -x
```

## Fix safety
There is no automatic fix.

## Confidence
Certain that the function is not converted. It works if nothing in it depends on the value of a tensor, which is why it
is a warning.

## References
- [AutoGraph: limitations](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/limitations.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each function."""
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` traces a function that has no source code: AutoGraph does not convert it",
        advice="write the function into a module, or use `tf.cond` and `tf.while_loop` in it",
    )


RULE = Rule(
    code="HYB171",
    slug="function-without-source-traced",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="tf.function over a function made of text",
    observe=observe,
    kinds=("without-source",),
    covers=("autograph-off-without-source",),
)
