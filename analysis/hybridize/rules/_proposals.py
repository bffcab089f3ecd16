"""What rules propose: intentions made of facts, with how safe they are. How they are written is not their business."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hybridize.finding import Span
from hybridize.intention import (
    AddDecorator,
    Applicability,
    CollectInArray,
    HoistFunction,
    Intention,
    KeepResult,
    PrintParts,
    Proposal,
    RemoveArgument,
    RemoveFunction,
    RenameArgument,
    ReplaceAssert,
    ReplaceCall,
    SetArgument,
    Signature,
    Tree,
    UnwrapCall,
    WrapArgument,
)
from hybridize.report import Evidence, FunctionReport, Observation, Parameter, Spec, Specs
from hybridize.runs import AGAINST

_POSITIONAL = ("positional-only", "positional-or-keyword")


def decorate(function: FunctionReport) -> Proposal:
    """Put `tf.function` on it. Safe only where a run of it, or the program's own calls, prove what speaks for it.

    A function that draws random numbers may draw others in a graph.
    """
    random = function.facts["draws_random"].value is not False
    doubts = function.assumptions or (function.opportunity is not None and function.opportunity.doubts)
    shown = function.facts["tensor_parameter"].basis == "flow" and not doubts
    proven = not random and (shown or function.proven)
    given = (("input_signature", signature(function)),) if with_signature(function) else ()
    return Proposal(
        "add `tf.function`",
        Applicability.SAFE if proven else Applicability.UNSAFE,
        (AddDecorator(function.span, given),),
    )


def with_signature(function: FunctionReport) -> bool:
    """Whether its decorator gets the inferred signature: the graph needs it, or the configuration asks for it."""
    return function.signature_needed or function.signature_wanted


def undecorate(function: FunctionReport) -> Proposal | None:
    """Take `tf.function` away. Never safe: types of results, tracing and exports may hang on it."""
    place = _place(function)
    run = function.run
    if place is None or (run is not None and run.change == "undecorate" and run.outcome in AGAINST):
        return None
    return Proposal("remove `tf.function`", Applicability.UNSAFE, (RemoveFunction(place),))


def supply_signature(function: FunctionReport) -> Proposal | None:
    """Give the inferred signature. Unsafe: callers that are not in sight may pass something else."""
    place = _place(function)
    if place is None or not function.input_signature:
        return None
    step = SetArgument(place, "input_signature", signature(function))
    return Proposal("give the `input_signature` that the calls fit", Applicability.UNSAFE, (step,))


def replace_calls(found: Sequence[Evidence]) -> Proposal | None:
    """Print and draw random numbers with TensorFlow. Unsafe: it then happens in every call, which may not be meant."""
    if not all(evidence.span is not None and _has_operation(evidence) for evidence in found):
        return None
    steps = tuple(ReplaceCall(evidence.span) for evidence in found if evidence.span is not None)
    return Proposal("use the TensorFlow operation", Applicability.UNSAFE, tuple(dict.fromkeys(steps)))


def rename_argument(function: FunctionReport, old: str, new: str) -> Proposal | None:
    """Use the new name of an argument. Safe: it means the same."""
    place = _place(function)
    if place is None:
        return None
    return Proposal(f"write `{new}`", Applicability.SAFE, (RenameArgument(place, old, new),))


def remove_argument(function: FunctionReport, name: str) -> Proposal | None:
    """Take an argument away that has no effect. Safe."""
    place = _place(function)
    if place is None:
        return None
    return Proposal(f"remove `{name}`", Applicability.SAFE, (RemoveArgument(place, name),))


def hoist(observation: Observation, functions: Iterable[FunctionReport]) -> Proposal | None:
    """Make the function once, at module level. Unsafe: variables that a first call makes are then made once."""
    for function in functions:
        hybridization = function.hybridization
        if hybridization is not None and hybridization.span == observation.span:
            call = hybridization.form == "call"
            step = HoistFunction(observation.span, "call") if call else HoistFunction(function.span, "function")
            return Proposal("make it once, at module level", Applicability.UNSAFE, (step,))
    return None


def keep_result(observation: Observation) -> Proposal:
    """Bind what a method gives to the variable it is called on. Safe where nothing is assumed: eagerly it is that."""
    applicability = Applicability.UNSAFE if observation.assumes else Applicability.SAFE
    return Proposal("bind the result", applicability, (KeepResult(observation.span),))


def collect_in_array(observation: Observation) -> Proposal:
    """Collect in a `tf.TensorArray`. Unsafe: it holds items of one shape and dtype, where a list holds any."""
    dtypes = {text.partition("[")[0] for text in observation.types}
    dtype = dtypes.pop() if len(dtypes) == 1 else ""
    if not dtype.isidentifier():
        dtype = ""
    return Proposal("use a `tf.TensorArray`", Applicability.UNSAFE, (CollectInArray(observation.span, dtype),))


def print_parts(observation: Observation) -> Proposal:
    """Give `tf.print` the tensors themselves. Unsafe: it formats them, and what else is printed, in its own way."""
    return Proposal("print the parts of the text", Applicability.UNSAFE, (PrintParts(observation.span),))


def replace_assert(observation: Observation) -> Proposal:
    """Assert with `tf.debugging`. Unsafe: it compares all elements, and raises another exception."""
    return Proposal("use `tf.debugging`", Applicability.UNSAFE, (ReplaceAssert(observation.span),))


def drop_call(observation: Observation) -> Proposal:
    """Use the tensor itself. Unsafe: what follows may want an array."""
    return Proposal("use the tensor itself", Applicability.UNSAFE, (UnwrapCall(observation.span),))


def _has_operation(evidence: Evidence) -> bool:
    return evidence.kind == "rng" or (evidence.kind == "io" and evidence.detail == "prints")


def pass_tensors(function: FunctionReport, parameters: Sequence[Parameter]) -> Proposal | None:
    """Pass numbers as tensors. Unsafe: the function may need them as Python numbers, for a shape or a loop."""
    names = [parameter.name for parameter in parameters]
    sites = [one for one in function.facts["literal_parameter"].evidence if one.parameter in names]
    if not sites or any(one.kind != "passes-number" or one.span is None for one in sites):
        return None
    steps: list[Intention] = [
        WrapArgument(one.span, one.parameter, _index(function, one.parameter)) for one in sites if one.span is not None
    ]
    return Proposal("pass a tensor", Applicability.UNSAFE, tuple(dict.fromkeys(steps)))


def _index(function: FunctionReport, name: str) -> int | None:
    """The place of a parameter among the positional arguments of a call."""
    positional = [parameter.name for parameter in function.parameters if parameter.kind in _POSITIONAL]
    return positional.index(name) - function.method if name in positional else None


def _place(function: FunctionReport) -> Span | None:
    return function.hybridization.span if function.hybridization is not None else None


def signature(function: FunctionReport) -> Signature:
    """The inferred signature, to be written."""
    return Signature(tuple(_tree(specs) for specs in (function.input_signature or {}).values()))


def _tree(specs: Specs) -> Tree:
    return specs if isinstance(specs, Spec) else tuple(_tree(one) for one in specs)
