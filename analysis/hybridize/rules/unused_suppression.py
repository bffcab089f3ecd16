"""A suppression comment suppresses nothing.

## What it does
Reports rules named in a suppression comment that report nothing where the comment counts. Rules that are not selected
in a run are passed over.

## Why it is bad
The comment says that there is something to live with, and there is not. When the problem comes back one day, in
another form perhaps, nobody will be told.

## Example
```python
import tensorflow as tf

@tf.function
def double(x):  # hybridize: ignore[HYB103] logs once
    return x * 2
```

## Use instead
```python
import tensorflow as tf

@tf.function
def double(x):
    return x * 2
```

## Fix safety
The fix removes the comment, or the unused rules from it; it is safe. Analyze the whole project when you apply it: what
a comment suppresses may come from calls in another file.

## Confidence
Certain, for the files that were analyzed together.

## References
- [How findings are suppressed](../adoption.md)
"""

from __future__ import annotations

from hybridize.finding import Confidence, Finding, Proposal, Severity, Span
from hybridize.intention import Applicability, RemoveSuppression
from hybridize.rules._base import Rule

RULE = Rule(
    code="HYB003",
    slug="unused-suppression",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a suppression comment suppresses nothing",
)


def finding(at: Span, rules: tuple[str, ...], *, whole: bool) -> Finding:
    """The finding for one comment; ``rules`` are those of its codes that are unused, ``whole`` says that all are."""
    one = len(rules) == 1
    what = ", ".join(rules)
    message = f"{what} {'is' if one else 'are'} not reported here" if rules else "nothing is reported in this file"
    return Finding(
        code=RULE.code,
        slug=RULE.slug,
        severity=RULE.severity,
        span=at,
        message=message,
        confidence=RULE.confidence,
        help="remove the comment" if whole else f"remove {what} from the comment",
        proposal=Proposal(
            "Remove the suppression" if whole else f"Remove {what} from the suppression",
            Applicability.SAFE,
            (RemoveSuppression(at, () if whole else rules),),
        ),
    )
