"""The truth value of a tensor in code that is traced, where AutoGraph does not convert it.

## What it does
Finds places where Python asks a symbolic tensor whether it is true: `bool(x)`, `assert x > 0`, `any(...)`,
`max(x, y)`, `x in [1, 2]`, the condition of a comprehension; and `if`, `while`, `and`, `or`, `not` and conditional
expressions in functions that AutoGraph does not convert: under `autograph=False` or `do_not_convert`, called by
Keras 3, or with syntax that AutoGraph refuses (`:=`, `match`, `else` of a loop, names such as `self.__x`, nested
generators).

## Why it is bad
A symbolic tensor has no value yet. Python's question raises `OperatorNotAllowedInGraphError`, for every input.
AutoGraph turns `if` and its like into operations, but only in functions it converts, and never `assert` or the
condition of a comprehension.

## Example
```python
import tensorflow as tf

@tf.function
def root(x):
    assert x >= 0.0
    return tf.sqrt(x)

root(tf.constant(4.0))
```

## Use instead
```python
import tensorflow as tf

@tf.function
def root(x):
    tf.debugging.assert_non_negative(x)
    return tf.sqrt(x)

root(tf.constant(4.0))
```
`tf.cond` and `tf.where` instead of `if`, `tf.maximum` instead of `max`, `tf.reduce_any` instead of `any`, or code that
AutoGraph converts.

## Fix safety
Unsafe, and for `assert` only, where it tests a comparison: `tf.debugging.assert_*` compares all elements, and raises
another exception.

## Confidence
Certain where the value is a symbolic tensor and every trace comes by. A warning that names its assumption where the
value may be something else, or where Python decides whether the line runs.

## References
- [AutoGraph reference: limitations](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/limitations.md)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import Observation
from hybridize.rules import _proposals, _traced
from hybridize.rules._base import Project, Rule

_CONVERTIBLE = frozenset({"if", "while", "ternary", "boolean", "not"})

_WHERE = {
    "ternary": "a conditional expression",
    "boolean": "`and` or `or`",
    "comprehension": "the condition of a comprehension",
    "guard": "the guard of a `case`",
}
_INSTEAD = {
    "assert": "use `tf.debugging.assert_*`, or check before the call",
    "any": "use `tf.reduce_any`",
    "all": "use `tf.reduce_all`",
    "max": "use `tf.maximum`",
    "min": "use `tf.minimum`",
    "in": "use `tf.reduce_any(tf.equal(...))`",
    "not in": "use `tf.reduce_all(tf.not_equal(...))`",
    "comprehension": "use `tf.boolean_mask` or `tf.where`",
}
_CONTROL = "use `tf.cond`, `tf.where` or `tf.while_loop`, or put it into a function that AutoGraph converts"


def observe(rule: Rule, observation: Observation, _project: Project) -> Iterable[Finding]:
    """One finding for each place that raises; what is caught there and then is another rule's."""
    asks = observation.detail
    where = _WHERE.get(asks, f"`{asks}`")
    convertible = asks in _CONVERTIBLE
    why = _traced.unconverted(observation) if convertible else "AutoGraph does not convert it"
    yield from _traced.raising(
        rule,
        observation,
        f"{where} asks whether the tensor `{observation.text}` is true, which raises while tracing: {why}",
        advice=_CONTROL if convertible else _INSTEAD.get(asks, "use `tf.reduce_any` or `tf.reduce_all`"),
        chain=_traced.refusal(observation) if convertible else (),
        proposal=_proposals.replace_assert(observation) if asks == "assert" else None,
    )


RULE = Rule(
    code="HYB111",
    slug="truth-of-tensor-in-graph",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="the truth value of a tensor in code that is traced, where AutoGraph does not convert it",
    observe=observe,
    kinds=("truth-of-tensor",),
    covers=(
        "assert-on-tensor",
        "autograph-false-with-tensor-control-flow",
        "autograph-off-by-do-not-convert",
        "autograph-off-by-loop-else",
        "autograph-off-by-mangled-name",
        "autograph-off-by-match",
        "autograph-off-by-nested-generator",
        "autograph-off-by-two-lambdas-on-a-line",
        "autograph-off-by-walrus",
        "bool-of-tensor",
        "keras-autograph-not-applied",
    ),
)
