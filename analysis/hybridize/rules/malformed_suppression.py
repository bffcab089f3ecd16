"""A suppression comment has a mistake.

## What it does
Reports a suppression comment that names no rule, or one that does not exist, or is not written as one.

## Why it is bad
It suppresses nothing, or less than it seems to.

## Example
```python
import tensorflow as tf

@tf.function
def double(x):
    print("tracing")  # hybridize: ignore
    return x * 2
```

## Use instead
```python
import tensorflow as tf

@tf.function
def double(x):
    print("tracing")  # hybridize: ignore[HYB103] says that it traces
    return x * 2
```

## Fix safety
There is no automatic fix.

## Confidence
Certain.

## References
- [How findings are suppressed](../adoption.md)
"""

from __future__ import annotations

from hybridize.finding import Confidence, Finding, Severity, Span
from hybridize.rules._base import Rule

RULE = Rule(
    code="HYB004",
    slug="malformed-suppression",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a suppression comment has a mistake",
)


def finding(at: Span, why: str) -> Finding:
    """The finding for one comment; ``why`` says what is wrong with it."""
    return Finding(
        code=RULE.code,
        slug=RULE.slug,
        severity=RULE.severity,
        span=at,
        message=f"this suppression has a mistake: {why}",
        confidence=RULE.confidence,
        help="write `# hybridize: ignore[HYB101] reason`",
    )
