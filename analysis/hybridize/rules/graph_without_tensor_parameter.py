"""A function runs as a graph, but none of its parameters is a tensor.

## What it does
Finds functions under `tf.function` that no call gives a tensor, that have no Python side effects, and that gain nothing
from the graph: they get Python literals instead, or they compute nothing with tensors. A function that takes nothing,
or a `tf.data` iterator, and works on variables or datasets it closes over is left alone: such graphs are useful.

## Why it is bad
Arguments that are not tensors are built into the graph, so it is traced again for each new value and its results are
those of the values seen while tracing. Entering a graph costs some 0.15 ms per call, which a function without tensor
input rarely earns back.

## Example
```python
import tensorflow as tf

@tf.function
def window(size, sigma):
    return [sigma * step / size for step in range(size)]

window(5, 1.5)
```

## Use instead
```python
def window(size, sigma):
    return [sigma * step / size for step in range(size)]

window(5, 1.5)
```
Or pass its data as tensors, if the function is meant to be a graph.

## Fix safety
Unsafe. Removing the decorator keeps results the same, except where the code relies on being traced: a function that is
exported in a SavedModel, or one that creates its variables on the first call.

## Confidence
Likely: that no known call passes a tensor is certain; a call outside of the project may.

## References
- [Better performance with tf.function: rules of tracing](https://www.tensorflow.org/guide/function#rules_of_tracing)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _proposals, _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each hybrid function whose verdict is P2 and that gains nothing from its graph."""
    if function.verdict.precondition != "P2":
        return
    if any(parameter.literal and parameter.varies for parameter in function.parameters):
        what = "none of its parameters is a tensor, so each new argument value is traced again"
    elif function.facts["tensor_computation"].value is False:
        what = "it takes no tensors and computes none, so there is nothing to put into the graph"
    else:
        return
    span = _text.decorator(function)
    yield _text.finding(
        rule,
        function,
        span,
        f"{_text.name(function)} runs as a graph, but {what}",
        advice="remove `tf.function`, or pass the data it works on as tensors",
        chain=_text.definition(function, span),
        assumptions=function.assumptions,
        proposal=_proposals.undecorate(function),
    )


RULE = Rule(
    code="HYB401",
    slug="graph-without-tensor-parameter",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a function runs as a graph, but none of its parameters is a tensor",
    check=check,
)
