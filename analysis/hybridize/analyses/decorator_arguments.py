"""Whether the input signature given to `tf.function` can be that of the function, and what calls it then refuses."""

from __future__ import annotations

from collections.abc import Sequence

from hybridize.analyses.parameters import graph_calls
from hybridize.domains.atoms import Const, Object, Tensor, Tuple
from hybridize.domains.value import NONE, Value
from hybridize.interproc import containers
from hybridize.interproc.events import Hybridized
from hybridize.interproc.machine import Machine
from hybridize.syntax.code import Code, ParameterFact, Position


def refused(event: Hybridized, parameters: Sequence[ParameterFact]) -> str:
    """Why TensorFlow refuses the signature when `tf.function` is applied; empty if it does not, or if nobody knows.

    Entries go to positional parameters in order, then to keyword-only ones. The first parameter has none if it is
    called ``self``, whatever the function is, or is bound.
    """
    if event.given == "other" or event.signature is NONE or len(event.signature.atoms) != 1:
        return ""
    atom = event.signature.atoms[0]
    if isinstance(atom, Tensor):
        return "is one spec, not a list or a tuple of them"
    if isinstance(atom, Object) and atom.cls in containers.DICTS:
        return "is a dict, not a list or a tuple"
    if not isinstance(atom, Tuple) or atom.elements is None:
        return ""
    left = _positional(event, parameters)
    keywords = [parameter for parameter in parameters if parameter.kind == "keyword-only"]
    count = len(atom.elements)
    for parameter in keywords:
        if not parameter.has_default:
            return f"cannot describe `{parameter.name}`, which is keyword-only and has no default"
    for parameter in left[count:]:
        if not parameter.has_default:
            return f"has no entry for `{parameter.name}`"
    room = len(left) + len(keywords)
    if count > room and not any(parameter.kind == "var-positional" for parameter in parameters):
        more = count - room
        return f"has {more} {'entry' if more == 1 else 'entries'} more than the function has parameters"
    return ""


def overridden(machine: Machine, event: Hybridized, code: Code) -> list[tuple[str, str, str, Position]]:
    """(parameter, value, path, place) of calls that are refused: parameters without an entry keep their default."""
    found = []
    for name in _without_entry(event, code.parameters):
        default = _constant(machine.peek(("d", code.id, name)))
        if default is None:
            continue
        for value, path, position in graph_calls(machine, code, name):
            passed = _constant(value)
            if passed is not None and passed.constant != default.constant:
                found.append((name, repr(passed.constant), path, position))
    return sorted(found, key=lambda item: item[2:])


def mismatched(machine: Machine, event: Hybridized, code: Code) -> list[tuple[str, str, str, Position]]:
    """(parameter, type, path, place) of calls that are refused: tensors that the parameter's entry does not admit.

    TensorFlow casts arrays of NumPy to the entry's dtype, whatever theirs; tensors it takes as they are.
    """
    return [
        (parameter, repr(tensors[0]), path, position)
        for parameter, entry, tensors, path, position in _passed(machine, event, code)
        if not any(_admits(entry, one) for one in tensors)
    ]


def questionable(machine: Machine, event: Hybridized, code: Code) -> list[tuple[str, str, str, Position]]:
    """(parameter, type, path, place) of calls that may be refused: some of the tensors that they pass do not fit.

    A last batch may be smaller. A tensor of which not even the rank is known says nothing: it may always fit.
    """
    found = []
    for parameter, entry, tensors, path, position in _passed(machine, event, code):
        doubtful = [one for one in tensors if not _admits(entry, one) or _is_open(entry, one)]
        if doubtful:
            found.append((parameter, repr(doubtful[0]), path, position))
    return found


def _passed(machine: Machine, event: Hybridized, code: Code) -> list[tuple[str, Tensor, list[Tensor], str, Position]]:
    """(parameter, its entry, what is passed, path, place) of the calls that pass nothing but tensors and arrays."""
    atom = event.signature.atoms[0] if len(event.signature.atoms) == 1 else None
    if event.given == "other" or not isinstance(atom, Tuple) or atom.elements is None:
        return []
    found = []
    for parameter, element in zip(_positional(event, code.parameters), atom.elements, strict=False):
        entry = element.atoms[0] if len(element.atoms) == 1 else None
        if not isinstance(entry, Tensor) or entry.kind not in _DENSE:
            continue
        for value, path, position in graph_calls(machine, code, parameter.name):
            tensors = [one for one in value.atoms if isinstance(one, Tensor) and one.kind in (*_DENSE, "ndarray")]
            if tensors and len(tensors) == len(value.atoms):
                found.append((parameter.name, entry, tensors, path, position))
    return sorted(found, key=lambda item: item[3:])


_DENSE = ("dense", "variable")


def _admits(entry: Tensor, passed: Tensor) -> bool:
    """Whether an entry may admit a tensor, as far as both are known."""
    cast = passed.kind == "ndarray"
    if not cast and entry.dtype is not None and passed.dtype is not None and entry.dtype != passed.dtype:
        return False
    if entry.shape is None or passed.shape is None:
        return True
    if len(entry.shape) != len(passed.shape):
        return False
    return all(
        wanted is None or given is None or wanted == given
        for wanted, given in zip(entry.shape, passed.shape, strict=True)
    )


def _is_open(entry: Tensor, passed: Tensor) -> bool:
    """Whether an axis is not known where the entry has a number."""
    return (
        entry.shape is not None
        and passed.shape is not None
        and len(entry.shape) == len(passed.shape)
        and any(wanted is not None and given is None for wanted, given in zip(entry.shape, passed.shape, strict=True))
    )


def _without_entry(event: Hybridized, parameters: Sequence[ParameterFact]) -> list[str]:
    atom = event.signature.atoms[0] if len(event.signature.atoms) == 1 else None
    if event.given == "other" or not isinstance(atom, Tuple) or atom.elements is None:
        return []
    keywords = [parameter for parameter in parameters if parameter.kind == "keyword-only"]
    every = [*_positional(event, parameters), *keywords]
    return [parameter.name for parameter in every[len(atom.elements) :]]


def _constant(value: Value) -> Const | None:
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    return atom if isinstance(atom, Const) else None


def _positional(event: Hybridized, parameters: Sequence[ParameterFact]) -> list[ParameterFact]:
    found = [one for one in parameters if one.kind in ("positional-only", "positional-or-keyword")]
    return found[1:] if found and (event.given == "method" or found[0].name == "self") else found
