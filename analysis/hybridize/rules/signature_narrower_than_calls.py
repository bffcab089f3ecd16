"""A supplied input signature does not admit what the program passes.

## What it does
Compares the `input_signature` given to `tf.function` with the types that the calls in the program pass, and reports one
that fixes a size, a rank or a dtype which some call does not have, or an axis that has any size in a call: the last
batch of a dataset may be smaller. Where no signature would fit all calls, the calls that do not fit are reported.
Arrays of NumPy are cast to the dtype of the signature.

## Why it is bad
TensorFlow raises a `TypeError` on the call that does not fit, but only when it comes to it: a last batch that is
smaller, or a validation step after hours of training.

## Example
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([32, 8], tf.float32)])
def step(x):
    return tf.reduce_sum(x)

step(tf.ones([32, 8]))
step(tf.ones([7, 8]))
```

## Use instead
```python
import tensorflow as tf

@tf.function(input_signature=[tf.TensorSpec([None, 8], tf.float32)])
def step(x):
    return tf.reduce_sum(x)

step(tf.ones([32, 8]))
step(tf.ones([7, 8]))
```

## Fix safety
Unsafe. The signature may be a promise to other programs, and a wider one makes static sizes None.

## Confidence
Likely: a call that does not fit may be one that never runs.

## References
- [Better performance with tf.function: controlling retracing](https://www.tensorflow.org/guide/function#controlling_retracing)
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridize.finding import Confidence, Finding, Related, Severity
from hybridize.report import FunctionReport, Hybridization, Spec
from hybridize.rules import _proposals, _text
from hybridize.rules._base import Project, Rule


def check(rule: Rule, function: FunctionReport, _project: Project) -> Iterable[Finding]:
    """One finding for each hybrid function whose supplied signature is tighter than the inferred one, or another.

    Where the calls have no signature in common, one for each that does not fit.
    """
    if function.verdict.signature_relation not in ("tighter", "incomparable"):
        yield from _misfits(rule, function)
        return
    hybridization = function.hybridization
    misfits = hybridization.questionable if hybridization is not None else ()
    if not misfits and not _is_nested(hybridization):
        return  # too little is known of what is passed
    span = _text.decorator(function)
    yield _text.finding(
        rule,
        function,
        span,
        f"the `input_signature` of {_text.name(function)} does not admit all that the program passes",
        advice=f"the calls in sight fit `{_text.signature(function)}`",
        chain=(
            *_text.definition(function, span),
            *(Related(call, f"`{given}` is passed for `{parameter}` here") for parameter, given, call in misfits[:2]),
        ),
        assumptions=function.assumptions,
        proposal=_proposals.supply_signature(function),
    )


def _is_nested(hybridization: Hybridization | None) -> bool:
    """Whether a supplied signature has structures, which are compared as a whole and not call by call."""
    signature = hybridization.input_signature if hybridization is not None else None
    return any(not isinstance(entry, Spec) for entry in signature or ())


def _misfits(rule: Rule, function: FunctionReport) -> Iterable[Finding]:
    if function.hybridization is None or function.hybridization.refused:
        return
    decorator = _text.decorator(function)
    for parameter, given, call in function.hybridization.mismatched:
        yield _text.finding(
            rule,
            function,
            call,
            f"`{given}` for `{parameter}` raises `TypeError`: the `input_signature` of {_text.name(function)} does not "
            "admit it",
            advice="cast the tensor in the call, or make the signature wider",
            chain=(Related(decorator, f"the `input_signature` of {_text.name(function)} is given here"),),
        )


RULE = Rule(
    code="HYB104",
    slug="signature-narrower-than-calls",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
    summary="a supplied input signature does not admit what the program passes",
    check=check,
    covers=("input-signature-mismatch",),
)
