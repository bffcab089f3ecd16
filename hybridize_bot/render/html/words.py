"""What the decision table says of a function, in words."""

from __future__ import annotations

from hybridize.reasons import Reason
from hybridize.report import FunctionReport
from hybridize.verdict import PRECONDITIONS, SAFETY_CHECKS

_AGAINST = {
    "no-tensor-parameter": "no parameter is a tensor",
    "literal-parameter": "a parameter receives Python literals, and each new value would be traced anew",
    "side-effects": "it has Python side effects, which a graph has only while it is traced",
    "recursive": "it is recursive",
    "no-tensor-computation": "it computes nothing with tensors",
    "unresolved-static-axis": "it reads an axis that the inferred input signature leaves open",
    "already-optimal": "it runs as a graph for good reason: it takes tensors and computes with them",
    "eager-only-call": "it calls something that needs eager execution",
    "numpy-on-parameter": "a parameter reaches NumPy or SciPy",
    "invalid-name-argument": "an operation gets a `name` that is not a string",
    "stale-variable-read": "it reads variables before the model creates them",
    "tensor-iteration": "a tensor is iterated where tracing cannot convert that",
    "dtype-conflict": "an argument is coerced to several dtypes",
    "keras-symbolic-argument": "a call passes a symbolic Keras tensor",
    "covered-by-callers": "whatever calls it traces it already",
    "needs-arrays": "it needs the NumPy arrays that it receives: tensors do not do in their place",
    "refused-result": "it returns something that a graph refuses",
    "endless-recursion": "it calls a recursion that tracing does not end",
    "temporary-receiver": "a call is on an object that nobody holds, and with it the graph would be gone",
    "stale-state-read": "it reads Python state that changes between calls",
}

_ACTIONS = {
    "P1": "it could run as a graph, safely",
    "P2": "it should run as Python: no parameter is a tensor",
    "P3": "it should run as Python: a parameter receives Python literals",
    "P4": "it runs as a graph for good reason, and should have the inferred input signature",
    "P5": "it runs as a graph for good reason, with another input signature than the inferred one",
    "P6": "it should run as Python: it computes nothing with tensors",
}

_FACT_OF = {check.failure: check.fact for check in (*PRECONDITIONS, *SAFETY_CHECKS)} | {
    "unresolved-static-axis": "unresolved_static_axis"
}

_UNDETERMINED = "undetermined-"


def fact_name(fact: str) -> str:
    """``side effects`` for ``side_effects``."""
    return fact.replace("_", " ")


def reason(name: str) -> str:
    """The clause for one of the closed list of reasons; anything else is a clause already."""
    return Reason(name).text if name in Reason._value2member_map_ else name


def action(function: FunctionReport) -> str:
    """What is to be done with a function, as a clause; empty if nothing."""
    return _ACTIONS.get(function.verdict.precondition or "", "")


def failure(name: str, function: FunctionReport) -> tuple[str, str]:
    """Why nothing is to be done, as a clause, and the fact that it hangs on (empty if none)."""
    if not name.startswith(_UNDETERMINED):
        return _AGAINST.get(name, name.replace("-", " ")), _FACT_OF.get(name, "")
    fact = name.removeprefix(_UNDETERMINED).replace("-", "_")
    known = function.facts.get(fact)
    why = f": {reason(known.reason)}" if known is not None and known.reason else ""
    return f"{fact_name(fact)} cannot be told{why}", fact
