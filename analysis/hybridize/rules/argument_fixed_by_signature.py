"""An argument for a parameter that the input signature fixes to its default.

## What it does
Finds calls that pass a Python literal for a parameter that the `input_signature` of the function leaves out, where the
literal is not the default.

## Why it is bad
In the graph such a parameter has its default value and no other: a call that passes another one raises `TypeError:
Can not cast True to Literal[False]`.

## Example
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None])])
def dropout(x, training=False):
    return tf.nn.dropout(x, 0.5) if training else x

dropout(tf.ones([4]))
dropout(tf.ones([4]), training=True)
```

## Use instead
```python
import tensorflow as tf

@tf.function
def dropout(x, training=False):
    return tf.nn.dropout(x, 0.5) if training else x

dropout(tf.ones([4]))
dropout(tf.ones([4]), training=True)
```
Or an entry `tf.TensorSpec([], tf.bool)` for the parameter, or two functions.

## Fix safety
There is no automatic fix.

## Confidence
Certain: the literal and the default are both seen. What calls compute may be the default, and is not reported.

## References
- [tf.function: input signatures](https://www.tensorflow.org/api_docs/python/tf/function#input_signatures)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Related, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each such argument."""
    if function.hybridization is None or function.hybridization.refused:
        return
    decorator = _text.decorator(function)
    for parameter, value, call in function.hybridization.overridden:
        yield _text.finding(
            rule,
            function,
            call,
            f"`{parameter}={value}` raises `TypeError`: the `input_signature` of {_text.name(function)} leaves "
            f"`{parameter}` out, which fixes it to its default",
            advice="give it an entry, or make one function for each value",
            chain=(Related(decorator, f"the `input_signature` of {_text.name(function)} is given here"),),
        )


RULE = Rule(
    code="HYB504",
    slug="argument-fixed-by-signature",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an argument for a parameter that the input signature fixes to its default",
    check=check,
    covers=("input-signature-freezes-defaults", "input-signature-keyword-only"),
)
