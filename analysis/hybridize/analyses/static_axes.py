"""Axes that a body reads as Python numbers although the inferred signature leaves them open.

Each call of an eager function, and each trace of a hybrid one without a signature, sees numbers in ``x.shape``. Under a
signature that leaves an axis open it is None. To see what becomes of that, the body is evaluated once more on the side,
with arguments of just the signature's types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from hybridize.analyses.signatures import Inference, flat
from hybridize.analyses.usage import LAYER, UsageAnalysis
from hybridize.domains.atoms import Tensor, tensor, tuple_of
from hybridize.domains.value import BOTTOM, Value, value_of
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Use
from hybridize.interproc.machine import Machine
from hybridize.interproc.probe import Probe, contexts
from hybridize.reasons import Reason
from hybridize.report import Evidence, Fact, Spec, Specs
from hybridize.syntax.code import Code, Position

KINDS: Final = {"TensorSpec": "dense", "RaggedTensorSpec": "ragged", "SparseTensorSpec": "sparse"}
MAY_READ: Final = frozenset({"reads-shape", "calls-layer", LAYER})
"""Kinds of uses that may look at static sizes; layers of Keras do, too."""
Evident = Callable[[Code, dict[Position, Use]], tuple[Evidence, ...]]


class StaticAxes(NamedTuple):
    """Answers for the functions of a finished run."""

    machine: Machine
    usage: UsageAnalysis
    evident: Evident

    def fact(self, code: Code, inference: Inference) -> Fact:
        """Whether the function uses as a number what its signature leaves open."""
        if not inference.leaves_open or not self.usage.contains(code, MAY_READ):
            return Fact(value=False, basis="flow")
        signature = inference.signature or {}
        probe = Probe(self.machine)
        own = {_tensor(spec) for spec in flat(signature.values())}
        uncertain = False
        given = {name: _value(spec) for name, spec in signature.items()}
        for env, site, args in contexts(self.machine, code):
            activations = probe.call(code, env, {**args, **given}, site)
            needed = [(act, use) for act in activations for use in act.uses if use.kind == "needs-axis"]
            if not needed:
                continue
            if any(self._certainly_open(act, use, own) for act in activations for use in act.uses):
                return Fact(value=True, basis="flow", evidence=self._evidence(code, needed))
            uncertain = True
        if uncertain or probe.exhausted:
            reason = Reason.ITERATION_BOUND if probe.exhausted else Reason.UNMODELED_LIBRARY
            return Fact(value=None, reason=reason.value)
        return Fact(value=False, basis="flow")

    def _certainly_open(self, activation: Activation, use: Use, own: set[Tensor]) -> bool:
        """Whether a shape is read there that has an open axis because of the signature.

        It has if the tensor is an argument. Another tensor's shape may be open just because it is not known: it counts
        if the run itself knows it.
        """
        atom = use.value.atoms[0] if use.kind == "reads-shape" else None
        if not isinstance(atom, Tensor) or (atom.shape is not None and None not in atom.shape):
            return False
        if atom in own:
            return True
        seen = [
            known
            for act in self.machine.by_code.get(activation.code.id, ())
            for other in act.uses
            if other.kind == "reads-shape" and other.position == use.position
            for known in other.value.atoms
        ]
        return bool(seen) and all(
            isinstance(known, Tensor) and known.shape is not None and None not in known.shape for known in seen
        )

    def _evidence(self, code: Code, needed: list[tuple[Activation, Use]]) -> tuple[Evidence, ...]:
        """The lines that need a number; the function's own first."""
        by_code: dict[str, dict[Position, Use]] = {code.id: {}}
        for activation, use in needed:
            by_code.setdefault(activation.code.id, {}).setdefault(use.position, use)
        codes = self.machine.program.codes
        return tuple(one for id, uses in by_code.items() for one in self.evident(codes[id], uses))


def _tensor(spec: Spec) -> Tensor:
    return tensor(KINDS[spec.spec], spec.dtype, spec.shape)


def _value(spec: Specs) -> Value:
    """A value of just that type."""
    if isinstance(spec, Spec):
        return value_of(_tensor(spec))
    return value_of(tuple_of(tuple(_value(one) for one in spec), BOTTOM))
