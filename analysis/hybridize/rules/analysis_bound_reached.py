"""The analysis stopped early at one of its bounds.

## What it does
Reports a graph (`@tf.function`) of which a fact is undetermined because the analysis ran into one of its limits. This
is told only where the setting `reached_bounds` asks for it, as the preset `strict` does.

## Why it is bad
Nothing is wrong with the code. But rules that need the fact stay silent about this graph, though more work might tell.
For functions that are no graphs `hybridize inspect` has the same reasons; they are not reported.

## Example
What an object wraps may be an object that wraps another one, and so on: more objects than are kept apart.
```python
import tensorflow as tf

class Environment:
    def observe(self):
        raise NotImplementedError

class Masked(Environment):
    def __init__(self, original: Environment):
        self.original = original

    @tf.function
    def observe(self):
        return tf.sqrt(self.original.observe())
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

from hybridize.finding import Confidence, Finding, Severity, Span
from hybridize.rules._base import Rule

RULE = Rule(
    code="HYB002",
    slug="analysis-bound-reached",
    severity=Severity.INFO,
    confidence=Confidence.CERTAIN,
    summary="the analysis stopped early at one of its bounds",
)


def finding(span: Span, function: str, what: str, limit: str) -> Finding:
    """The finding for one graph; ``what`` says which bound was reached, ``limit`` is its key under `limits`."""
    return Finding(
        code=RULE.code,
        slug=RULE.slug,
        severity=RULE.severity,
        span=span,
        message=f"what `{function}` does as a graph is not known in full: {what}",
        function=function,
        confidence=RULE.confidence,
        help=f"raise `limits.{limit}` in the configuration",
    )
