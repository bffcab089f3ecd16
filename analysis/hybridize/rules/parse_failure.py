"""A file cannot be read as Python.

## What it does
Reports a file that was left out of the analysis because it is not valid Python 3, cannot be decoded, or is larger
than the limit `limits.file_bytes`. Notebooks may be sixteen times as large, since most of one may be outputs of its
cells; one of format 3 or older is reported as well. Notebooks in other languages are left out without a word.

## Why it is bad
Functions of other files may call into this one. What they do there is unknown to the analysis, so it says less about
them than it could.

## Example
```python
def scale(x, factor)
    return x * factor
```

## Use instead
```python
def scale(x, factor):
    return x * factor
```
Files that are not meant to be analyzed, such as templates or Python 2 sources, can be left out with `exclude`.

## Fix safety
There is no automatic fix.

## Confidence
Certain: Python's own parser refuses the file, or what stands in the code cells of a notebook. A file written for a
newer Python than the one that runs this tool is refused as well.

## References
- [Python: full grammar specification](https://docs.python.org/3/reference/grammar.html)
"""

from __future__ import annotations

from hybridize.finding import Confidence, Finding, Severity, Span
from hybridize.rules._base import Rule

RULE = Rule(
    code="HYB001",
    slug="parse-failure",
    severity=Severity.WARNING,
    confidence=Confidence.CERTAIN,
    summary="a file cannot be read as Python",
)


def finding(span: Span, why: str) -> Finding:
    """The finding for one file; ``why`` completes "this file is not analyzed: …"."""
    return Finding(
        code=RULE.code,
        slug=RULE.slug,
        severity=RULE.severity,
        span=span,
        message=f"this file is not analyzed: {why}",
        confidence=RULE.confidence,
        help="fix the file, or leave it out with `exclude`",
    )
