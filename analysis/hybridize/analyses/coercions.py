"""NumPy arrays that eager execution converts to the dtype of the tensors they meet.

Eagerly ``weight * array`` takes a float64 array as float32, the dtype of the weight. A graph receives the array as a
float64 tensor already, and the multiplication raises. A signature with the weight's dtype converts it on entry instead,
provided that all ops agree on one dtype, and that the dtype does not come with another argument
(``tests/runtime/test_input_signatures.py``).
"""

from __future__ import annotations

from typing import NamedTuple

from hybridize.analyses.parameters import evidence, receiver_name
from hybridize.analyses.usage import UsageAnalysis
from hybridize.domains.atoms import Atom, Tensor, Tuple
from hybridize.interproc.events import Use
from hybridize.interproc.machine import Machine
from hybridize.syntax.code import Code


class Coercions(NamedTuple):
    """What becomes of the arrays that a function's parameters receive."""

    pins: dict[str, str | None]
    """Parameter to the one dtype its arrays are converted to; None: to several, or it depends on the call."""
    needed: tuple[str, ...]
    """The parameters whose arrays have another dtype than that."""
    conflicts: tuple[Use, ...]
    """The ops that convert an array for which there is no single dtype."""


NONE = Coercions({}, (), ())


def coercions(machine: Machine, usage: UsageAnalysis, code: Code) -> Coercions:
    """The conversions in a function and in what it calls."""
    receiver = receiver_name(machine, code)
    passed = {
        parameter.name: {atom for atom in evidence(machine, code, parameter.name).atoms if isinstance(atom, Tensor)}
        for parameter in code.parameters
        if parameter.name != receiver
    }
    arrays = {name: {atom for atom in atoms if atom.kind == "ndarray"} for name, atoms in passed.items()}
    if not any(arrays.values()):
        return NONE
    uses = [use for activation in usage.reached(code) for use in activation.uses if use.kind == "coerces"]
    pins: dict[str, str | None] = {}
    needed: list[str] = []
    conflicts: list[Use] = []
    for name, own in arrays.items():
        others: set[Atom] = set().union(*(atoms for other, atoms in passed.items() if other != name))
        found: dict[str | None, None] = {}
        converting: list[Use] = []
        for use in uses:
            array, partner = _pair(use)
            if array not in own:
                continue
            converting.append(use)
            depends = partner in others and partner.dtype != array.dtype
            found[None if depends else partner.dtype] = None
        if not found:
            continue
        pins[name] = next(iter(found)) if len(found) == 1 else None
        if pins[name] is None:
            conflicts += converting
        elif any(atom.dtype != pins[name] for atom in own):
            needed.append(name)
    return Coercions(pins, tuple(needed), tuple(conflicts))


def _pair(use: Use) -> tuple[Tensor, Tensor]:
    both = use.value.atoms[0]
    assert isinstance(both, Tuple)
    assert both.elements is not None
    array, partner = (element.atoms[0] for element in both.elements)
    assert isinstance(array, Tensor)
    assert isinstance(partner, Tensor)
    return array, partner
