"""The argument `reduce_retracing` where it does nothing.

## What it does
Finds `reduce_retracing=True` beside an `input_signature`, and on functions that are traced anew for Python numbers or
strings.

## Why it is bad
The argument makes a trace for more *shapes* of tensors than those of one call. A signature allows a single trace in any
case, and for each new Python value there is a new trace, with the argument as without.

## Example
```python
import tensorflow as tf

@tf.function(reduce_retracing=True)
def repeat(x, times):
    return x * times

for i in range(5):
    repeat(tf.ones([4]), i)
```

## Use instead
```python
import tensorflow as tf

@tf.function
def repeat(x, times):
    return x * times

for i in range(5):
    repeat(tf.ones([4]), tf.constant(i, tf.float32))
```

## Fix safety
There is no automatic fix.

## Confidence
Likely: beside Python values there may be shapes that vary, for which the argument is good.

## References
- [tf.function: arguments](https://www.tensorflow.org/api_docs/python/tf/function#args)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _literals, _text
from hybridize.rules._base import Project, Rule

_NAMES = ("reduce_retracing", "experimental_relax_shapes")


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each function with the argument."""
    if function.hybridization is None:
        return
    arguments = function.hybridization.arguments
    if not any(arguments.get(name) == "True" for name in _NAMES):
        return
    span = _text.decorator(function)
    literal = _literals.retracing(function)
    if arguments.get("input_signature", "None") != "None":
        message = f"`reduce_retracing` does nothing beside the `input_signature` of {_text.name(function)}"
        advice = "remove it"
    elif literal and all(len(parameter.types) < 2 for parameter in function.parameters):
        listed = _text.names([parameter.name for parameter in literal])
        why = f"{_text.name(function)} is traced anew for each Python value of {listed}"
        message = f"`reduce_retracing` is for shapes of tensors: {why}"
        advice = "pass tensors (`tf.constant(...)`)"
    else:
        return
    yield _text.finding(rule, function, span, message, advice=advice, chain=_text.definition(function, span))


RULE = Rule(
    code="HYB509",
    slug="retracing-not-reduced",
    severity=Severity.INFO,
    confidence=Confidence.LIKELY,
    summary="the argument `reduce_retracing` where it does nothing",
    check=check,
    covers=("reduce-retracing-limits",),
)
