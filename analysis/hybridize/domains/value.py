"""The abstract value: a finite set of *atoms*, each one way the concrete value may be.

``Value`` and every atom are interned: equal means identical, so a join of equal values costs an ``is``. Order is
structural (``Atom.rank``), never by address or by time, so that an analysis gives the same answer in every run.

The lattice is the powerset of atoms: `BOTTOM` is the empty set ("no value reaches this place"), `join` is union, but
that the summary object of a class takes up the objects of the class. The set is bounded by `widen`, which the analysis
applies where values are stored (cells, parameters, loop heads).
``Unknown(reason)`` is an atom like the others: joined with a tensor it says "a tensor, or something else".
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from hybridize.domains.atoms import (
    SEVERAL,
    Atom,
    Bound,
    Class,
    Const,
    Function,
    Lib,
    Module,
    Object,
    Partial,
    PyType,
    Rank,
    Tensor,
    Tuple,
    Unknown,
    Wrapped,
    const,
    py_type,
    summary_of,
    tensor,
    tuple_of,
    unknown,
)
from hybridize.reasons import Reason


class Value:
    """An interned set of atoms in rank order; build it with `value_of` and `join`."""

    __slots__ = ("atoms", "depth")

    atoms: tuple[Atom, ...]

    def __init__(self, atoms: tuple[Atom, ...]) -> None:
        self.atoms = atoms
        depth = 0
        for atom in atoms:
            depth = max(depth, atom.depth)
        self.depth = depth

    def __repr__(self) -> str:
        return " | ".join(repr(atom) for atom in self.atoms) or "⊥"

    def __reduce__(self) -> str:
        raise TypeError("abstract values live in one process; facts cross process borders, values do not")


MAX_DEPTH: Final = 7
"""Values that hold values that hold values … end here; without an end a loop could build them for ever."""

_values: Final[dict[tuple[Atom, ...], Value]] = {}
_joins: Final[dict[tuple[Value, Value], Value]] = {}


BOTTOM: Final = Value(())
"""No value: the place is not reached, or not yet."""

_values[()] = BOTTOM


def value_of(*atoms: Atom) -> Value:
    """The value that is one of ``atoms``. Atoms nested deeper than `MAX_DEPTH` are cut to an unknown."""
    if len(atoms) == 1:
        alone = atoms[0].alone
        if alone is None:
            alone = atoms[0].alone = _of_any(atoms)
        return alone
    found = _values.get(atoms)
    if found is None:
        found = _values[atoms] = _of_any(atoms)  # the same atoms in another order, too
    return found


def _of_any(atoms: tuple[Atom, ...]) -> Value:
    return _of_set({unknown(Reason.TOO_MANY_VALUES) if atom.depth > MAX_DEPTH else atom for atom in atoms})


def _of_set(atoms: set[Atom]) -> Value:
    """The value of atoms that are not nested too deep. A summary object stands for the instances beside it."""
    if len(atoms) > 1:
        whole = {atom.cls for atom in atoms if isinstance(atom, Object) and atom.site == SEVERAL}
        if whole:
            atoms = {
                atom
                for atom in atoms
                if not isinstance(atom, Object) or atom.cls not in whole or atom.site == SEVERAL or not atom.exact
            }
        ordered = _sorted(atoms)
    else:
        ordered = tuple(atoms)
    value = _values.get(ordered)
    if value is None:
        value = _values[ordered] = Value(ordered)
    return value


_rank: Final = attrgetter("rank")


def _sorted(atoms: set[Atom]) -> tuple[Atom, ...]:
    if len(atoms) != 2:
        return tuple(sorted(atoms, key=_rank))
    first, second = atoms  # most sets of several atoms are pairs
    return (first, second) if first.rank < second.rank else (second, first)


def join(left: Value, right: Value) -> Value:
    """The least value that covers both."""
    if left is right or right is BOTTOM:
        return left
    if left is BOTTOM:
        return right
    key = (left, right)
    found = _joins.get(key)
    if found is None:
        found = _joins[key] = _of_set({*left.atoms, *right.atoms})
    return found


def join_all(values: Iterable[Value]) -> Value:
    """The least value that covers all; `BOTTOM` for none."""
    distinct = set(values)
    if len(distinct) <= 2:
        return join(*distinct) if len(distinct) == 2 else distinct.pop() if distinct else BOTTOM
    return _of_set({atom for value in distinct for atom in value.atoms})


def leq(left: Value, right: Value) -> bool:
    """Whether ``right`` covers ``left``."""
    return join(left, right) is right


def unknown_value(reason: Reason) -> Value:
    """A value of which nothing is known, and why."""
    return value_of(unknown(reason))


def const_value(constant: object) -> Value:
    """The value of a Python scalar."""
    return value_of(const(constant))


def type_value(name: str) -> Value:
    """Some value of a Python scalar type."""
    return value_of(py_type(name))


NONE: Final = const_value(None)


_widened: Final[dict[tuple[Value, int], Value]] = {}
_absorbed: Final[dict[Value, Value]] = {}


def is_callable(atom: Atom) -> bool:
    """Whether calls depend on it."""
    return isinstance(atom, (Class, Function, Bound, Partial, Wrapped, Module, Lib))


def widen(value: Value, limit: int, kept: Value = BOTTOM) -> Value:
    """A value that covers ``value`` and has about ``limit`` atoms at most; three times as many if calls depend on them.

    Tensors of one kind and dtype lose the axes in which they differ where they are more than half of the limit; then,
    each only where still needed, constants become their types, tuples lose their length, objects of one class of the
    project become the class's summary object, and what remains beyond the limit becomes ``Unknown(TOO_MANY_VALUES)``.
    ``kept`` is what the place held before: of too many atoms, those that stand for one of its atoms stay. Else a
    newcomer of lower rank would drive out a member, again and again.
    """
    if len(value.atoms) <= limit // 2:
        return value
    found = _widened.get((value, limit))
    if found is None:
        found = _widened[value, limit] = _coarsen(value, limit)
    return _cut(found, limit, kept)


def _coarsen(value: Value, limit: int) -> Value:
    callables = [atom for atom in value.atoms if is_callable(atom)]
    atoms: set[Atom] = {atom for atom in value.atoms if not is_callable(atom)}
    tensors = 0
    for atom in atoms:
        if isinstance(atom, Tensor):
            tensors += 1
    if tensors > limit // 2:
        atoms = _merge_tensors(atoms)
    if len(atoms) > limit:
        atoms = {
            py_type(type(atom.constant).__name__) if isinstance(atom, Const) and atom.constant is not None else atom
            for atom in atoms
        }
    if len(atoms) > limit:
        atoms = _merge_tuples(atoms, limit)
    if len(atoms) > limit:
        atoms = _merge_objects(atoms)
    atoms.update(callables)
    return value_of(*sorted(atoms, key=_rank))


_cuts: Final[dict[tuple[Value, int, Value], Value]] = {}


def _cut(value: Value, limit: int, kept: Value) -> Value:
    if len(value.atoms) <= limit:
        return value
    key = (value, limit, kept)
    found = _cuts.get(key)
    if found is None:
        found = _cuts[key] = _without_surplus(value, limit, kept)
    return found


def _without_surplus(value: Value, limit: int, kept: Value) -> Value:
    callables = [atom for atom in value.atoms if is_callable(atom)]
    others = [atom for atom in value.atoms if not is_callable(atom)]
    if len(others) <= limit and len(callables) <= 3 * limit:
        return value

    old = set(kept.atoms)

    def newcomers_last(atom: Atom) -> tuple[bool, Rank]:
        stands = atom in old or (_is_wide(atom) and any(_covers(atom, member) for member in old))
        return (not stands, atom.rank)

    callables.sort(key=newcomers_last)
    others.sort(key=newcomers_last)
    members = {*others[:limit], *callables[: 3 * limit], unknown(Reason.TOO_MANY_VALUES)}
    return value_of(*sorted(members, key=_rank))


def absorb(value: Value) -> Value:
    """The same value without atoms that another of its atoms covers: ``float32[2]`` beside ``float32[?]``.

    Where a value is widened again and again, each new member would else stand beside what it was merged into before.
    """
    found = _absorbed.get(value)
    if found is None:
        wide = [atom for atom in value.atoms if _is_wide(atom)]
        kept = [atom for atom in value.atoms if not any(_replaces(other, atom) for other in wide)]
        found = _absorbed[value] = value_of(*kept) if len(kept) < len(value.atoms) else value
    return found


def _is_wide(atom: Atom) -> bool:
    """Whether the atom may cover others."""
    return isinstance(atom, (PyType, Tensor, Tuple))


def _replaces(wide: Atom, narrow: Atom) -> bool:
    """Whether to do without ``narrow``; of two that cover each other the first stays."""
    return _covers(wide, narrow) and not (_covers(narrow, wide) and narrow.rank < wide.rank)


def _covers(wide: Atom, narrow: Atom) -> bool:
    """Whether one atom admits everything another does, and more."""
    if wide is narrow:
        return False
    if isinstance(wide, PyType):
        return isinstance(narrow, Const) and type(narrow.constant).__name__ == wide.name
    if isinstance(wide, Tensor) and isinstance(narrow, Tensor):
        if (wide.kind, wide.dtype) != (narrow.kind, narrow.dtype):
            return False
        if wide.shape is None:
            return True
        if narrow.shape is None or len(wide.shape) != len(narrow.shape):
            return False
        return all(a is None or a == b for a, b in zip(wide.shape, narrow.shape, strict=True))
    if isinstance(wide, Tuple) and isinstance(narrow, Tuple) and wide.elements is None:
        inner = join_all(narrow.elements) if narrow.elements is not None else narrow.element
        # Where too many elements met, the next one is among them.
        return unknown(Reason.TOO_MANY_VALUES) in wide.element.atoms or all(
            any(atom is other or _covers(other, atom) for other in wide.element.atoms) for atom in inner.atoms
        )
    return False


def _merge_objects(atoms: set[Atom]) -> set[Atom]:
    groups: dict[str, set[Atom]] = {}
    for atom in atoms:
        if isinstance(atom, Object) and atom.exact and atom.summarizes:
            groups.setdefault(atom.cls, set()).add(atom)
    for cls, members in groups.items():
        if len(members) > 1:
            atoms = (atoms - members) | {summary_of(cls)}
    return atoms


def _merge_tensors(atoms: set[Atom]) -> set[Atom]:
    groups: dict[tuple[str, str | None], list[Tensor]] = {}
    rest: set[Atom] = set()
    for atom in sorted(atoms, key=_rank):
        if isinstance(atom, Tensor):
            groups.setdefault((atom.kind, atom.dtype), []).append(atom)
        else:
            rest.add(atom)
    for (kind, dtype), members in groups.items():
        shape = members[0].shape
        for member in members[1:]:
            if shape is None or member.shape is None or len(shape) != len(member.shape):
                shape = None
                break
            shape = tuple(a if a == b else None for a, b in zip(shape, member.shape, strict=True))
        rest.add(tensor(kind, dtype, shape))
    return rest


def _merge_tuples(atoms: set[Atom], limit: int) -> set[Atom]:
    tuples = [atom for atom in atoms if isinstance(atom, Tuple)]
    if len(tuples) < 2:
        return atoms
    element = join_all(
        join_all(atom.elements) if atom.elements is not None else atom.element for atom in sorted(tuples, key=_rank)
    )
    held = join_all(atom.element for atom in tuples if atom.elements is None)
    element = absorb(widen(element, limit, held))  # it grows as the place does
    return {*(atom for atom in atoms if not isinstance(atom, Tuple)), tuple_of(None, element)}


def is_unknown(value: Value) -> bool:
    """Whether nothing at all is known of the value."""
    return bool(value.atoms) and all(isinstance(atom, Unknown) for atom in value.atoms)


def is_py(atom: Atom, *names: str) -> bool:
    """Whether the atom is a Python scalar of one of the named types, constant or not."""
    if isinstance(atom, PyType):
        return atom.name in names
    return isinstance(atom, Const) and type(atom.constant).__name__ in names
