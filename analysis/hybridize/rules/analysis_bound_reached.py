"""The analysis stopped early at one of its bounds.

## What it does
Reports a place where the analysis ran into one of its limits, and so knows less than it could.

## Why it is bad
Nothing is wrong with the code. But facts that would have followed from more work are undetermined, and rules that need
them stay silent.

## Example
A function of another module is called in more different ways than are kept apart:
```python
import tensorflow as tf

def scale(x, factor):
    return x * factor

for n in range(1, 100):
    scale(tf.zeros([n, n]), float(n))
```

## Use instead
Raise the limit in the configuration, where the answer is worth the time:
```yaml
limits:
  contexts: 32
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


def finding(span: Span, what: str, limit: str, function: str = "") -> Finding:
    """The finding for one place; ``what`` says which bound was reached, ``limit`` is its key under `limits`."""
    return Finding(
        code=RULE.code,
        slug=RULE.slug,
        severity=RULE.severity,
        span=span,
        message=f"{what}; some facts stay undetermined",
        function=function,
        confidence=RULE.confidence,
        help=f"raise `limits.{limit}` in the configuration",
    )
