"""A deprecated argument of `tf.function`.

## What it does
Finds `experimental_relax_shapes`, `experimental_compile` and `experimental_follow_type_hints` among the arguments of
`tf.function`. Where the program's requirements admit no TensorFlow that has the new names (2.9), nothing is reported.

## Why it is bad
The first two have new names, and TensorFlow logs a warning for the old ones; an old name together with its new one
raises `ValueError: Cannot specify both`. The third has no effect at all any more: annotations say nothing about what
is traced again.

## Example
```python
import tensorflow as tf

@tf.function(experimental_relax_shapes=True)
def scale(x):
    return x * 2.0

scale(tf.ones([4]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(reduce_retracing=True)
def scale(x):
    return x * 2.0

scale(tf.ones([4]))
```

## Fix safety
Safe: the new name means the same, and what has no effect is removed.

## Confidence
Certain.

## References
- [tf.function: arguments](https://www.tensorflow.org/api_docs/python/tf/function#args)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _proposals, _text
from hybridize.rules._base import Project, Rule

_RENAMED = {"experimental_relax_shapes": "reduce_retracing", "experimental_compile": "jit_compile"}
_WITHOUT_EFFECT = "experimental_follow_type_hints"
_FIRST = (2, 9)
"""The TensorFlow that has all of the new names."""


def check(rule: Rule, function: FunctionReport, project: Project) -> Iterable[Finding]:
    """One finding for each such argument."""
    if project.tensorflow is not None and project.tensorflow < _FIRST:
        return
    arguments = function.hybridization.arguments if function.hybridization is not None else {}
    span = _text.decorator(function)
    for name in arguments:
        new = _RENAMED.get(name)
        if new is not None:
            both = ", and raises beside it" if new in arguments else ""
            message, advice = f"`{name}` is deprecated: its name is `{new}`{both}", f"write `{new}={arguments[name]}`"
            proposal = _proposals.rename_argument(function, name, new)
        elif name == _WITHOUT_EFFECT:
            message, advice = f"`{name}` is deprecated, and has no effect", f"remove `{name}`"
            proposal = _proposals.remove_argument(function, name)
        else:
            continue
        chain = _text.definition(function, span)
        yield _text.finding(rule, function, span, message, advice=advice, chain=chain, proposal=proposal)


RULE = Rule(
    code="HYB501",
    slug="deprecated-decorator-argument",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a deprecated argument of `tf.function`",
    check=check,
    covers=("deprecated-decorator-arguments",),
)
