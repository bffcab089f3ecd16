"""A function runs as a graph over Python literals, to no use.

## What it does
Finds functions under `tf.function` that are given Python numbers or strings, have no Python side effects, and would
gain nothing from being given tensors instead: they do not compute with tensors, or every parameter that receives
tensors receives literals as well.

Where some parameter receives tensors only and the function computes with them, `python-literal-argument` (HYB201) is
reported instead, never both: the graph is worth keeping there, and the literal should be passed as a tensor.

## Why it is bad
Each new value is traced again. A trace takes 10 ms and more even for a small function, and its memory is kept as long
as the function lives; running the same operations without a graph takes a fraction of that.

## Example
```python
import tensorflow as tf

@tf.function
def scale(x):
    return x * 2.0

for value in [1.0, 2.0, 3.0]:
    scale(value)
scale(tf.constant(4.0))
```

## Use instead
```python
import tensorflow as tf

def scale(x):
    return x * 2.0

for value in [1.0, 2.0, 3.0]:
    scale(value)
scale(tf.constant(4.0))
```
Or make every caller pass a tensor.

## Fix safety
Unsafe. Removing the decorator keeps results the same, except where the code relies on being traced, as for an export.

## Confidence
Likely: each new value retraces, for certain; how many values there are depends on the data.

## References
- [Better performance with tf.function: rules of tracing](https://www.tensorflow.org/guide/function#rules_of_tracing)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _literals, _proposals, _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each hybrid function with verdict P3 that passing tensors would not help."""
    parameters = _literals.retracing(function)
    if not parameters or not _literals.pointless(function):
        return
    listed = _text.names([parameter.name for parameter in parameters])
    span = _text.decorator(function)
    yield _text.finding(
        rule,
        function,
        span,
        f"{_text.name(function)} runs as a graph over Python literals ({listed}): each new value traces it again",
        advice="remove `tf.function`, or pass tensors in every call",
        chain=(*_text.definition(function, span), *_literals.sites(function)),
        assumptions=function.assumptions,
        proposal=_proposals.undecorate(function),
    )


RULE = Rule(
    code="HYB402",
    slug="graph-over-literals",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a function runs as a graph over Python literals, to no use",
    check=check,
)
