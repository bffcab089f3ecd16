"""Functions in words: types, parameters, facts and verdicts as short text, for the table and the CSV."""

from __future__ import annotations

from hybridize.report import Evidence, FunctionReport, Spec, Specs


def specs(value: Specs) -> str:
    """``float32[?, 10]``, ``float32[...]`` for unknown rank, ``?`` for an unknown dtype, ``(a, b)`` for a sequence."""
    if not isinstance(value, Spec):
        return "(" + ", ".join(specs(one) for one in value) + ")"
    axes = "..." if value.shape is None else ", ".join("?" if axis is None else str(axis) for axis in value.shape)
    kind = {"TensorSpec": "", "RaggedTensorSpec": "ragged ", "SparseTensorSpec": "sparse "}[value.spec]
    return f"{kind}{value.dtype or '?'}[{axes}]"


def signature(function: FunctionReport) -> str:
    """The inferred input signature: ``x: float32[?, 10], y: int32[?]``; empty where there is none."""
    return ", ".join(f"{name}: {specs(one)}" for name, one in (function.input_signature or {}).items())


def parameters(function: FunctionReport, attribute: str) -> list[str]:
    """The names of the parameters for which ``attribute`` is true, with a question mark where it cannot be told."""
    values = ((parameter.name, getattr(parameter, attribute)) for parameter in function.parameters)
    return [name if value else f"{name}?" for name, value in values if value is not False]


def truth(value: bool | None) -> str:
    """``true``, ``false``, or nothing for undetermined."""
    return "" if value is None else str(value).lower()


def site(evidence: Evidence) -> str:
    """``path:line text`` and the calls that lead there."""
    via = f" via {' > '.join(evidence.via)}" if evidence.via else ""
    return f"{evidence.path}:{evidence.line} {' '.join(evidence.text.split())}{via}"


def verdict(function: FunctionReport) -> str:
    """``P1 convert-to-hybrid``, or the reasons against."""
    result = function.verdict
    action = f"{result.precondition} {result.action}" if result.precondition and result.action else ""
    return ", ".join(filter(None, [action, *result.failures])) or "-"


def count(number: int, word: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {word}{'' if number == 1 else 's'}"
