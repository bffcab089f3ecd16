"""An error of tracing that the function itself catches.

## What it does
Finds handlers in traced code that catch what a symbolic tensor raises: `except Exception` (or `AttributeError`,
`TypeError`, …) around `x.numpy()`, NumPy, `bool(x)`, unpacking and their like.

## Why it is bad
The statement raises while tracing, for every input, and the handler takes over: what it does instead is compiled into
the graph for good. Eagerly the handler never runs, so the graph silently computes something else.

## Example
```python
import tensorflow as tf

@tf.function
def scaled(x):
    try:
        scale = float(x.numpy())
    except Exception:
        scale = 0.0
    return x * scale

scaled(tf.constant(3.0))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def scaled(x):
    return x * x

scaled(tf.constant(3.0))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain where the value is a symbolic tensor and the handler is sure to catch what it raises.

## References
- [Introduction to graphs and tf.function](https://www.tensorflow.org/guide/intro_to_graphs)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Related, Severity
from hybridize.report import Observation
from hybridize.rules import _traced
from hybridize.rules._base import Project, Rule


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place whose exception is caught."""
    if observation.caught is None:
        return
    handler = f"{observation.caught.path}:{observation.caught.line}"
    yield _traced.finding(
        rule,
        observation,
        f"`{observation.text}` raises while tracing, and a handler ({handler}) hides it: what it does is the graph",
        advice="take the `try` away and use TensorFlow operations",
        chain=(Related(observation.caught, "this handler catches what is raised"),),
    )


RULE = Rule(
    code="HYB138",
    slug="tracing-error-swallowed",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an error of tracing that the function itself catches",
    observe=observe,
    kinds=(
        "array-method",
        "dtype-in-branch",
        "eager-method",
        "host-call",
        "iterates-tensor",
        "none-in-branch",
        "number-of-tensor",
        "numpy-on-tensor",
        "tensor-as-index",
        "truth-of-number",
        "truth-of-tensor",
        "undefined-in-branch",
    ),
    covers=("except-swallows-trace-error",),
)
