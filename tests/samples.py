"""Functions, facts and reports built by hand, for tests of rules and renderers that need no analysis."""

from __future__ import annotations

from pathlib import Path

from hybridize.finding import Finding, Related, Severity, Span
from hybridize.report import (
    FACTS,
    Evidence,
    Fact,
    FileSummary,
    FunctionReport,
    Hybridization,
    Opportunity,
    Parameter,
    Report,
    Spec,
)
from hybridize.verdict import decide

TRAIN = """\
import tensorflow as tf


def log_step(loss):
    print("loss", loss)


@tf.function
def train_step(x):
    loss = tf.reduce_mean(x)
    log_step(loss)
    return loss
"""
"""The program that `SIDE_EFFECT` and `hybrid()` speak of."""

VECTOR = Spec("TensorSpec", "float32", (None, 8))

PRINTS = Evidence(
    path="train.py",
    line=5,
    text='print("loss", loss)',
    via=("log_step (train.py:4)",),
    kind="io",
    detail="prints",
    at=Span("train.py", 11, 4, 11, 18),
    calls=(("log_step", Span("train.py", 4, 4, 4, 12)),),
    span=Span("train.py", 5, 4, 5, 23),
)


def finding(**changes: object) -> Finding:
    """A finding with everything in it."""
    values: dict[str, object] = {
        "code": "HYB101",
        "slug": "python-side-effect-in-graph",
        "severity": Severity.ERROR,
        "span": Span("train.py", 11, 4, 11, 18),
        "message": "`train_step` calls `log_step` (train.py:4), which prints (train.py:5): once per graph",
        "function": "train_step",
        "help": "use `tf.print`, or print in the caller",
        "chain": (
            Related(Span("train.py", 4, 4, 4, 12), "`log_step` is defined here"),
            Related(Span("train.py", 5, 4, 5, 23), "`log_step` prints here"),
        ),
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]


def facts(**changes: Fact | bool | None) -> dict[str, Fact]:
    """The facts of a function that could run as a graph, with ``changes``; None is undetermined."""
    result = {name: Fact(name in ("tensor_parameter", "tensor_computation")) for name in FACTS}
    for name, change in changes.items():
        assert name in result, name
        result[name] = (
            change if isinstance(change, Fact) else Fact(change, reason="" if change is not None else "no-caller")
        )
    return result


def function(
    *, hybrid: bool = False, parameters: tuple[Parameter, ...] | None = None, **changes: object
) -> FunctionReport:
    """One function; the verdict follows from its facts unless given."""
    known = changes.pop("facts", None) or facts()
    assert isinstance(known, dict)
    decision = decide(hybrid, known)
    values: dict[str, object] = {
        "path": "train.py",
        "qualname": "train_step",
        "line": 9,
        "end_line": 12,
        "hybrid": hybrid,
        "hybridization": Hybridization("decorator", 8, {}, None, Span("train.py", 8, 0, 8, 12)) if hybrid else None,
        "parameters": parameters if parameters is not None else (parameter("x", tensor=True),),
        "facts": known,
        "input_signature": None,
        "input_signature_absence": "not inferred",
        "verdict": decision.verdict,
        "assumptions": decision.assumptions,
        "span": Span("train.py", 9, 0, 9, 14),
        "opportunity": Opportunity() if decision.verdict.precondition == "P1" else None,
    }
    return FunctionReport(**{**values, **changes})  # type: ignore[arg-type]


def parameter(name: str, *, tensor: bool | None = False, literal: bool | None = False) -> Parameter:
    """One parameter; its literals, if it gets some, change from call to call."""
    types, basis = ((VECTOR,), "flow") if tensor else ((), None)
    return Parameter(name, "positional-or-keyword", tensor, literal, types, basis, varies=bool(literal))


def report(root: Path | str = ".", **changes: object) -> Report:
    """A report of one file with one finding and one function."""
    values: dict[str, object] = {
        "version": "0.1.0",
        "root": str(root),
        "functions": (function(hybrid=True, facts=facts(side_effects=Fact(True, "flow", (PRINTS,)))),),
        "findings": (finding(),),
        "files": (FileSummary("train.py", 12, True),),
        "counters": {"functions visited": 2},
    }
    return Report(**{**values, **changes})  # type: ignore[arg-type]


def write_train(root: Path) -> Path:
    """Write the program the report speaks of below ``root``."""
    (root / "train.py").write_text(TRAIN, encoding="utf-8")
    return root
