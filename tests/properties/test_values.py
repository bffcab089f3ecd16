"""Laws of the abstract values: a join semilattice, and a widening that covers and ends."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from properties.laws import Lattice, check_join, check_order, check_widening_ends

from hybridize.domains.atoms import (
    Atom,
    Const,
    PyType,
    Tensor,
    Tuple,
    Unknown,
    class_of,
    const,
    dtype_of,
    function_of,
    lib_of,
    module_of,
    object_of,
    py_type,
    stream_of,
    tensor,
    tuple_of,
    unknown,
)
from hybridize.domains.value import BOTTOM, CALLABLES, Value, absorb, join, join_all, leq, value_of, widen
from hybridize.reasons import Reason

LIMIT = 6

dimensions = st.one_of(st.none(), st.integers(0, 3))
shapes = st.one_of(st.none(), st.lists(dimensions, max_size=3).map(tuple))
tensors = st.builds(
    tensor, st.sampled_from(["dense", "variable", "ndarray"]), st.sampled_from([None, "float32", "int32"]), shapes
)
names = st.sampled_from(["a", "b", "m.c"])
plain = st.one_of(
    tensors,
    st.sampled_from([None, True, False, 0, 1, 1.0, -0.0, 0.0, "", "a", b"a"]).map(const),
    st.integers(0, 40).map(const),
    st.sampled_from(["int", "float", "str", "bool"]).map(py_type),
    st.sampled_from([None, "float32"]).map(dtype_of),
    st.builds(object_of, names, names, st.booleans()),
    names.map(class_of),
    st.builds(function_of, names, names),
    names.map(module_of),
    names.map(lib_of),
    st.sampled_from(list(Reason)).map(unknown),
)
flat = st.lists(plain, max_size=4).map(lambda atoms: value_of(*atoms))
atoms = st.one_of(
    plain,
    st.builds(tuple_of, st.lists(flat, max_size=3).map(tuple), st.just(BOTTOM)),
    st.builds(tuple_of, st.none(), flat),
    st.builds(stream_of, st.sampled_from(["dataset", "iterator", "generator"]), flat),
)
values = st.lists(atoms, max_size=9).map(lambda found: value_of(*found))


def settled(value: Value) -> Value:
    """The widening of a place that keeps growing."""
    return absorb(widen(value, LIMIT))


LATTICE = Lattice(BOTTOM, join, leq, settled)


@given(values, values, values)
def test_join_is_commutative_associative_idempotent(a: Value, b: Value, c: Value) -> None:
    check_join(LATTICE, a, b, c)


@given(values, values, values)
def test_order_agrees_with_join(a: Value, b: Value, c: Value) -> None:
    check_order(LATTICE, a, b, c)


@given(st.lists(values, max_size=4), st.randoms(use_true_random=False))
def test_join_of_many_does_not_hang_on_their_order(several: list[Value], random) -> None:
    shuffled = list(several)
    random.shuffle(shuffled)
    assert join_all(several) is join_all(shuffled)


@given(st.lists(atoms, max_size=9), st.randoms(use_true_random=False))
def test_equal_sets_of_atoms_are_the_same_value(found: list[Atom], random) -> None:
    shuffled = [*found, *found[:2]]
    random.shuffle(shuffled)
    assert value_of(*found) is value_of(*shuffled)
    assert repr(value_of(*found)) == repr(value_of(*shuffled))


@given(st.lists(atoms, min_size=2, max_size=9))
def test_atoms_of_one_rank_are_one_atom(found: list[Atom]) -> None:
    for left in found:
        for right in found:
            assert (left is right) == (left.rank == right.rank)


def test_python_scalars_that_are_equal_stay_apart() -> None:
    scalars = [1, 1.0, True, "1", b"1", 0.0, -0.0, 0, False, None, ""]
    assert len({id(const(scalar)) for scalar in scalars}) == len(scalars)


# --------------------------------------------------------------------------- widening


def covers(value: Value, atom: Atom) -> bool:
    """Whether some atom of ``value`` admits everything that ``atom`` stands for."""
    return any(_covers(general, atom) for general in value.atoms)


def _covers(general: Atom, special: Atom) -> bool:
    if general is special or isinstance(general, Unknown):
        return True
    if isinstance(general, PyType) and isinstance(special, Const):
        return general.name == type(special.constant).__name__
    if isinstance(general, Tensor) and isinstance(special, Tensor):
        return (general.kind, general.dtype) == (special.kind, special.dtype) and _admits(general.shape, special.shape)
    if isinstance(general, Tuple) and isinstance(special, Tuple) and general.elements is None:
        elements = special.elements if special.elements is not None else (special.element,)
        return all(covers(general.element, atom) for element in elements for atom in element.atoms)
    return False


def _admits(general, special) -> bool:
    if general is None or special is None:
        return general is None
    return len(general) == len(special) and all(a is None or a == b for a, b in zip(general, special, strict=True))


@example(value_of(const(None), tuple_of((), BOTTOM)), 1)
@given(values, st.integers(1, LIMIT))
def test_widening_covers_what_it_widens(value: Value, limit: int) -> None:
    widened = widen(value, limit)
    assert [atom for atom in value.atoms if not covers(widened, atom)] == []


@given(values, st.integers(1, LIMIT))
def test_widening_bounds_the_size(value: Value, limit: int) -> None:
    """What calls depend on is bounded apart, and more generously."""
    atoms = widen(value, limit).atoms
    callables = [atom for atom in atoms if isinstance(atom, CALLABLES)]
    assert len(atoms) - len(callables) <= limit + 1
    assert len(callables) <= 3 * limit


@given(values)
def test_small_values_are_not_widened(value: Value) -> None:
    assert widen(value, 2 * max(len(value.atoms), 1)) is value


@settings(max_examples=25, deadline=None)
@given(st.lists(values, min_size=20, max_size=60))
def test_widening_ends(steps: list[Value]) -> None:
    check_widening_ends(LATTICE, [*steps, *steps, *steps], bound=8 * LIMIT)


def test_widening_ends_on_growing_constants() -> None:
    check_widening_ends(LATTICE, [value_of(const(i)) for i in range(500)], bound=LIMIT + 1)


def test_widening_ends_on_growing_shapes() -> None:
    steps = [value_of(tensor("dense", "float32", (i, 3))) for i in range(500)]
    check_widening_ends(LATTICE, steps, bound=2 * LIMIT + 2)


def test_widening_ends_on_tuples_that_nest() -> None:
    value, changes = BOTTOM, 0
    for _ in range(200):
        following = widen(join(value, value_of(tuple_of((value,), BOTTOM))), LIMIT)
        changes += following is not value
        value = following
    assert changes <= 4 * LIMIT
    assert len(repr(value)) < 10_000


@given(st.lists(st.integers(0, 30), min_size=10, max_size=30))
def test_what_calls_depend_on_goes_last(numbers: list[int]) -> None:
    """Functions and objects survive where constants and shapes can be given up instead."""
    kept = [function_of("f", ""), class_of("C"), object_of("C", "s")]
    many = [*map(const, numbers), *(tensor("dense", "float32", (number,)) for number in numbers)]
    widened = widen(value_of(*kept, *many), LIMIT)
    assert set(kept) <= set(widened.atoms)
