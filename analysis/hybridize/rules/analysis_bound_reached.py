"""The analysis stopped early at one of its bounds.

## What it does
Reports a graph (`@tf.function`) of which a fact is undetermined because the analysis ran into one of its limits.

## Why it is bad
Nothing is wrong with the code. But rules that need the fact stay silent about this graph, though more work might tell.
For functions that are no graphs `hybridize inspect` has the same reasons; they are not reported.

## Example
A function is called with more different values than are kept apart, so that nobody knows what it is given:
```python
import tensorflow as tf

@tf.function
def apply(choose, x):
    return choose(x)

for choose in (tf.abs, tf.sin, tf.cos, tf.tan, tf.exp, tf.sqrt, tf.square, tf.floor, tf.sign, tf.round):
    apply(choose, tf.zeros([2]))
```

## Use instead
Raise the limit in the configuration, where the answer is worth the time:
```yaml
limits:
  values: 16
```

## Fix safety
There is no automatic fix.

## Confidence
Certain: the analysis itself noticed.

## References
- The section `limits` of the default configuration explains every limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hybridize.finding import Confidence, Finding, Severity
from hybridize.reasons import Reason
from hybridize.report import FunctionReport
from hybridize.rules._base import Project, Rule

BOUNDS: Final = {
    Reason.TOO_MANY_VALUES.value: "values",
    Reason.TOO_MANY_CONTEXTS.value: "contexts",
    Reason.ITERATION_BOUND.value: "visits",
}
"""Reasons for which a fact is undetermined, and the keys under ``limits`` that decide."""


def _check(rule: Rule, function: FunctionReport, _project: Project) -> Iterator[Finding]:
    reached = {fact.reason for fact in function.facts.values() if fact.value is None and fact.reason in BOUNDS}
    if not function.hybrid:
        return
    for reason in sorted(reached):
        yield Finding(
            code=rule.code,
            slug=rule.slug,
            severity=rule.severity,
            span=function.span,
            message=f"what `{function.qualname}` does as a graph is not known in full: {Reason(reason).text}",
            function=function.qualname,
            confidence=rule.confidence,
            help=f"raise `limits.{BOUNDS[reason]}` in the configuration",
        )


RULE = Rule(
    code="HYB002",
    slug="analysis-bound-reached",
    severity=Severity.INFO,
    confidence=Confidence.CERTAIN,
    summary="a graph of which the analysis knows less than it could: it stopped at one of its bounds",
    check=_check,
)
