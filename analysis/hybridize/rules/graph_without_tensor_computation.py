"""A function runs as a graph, but computes nothing with tensors.

## What it does
Finds functions under `tf.function` that are given tensors, but neither they nor what they call run a TensorFlow
operation.

## Why it is bad
Entering a graph costs some 0.15 ms per call. A function that only passes tensors on, or works on their static shapes,
takes a microsecond or two without one.

## Example
```python
import tensorflow as tf

@tf.function
def batch_size(x):
    return x.shape[0]

batch_size(tf.ones([8, 4]))
```

## Use instead
```python
import tensorflow as tf

def batch_size(x):
    return x.shape[0]

batch_size(tf.ones([8, 4]))
```

## Fix safety
Unsafe. Removing the decorator keeps values the same, but not always their types: a graph returns Python numbers as
tensors.

## Confidence
Certain that no operation was found in the function and what it calls.

## References
- [Better performance with tf.function](https://www.tensorflow.org/guide/function)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _proposals, _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each hybrid function whose verdict is P6."""
    if function.verdict.precondition != "P6":
        return
    span = _text.decorator(function)
    yield _text.finding(
        rule,
        function,
        span,
        f"{_text.name(function)} is a graph, but computes nothing with tensors: it only pays for entering the graph",
        advice="remove `tf.function`",
        chain=_text.definition(function, span),
        assumptions=function.assumptions,
        proposal=_proposals.undecorate(function),
    )


RULE = Rule(
    code="HYB403",
    slug="graph-without-tensor-computation",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a function runs as a graph, but computes nothing with tensors",
    check=check,
    covers=("no-opportunity-no-tensor-op",),
)
