"""A function that runs as a graph is given Python numbers or strings.

## What it does
Finds functions under `tf.function` that take tensors, and to which calls also pass Python numbers or strings (or
containers of them) that change from call to call. Booleans and `None` do not count: they have too few values to matter;
nor does a constant that is the same in every call, nor up to three texts that are written out, such as modes. Of
`g = tf.function(f)` the calls of `g` count, not those of `f`.

Where the graph would be of no use even if every argument were a tensor, `graph-over-literals` (HYB402) is reported
instead, never both.

## Why it is bad
A tensor argument is an input of the graph; a Python number or string is built into it. So each new value is traced
anew: a traced call of a small function takes some 0.15 ms, a trace 10 ms and more, and its memory is kept as long as
the function lives. A step counter passed as a Python integer makes `tf.function` slower than no `tf.function`.

## Example
```python
import tensorflow as tf

@tf.function
def decay(x, step):
    return x * tf.pow(0.99, tf.cast(step, tf.float32))

for step in range(100):
    decay(tf.ones([8]), step)
```

## Use instead
```python
import tensorflow as tf

@tf.function
def decay(x, step):
    return x * tf.pow(0.99, tf.cast(step, tf.float32))

for step in tf.range(100):
    decay(tf.ones([8]), step)
```
Or `decay(x, tf.constant(step))`, or an `input_signature`. A parameter that takes a handful of values in the whole
program, such as a mode, may stay as it is.

## Fix safety
Unsafe. Where calls pass nothing but numbers, the fix wraps them in `tf.constant(...)`; code that uses the number as a
Python value, for a shape or a loop, needs it as one.

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
    """One finding for each hybrid function with literal parameters beside its tensors."""
    parameters = _literals.retracing(function)
    if not parameters or _literals.pointless(function):
        return
    listed = _text.names([parameter.name for parameter in parameters])
    many = len(parameters) > 1
    yield _text.finding(
        rule,
        function,
        function.span,
        f"{_text.name(function)} gets Python literals for {listed}: each new value traces it again",
        advice=f"pass {'tensors' if many else 'a tensor'} (`tf.constant(...)`), or give an `input_signature`",
        chain=_literals.sites(function),
        assumptions=function.assumptions,
        proposal=_proposals.pass_tensors(function, parameters),
    )


RULE = Rule(
    code="HYB201",
    slug="python-literal-argument",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a function that runs as a graph is given Python numbers or strings",
    check=check,
    covers=(
        "retrace-python-scalar-arg",
        "trace-cache-grows",
    ),
)
