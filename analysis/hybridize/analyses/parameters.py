"""What each parameter receives: tensors (and of which type), Python literals, or nobody can tell."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from hybridize.config import Config
from hybridize.domains.atoms import Atom, Class, Const, Object, PyType, Stream, Tensor, Tuple, Unknown
from hybridize.domains.value import BOTTOM, Value, is_py, join, value_of
from hybridize.interproc.containers import DICTS, LISTS
from hybridize.interproc.machine import Machine
from hybridize.interproc.outside import annotated
from hybridize.interproc.pytest_calls import is_called_by_pytest
from hybridize.reasons import Reason
from hybridize.report import Basis, Parameter, Spec, Specs
from hybridize.syntax.code import Code, ParameterKind, Position

LITERALS: Final = ("int", "float", "str", "bytes", "complex")
MAX_DEPTH: Final = 6


class ParameterFacts(NamedTuple):
    """The parameters of one function, and what the name of the function adds."""

    parameters: tuple[Parameter, ...]
    speculated: str
    """Name of the heuristic by which the function is taken to have a tensor parameter; empty if none was needed."""


def parameter_facts(
    machine: Machine, code: Code, config: Config, converted: frozenset[str] = frozenset()
) -> ParameterFacts:
    """Facts of all parameters, the receiver of a method left out of all questions.

    ``converted`` names the parameters whose NumPy arrays an op converts to tensors.
    """
    receiver = receiver_name(machine, code)
    found = [
        _receiver(machine, code, p.name, p.kind)
        if p.name == receiver
        else _parameter(machine, code, p.name, p.has_default, config, p.kind, p.name in converted)
        for p in code.parameters
    ]
    others = [p for p in found if p.name != receiver]
    speculated = ""
    if others and all(p.tensor is None or _says_nothing(machine, code, p) for p in others):
        speculated = _heuristic(machine, code, config)
    return ParameterFacts(tuple(found), speculated)


def receiver_name(machine: Machine, code: Code) -> str:
    """The name of a method's ``self`` or ``cls``; empty for functions and static methods."""
    if not machine.program.is_method(code) or not code.parameters:
        return ""
    if machine.method_kinds.get(code.id) == "staticmethod" or not code.parameters[0].kind.startswith("positional"):
        return ""
    return code.parameters[0].name


def _receiver(machine: Machine, code: Code, name: str, kind: ParameterKind) -> Parameter:
    """``self`` is an object; but a function called through its class (``C.f(x)``) gets what the call passes."""
    tensors = _types(machine, machine.received.get((code.id, name), BOTTOM))
    basis: Basis | None = "flow" if tensors else None
    return Parameter(name=name, kind=kind, tensor=bool(tensors), literal=False, types=tuple(tensors), basis=basis)


def _says_nothing(machine: Machine, code: Code, parameter: Parameter) -> bool:
    """Whether all a parameter is seen to receive is a flag: booleans and None tell nothing of what else it may get."""
    received = machine.received.get((code.id, parameter.name), BOTTOM)
    return (
        parameter.tensor is False
        and bool(received.atoms)
        and all(is_py(atom, "bool", "NoneType") for atom in received.atoms)
    )


def _parameter(
    machine: Machine, code: Code, name: str, has_default: bool, config: Config, kind: ParameterKind, converted: bool
) -> Parameter:
    hinted = config.follow_type_hints and not any(e.ignores_hints for e in machine.hybridized.get(code.id, ()))
    annotation = annotated(machine, code, name) if hinted else None
    by_annotation = leaves(machine, annotation) if annotation is not None else []
    received = join(evidence(machine, code, name), machine.received_failing.get((code.id, name), BOTTOM))
    passed = leaves(machine, received)
    default = leaves(machine, machine.peek(("d", code.id, name))) if has_default else []
    called = code.id in machine.called
    unknown = next((atom for atom in passed if isinstance(atom, Unknown)), None)
    types: dict[Specs, None] = dict.fromkeys(_types(machine, received))
    seen = machine.seen.received.get((code.id, name)) if not called or unknown is not None else None
    by_run = leaves(machine, seen)
    tensor: bool | None
    basis: Basis | None = None
    reason = ""
    arrays_count = converted or code.id in machine.hybridized
    if any(is_tensor(atom, arrays_count) for atom in (*passed, *default)):
        tensor, basis = True, "flow"
    elif any(is_tensor(atom, arrays_count) for atom in by_run):
        tensor, basis = True, "trace"
        types = dict.fromkeys(_types(machine, join(received, seen or BOTTOM)))
    elif any(isinstance(atom, Tensor) and atom.kind != "ndarray" for atom in by_annotation):
        tensor, basis = True, "annotation"
        if not passed or unknown is not None:  # else what calls pass is known, and no tensor is among it
            types = dict.fromkeys(_types(machine, annotation or BOTTOM))
    elif by_run and not any(isinstance(atom, Unknown) for atom in by_run):
        tensor, basis = False, "trace"
    elif unknown is not None:
        tensor, reason = None, unknown.reason.value
    elif called:
        tensor, basis = False, "flow"
    elif by_annotation and not any(isinstance(atom, Unknown) for atom in by_annotation):
        tensor, basis = False, "annotation"
    else:
        tensor, reason = None, Reason.NO_CALLER.value
    literal: bool | None = any(_is_literal(atom, config) for atom in passed)
    doubt = ""
    if not literal:
        if unknown is not None and tensor is not True:
            literal = None
        elif unknown is not None:
            doubt = unknown.reason.value
        elif kind == "var-keyword" and _is_made_of_configurations(machine, code):
            literal = None
        elif not called:
            literal = False if _only_tensors(by_annotation) else None
        if literal is None and by_run:
            literal = _literal_in_runs(by_run, has_default, config)
    return Parameter(
        name=name,
        kind=kind,
        tensor=tensor,
        literal=literal,
        types=tuple(types),
        basis=basis,
        reason=reason,
        varies=_varies(machine, received, config),
        complete=called and unknown is None and not _called_from_outside(machine, code),
        doubt=doubt,
    )


MODES: Final = 3
"""More texts than that are no modes of a function."""


def evidence(machine: Machine, code: Code, name: str) -> Value:
    """What calls pass that are not expected to raise.

    Of a function that gets wrapped (``g = tf.function(f)``), calls of the result count, if any.
    """
    table = machine.received_traced if _wrapped(machine, code) else machine.received
    return table.get((code.id, name), BOTTOM)


def _wrapped(machine: Machine, code: Code) -> bool:
    events = machine.hybridized.get(code.id, ())
    return bool(events) and all(event.form == "call" for event in events)


class LiteralSite(NamedTuple):
    """A call that passes literals for a parameter."""

    path: str
    position: Position
    literals: str
    """What is passed, in words."""
    number: bool
    """Nothing but numbers, not even in a container."""


def literal_sites(machine: Machine, code: Code, name: str, config: Config) -> list[LiteralSite]:
    """The first call that passes each of a parameter's literals."""
    found: list[LiteralSite] = []
    for value, path, position in graph_calls(machine, code, name):
        literals = dict.fromkeys(atom for atom in leaves(machine, value) if _is_literal(atom, config))
        if literals:
            words = " or ".join(map(_shown, list(literals)[:2]))
            found.append(LiteralSite(path, position, words, all(map(_is_number, value.atoms))))
    return found


def _is_number(atom: Atom) -> bool:
    if isinstance(atom, Const):
        return isinstance(atom.constant, (int, float)) and not isinstance(atom.constant, bool)
    return isinstance(atom, PyType) and atom.name in ("int", "float")


def graph_calls(machine: Machine, code: Code, name: str) -> list[tuple[Value, str, Position]]:
    """(value, path, position) of calls that pass a parameter: those of the graph, where Python calls it, too."""
    wrapped = _wrapped(machine, code)
    passed = machine.passed_at.get((code.id, name), {}).items()
    return [(value, path, position) for (value, traced), (path, position) in passed if traced or not wrapped]


def _shown(atom: Atom) -> str:
    return f"`{atom!r}`" if isinstance(atom, Const) else f"some `{atom!r}`"


INERT: Final = frozenset({"tensorflow.Module"})
"""Library classes that never call a method of theirs with arguments of their own making."""


def _called_from_outside(machine: Machine, code: Code) -> bool:
    """Whether more may be passed than the program's own calls pass.

    By a decorator that is not known, or by the library that a class is derived from, which makes and calls its
    instances in ways of its own.
    """
    if code.id in machine.unknown_decorators:
        return True
    if not machine.program.is_method(code):
        return False
    if machine.classes.unknown_base(code.parent) is not None:
        return True
    return any(
        name not in INERT and name.partition(".")[0] not in sys.stdlib_module_names
        for name in machine.classes.library_bases(code.parent)
    )


def _is_made_of_configurations(machine: Machine, code: Code) -> bool:
    """Whether it is the constructor of a class that its library makes anew of what instances say of themselves.

    ``from_config`` passes names and dtypes that the base class has, besides what the constructor got before.
    """
    if code.name != "__init__" or not machine.program.is_method(code):
        return False
    bases = machine.classes.library_bases(code.parent)
    return any(machine.library.row(f"{name}.from_config") is not None for name in bases)


def _varies(machine: Machine, received: Value, config: Config) -> bool:
    """Whether the literals among what is passed differ from call to call.

    Two numbers at the same place of a structure do, two items of one list do not. A few texts that are written out name
    the modes of a function: it has a trace for each, and no more.
    """
    places: dict[tuple[int, ...] | None, set[Atom]] = {}
    for place, atom in _places(machine, received, ()):
        if _is_literal(atom, config):
            places.setdefault(place, set()).add(atom)
    return any(_differ(place, literals) for place, literals in places.items())


def _differ(place: tuple[int, ...] | None, literals: set[Atom]) -> bool:
    if any(isinstance(atom, PyType) for atom in literals):
        return True
    modes = all(isinstance(atom, Const) and isinstance(atom.constant, str) for atom in literals)
    return place is not None and len(literals) > (MODES if modes else 1)


def _places(
    machine: Machine, value: Value, place: tuple[int, ...] | None
) -> Iterator[tuple[tuple[int, ...] | None, Atom]]:
    """Every atom in a value with the indices that lead to it; None where items are not told apart."""
    deep = place is not None and len(place) >= MAX_DEPTH
    for atom in value.atoms:
        items = None if deep or place is None else sequence_items(machine, atom)
        if items is not None:
            for index, item in enumerate(items):
                yield from _places(machine, item, (*(place or ()), index))
        elif isinstance(atom, (Tuple, Object)):
            yield from ((None, leaf) for leaf in leaves(machine, value_of(atom)))
        elif not isinstance(atom, (Stream, Class)):
            yield place, atom


def _literal_in_runs(seen: list[Atom], has_default: bool, config: Config) -> bool | None:
    """Whether runs passed a literal. What may have been the default tells nothing."""
    if any(isinstance(atom, Unknown) for atom in seen):
        return None
    literal = any(_is_literal(atom, config) for atom in seen)
    return None if literal and has_default else literal


def _only_tensors(leaves: list[Atom]) -> bool:
    return bool(leaves) and all(isinstance(atom, Tensor) for atom in leaves)


def is_tensor(atom: Atom, arrays_count: bool) -> bool:
    """Whether an atom is a tensor.

    A NumPy array counts for a hybrid function, which converts it on entry, and where an op converts it.
    """
    return isinstance(atom, Tensor) and (arrays_count or atom.kind != "ndarray")


def _is_literal(atom: Atom, config: Config) -> bool:
    name = type(atom.constant).__name__ if isinstance(atom, Const) else atom.name if isinstance(atom, PyType) else ""
    return name in LITERALS or (config.booleans_are_literals and name == "bool")


def leaves(machine: Machine, value: Value | None) -> list[Atom]:
    """Every atom in a value, inside containers too, each once."""
    found: dict[Atom, None] = {}
    depths: dict[Atom, int] = {}
    _collect(machine, value or BOTTOM, 0, found, depths)
    return list(found)


def _collect(machine: Machine, value: Value, depth: int, found: dict[Atom, None], depths: dict[Atom, int]) -> None:
    """``depths``: how deep each container was met; what is in it was met as well, if not below the limit."""
    for atom in value.atoms:
        parts = _parts(machine, atom) if depth < MAX_DEPTH else None
        if parts is None:
            if not isinstance(atom, (Stream, Class)):
                found[atom] = None
        elif depth < depths.get(atom, MAX_DEPTH):
            depths[atom] = depth
            for part in parts:
                _collect(machine, part, depth + 1, found, depths)


def _parts(machine: Machine, atom: Atom) -> Sequence[Value] | None:
    """What a container holds; None for what is none."""
    if isinstance(atom, Tuple):
        return atom.elements if atom.elements is not None else (atom.element,)
    if not isinstance(atom, Object):
        return None
    if atom.cls in LISTS or atom.cls in DICTS:
        return (machine.peek(("e", atom, "*")),)
    if machine.classes.is_named_tuple(atom.cls):
        return [_field(machine, atom, name) for name in machine.classes.fields(atom.cls)]
    return None


def _field(machine: Machine, atom: Object, name: str) -> Value:
    """A field of a named tuple: what its constructor got, or the default that the class has."""
    defaults = (machine.peek(("k", base, name)) for base in machine.classes.project_bases(atom.cls))
    values = (machine.peek(("a", atom, name)), *defaults)
    return next((value for value in values if value is not BOTTOM), BOTTOM)


def sequence_items(machine: Machine, atom: Atom) -> tuple[Value, ...] | None:
    """The items of a tuple or list whose length is known; None for everything else."""
    if isinstance(atom, Tuple):
        return atom.elements
    if not isinstance(atom, Object) or atom.cls != "list" or machine.peek(("e", atom, "#open")) is not BOTTOM:
        return None
    length = machine.peek(("e", atom, "#length"))
    known = length.atoms[0] if len(length.atoms) == 1 else None
    if not isinstance(known, Const) or not isinstance(known.constant, int):
        return None
    return tuple(machine.peek(("e", atom, index)) for index in range(known.constant))


def spec_of(atom: Tensor) -> Spec:
    """The `tf.TypeSpec` of a tensor atom."""
    if atom.kind == "ragged":
        return Spec("RaggedTensorSpec", atom.dtype, atom.shape)
    return Spec("SparseTensorSpec" if atom.kind == "sparse" else "TensorSpec", atom.dtype, atom.shape)


def _types(machine: Machine, value: Value) -> list[Specs]:
    return [spec_of(atom) for atom in value.atoms if isinstance(atom, Tensor)]


def specs_of(value: Value) -> tuple[Specs, ...] | None:
    """The specs a supplied signature lists, if every one of them can be read."""
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    if not isinstance(atom, Tuple) or atom.elements is None:
        return None
    specs = [_spec(element) for element in atom.elements]
    return None if any(spec is None for spec in specs) else tuple(spec for spec in specs if spec is not None)


def _spec(value: Value) -> Specs | None:
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    if isinstance(atom, Tensor):
        return spec_of(atom)
    if isinstance(atom, Tuple) and atom.elements is not None:
        parts = [_spec(element) for element in atom.elements]
        return None if any(part is None for part in parts) else [part for part in parts if part is not None]
    return None


def _heuristic(machine: Machine, code: Code, config: Config) -> str:
    if is_called_by_pytest(machine, code):  # by a name that only looks like a model's
        return ""
    for heuristic in config.speculation:
        if not heuristic.enabled or not re.fullmatch(heuristic.pattern, code.name):
            continue
        if not heuristic.bases:
            return heuristic.name
        if machine.program.is_method(code) and machine.classes.has_library_base(code.parent, *heuristic.bases):
            return heuristic.name
    return ""
