"""Laws of the abstract values: a join semilattice, and a widening that covers and ends."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import example, given, settings
from hypothesis import strategies as st
from properties.laws import Lattice, check_join, check_order

from hybridize.domains.atoms import (
    SEVERAL,
    Atom,
    Const,
    Object,
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
    summary_of,
    tensor,
    tuple_of,
    unknown,
)
from hybridize.domains.value import BOTTOM, Value, absorb, is_callable, join, join_all, leq, value_of, widen
from hybridize.reasons import Reason
from hybridize.span import place_name

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
    st.builds(object_of, st.just("m.py::C"), st.sampled_from(["a", "b", SEVERAL]), st.booleans()),
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


def settled(value: Value, kept: Value) -> Value:
    """The widening of a place that keeps growing, and held ``kept``."""
    return absorb(widen(value, LIMIT, kept))


LATTICE = Lattice(BOTTOM, join, leq)


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
    if isinstance(general, Object) and isinstance(special, Object):
        return general is summary_of(special.cls)  # it stands for all objects of the class
    return False


def _admits(general, special) -> bool:
    if general is None or special is None:
        return general is None
    return len(general) == len(special) and all(a is None or a == b for a, b in zip(general, special, strict=True))


@example(value_of(const(None), tuple_of((), BOTTOM)), 1)
@example(value_of(const(None), object_of("m.py::C", "a"), object_of("m.py::C", "b")), 2)
@given(values, st.integers(1, LIMIT))
def test_widening_covers_what_it_widens(value: Value, limit: int) -> None:
    widened = widen(value, limit)
    assert [atom for atom in value.atoms if not covers(widened, atom)] == []


@given(values, st.integers(1, LIMIT))
def test_widening_bounds_the_size(value: Value, limit: int) -> None:
    """What calls depend on is bounded apart, and more generously."""
    atoms = widen(value, limit).atoms
    callables = [atom for atom in atoms if is_callable(atom)]
    assert len(atoms) - len(callables) <= limit + 1
    assert len(callables) <= 3 * limit


@given(values)
def test_small_values_are_not_widened(value: Value) -> None:
    assert widen(value, 2 * max(len(value.atoms), 1)) is value


def ascend(steps: Iterable[Value]) -> tuple[list[Value], int]:
    """The different values a place takes that receives ``steps``, in order; how often it changed."""
    seen, changes = [BOTTOM], 0
    for step in steps:
        following = settled(join(seen[-1], step), seen[-1])
        if following is not seen[-1]:
            seen.append(following)
            changes += 1
    return seen, changes


@settings(max_examples=50, deadline=None)
@given(st.lists(values, min_size=20, max_size=60))
def test_widening_ends(steps: list[Value]) -> None:
    """A place that receives the same values round after round comes to rest.

    A round that changes the place and coarsens none of its atoms only fills free slots. What finds no slot in such a
    round finds none in the next, so there are at most two rounds more than there are rounds that coarsen. Coarsening
    never goes back: a tensor of one kind and dtype loses an axis, up to the rank and then the rank itself (rank at
    most 3: 4 times, and once to become one tensor), constants become one of 5 types, or the tuples' elements grow.
    There are at most 9 kinds of tensors here. So flat values coarsen at most 9 * 5 + 5 = 50 times. The element of
    the merged tuple is flat, changes when it is coarsened and when one of its atoms comes in (at most 3 * LIMIT
    callables, LIMIT others, one unknown, and after each coarsening LIMIT others again).
    """
    flat_coarsens = 9 * 5 + 5
    element_grows = flat_coarsens + 3 * LIMIT + LIMIT + 1 + flat_coarsens * LIMIT
    rounds, value = 0, BOTTOM
    while True:
        before = value
        for step in steps:
            value = settled(join(value, step), value)
        if value is before:
            break
        rounds += 1
        assert rounds <= 2 + flat_coarsens + 1 + element_grows


@given(st.permutations([function_of(f"f{i:02}", "") for i in range(60)]))
def test_callables_fill_their_slots_and_stay(functions: list[Atom]) -> None:
    """3 * LIMIT come in, in whatever order; the next only adds that there are more."""
    seen, changes = ascend(map(value_of, functions))
    assert changes == 3 * LIMIT + 1
    assert set(seen[-1].atoms) == {*functions[: 3 * LIMIT], unknown(Reason.TOO_MANY_VALUES)}


@given(st.permutations([object_of("C", f"s{i:02}") for i in range(60)]))
def test_objects_fill_their_slots_and_stay(objects: list[Atom]) -> None:
    seen, changes = ascend(map(value_of, objects))
    assert changes == LIMIT + 1
    assert set(seen[-1].atoms) == {*objects[:LIMIT], unknown(Reason.TOO_MANY_VALUES)}


def test_members_stay_in_the_form_they_were_merged_into() -> None:
    """The tensors of a full place are merged; what stands for them is no newcomer."""
    full = value_of(
        *(tensor("variable", "float32", (i,)) for i in range(LIMIT // 2 + 1)),
        *(object_of("C", f"s{i}") for i in range(1, LIMIT)),
    )
    place = settled(full, BOTTOM)
    grown = settled(join(place, value_of(tensor("dense", "int32", ()), object_of("C", "s0"))), place)
    assert tensor("variable", "float32", (None,)) in grown.atoms
    assert tensor("dense", "int32", ()) not in grown.atoms
    assert object_of("C", "s0") not in grown.atoms


def test_the_elements_of_merged_tuples_are_bounded() -> None:
    """LIMIT tuples, then one of any length that covers whatever comes."""
    _, changes = ascend(value_of(tuple_of((value_of(const(i)),), BOTTOM)) for i in range(500))
    assert changes == LIMIT + 1
    steps = [value_of(tuple_of((value_of(object_of("C", f"s{i:03}")),), BOTTOM)) for i in reversed(range(500))]
    seen, changes = ascend(steps)
    assert changes == LIMIT + 1
    assert max(len(atom.element.atoms) for atom in seen[-1].atoms if isinstance(atom, Tuple)) == LIMIT + 1


def test_widening_ends_on_growing_constants() -> None:
    """LIMIT constants, then their type."""
    _, changes = ascend(value_of(const(i)) for i in range(500))
    assert changes == LIMIT + 1


def test_widening_ends_on_growing_shapes() -> None:
    """LIMIT // 2 shapes, then what they have in common."""
    _, changes = ascend(value_of(tensor("dense", "float32", (i, 3))) for i in range(500))
    assert changes == LIMIT // 2 + 1


def test_widening_ends_on_tuples_that_nest() -> None:
    value, changes = BOTTOM, 0
    for _ in range(200):
        following = widen(join(value, value_of(tuple_of((value,), BOTTOM))), LIMIT, value)
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


def held(lines: list[int], shift: int) -> Atom:
    """A tuple of objects that are made in these lines, ``shift`` lines further down."""
    return tuple_of(tuple(value_of(object_of("list", f"m.py:{place_name(line + shift, 4)}")) for line in lines), BOTTOM)


many_lines = st.lists(st.integers(1, 400), min_size=1, max_size=30)


@given(many_lines, many_lines, st.integers(0, 2000))
@example([*range(1, 11), 9], [*range(1, 11), 11], 95)
def test_the_order_of_atoms_does_not_hang_on_lines_that_come_before_them(
    first: list[int], second: list[int], shift: int
) -> None:
    one, other = held(first, 0), held(second, 0)
    shifted_one, shifted_other = held(first, shift), held(second, shift)
    assert (one.rank < other.rank) == (shifted_one.rank < shifted_other.rank)
    assert (one is other) == (shifted_one is shifted_other)
