"""Which literal parameters of a hybrid function make it retrace, and which of the two rules about them speaks.

HYB201 advises to pass tensors, HYB402 to give up the graph. The second is the better advice only where passing tensors
would not help: the function computes nothing with tensors, or no parameter is reliably a tensor.
"""

from __future__ import annotations

from hybridize.finding import Related
from hybridize.report import FunctionReport, Parameter
from hybridize.rules import _text


def retracing(function: FunctionReport) -> list[Parameter]:
    """Its literal parameters that change from call to call.

    None where an input signature turns them into tensors, or where it has no tensor parameter.
    """
    if not function.hybrid or function.hybridization is None or _signature_supplied(function):
        return []
    if any((fact := function.facts.get(name)) is None or fact.value is not True for name in _FACTS):
        return []
    return [parameter for parameter in function.parameters if parameter.literal and parameter.varies]


_FACTS = ("tensor_parameter", "literal_parameter")


def _signature_supplied(function: FunctionReport) -> bool:
    hybridization = function.hybridization
    return hybridization is not None and hybridization.arguments.get("input_signature", "None") != "None"


def pointless(function: FunctionReport) -> bool:
    """Whether the graph has no use even if every argument were a tensor."""
    if function.verdict.precondition != "P3":
        return False
    computation = function.facts.get("tensor_computation")
    if computation is not None and computation.value is False:
        return True
    return not any(parameter.tensor and parameter.literal is False for parameter in function.parameters)


def sites(function: FunctionReport) -> tuple[Related, ...]:
    """Where the literals are passed."""
    fact = function.facts["literal_parameter"]
    here = (Related(_text.proof(evidence), evidence.detail or "a literal is passed here") for evidence in fact.evidence)
    return tuple(dict.fromkeys(here))[:3]
