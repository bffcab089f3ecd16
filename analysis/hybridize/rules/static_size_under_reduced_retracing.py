"""A size that reduced retracing makes unknown is used as a number.

## What it does
Finds functions with `reduce_retracing=True` whose calls pass tensors of several shapes, and which use a size of
`x.shape` that differs between these as a number of Python.

## Why it is bad
The argument makes TensorFlow trace the function for the shapes of the first two calls, and then once for all others,
with None for each size that differs. In that trace `x.shape[0]` is None, and what wants a number raises.

## Example
```python
import tensorflow as tf

@tf.function(reduce_retracing=True)
def zeros(x):
    return tf.zeros([x.shape[0]])

zeros(tf.ones([1]))
zeros(tf.ones([2]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(reduce_retracing=True)
def zeros(x):
    return tf.zeros([tf.shape(x)[0]])

zeros(tf.ones([1]))
zeros(tf.ones([2]))
```

## Fix safety
There is no automatic fix: some places take a number alone.

## Confidence
Likely: the calls in sight differ, but may be of different programs.

## References
- [tf.function: arguments](https://www.tensorflow.org/api_docs/python/tf/function#args)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _text
from hybridize.rules._base import Project, Rule

_NAMES = ("reduce_retracing", "experimental_relax_shapes")


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each place that needs such a size."""
    fact = function.facts.get("unresolved_static_axis")
    if function.hybridization is None or fact is None or fact.value is not True:
        return
    arguments = function.hybridization.arguments
    if not any(arguments.get(name) == "True" for name in _NAMES) or "input_signature" in arguments:
        return
    for evidence in fact.evidence:
        if evidence.certain:
            yield _text.finding(
                rule,
                function,
                _text.place(evidence, function),
                f"{_text.name(function)} needs a size here that `reduce_retracing` makes None, as calls pass several",
                advice="take it from `tf.shape(x)`, or leave `reduce_retracing` out",
                chain=_text.chain(evidence, function),
            )


RULE = Rule(
    code="HYB515",
    slug="static-size-under-reduced-retracing",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a size that reduced retracing makes unknown is used as a number",
    check=check,
    covers=("reduce-retracing-limits",),
)
