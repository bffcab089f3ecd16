"""NumPy arrays that eager execution converts to the dtype of the tensors they meet.

Eagerly ``weight * array`` takes a float64 array as float32, the dtype of the weight. A graph receives the array as a
float64 tensor already, and the multiplication raises. A signature with the weight's dtype converts it on entry instead,
provided that all ops agree on one dtype, and that the dtype does not come with another argument
(``tests/runtime/test_input_signatures.py``).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hybridize.analyses.parameters import evidence, receiver_name
from hybridize.analyses.usage import UsageAnalysis
from hybridize.domains.atoms import Atom, Tensor, Tuple
from hybridize.interproc.activation import Activation
from hybridize.interproc.events import Use
from hybridize.interproc.machine import Machine
from hybridize.syntax.code import Code, Position


class Coercions(NamedTuple):
    """What becomes of the arrays that a function's parameters receive."""

    pins: dict[str, str | None]
    """Parameter to the one dtype its arrays are converted to; None: several, it depends on the call, or not known."""
    needed: tuple[str, ...]
    """The parameters whose arrays have another dtype than that."""
    conflict: bool | None
    """Whether there is an array with no single dtype; None where it cannot be told."""
    places: dict[str, dict[Position, Use]]
    """The ops that convert arrays, by the id of the body they stand in."""


class _Conversion(NamedTuple):
    """An op that converts an array of a parameter."""

    dtype: str | None
    depends: bool
    """The dtype is that of another argument, and differs from the array's."""
    certain: bool
    """The op is sure to get both: no operand is one of several possible ones."""


NONE: Final = Coercions({}, (), False, {})


def coercions(machine: Machine, usage: UsageAnalysis, code: Code) -> Coercions:
    """The conversions in a function and in what it calls."""
    receiver = receiver_name(machine, code)
    names = [parameter.name for parameter in code.parameters if parameter.name != receiver]
    passed = {name: set(evidence(machine, code, name).atoms) for name in names}
    pins: dict[str, str | None] = {}
    needed: list[str] = []
    conflict: bool | None = False
    places: dict[str, dict[Position, Use]] = {code.id: {}}
    for name, own in passed.items():
        arrays = {atom for atom in own if isinstance(atom, Tensor) and atom.kind == "ndarray"}
        if not arrays:
            continue
        others: set[Atom] = set().union(*(atoms for other, atoms in passed.items() if other != name))
        found: dict[_Conversion, None] = {}
        for activation, use in usage.uses(code, "coerces"):
            array, partner = _pair(use)
            # A parameter that receives arrays and tensors does not meet itself.
            if array not in arrays or partner in own:
                continue
            depends = partner in others and partner.dtype != array.dtype
            # Arrays are told apart by their types: one of a shape of its own is the argument, and no other array.
            found[_Conversion(partner.dtype, depends, _settled(activation) and bool(array.shape))] = None
            places.setdefault(activation.code.id, {}).setdefault(use.position, use)
        if not found:
            continue
        dtypes = {one.dtype for one in found}
        certain = {one.dtype for one in found if one.certain} - {None}
        pins[name] = next(iter(dtypes)) if len(dtypes) == 1 and not any(one.depends for one in found) else None
        if len(certain) > 1 or any(one.depends and one.certain and one.dtype is not None for one in found):
            conflict = True
        elif pins[name] is None:
            conflict = conflict or None
        elif any(atom.dtype != pins[name] for atom in arrays):
            needed.append(name)
    return Coercions(pins, tuple(needed), conflict, places)


def _settled(activation: Activation) -> bool:
    """Whether the activation stands for one way of calling its body."""
    return not activation.merged and all(len(value.atoms) <= 1 for value in activation.args.values())


def _pair(use: Use) -> tuple[Tensor, Tensor]:
    both = use.value.atoms[0]
    assert isinstance(both, Tuple)
    assert both.elements is not None
    array, partner = (element.atoms[0] for element in both.elements)
    assert isinstance(array, Tensor)
    assert isinstance(partner, Tensor)
    return array, partner
