"""An input signature that cannot be that of the function.

## What it does
Finds an `input_signature` that TensorFlow refuses when `tf.function` is applied: one that is no list or tuple, often
for want of a comma, or has fewer entries than parameters without a default, or more than parameters, or stands over a
keyword-only parameter without a default. A parameter called `self` has no entry; one called otherwise, `cls` for
example, needs one.

## Why it is bad
`TypeError`, as soon as the module is imported or the class is made.

## Example
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None])])
def add(a, b):
    return a + b

add(tf.ones([4]), tf.ones([4]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None]), tf.TensorSpec([None])])
def add(a, b):
    return a + b

add(tf.ones([4]), tf.ones([4]))
```

## Fix safety
There is no automatic fix: what the entries should be is told by the calls, and `hybridize inspect` shows it.

## Confidence
Certain, where the signature and the function are seen.

## References
- [tf.function: input signatures](https://www.tensorflow.org/api_docs/python/tf/function#input_signatures)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each signature that is refused."""
    if function.hybridization is None or not function.hybridization.refused:
        return
    span = _text.decorator(function)
    yield _text.finding(
        rule,
        function,
        span,
        f"the `input_signature` of {_text.name(function)} {function.hybridization.refused}: this raises `TypeError`",
        advice="give a list with one spec for each parameter, `self` aside",
        chain=_text.definition(function, span),
    )


RULE = Rule(
    code="HYB503",
    slug="signature-refused",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an input signature that cannot be that of the function",
    check=check,
    covers=(
        "input-signature-keyword-only",
        "input-signature-not-a-sequence",
        "input-signature-on-method",
        "input-signature-wrong-count",
    ),
)
