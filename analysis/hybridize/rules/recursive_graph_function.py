"""A function that runs as a graph calls itself.

## What it does
Finds functions under `tf.function` that call themselves, directly or through others.

## Why it is bad
A graph has no function calls that end when a tensor says so: while tracing, both sides of a condition on a tensor are
followed, so that the recursion never ends and fails at Python's maximum recursion depth. Where a Python value decides,
every level of the recursion becomes a trace of its own, which costs milliseconds and memory for each.

## Example
```python
import tensorflow as tf

@tf.function
def power(x, n):
    if n <= 0:
        return tf.ones_like(x)
    return x * power(x, n - 1)

power(tf.ones([4]), tf.constant(3))
```

## Use instead
A loop, which becomes a loop of the graph:
```python
import tensorflow as tf

@tf.function
def power(x, n):
    result = tf.ones_like(x)
    for _ in tf.range(n):
        result = result * x
    return result

power(tf.ones([4]), tf.constant(3))
```

## Fix safety
There is no automatic fix.

## Confidence
Certain that the function can reach itself. A recursion over Python values that ends after few levels works, at the
price of as many traces.

## References
- [Better performance with tf.function: recursive Python functions](https://www.tensorflow.org/guide/function#recursive_tffunctions_are_not_supported)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Related, Severity
from hybridize.report import FunctionReport
from hybridize.rules import _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for a hybrid function that is recursive, at the first call that leads back to it."""
    fact = function.facts.get("recursive")
    if not function.hybrid or fact is None or fact.value is not True:
        return
    evidence = min(fact.evidence, key=lambda one: (len(one.calls), one.path, one.line), default=None)
    if evidence is not None and evidence.kind == "recursive-over-objects":
        return  # it ends where the objects end, which tracing sees
    span = function.span if evidence is None else _text.place(evidence, function)
    others = [] if evidence is None else [(callee, at) for callee, at in evidence.calls if at != function.span]
    if others:
        calls = ", which ".join(f"calls `{callee}` ({at.path}:{at.line})" for callee, at in others)
        path = f"{calls}, which calls {_text.name(function)} again"
    else:
        path = "calls itself"
    chain = [Related(at, f"`{callee}` is defined here") for callee, at in others]
    if evidence is not None and _text.proof(evidence) != span:
        chain.append(Related(_text.proof(evidence), f"{_text.name(function)} is called again here"))
    yield _text.finding(
        rule,
        function,
        span,
        f"{_text.name(function)} {path}: tracing follows every level, and never ends where a tensor decides",
        advice="write it as a loop, or keep the recursion out of the decorated function",
        chain=chain,
    )


RULE = Rule(
    code="HYB102",
    slug="recursive-graph-function",
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    summary="a function that runs as a graph calls itself",
    check=check,
    covers=("python-recursion-traces-each-depth", "recursion-on-tensor"),
)
