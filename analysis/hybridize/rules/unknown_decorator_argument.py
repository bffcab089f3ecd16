"""An argument that `tf.function` does not have.

## What it does
Finds keyword arguments of `tf.function` that TensorFlow does not know, such as `jit=True`, and a list or a tuple in the
place of the function, such as `@tf.function([tf.TensorSpec([None])])`.

## Why it is bad
`TypeError: function() got an unexpected keyword argument`, or `not a callable object`, as soon as the module is
imported.

## Example
```python
import tensorflow as tf

@tf.function(jit=True)
def scale(x):
    return x * 2.0

scale(tf.ones([4]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(jit_compile=True)
def scale(x):
    return x * 2.0

scale(tf.ones([4]))
```

## Fix safety
There is no automatic fix: which argument was meant is a guess.

## Confidence
Certain, for the arguments that TensorFlow 2.4 to 2.21 have.

## References
- [tf.function: arguments](https://www.tensorflow.org/api_docs/python/tf/function#args)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport, Observation
from hybridize.rules import _text
from hybridize.rules._base import Project, Rule
from hybridize.specs import FUNCTION_PARAMETERS


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each argument that is none of them."""
    arguments = function.hybridization.arguments if function.hybridization is not None else {}
    span = _text.decorator(function)
    for name in arguments:
        if name in FUNCTION_PARAMETERS:
            continue
        close = next((one for one in FUNCTION_PARAMETERS if one.startswith(f"{name}_")), None)
        near = [close] if close else difflib.get_close_matches(name, FUNCTION_PARAMETERS, n=1)
        yield _text.finding(
            rule,
            function,
            span,
            f"`tf.function` has no argument `{name}`: this raises `TypeError`",
            advice=f"`{near[0]}` may be meant" if near else f"remove `{name}`",
            chain=_text.definition(function, span),
        )


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each `tf.function` that is given a list in place of a function."""
    yield Finding(
        code=rule.code,
        slug=rule.slug,
        severity=rule.severity,
        span=observation.span,
        message="the first argument of `tf.function` is the function: a list raises `TypeError`",
        function=observation.function,
        confidence=rule.confidence,
        help="write `input_signature=[...]`",
    )


RULE = Rule(
    code="HYB502",
    slug="unknown-decorator-argument",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="an argument that `tf.function` does not have",
    check=check,
    observe=observe,
    kinds=("no-function",),
    covers=("unknown-or-misplaced-decorator-argument",),
)
