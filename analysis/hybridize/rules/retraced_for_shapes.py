"""A graph is traced anew for shapes that one input signature would admit.

## What it does
Finds functions under `tf.function` without an `input_signature` that are called with tensors of one dtype and of
several shapes, where one signature admits all calls and nothing in the function reads the sizes that it leaves open.

## Why it is bad
Each new shape is a new trace, which takes far longer than a call and stays in memory. With a signature there is one.

## Example
```python
import tensorflow as tf

@tf.function
def step(x):
    return tf.reduce_sum(x * 2.0)

step(tf.ones([32, 8]))
step(tf.ones([7, 8]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None, 8], tf.float32)])
def step(x):
    return tf.reduce_sum(x * 2.0)

step(tf.ones([32, 8]))
step(tf.ones([7, 8]))
```

## Fix safety
Unsafe. The signature admits every call in sight, and refuses others: callers outside of the program may pass something
else.

## Confidence
Likely: the calls in sight may not be all.

## References
- [Better performance with tf.function: controlling retracing](https://www.tensorflow.org/guide/function#controlling_retracing)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _proposals, _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each hybrid function whose verdict is P4, and which is seen to get tensors of several shapes."""
    if function.verdict.precondition != "P4" or all(len(parameter.types) < 2 for parameter in function.parameters):
        return
    span = _text.decorator(function)
    yield _text.finding(
        rule,
        function,
        span,
        f"{_text.name(function)} is traced anew for shapes that one input signature would admit",
        advice=f"add `input_signature={_text.signature(function)}`",
        chain=_text.definition(function, span),
        assumptions=function.assumptions,
        proposal=_proposals.supply_signature(function),
    )


RULE = Rule(
    code="HYB302",
    slug="retraced-for-shapes",
    severity=Severity.INFO,
    confidence=Confidence.LIKELY,
    summary="a graph is traced anew for shapes that one input signature would admit",
    check=check,
    follows=("HYB301",),
    covers=("retrace-ragged-or-sparse-shape", "retrace-shape-varies"),
)
