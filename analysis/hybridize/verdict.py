"""What to do with one function: the decision tables over its facts, as a pure function.

Facts are three-valued. An undetermined one never turns into an action: where the outcome hangs on it, the verdict
names it as ``undetermined-<fact>``. A check that this version does not have (reason ``not-analyzed``) is different:
it does not stand in the way of a conversion to hybrid, but the verdict then says that it rests on it.

Terms: *Table 1* decides eager functions, *Table 2* hybrid ones; ``P1`` to ``P6`` name the rows that end in an action.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from hybridize.reasons import Reason
from hybridize.report import Fact, Verdict

Relation = Literal["agreement", "broader", "tighter", "incomparable"]


class Signature(msgspec.Struct, frozen=True):
    """What is known of a hybrid function's input signature, in a run that infers signatures."""

    supplied: bool = False
    """The code gives one to `tf.function`."""
    inferred: bool = False
    """One can be inferred, and written with the names the file has."""
    relation: Relation | None = None
    """How the supplied one compares to the inferred one; None where that cannot be told."""


class Decision(msgspec.Struct, frozen=True):
    """A verdict, and what it takes for granted."""

    verdict: Verdict
    assumptions: tuple[str, ...] = ()


class _Check(msgspec.Struct, frozen=True):
    """One fact as the tables use it: which value stands against, under what name, and what passing it means."""

    fact: str
    against: bool
    failure: str
    passing: str


_TENSOR = _Check("tensor_parameter", False, "no-tensor-parameter", "it has a tensor parameter")
_LITERAL = _Check("literal_parameter", True, "literal-parameter", "no parameter receives Python literals")
_EFFECTS = _Check("side_effects", True, "side-effects", "it has no Python side effects")
_RECURSIVE = _Check("recursive", True, "recursive", "it is not recursive")
_COMPUTATION = _Check("tensor_computation", False, "no-tensor-computation", "it computes with tensors")
_STATIC_AXIS = _Check(
    "unresolved_static_axis", True, "unresolved-static-axis", "it reads no axis that the signature leaves open"
)

PRECONDITIONS = (_TENSOR, _LITERAL, _EFFECTS, _RECURSIVE)
"""The columns of Table 1: every one that stands against is named."""

SAFETY_CHECKS = (
    _Check("eager_only_call", True, "eager-only-call", "it calls nothing that needs eager execution"),
    _Check("numpy_on_parameter", True, "numpy-on-parameter", "no parameter reaches NumPy or SciPy"),
    _Check("invalid_name_argument", True, "invalid-name-argument", "no operation gets a `name` that is not a string"),
    _Check("stale_variable_read", True, "stale-variable-read", "no variables are read before the model creates them"),
    _Check("tensor_iteration", True, "tensor-iteration", "no tensor is iterated where tracing cannot convert it"),
    _Check("dtype_conflict", True, "dtype-conflict", "no argument is coerced to several dtypes"),
    _Check("keras_symbolic_argument", True, "keras-symbolic-argument", "no call passes a symbolic Keras tensor"),
    _COMPUTATION,
    _Check("callers_covered", True, "covered-by-callers", "not every caller traces it already"),
    _Check("needs_arrays", True, "needs-arrays", "tensors do in place of the NumPy arrays that it receives"),
    _Check("refused_result", True, "refused-result", "it returns nothing that a graph refuses"),
    _Check("endless_recursion", True, "endless-recursion", "it calls no recursion that tracing does not end"),
    _Check("temporary_receiver", True, "temporary-receiver", "no call is on an object that nobody holds"),
    _Check("stale_state_read", True, "stale-state-read", "it reads no Python state that changes between calls"),
)
"""The last column of Table 1, in the order in which they are tried: the first that hits is named."""


class _Facts:
    """Reads the facts of one function."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self._facts = facts

    def value(self, check: _Check) -> bool | None:
        fact = self._facts.get(check.fact)
        return None if fact is None else fact.value

    def unchecked(self, check: _Check) -> bool:
        """Whether nothing is known because this version does not look."""
        fact = self._facts.get(check.fact)
        return fact is None or (fact.value is None and fact.reason == Reason.NOT_ANALYZED.value)

    def against(self, check: _Check) -> bool:
        return self.value(check) is check.against

    def open(self, check: _Check) -> bool:
        """Whether it was looked at, or has to be, and could not be told."""
        return self.value(check) is None

    def named(self, check: _Check) -> Iterator[str]:
        """The failure of ``check``: by its name where it stands against, as undetermined where it is open."""
        if self.against(check):
            yield check.failure
        elif self.open(check):
            yield undetermined(check.fact)


def undetermined(fact: str) -> str:
    """The failure name for a fact that could not be told."""
    return "undetermined-" + fact.replace("_", "-")


def decide(hybrid: bool, facts: Mapping[str, Fact], signature: Signature | None = None) -> Decision:
    """Apply the decision tables.

    Args:
        hybrid: the function runs as a graph by its own decorator or wrapping.
        facts: by the names in `hybridize.report.FACTS`; an absent one counts as not analyzed.
        signature: what is known of its input signature; None in a run that does not infer any.
    """
    return _hybrid(_Facts(facts), signature) if hybrid else _eager(_Facts(facts))


def _eager(facts: _Facts) -> Decision:
    """Table 1."""
    waived = [check for check in (*PRECONDITIONS[1:], *SAFETY_CHECKS) if facts.unchecked(check)]
    failures = [name for check in PRECONDITIONS if check not in waived for name in facts.named(check)]
    if failures:
        return _against(*failures)
    first = next((check for check in SAFETY_CHECKS if facts.against(check)), None)
    if first is not None:
        return _against(first.failure)
    failures = [undetermined(check.fact) for check in SAFETY_CHECKS if check not in waived and facts.open(check)]
    if failures:
        return _against(*failures)
    return Decision(Verdict("convert-to-hybrid", "P1"), tuple(map(_unchecked_assumption, waived)))


def _hybrid(facts: _Facts, signature: Signature | None) -> Decision:
    """Table 2. Side effects and open questions about them are named in every row that ends without an action."""
    effects = list(facts.named(_EFFECTS))
    if facts.open(_TENSOR):
        literal = [undetermined(_LITERAL.fact)] if facts.open(_LITERAL) else []
        return _against(undetermined(_TENSOR.fact), *literal, *effects)
    if facts.against(_TENSOR):
        return _against(*effects) if effects else Decision(Verdict("convert-to-eager", "P2"))
    if facts.open(_LITERAL):
        return _against(undetermined(_LITERAL.fact), *effects)
    if facts.against(_LITERAL):
        return _against(*effects) if effects else Decision(Verdict("convert-to-eager", "P3"))
    if facts.against(_COMPUTATION):
        return _against(*effects) if effects else Decision(Verdict("convert-to-eager", "P6"))
    if facts.open(_COMPUTATION) and not facts.unchecked(_COMPUTATION):
        return _against(undetermined(_COMPUTATION.fact), *effects)
    decision = _signature(facts, signature, effects)
    if facts.unchecked(_COMPUTATION):
        return msgspec.structs.replace(decision, assumptions=(_unchecked_assumption(_COMPUTATION),))
    return decision


def _signature(facts: _Facts, signature: Signature | None, effects: list[str]) -> Decision:
    """The rows of Table 2 for functions that are hybrid for good reason."""
    if signature is None:
        return _against("already-optimal", *effects)
    if signature.supplied:
        return Decision(Verdict(failures=("already-optimal", *effects), signature_relation=signature.relation))
    if facts.against(_STATIC_AXIS):
        return _against(_STATIC_AXIS.failure, *effects)
    if not signature.inferred:
        return _against("already-optimal", *effects)
    doubts = [*effects, *facts.named(_STATIC_AXIS)]
    if facts.open(_RECURSIVE):
        doubts.append(undetermined(_RECURSIVE.fact))
    if doubts or facts.against(_RECURSIVE):
        return _against("already-optimal", *doubts)
    return Decision(Verdict("reconfigure", "P4"))


def _against(*failures: str) -> Decision:
    return Decision(Verdict(failures=failures))


def _unchecked_assumption(check: _Check) -> str:
    return f"{check.passing}: this version does not check that"
