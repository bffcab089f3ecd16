"""What is to be run: functions and how to change them, from what `check --fix` would write."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from hybridize.finding import Finding
from hybridize.intention import AddDecorator, Applicability, RemoveFunction, Signature, Tree
from hybridize.report import FunctionReport, Report
from hybridize.specs import Spec

RULE = "HYB301"
"""The rule whose fix puts `tf.function` on a function."""
REMOVABLE = ("P2", "P3", "P6")

Change = Literal["decorate", "undecorate", "none"]


class Target(msgspec.Struct, frozen=True):
    """One function under test, and what is tried with it."""

    number: int
    function: FunctionReport
    change: Change
    file: str
    """Absolute, links resolved."""
    at: int
    """The line before which the decorator goes."""
    signature: tuple[Tree, ...] | None = None
    drop: int = 0
    """The line of the decorator that is taken away."""
    safe: bool = False
    """The fix is safe without a run, too."""


class Left(msgspec.Struct, frozen=True):
    """A function that cannot be put under test, and why: a clause."""

    function: FunctionReport
    change: Change
    reason: str


class Plan(msgspec.Struct, frozen=True):
    """All functions of a report that are to be tried."""

    targets: tuple[Target, ...]
    left: tuple[Left, ...] = ()


def conversions(report: Report, *, removals: bool) -> Plan:
    """The functions that `check --fix --unsafe-fixes` would decorate; with ``removals`` those to undecorate, too.

    ``report`` is one of `hybridize.fixing.propose`: findings have their fixes.
    """
    functions = {one.span: one for one in report.functions}
    notebooks = {file.path for file in report.files if file.cells}
    targets: list[Target] = []
    left: list[Left] = []
    for finding in report.findings:
        function = functions.get(finding.span)
        if finding.code != RULE or function is None:
            continue
        step = next((one for one in _steps(finding) if isinstance(one, AddDecorator)), None)
        if finding.fix is None or step is None:
            left.append(Left(function, "decorate", "the fix for it cannot be written, or is not proven"))
        elif function.path in notebooks:
            left.append(Left(function, "decorate", "it is in a notebook, which no command here runs"))
        else:
            given = dict(step.arguments).get("input_signature")
            specs = given.specs if isinstance(given, Signature) else None
            safe = finding.fix.applicability is Applicability.SAFE
            at = min(edit.span.line for edit in finding.fix.edits if _inserts(edit.replacement))
            targets.append(_target(report, len(targets), function, "decorate", at, specs, safe=safe))
    for function in report.functions if removals else ():
        if not function.hybrid or function.verdict.precondition not in REMOVABLE:
            continue
        made = function.hybridization
        if made is None or made.form != "decorator" or made.span is None or made.span.path != function.path:
            left.append(Left(function, "undecorate", "`tf.function` is no decorator of its own"))
        elif function.path in notebooks:
            left.append(Left(function, "undecorate", "it is in a notebook, which no command here runs"))
        else:
            line = made.span.line
            targets.append(_target(report, len(targets), function, "undecorate", line, drop=line))
    return Plan(tuple(targets), tuple(left))


def forced(report: Report, functions: Iterable[FunctionReport]) -> Plan:
    """These functions decorated right above their ``def``, whatever speaks against it."""
    return Plan(tuple(_target(report, number, one, "decorate", one.line) for number, one in enumerate(functions)))


def watched(report: Report) -> Plan:
    """Every function of the program, unchanged."""
    notebooks = {file.path for file in report.files if file.cells}
    own = [one for one in report.functions if one.path not in notebooks]
    return Plan(tuple(_target(report, number, one, "none", one.line) for number, one in enumerate(own)))


def _target(
    report: Report,
    number: int,
    function: FunctionReport,
    change: Change,
    at: int,
    signature: tuple[Tree, ...] | None = None,
    *,
    drop: int = 0,
    safe: bool = False,
) -> Target:
    file = os.path.realpath(os.path.join(report.root, function.path))
    return Target(number, function, change, file, at, signature, drop, safe)


def _steps(finding: Finding) -> Sequence[Any]:
    return finding.proposal.steps if finding.proposal is not None else ()


def _inserts(text: str) -> bool:
    """Whether an edit writes the decorator, and is no import."""
    return text.lstrip().startswith("@")


class Run(msgspec.Struct, frozen=True):
    """One run of the command."""

    mode: Literal["verify", "trace", "bench"]
    targets: tuple[Target, ...]
    changed: frozenset[int] = frozenset()
    """Numbers of the functions that are changed; the others are watched."""
    seed: int = 20240229
    options: dict[str, Any] = {}


def written(run: Run, root: str, records: Path) -> bytes:
    """The plan as the recorder reads it."""
    functions = [
        {
            "number": one.number,
            "path": one.file,
            "line": one.function.line,
            "name": one.function.qualname.rpartition(".")[2],
            "apply": one.change if one.number in run.changed else "none",
            "at": one.at,
            "method": one.function.method,
            "signature": None if one.signature is None else [_spec(spec) for spec in one.signature],
            "drop": one.drop if one.number in run.changed else 0,
        }
        for one in run.targets
    ]
    return msgspec.json.encode(
        {
            "mode": run.mode,
            "records": str(records),
            "root": os.path.realpath(root),
            "seed": run.seed,
            "functions": functions,
            "options": run.options,
        }
    )


def _spec(one: Tree) -> Any:
    if isinstance(one, Spec):
        return {"spec": one.spec, "dtype": one.dtype, "shape": one.shape}
    return [_spec(part) for part in one]


__all__ = [
    "AddDecorator",
    "Left",
    "Plan",
    "RemoveFunction",
    "Run",
    "Target",
    "conversions",
    "forced",
    "watched",
    "written",
]
