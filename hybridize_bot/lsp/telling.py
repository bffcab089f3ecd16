"""A function in Markdown: its verdict, the reasons for it, its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hybridize.finding import Finding
from hybridize.reasons import Reason
from hybridize.report import Basis, Evidence, Fact, FunctionReport, Parameter
from hybridize.rules._registry import HAZARDS
from hybridize_bot.render import _facts

_FAILURES: Mapping[str, str] = {
    "no-tensor-parameter": "no parameter is a tensor",
    "literal-parameter": "a parameter receives Python literals: each new value would trace it again",
    "side-effects": "it has Python side effects: in a graph they happen only while tracing",
    "recursive": "it is recursive",
    "no-tensor-computation": "it computes nothing with tensors",
    "eager-only-call": "it calls what needs eager execution",
    "numpy-on-parameter": "a parameter reaches NumPy or SciPy, which a graph cannot run",
    "invalid-name-argument": "an operation gets a `name` that is not a string",
    "stale-variable-read": "variables are read before the model creates them",
    "tensor-iteration": "a tensor is iterated where tracing cannot convert it",
    "dtype-conflict": "an argument is coerced to several dtypes",
    "keras-symbolic-argument": "a call passes a symbolic Keras tensor",
    "covered-by-callers": "every caller is traced already, so that it is part of their graphs",
    "needs-arrays": "it needs NumPy arrays, for which tensors do not do",
    "refused-result": "it returns what a graph refuses",
    "endless-recursion": "it calls a recursion that tracing does not end",
    "temporary-receiver": "a call is on an object that nobody holds",
    "stale-state-read": "it reads Python state that changes between calls",
    "unresolved-static-axis": "it reads an axis that a signature would leave open",
    "already-optimal": "it is configured as it should be",
}
_SOURCES: Mapping[Basis, str] = {
    "annotation": "its annotation says so",
    "flow": "calls pass it",
    "speculation": "guessed from the name of the function",
    "trace": "seen in a run",
}
_REASONS = {reason.value: reason.text for reason in Reason}


def title(function: FunctionReport, findings: Sequence[Finding]) -> str:
    """What stands above a function, with its question; nothing for functions without tensors."""
    if function.hybrid:
        if any(finding.code.startswith(HAZARDS) for finding in findings):
            return "unsafe, why?"
        return "better eager, why?" if function.verdict.action == "convert-to-eager" else "runs as a graph, why?"
    if function.verdict.action == "convert-to-hybrid":
        held = function.opportunity is None or function.opportunity.obstacles
        return "could be a graph, not suggested, why?" if held else "convertible, why?"
    tensor = function.facts.get("tensor_parameter")
    if tensor is None or tensor.value is not True:
        return ""
    undetermined = all(failure.startswith("undetermined") for failure in function.verdict.failures)
    return "undetermined, why?" if undetermined else "not convertible, why?"


def text(function: FunctionReport, findings: Sequence[Finding]) -> str:
    """All that is told of one function."""
    lines = [f"**`{function.qualname}`** {_verdict(function)}", ""]
    lines += [f"- **{finding.code}** {finding.message}" for finding in findings]
    because = _because(function)
    if because:
        lines += ["", "why no change is suggested:" if function.hybrid else "why not as a graph:", "", *because]
    opportunity = function.opportunity
    if opportunity is not None and function.verdict.action == "convert-to-hybrid":
        lines += [f"- not suggested: {obstacle.reason}" for obstacle in opportunity.obstacles]
        lines += [f"- only if: {doubt}" for doubt in opportunity.doubts]
        if opportunity.gain.operations:
            lines.append(f"- at least {opportunity.gain.operations} operations per call")
    if function.run is not None and function.run.outcome:
        lines.append(f"- when it was run: {function.run.outcome}")
    lines += [f"- assuming: {assumption}" for assumption in function.assumptions]
    shown = function.parameters[1:] if function.method else function.parameters
    if shown:
        lines += ["", "parameters:", "", *(f"- {parameter(one)}" for one in shown)]
    signature = _facts.signature(function)
    if signature:
        lines += ["", f"input signature: `{signature}`"]
    return "\n".join(lines)


def parameter(one: Parameter) -> str:
    """A parameter: its types, and who says so."""
    types = " | ".join(_facts.specs(spec) for spec in one.types)
    if one.tensor:
        what = f"tensor: `{types}`" if types else "tensor"
    elif one.tensor is None:
        what = "not known whether it is a tensor"
    else:
        what = "Python literals" if one.literal else "no tensor"
    who = _SOURCES.get(one.basis, "") if one.basis is not None else ""
    why = _REASONS.get(one.reason, one.reason)
    more = "; ".join(filter(None, [who, why, "its values vary" if one.varies else ""]))
    return f"`{one.name}`: {what}{f' ({more})' if more else ''}"


def _verdict(function: FunctionReport) -> str:
    action, row = function.verdict.action, function.verdict.precondition
    now = "runs as a graph" if function.hybrid else "runs eagerly"
    if action == "convert-to-hybrid":
        return f"{now} and could run as a graph ({row})"
    if action == "convert-to-eager":
        return f"{now} and should run eagerly ({row})"
    if action == "reconfigure":
        return f"{now}; its `tf.function` should be configured otherwise ({row})"
    return now


def _because(function: FunctionReport) -> list[str]:
    lines = []
    for failure in function.verdict.failures:
        name = failure.removeprefix("undetermined-").replace("-", "_")
        fact = function.facts.get(name)
        if failure.startswith("undetermined-"):
            why = _REASONS.get(fact.reason, fact.reason) if fact is not None else ""
            lines.append(f"- cannot be told: {name.replace('_', ' ')}{f' ({why})' if why else ''}")
        else:
            lines.append(f"- {_FAILURES.get(failure, failure.replace('-', ' '))}")
        lines += [f"  - {_site(one)}" for one in _shown(failure, fact, function)]
    return lines


def _shown(failure: str, fact: Fact | None, function: FunctionReport) -> Sequence[Evidence]:
    names = {"side-effects": "side_effects", "recursive": "recursive", "literal-parameter": "literal_parameter"}
    fact = fact or function.facts.get(names.get(failure, ""))
    return fact.evidence[:3] if fact is not None else ()


def _site(evidence: Evidence) -> str:
    text = " ".join(evidence.text.split()).replace("`", "'")
    via = f" via {' > '.join(f'`{name}`' for name in evidence.via)}" if evidence.via else ""
    return f"`{text}` ({evidence.path}:{evidence.line}){via}{f': {evidence.detail}' if evidence.detail else ''}"
