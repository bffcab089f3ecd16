"""Functions that receive NumPy arrays: what becomes of them as graphs, which get every array as a tensor.

The body is evaluated once more on the side, with tensors in place of the arrays (`interproc.arrays`). What that run
does and the run of the program does not is what a graph would do otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from hybridize.analyses.parameters import evidence, receiver_name
from hybridize.analyses.usage import COMPUTES, UsageAnalysis
from hybridize.domains.atoms import Atom, Object, Tensor, Tuple, tensor, tuple_of
from hybridize.domains.value import BOTTOM, Value, value_of
from hybridize.interproc.activation import Activation
from hybridize.interproc.arrays import ARRAY_ONLY, DOUBT
from hybridize.interproc.events import Use
from hybridize.interproc.machine import Machine
from hybridize.interproc.probe import Probe, contexts
from hybridize.syntax.code import Code, Position

DIFFERS = frozenset({ARRAY_ONLY, DOUBT, "numpy", "eager-only", "unpacks-tensor", "coerces"})
"""Kinds of uses that matter only where they are made of tensors."""
DEPTH = 4
"""Containers in containers that are looked into."""

Places = dict[str, dict[Position, Use]]
"""Uses by the id of the body they stand in."""


class ArrayArguments(NamedTuple):
    """What becomes of the arrays that a function receives."""

    names: frozenset[str] = frozenset()
    """The parameters that receive arrays."""
    numpy: Places = {}  # noqa: RUF012
    """Where NumPy would get a tensor."""
    breaks: Places = {}  # noqa: RUF012
    """Where else a tensor would not do."""
    needs: bool | None = False
    """Whether the function needs arrays: inside, or where its result is used. None where it cannot be told."""
    computes: bool = False
    """As a graph it has operations."""

    @property
    def tensors(self) -> frozenset[str]:
        """The parameters that might as well receive tensors, and are computed with."""
        return self.names if self.needs is False and not self.numpy and self.computes else frozenset()


def array_arguments(
    machine: Machine, usage: UsageAnalysis, code: Code, pins: Mapping[str, str | None]
) -> ArrayArguments:
    """Evaluate an eager function with tensors in place of the arrays that it receives.

    That is worth its time only where nothing else stands against a graph. ``pins`` are the dtypes to which eager
    execution converts the arrays.
    """
    names = _receiving(machine, code)
    if not names or code.id in machine.hybridized or code.is_generator or code.is_async:
        return ArrayArguments()
    probe, activations, results = _evaluate(machine, code, lambda name, value: _as_tensors(value, pins.get(name)))
    known = set(_keys(usage.reached(code)))
    if any(key not in known and key[2] in (ARRAY_ONLY, DOUBT) for key in _keys(activations)):
        known.update(_keys(_evaluate(machine, code, lambda name, value: value)[1]))  # what has to do with no array
    numpy: Places = {}
    breaks: Places = {}
    doubt = probe.exhausted
    for activation in activations:
        for use in activation.uses:
            if use.kind not in DIFFERS or (activation.code.id, use.position, use.kind) in known:
                continue
            if use.kind == DOUBT:
                doubt = True
            elif use.kind != "coerces" or _converts(use):
                places = numpy if use.kind == "numpy" else breaks
                places.setdefault(activation.code.id, {}).setdefault(use.position, use)
    own = [act.result for act in machine.by_code[code.id] if act.evaluated]
    gives_tensors = _gives_tensors(machine, probe, own, results)
    if gives_tensors is not False and (calls := _calls_that_use_it(machine, code)):
        breaks.update(calls if gives_tensors else {})
        doubt = True
    computes = any(use.kind in COMPUTES for act in activations for use in act.uses)
    return ArrayArguments(names, numpy, breaks, True if breaks else None if doubt else False, computes)


def _evaluate(
    machine: Machine, code: Code, given: Callable[[str, Value], Value]
) -> tuple[Probe, list[Activation], list[Value]]:
    """A probe, the activations it evaluated, and what the function gave in each of its contexts."""
    probe = Probe(machine, arrays_as_tensors=True)
    seen: dict[Activation, None] = {}
    results: list[Value] = []
    for env, site, args in contexts(machine, code):
        activations = probe.call(code, env, {name: given(name, value) for name, value in args.items()}, site)
        results.append(activations[0].result)
        seen.update(dict.fromkeys(activations))
    return probe, list(seen), results


def _keys(activations: Iterable[Activation]) -> Iterator[tuple[str, Position, str]]:
    return ((act.code.id, use.position, use.kind) for act in activations for use in act.uses)


def _receiving(machine: Machine, code: Code) -> frozenset[str]:
    receiver = receiver_name(machine, code)
    return frozenset(
        parameter.name
        for parameter in code.parameters
        if parameter.name != receiver and any(map(_holds_array, evidence(machine, code, parameter.name).atoms))
    )


def _holds_array(atom: Atom) -> bool:
    if isinstance(atom, Tuple):
        parts = atom.elements if atom.elements is not None else (atom.element,)
        return any(_holds_array(inner) for part in parts for inner in part.atoms)
    return isinstance(atom, Tensor) and atom.kind == "ndarray"


def _as_tensors(value: Value, dtype: str | None) -> Value:
    """The value with tensors for arrays, as `tf.function` converts arguments and tuples of them."""
    return value_of(*(_as_tensor(atom, dtype) for atom in value.atoms))


def _as_tensor(atom: Atom, dtype: str | None) -> Atom:
    if isinstance(atom, Tuple):
        elements = None if atom.elements is None else tuple(_as_tensors(part, dtype) for part in atom.elements)
        return tuple_of(elements, _as_tensors(atom.element, dtype))
    if isinstance(atom, Tensor) and atom.kind == "ndarray":
        return tensor("dense", dtype or atom.dtype, atom.shape)
    return atom


def _converts(use: Use) -> bool:
    """Whether an op converts an array of another dtype; where the op met two arrays, NumPy promoted both."""
    pair = use.value.atoms[0]
    assert isinstance(pair, Tuple)
    dtypes = {atom.dtype for part in pair.elements or () for atom in part.atoms if isinstance(atom, Tensor)}
    return len(dtypes) > 1


# -- results -----------------------------------------------------------------------------------------------------------


def _gives_tensors(machine: Machine, probe: Probe, own: list[Value], results: list[Value]) -> bool | None:
    """Whether there are tensors in what a graph gives where eager execution gives arrays."""
    before = [atom for value in own for atom in _tensors(machine, value)]
    after = {atom for value in results for atom in _tensors(probe, value)}
    arrays = {atom for atom in before if atom.kind == "ndarray"}
    if arrays - after or (arrays and any(atom.kind != "ndarray" for atom in after.difference(before))):
        return True
    # What lists held in the run of the program, they hold in the probe as well.
    return None if arrays - {atom for value in own for atom in _tensors(None, value)} else False


def _calls_that_use_it(machine: Machine, code: Code) -> Places:
    """The calls whose result is not dropped at once."""
    found: Places = {}
    if code.id in machine.exposed_codes:
        found[code.id] = {code.name_position: _use("its result is used by code that is not known", code.name_position)}
    for activation in machine.by_code.get(code.id, ()):
        for caller in dict.fromkeys(point.activation for point in activation.callers):
            for edge in caller.edges:
                if edge.target is activation and (edge.kind != "call" or edge.position not in caller.code.dropped):
                    use = _use("its result, an array, is used", edge.position)
                    found.setdefault(caller.code.id, {}).setdefault(edge.position, use)
    return found


def _use(detail: str, position: Position) -> Use:
    return Use(ARRAY_ONLY, detail, position, BOTTOM)


def _tensors(machine: Machine | None, value: Value, depth: int = 0) -> list[Tensor]:
    """The tensors and arrays in a value and in the tuples of it; given a machine, in its lists and dicts as well."""
    found: list[Tensor] = []
    for atom in value.atoms:
        if isinstance(atom, Tensor):
            found.append(atom)
        elif isinstance(atom, Tuple) and depth < DEPTH:
            for part in atom.elements if atom.elements is not None else (atom.element,):
                found += _tensors(machine, part, depth + 1)
        elif isinstance(atom, Object) and atom.cls in ("list", "dict") and machine is not None and depth < DEPTH:
            found += _tensors(machine, machine.peek(("e", atom, "*")), depth + 1)
    return found
