"""What rule files share: findings from a rule, call chains as words and as places, lists of names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from hybridize.finding import Confidence, Finding, Proposal, Related, Severity, Span
from hybridize.report import Evidence, FunctionReport, Spec, Specs
from hybridize.rules._base import Rule

_STEP = re.compile(r"(?P<name>.+?) \((?P<place>[^()]*:\d+)\)")


def finding(  # noqa: PLR0913 (the fields of a finding)
    rule: Rule,
    function: FunctionReport,
    span: Span,
    message: str,
    *,
    advice: str,
    chain: Sequence[Related] = (),
    confidence: Confidence | None = None,
    assumptions: Sequence[str] = (),
    proposal: Proposal | None = None,
    rank: int = 0,
    proof: str = "",
) -> Finding:
    """A finding of ``rule`` in ``function``."""
    return Finding(
        code=rule.code,
        slug=rule.slug,
        severity=rule.severity,
        span=span,
        message=message,
        function=function.qualname,
        confidence=confidence or rule.confidence,
        help=advice,
        chain=tuple(chain),
        assumptions=tuple(assumptions),
        proposal=proposal,
        rank=rank,
        proof=proof,
    )


def name(function: FunctionReport) -> str:
    """The function as messages call it."""
    return f"`{function.qualname}`"


def names(items: Sequence[str]) -> str:
    """`a`; `a` and `b`; `a`, `b` and `c`."""
    quoted = [f"`{item}`" for item in items]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


def decorator(function: FunctionReport) -> Span:
    """Where the function becomes a graph; its definition where that is not known."""
    hybridization = function.hybridization
    return hybridization.span if hybridization is not None and hybridization.span is not None else function.span


def definition(function: FunctionReport, span: Span) -> tuple[Related, ...]:
    """The definition as a place to show, for a finding at a `tf.function` call somewhere else."""
    hybridization = function.hybridization
    if hybridization is None or hybridization.form != "call" or span == function.span:
        return ()
    return (Related(function.span, f"{name(function)} is defined here"),)


def signature(function: FunctionReport) -> str:
    """The inferred signature as code: ``[tf.TensorSpec([None, 3], tf.float32)]``."""
    return _specs(list((function.input_signature or {}).values()))


def _specs(specs: Specs) -> str:
    if not isinstance(specs, Spec):
        return f"[{', '.join(map(_specs, specs))}]"
    shape = None if specs.shape is None else list(specs.shape)
    return f"tf.{specs.spec}({shape}, tf.{specs.dtype})"


def is_log(evidence: Evidence) -> bool:
    """Whether the effect is a log call or a warning, which many people put into graphs on purpose."""
    return evidence.kind == "io" and logs(evidence.detail)


def logs(clause: str) -> bool:
    """Whether a clause says that something logs or warns, itself or at the end of some calls."""
    return clause.rpartition(", which ")[2].startswith(("logs", "warns"))


def provable(found: Sequence[Evidence]) -> list[Evidence]:
    """What of the effects at one place is certain; else what rests on an assumption that can be named.

    What is done under `tf.init_scope` is meant for the trace.
    """
    unmeant = [one for one in found if not one.for_trace]
    return [one for one in unmeant if one.certain] or [one for one in unmeant if one.assumes]


def resting_on(found: Sequence[Evidence], finding: Finding) -> Finding:
    """The finding as it is if the effects it tells of rest on assumptions: milder, as a guess blocks nobody's merge."""
    assumptions = tuple(dict.fromkeys(evidence.assumes for evidence in found if evidence.assumes))
    if not assumptions:
        return finding
    severity = Severity.WARNING if finding.severity is Severity.ERROR else Severity.INFO
    return msgspec.structs.replace(finding, severity=severity, confidence=Confidence.LIKELY, assumptions=assumptions)


def place(evidence: Evidence, function: FunctionReport) -> Span:
    """Where in ``function`` the effect happens, or the call that leads to it stands."""
    return evidence.at if evidence.at is not None else function.span


def proof(evidence: Evidence) -> Span:
    """The line that proves the fact."""
    return evidence.span if evidence.span is not None else Span(evidence.path, evidence.line)


def clause(evidence: Evidence) -> str:
    """What happens, with the calls that lead there: "calls `log` (train.py:41), which prints (train.py:12)"."""
    deed = detail(evidence)
    steps = _steps(evidence)
    if not steps:
        return deed
    calls = ", which ".join(f"calls `{callee}` ({where})" for callee, where in steps)
    return f"{calls}, which {deed} ({evidence.path}:{evidence.line})"


def chain(evidence: Evidence, function: FunctionReport) -> tuple[Related, ...]:
    """The calls as places, nearest first, and the proof last; empty where the finding's own place is the proof."""
    steps = [Related(span, f"`{callee}` is defined here") for callee, span in evidence.calls]
    end = proof(evidence)
    if not steps and not evidence.via and evidence.at is not None:
        return ()
    subject = f"`{evidence.calls[-1][0]}`" if evidence.calls else _last_via(evidence) or name(function)
    return (*steps, Related(end, f"{subject} {detail(evidence)} here"))


def detail(evidence: Evidence) -> str:
    """The clause that completes "which …"."""
    return evidence.detail or f"runs `{' '.join(evidence.text.split())}`"


def _steps(evidence: Evidence) -> list[tuple[str, str]]:
    if evidence.calls:
        return [(callee, f"{span.path}:{span.line}") for callee, span in evidence.calls]
    hits = [_STEP.fullmatch(step) for step in evidence.via]
    return [(hit["name"], hit["place"]) for hit in hits if hit is not None]


def _last_via(evidence: Evidence) -> str:
    steps = _steps(evidence)
    return f"`{steps[-1][0]}`" if steps else ""
