"""What the analysis says of parameters, against what they received when the program ran.

A *claim* is an answer that says nothing more can come: ``tensor`` or ``literal`` is False (and it is not said why that
is in doubt), or the types are complete.
A claim that a run refutes is an *exception* to soundness, and an error of the analysis. What no run shows may still
happen, so that the converse, *exactness*, is only a figure: the share of parameters where answer and run are equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runtime.recorder import Place, Seen, spec_text

from hybridize.report import FunctionReport, Parameter, Report, Spec

QUESTIONS = ("tensor", "literal", "types")


class Refuted(NamedTuple):
    """A claim that a run refutes."""

    path: str
    line: int
    function: str
    parameter: str
    question: str
    claimed: str
    received: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line} {self.function}({self.parameter})"
        return f"{place} {self.question}: claimed {self.claimed}, received {self.received}"


class Truth(NamedTuple):
    """All parameters of the functions that ran."""

    exceptions: list[Refuted]
    counts: Counter[str]
    """``functions``, ``parameters``, ``exact`` (in all questions); per question ``claims``, ``refuted``, ``exact``."""

    def __str__(self) -> str:
        count = self.counts
        lines = [f"{count['functions']} functions, {count['parameters']} parameters"]
        for question in QUESTIONS:
            sound = count[f"{question} claims"] - count[f"{question} refuted"]
            lines.append(
                f"  {question}: {sound} of {count[f'{question} claims']} claims hold,"
                f" {count[f'{question} exact']} of {count['parameters']} exact"
            )
        lines.append(f"  all questions exact: {count['exact']} of {count['parameters']}")
        return "\n".join(lines)

    def plus(self, other: Truth) -> Truth:
        """Both together."""
        return Truth(self.exceptions + other.exceptions, self.counts + other.counts)


NOTHING = Truth([], Counter())


def compared(report: Report, seen: Mapping[Place, Seen]) -> Truth:
    """Each parameter of each function that was called, the receivers of methods aside."""
    exceptions: list[Refuted] = []
    counts: Counter[str] = Counter()
    for function in report.functions:
        got = seen.get((function.path, function.line))
        if got is None or not got.calls or _wrapped_by_call(function):
            continue
        counts["functions"] += 1
        for parameter in function.parameters[function.method :]:
            counts["parameters"] += 1
            exact = True
            for question, claims, refuted, equal, claimed, received in _answers(function, parameter, got):
                counts[f"{question} claims"] += claims
                counts[f"{question} refuted"] += refuted
                counts[f"{question} exact"] += equal
                exact = exact and equal
                if refuted:
                    exceptions.append(
                        Refuted(
                            function.path,
                            function.line,
                            function.qualname,
                            parameter.name,
                            question,
                            claimed,
                            received,
                        )
                    )
            counts["exact"] += exact
    return Truth(exceptions, counts)


def _wrapped_by_call(function: FunctionReport) -> bool:
    """Of ``g = tf.function(f)`` the report tells what calls of ``g`` pass; a run sees those of ``f`` as well."""
    return function.hybridization is not None and function.hybridization.form == "call"


Answer = tuple[str, bool, bool, bool, str, str]
"""Question; is the answer a claim; is it refuted; is it exact; what is claimed and what was received, in words."""


def _answers(function: FunctionReport, parameter: Parameter, seen: Seen) -> Iterator[Answer]:
    name = parameter.name
    python = ", ".join(sorted(seen.python[name]))
    # An array is a tensor for a hybrid function, which converts it on entry.
    tensor = name in seen.tensors or (function.hybrid and name in seen.arrays)
    for question, answer, actual in (
        ("tensor", parameter.tensor, tensor),
        ("literal", parameter.literal, name in seen.literals),
    ):
        claims = answer is False and not (question == "literal" and parameter.doubt)
        yield question, claims, claims and actual, answer is actual, f"{answer}", f"{actual} ({python})"
    received = seen.types.get(name, set()) | seen.array_types.get(name, set())
    listed = [item for item in parameter.types if isinstance(item, Spec)]
    missing = {spec for spec in received if not any(covers(general, spec) for general in listed)}
    yield (
        "types",
        parameter.complete,
        parameter.complete and bool(missing),
        {*listed} == received,
        " | ".join(map(spec_text, listed)) or "none",
        " | ".join(sorted(map(spec_text, missing))),
    )


def covers(general: Spec, special: Spec) -> bool:
    """Whether a type with open parts admits the other."""
    if general.spec != special.spec or general.dtype not in {None, special.dtype}:
        return False
    if general.shape is None:
        return True
    return (
        special.shape is not None
        and len(general.shape) == len(special.shape)
        and all(a is None or a == b for a, b in zip(general.shape, special.shape, strict=True))
    )
