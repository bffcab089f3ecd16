"""A report against the expectations of a case: every disagreement, with the line, what was wanted and what came.

Findings are a closed world: one that no expectation names is a mismatch. Facts of functions are checked where a
``def`` line asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from caselib.expectations import DEF_KEYS, Expectation, split_finding, split_list
from hybridize.finding import Finding
from hybridize.report import Fact, FunctionReport, Report, Spec, Specs
from hybridize.rules import _registry

Pair = tuple[str, str]
Covers = Mapping[str, Collection[str]]
"""Code of a rule to the entries of the hazard catalogue that it is about."""


@dataclass(frozen=True)
class Mismatch:
    """One disagreement.

    ``replaced`` is the expectation that did not hold; ``accept`` is what the line would have to say for the report to
    be right, ``todo`` what it would have to say to record a known gap. None for either: nothing.
    """

    path: str
    line: int
    wanted: str
    got: str
    replaced: Expectation | None = None
    accept: Pair | None = None
    todo: Pair | None = None


def covered() -> Covers:
    """What the rules say they are about."""
    return {rule.code: rule.covers for rule in _registry.rules()}


def compare(report: Report, expectations: Sequence[Expectation], covers: Covers | None = None) -> list[Mismatch]:
    """All mismatches, in the order of the files' lines."""
    findings, found = _compare_hazards(report.findings, expectations, covered() if covers is None else covers)
    found.extend(_compare_findings(findings, [e for e in expectations if e.key in {"finding", "todo-ok"}]))
    functions = {(function.path, function.line): function for function in report.functions}
    for expectation in expectations:
        if expectation.key in DEF_KEYS:
            found.extend(_compare_function(functions.get((expectation.path, expectation.line)), expectation))
    found.extend(_compare_reveals(report, [e for e in expectations if e.key == "reveal"]))
    return sorted(found, key=lambda mismatch: (mismatch.path, mismatch.line, mismatch.wanted, mismatch.got))


# --------------------------------------------------------------------------- findings


def _compare_hazards(
    findings: Sequence[Finding], expectations: Sequence[Expectation], covers: Covers
) -> tuple[list[Finding], list[Mismatch]]:
    """What the hazards of the catalogue leave of the findings; one hazard stands for all findings on its line."""
    left, mismatches = list(findings), []
    for expectation in expectations:
        if expectation.key != "hazard":
            continue
        hits = found_hazard(findings, expectation, covers)
        left = [finding for finding in left if finding not in hits]
        mismatch = _judge(expectation, next(iter(hits), None))
        if mismatch is not None:
            mismatches.append(mismatch)
    return left, mismatches


def found_hazard(findings: Sequence[Finding], expectation: Expectation, covers: Covers) -> list[Finding]:
    """The findings on the line of a hazard by rules that are about it."""
    place = (expectation.path, expectation.line)
    return [
        finding
        for finding in findings
        if (finding.span.path, finding.span.line) == place and expectation.value in covers.get(finding.code, ())
    ]


def _compare_findings(findings: Sequence[Finding], expectations: Sequence[Expectation]) -> list[Mismatch]:
    left = list(findings)
    mismatches = []
    for expectation in expectations:
        hit = next((finding for finding in left if _meets(finding, expectation)), None)
        if hit is not None:
            left.remove(hit)
        mismatch = _judge(expectation, hit)
        if mismatch is not None:
            mismatches.append(mismatch)
    for finding in left:
        pair = ("finding", finding.code)
        mismatches.append(
            Mismatch(
                finding.span.path,
                finding.span.line,
                "no finding",
                _show(finding),
                accept=pair,
                todo=("todo-ok", finding.code),
            )
        )
    return mismatches


def _meets(finding: Finding, expectation: Expectation) -> bool:
    code, text = split_finding(expectation.value)
    at_place = (finding.span.path, finding.span.line) == (expectation.path, expectation.line)
    told = [f"{finding.severity.value}: {finding.message}", *(f"assumes: {item}" for item in finding.assumptions)]
    told += [f"{step.span.path}:{step.span.line} {step.message}" for step in finding.chain]
    return at_place and code in {finding.code, finding.slug} and any(text in line for line in told)


def _judge(expectation: Expectation, hit: Finding | None) -> Mismatch | None:
    path, line, value = expectation.path, expectation.line, expectation.value
    if expectation.key == "todo-ok":
        if hit is not None:
            return None
        return Mismatch(path, line, f"{value}, a known false alarm", "it is gone: delete the mark", expectation)
    if expectation.todo:
        if hit is None:
            return None
        wanted, pair = f"{value} is a known miss", (expectation.key, value)
        return Mismatch(path, line, wanted, "it is found now: delete `todo-`", expectation, pair, pair)
    if hit is not None:
        return None
    return Mismatch(path, line, value, "no such finding", expectation, None, (f"todo-{expectation.key}", value))


def _show(finding: Finding) -> str:
    return f"{finding.code} ({finding.slug}): {finding.message}"


# --------------------------------------------------------------------------- functions


def _compare_function(function: FunctionReport | None, expectation: Expectation) -> list[Mismatch]:
    key, value = expectation.key, expectation.value
    if function is None:
        wanted = f"{key}: {value}"
        return [Mismatch(expectation.path, expectation.line, wanted, "no function is reported here", expectation)]
    got, holds = _READERS[key](function, value)
    if holds != expectation.todo:
        return []
    if expectation.todo:
        pair = (key, value)
        return [
            Mismatch(
                expectation.path,
                expectation.line,
                f"{key}: {value} is a known gap",
                "it holds now: delete `todo-`",
                expectation,
                pair,
                pair,
            )
        ]
    return [
        Mismatch(
            expectation.path,
            expectation.line,
            f"{key}: {value}",
            f"{key}: {got}{_because(function, key)}",
            expectation,
            (key, got),
            (f"todo-{key}", value),
        )
    ]


def _because(function: FunctionReport, key: str) -> str:
    """The reason or evidence behind a fact, for the person who reads the failure."""
    name = {"effects": "side_effects", "via": "side_effects", "recursive": "recursive"}.get(key)
    fact = function.facts.get(name) if name else None
    if fact is None:
        return ""
    if fact.value is None:
        return f"  (reason: {fact.reason})"
    shown = [
        f"{site.path}:{site.line} {site.text.strip()!r}" + "".join(f" via {via}" for via in site.via)
        for site in fact.evidence
    ]
    return f"  ({'; '.join(shown[:4])})" if shown else ""


def _names(value: str) -> set[str]:
    return set() if value == "none" else set(split_list(value))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _same_names(got: Sequence[str], value: str) -> tuple[str, bool]:
    return _listed(got), set(got) == _names(value)


def _truth(fact: Fact | None) -> str:
    if fact is None:
        return "absent"
    return {True: "yes", False: "no", None: "unknown"}[fact.value]


def _effects(function: FunctionReport, value: str) -> tuple[str, bool]:
    fact = function.facts.get("side_effects")
    if fact is None or fact.value is not True:
        got = {"absent": "absent", "no": "none", "unknown": "unknown"}[_truth(fact)]
        return got, got == value
    kinds = sorted({site.kind for site in fact.evidence if site.kind})
    return _listed(kinds) if kinds else "any", value == "any" or set(kinds) == _names(value)


def _via(function: FunctionReport, value: str) -> tuple[str, bool]:
    fact = function.facts.get("side_effects")
    evidence = fact.evidence if fact else ()
    chains = {" > ".join(step.split(" (")[0] for step in site.via) or "none" for site in evidence}
    return " or ".join(sorted(chains)) or "no evidence", value in chains


def _verdict(function: FunctionReport, value: str) -> tuple[str, bool]:
    verdict = function.verdict
    got = ([verdict.precondition] if verdict.precondition else []) + list(verdict.failures)
    return _same_names(got, value)


def _hybrid(function: FunctionReport, value: str) -> tuple[str, bool]:
    form = function.hybridization.form if function.hybridization else "without form"
    got = form if function.hybrid else "no"
    return got, got == value


def _parameters(attribute: str, wanted: bool | None) -> Callable[[FunctionReport, str], tuple[str, bool]]:
    def reader(function: FunctionReport, value: str) -> tuple[str, bool]:
        names = [item.name for item in function.parameters if getattr(item, attribute) is wanted]
        return _same_names(names, value)

    return reader


def _recursive(function: FunctionReport, value: str) -> tuple[str, bool]:
    got = _truth(function.facts.get("recursive"))
    return got, got == value


def _callees(function: FunctionReport, value: str) -> tuple[str, bool]:
    callees = getattr(function, "callees", None)
    if callees is None:
        return "not reported", False
    return _same_names(list(callees), value)


def _facts(function: FunctionReport, value: str) -> tuple[str, bool]:
    """``name=yes`` or ``name=yes/basis`` for each."""
    got = []
    for item in split_list(value):
        name, _, wanted = item.partition("=")
        fact = function.facts.get(name)
        text = _truth(fact)
        if "/" in wanted and fact is not None and fact.basis is not None:
            text += f"/{fact.basis}"
        got.append(f"{name}={text}")
    return ", ".join(got), got == split_list(value)


def format_specs(specs: Specs) -> str:
    """``float32[?, 10]``, ``float32[...]`` for unknown rank, ``?`` for unknown dtype, ``(a, b)`` for a sequence."""
    if not isinstance(specs, Spec):
        return "(" + ", ".join(format_specs(item) for item in specs) + ")"
    dimensions = "..." if specs.shape is None else ", ".join("?" if size is None else str(size) for size in specs.shape)
    kind = {"TensorSpec": "", "RaggedTensorSpec": "ragged ", "SparseTensorSpec": "sparse "}[specs.spec]
    return f"{kind}{specs.dtype or '?'}[{dimensions}]"


def _types(function: FunctionReport, value: str) -> tuple[str, bool]:
    """``x=float32[2] | int32[]`` for each parameter named."""
    known = {item.name: item for item in function.parameters}
    got, same = [], True
    for item in split_list(value):
        name, _, wanted = item.partition("=")
        parameter = known.get(name)
        types = sorted({format_specs(specs) for specs in parameter.types}) if parameter else ["no such parameter"]
        got.append(f"{name}={' | '.join(types) or 'none'}")
        same = same and set(types) == {part.strip() for part in wanted.split("|") if part.strip() != "none"}
    return ", ".join(got), same


def _signature(function: FunctionReport, value: str) -> tuple[str, bool]:
    """``x=float32[?, 10]`` for each parameter; ``none``, or ``none "why"`` with a part of the stated absence."""
    if function.input_signature is None:
        wanted, _, why = value.partition(" ")
        absence = function.input_signature_absence
        return f'none "{absence}"', wanted == "none" and why.strip('"') in absence
    got = [f"{name}={format_specs(specs)}" for name, specs in function.input_signature.items()]
    return _same_names(got, value)


def _assumes(function: FunctionReport, value: str) -> tuple[str, bool]:
    if value == "none":
        return _listed(function.assumptions), not function.assumptions
    got = _listed([f'"{text}"' for text in function.assumptions])
    return got, any(value.strip('"') in text for text in function.assumptions)


def _obstacle(function: FunctionReport, value: str) -> tuple[str, bool]:
    """``hazard "part of the reason"``: what holds a suggested conversion back; ``none``; ``no candidate``."""
    if function.opportunity is None:
        return "no candidate", value == "no candidate"
    obstacles = function.opportunity.obstacles
    if not obstacles:
        return "none", value == "none"
    kind, _, why = value.partition(" ")
    same = any(one.kind == kind and why.strip('"') in one.reason for one in obstacles)
    return _listed([f'{one.kind} "{one.reason}"' for one in obstacles]), same


def _relation(function: FunctionReport, value: str) -> tuple[str, bool]:
    got = function.verdict.signature_relation or "none"
    return got, got == value


def _arguments(function: FunctionReport, value: str) -> tuple[str, bool]:
    """``jit_compile=True``: the arguments of `tf.function` as written; ``func`` only where it is asked for."""
    arguments = function.hybridization.arguments if function.hybridization else {}
    asked = any(item.startswith("func=") for item in split_list(value))
    shown = [f"{name}={text}" for name, text in arguments.items() if name != "func" or asked]
    return _same_names(shown, value)


def _supplied(function: FunctionReport, value: str) -> tuple[str, bool]:
    """``float32[?], int32[]``: the supplied signature in order; ``empty`` or ``none``."""
    signature = function.hybridization.input_signature if function.hybridization else None
    got = "none" if signature is None else ", ".join(format_specs(specs) for specs in signature) or "empty"
    return got, got == value


_READERS: dict[str, Callable[[FunctionReport, str], tuple[str, bool]]] = {
    "effects": _effects,
    "via": _via,
    "verdict": _verdict,
    "hybrid": _hybrid,
    "arguments": _arguments,
    "supplied": _supplied,
    "tensor": _parameters("tensor", wanted=True),
    "tensor-unknown": _parameters("tensor", wanted=None),
    "literal": _parameters("literal", wanted=True),
    "literal-unknown": _parameters("literal", wanted=None),
    "recursive": _recursive,
    "callees": _callees,
    "facts": _facts,
    "types": _types,
    "signature": _signature,
    "assumes": _assumes,
    "relation": _relation,
    "obstacle": _obstacle,
}


# --------------------------------------------------------------------------- reveal


def _compare_reveals(report: Report, expectations: Sequence[Expectation]) -> list[Mismatch]:
    """``report.reveals``: (path, line, text) for each ``reveal(x)`` of the program."""
    reveals: Sequence[tuple[str, int, str]] = getattr(report, "reveals", ())
    shown = {(path, line): text for path, line, text in reveals}
    mismatches = []
    for expectation in expectations:
        got = shown.pop((expectation.path, expectation.line), "nothing is revealed here")
        if (got == expectation.value) != expectation.todo:
            continue
        if expectation.todo:
            mismatches.append(
                Mismatch(
                    expectation.path,
                    expectation.line,
                    f"{expectation.value} is a known gap",
                    "it is revealed now: delete `todo-`",
                    expectation,
                    ("reveal", got),
                    ("reveal", got),
                )
            )
        else:
            mismatches.append(
                Mismatch(
                    expectation.path,
                    expectation.line,
                    expectation.value,
                    got,
                    expectation,
                    ("reveal", got),
                    ("todo-reveal", expectation.value),
                )
            )
    return mismatches
