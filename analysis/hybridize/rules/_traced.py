"""What rules about observations share: where a finding of one stands, what it rests on, and how its trace is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hybridize.finding import Confidence, Finding, Proposal, Related, Severity
from hybridize.report import Observation, Trace
from hybridize.rules._base import Project, Rule

_BY = {
    "tf.function": "is traced by `tf.function`",
    "tf.data": "is traced by `tf.data`",
    "keras": "is traced by Keras",
}

_SUPPOSED = "would be traced"

_UNCONVERTED = {
    "autograph=False": "`tf.function` has `autograph=False`",
    "do_not_convert": "the function is under `do_not_convert`",
    "generator": "AutoGraph does not convert generators and coroutines",
    "nested-generator": "a generator is defined in the function",
    "keras": "Keras 3 calls the code as it is",
    "lambdas": "another lambda with the same parameters stands on the line",
    "walrus": "`:=` stands in the function",
    "match": "`match` stands in the function",
    "loop-else": "a loop of the function has an `else`",
    "mangled-name": "a name in the function starts with two underscores",
}


def finding(
    rule: Rule,
    observation: Observation,
    message: str,
    *,
    advice: str,
    chain: Sequence[Related] = (),
    severity: Severity | None = None,
    confidence: Confidence | None = None,
    proposal: Proposal | None = None,
) -> Finding:
    """A finding of ``rule`` at an observation; milder, if that rests on assumptions."""
    severity, confidence = severity or rule.severity, confidence or rule.confidence
    if observation.assumes:
        severity = Severity.WARNING if severity is Severity.ERROR else Severity.INFO
        confidence = Confidence.LIKELY
    return Finding(
        code=rule.code,
        slug=rule.slug,
        severity=severity,
        span=observation.span,
        message=message if observation.trace is None else f"{message}; {traced(observation.trace)}",
        function=observation.function,
        confidence=confidence,
        help=advice,
        chain=(*chain, *(way(observation.trace) if observation.trace is not None else ())),
        assumptions=observation.assumes,
        proposal=proposal,
    )


def raising(
    rule: Rule,
    observation: Observation,
    message: str,
    *,
    advice: str,
    chain: Sequence[Related] = (),
    proposal: Proposal | None = None,
) -> Iterator[Finding]:
    """The finding at a place that raises; none where the function catches it, which is another rule's matter."""
    if observation.caught is None:
        yield finding(rule, observation, message, advice=advice, chain=chain, proposal=proposal)


def is_suggested(observation: Observation, project: Project) -> bool:
    """Whether the function around a place is suggested for `tf.function`, which another rule tells."""
    around = project.functions.get((observation.span.path, observation.function))
    return around is not None and around.verdict.action == "convert-to-hybrid"


def traced(trace: Trace) -> str:
    """Why the code is traced: "`step` (train.py:3) is traced by `tf.function` and calls `loss`"."""
    name = trace.function.rpartition(".")[2]
    root = "the lambda" if name == "<lambda>" else f"`{trace.function}`"
    by = _SUPPOSED if trace.supposed else _BY[trace.by]
    text = f"{root} {by} ({trace.span.path}:{trace.span.line})"
    if trace.calls:
        text += " and calls " + ", which calls ".join(f"`{callee}`" for callee, _ in trace.calls)
    return text


def way(trace: Trace) -> tuple[Related, ...]:
    """The way from what traces the code to the code, as places."""
    start = Related(trace.span, f"`{trace.function}` {_BY[trace.by]} here")
    return (start, *(Related(span, f"`{callee}` is defined here") for callee, span in trace.calls))


def unconverted(observation: Observation) -> str:
    """Why AutoGraph does not convert the code."""
    return _UNCONVERTED.get(observation.unconverted, "AutoGraph does not convert it")


def refusal(observation: Observation) -> tuple[Related, ...]:
    """Where the reason stands that AutoGraph does not convert the code."""
    if observation.unconverted_at is None:
        return ()
    return (Related(observation.unconverted_at, f"here: {unconverted(observation)}"),)
