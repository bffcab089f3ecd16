"""The decision tables, stated once more as tables, against `decide` over every combination of facts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridize.reasons import Reason
from hybridize.report import FACTS, Fact
from hybridize.verdict import PRECONDITIONS, SAFETY_CHECKS, Signature, decide

# Rows in order; the first that matches decides. `-` matches anything. After `->` the precondition, or the failures;
# `+x` names failure x only where its column says yes.
TABLE_1 = """
tensor literal effects recursive safety -> outcome
no     -       -       -         -      -> no-tensor-parameter +literal-parameter +side-effects +recursive
yes    yes     -       -         -      -> literal-parameter +side-effects +recursive
yes    no      yes     -         -      -> side-effects +recursive
yes    no      no      yes       -      -> recursive
yes    no      no      no        fails  -> FIRST
yes    no      no      no        passes -> P1
"""

TABLE_2 = """
tensor literal effects recursive computes signature    axis -> outcome
no     -       no      -         -        -            -    -> P2
no     -       yes     -         -        -            -    -> side-effects
yes    yes     no      -         -        -            -    -> P3
yes    yes     yes     -         -        -            -    -> side-effects
yes    no      no      -         no       -            -    -> P6
yes    no      yes     -         no       -            -    -> side-effects
yes    no      -       -         yes      supplied     -    -> already-optimal +side-effects
yes    no      -       -         yes      not-inferred -    -> already-optimal +side-effects
yes    no      -       -         yes      -            yes  -> unresolved-static-axis +side-effects
yes    no      no      no        yes      inferable    no   -> P4
yes    no      -       -         yes      -            -    -> already-optimal +side-effects
"""

COLUMNS = {
    "tensor": "tensor_parameter",
    "literal": "literal_parameter",
    "effects": "side_effects",
    "recursive": "recursive",
    "computes": "tensor_computation",
    "axis": "unresolved_static_axis",
}
PLUS = {"literal-parameter": "literal", "side-effects": "effects", "recursive": "recursive"}

SAFETY_ORDER = {  # failure name -> (fact, value that hits)
    "eager-only-call": ("eager_only_call", True),
    "numpy-on-parameter": ("numpy_on_parameter", True),
    "invalid-name-argument": ("invalid_name_argument", True),
    "stale-variable-read": ("stale_variable_read", True),
    "tensor-iteration": ("tensor_iteration", True),
    "dtype-conflict": ("dtype_conflict", True),
    "keras-symbolic-argument": ("keras_symbolic_argument", True),
    "no-tensor-computation": ("tensor_computation", False),
    "covered-by-callers": ("callers_covered", True),
    "needs-arrays": ("needs_arrays", True),
    "refused-result": ("refused_result", True),
    "endless-recursion": ("endless_recursion", True),
    "temporary-receiver": ("temporary_receiver", True),
    "stale-state-read": ("stale_state_read", True),
}
SIGNATURES = {
    "not-inferred": None,
    "supplied": Signature(supplied=True, inferred=True, relation="tighter"),
    "inferable": Signature(inferred=True),
    "absent": Signature(),
}
ACTIONS = {
    "P1": "convert-to-hybrid",
    "P2": "convert-to-eager",
    "P3": "convert-to-eager",
    "P4": "reconfigure",
    "P6": "convert-to-eager",
}

YES, NO, OPEN, UNCHECKED = "yes", "no", "open", "unchecked"
FACT_OF = {
    YES: Fact(True),
    NO: Fact(False),
    OPEN: Fact(None, reason=Reason.UNKNOWN_CALLEE.value),
    UNCHECKED: Fact(None, reason=Reason.NOT_ANALYZED.value),
}
BAD = {name: fact for name, (fact, _value) in SAFETY_ORDER.items()} | {
    "no-tensor-parameter": "tensor_parameter",
    "literal-parameter": "literal_parameter",
    "side-effects": "side_effects",
    "recursive": "recursive",
    "unresolved-static-axis": "unresolved_static_axis",
}
AGAINST = {fact: (NO if fact in ("tensor_parameter", "tensor_computation") else YES) for fact in BAD.values()}


def lookup(table: str, cells: dict[str, str], first: str = "") -> list[str]:
    """The outcome of the first matching row: a precondition alone, or failure names."""
    header, *rows = [line.split("->") for line in table.strip().splitlines()]
    for conditions, outcome in rows:
        row = dict(zip(header[0].split(), conditions.split(), strict=True))
        if all(want in ("-", cells[column]) for column, want in row.items()):
            return [
                first if word == "FIRST" else word.lstrip("+")
                for word in outcome.split()
                if not word.startswith("+") or cells[PLUS[word[1:]]] == YES
            ]
    raise AssertionError(f"no row for {cells}")


def expected_eager(state: dict[str, str]) -> list[str]:
    hits = [name for name, (fact, bad) in SAFETY_ORDER.items() if state[fact] == (YES if bad else NO)]
    cells = {column: state[fact] for column, fact in COLUMNS.items() if fact in state}
    return lookup(TABLE_1, {**cells, "safety": "fails" if hits else "passes"}, hits[0] if hits else "")


def expected_hybrid(state: dict[str, str], signature: str) -> list[str]:
    return lookup(TABLE_2, {**{c: state[f] for c, f in COLUMNS.items()}, "signature": signature})


def facts_of(state: dict[str, str]) -> dict[str, Fact]:
    return {name: FACT_OF[value] for name, value in state.items()}


def completions(state: dict[str, str]):
    """Every way to settle what is undetermined."""
    return (
        dict(zip(state, values, strict=True))
        for values in itertools.product(*([value] if value in (YES, NO) else [YES, NO] for value in state.values()))
    )


PASSING = {"tensor_parameter": YES, "tensor_computation": YES}
FIRST_FOUR = ("tensor_parameter", "literal_parameter", "side_effects", "recursive")
CHECKED = tuple(fact for fact, _bad in SAFETY_ORDER.values())


REST = {fact: PASSING.get(fact, NO) for fact in FACTS}


def states(names: tuple[str, ...], values: tuple[str, ...]):
    for combination in itertools.product(values, repeat=len(names)):
        yield {**REST, **dict(zip(names, combination, strict=True))}


def failing(names: tuple[str, ...], most: int, *others: str):
    """Every state in which at most so many of these facts do not pass, for each way not to."""
    for count in range(most + 1):
        for chosen in itertools.combinations(names, count):
            for values in itertools.product(("fails", *others), repeat=count):
                yield {**REST, **dict(map(settled, chosen, values))}


def settled(fact: str, value: str) -> tuple[str, str]:
    return fact, (NO if REST[fact] == YES else YES) if value == "fails" else value


def test_every_determined_eager_function_follows_table_1() -> None:
    seen = set()
    for state in states(FIRST_FOUR + CHECKED, (YES, NO)):
        verdict = decide(False, facts_of(state)).verdict
        want = expected_eager(state)
        if want == ["P1"]:
            assert (verdict.action, verdict.precondition, verdict.failures) == ("convert-to-hybrid", "P1", ())
        else:
            assert (verdict.action, verdict.precondition, list(verdict.failures)) == (None, None, want), state
        seen.update(want)
    assert seen == {*SAFETY_ORDER, "P1", "no-tensor-parameter", "literal-parameter", "side-effects", "recursive"}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_every_determined_hybrid_function_follows_table_2(signature: str) -> None:
    for state in states(tuple(COLUMNS.values()), (YES, NO)):
        verdict = decide(True, facts_of(state), SIGNATURES[signature]).verdict
        want = expected_hybrid(state, signature)
        if want[0] in ACTIONS:
            assert (verdict.action, verdict.precondition, verdict.failures) == (ACTIONS[want[0]], want[0], ()), state
            assert verdict.signature_relation is None
        else:
            assert (verdict.action, verdict.precondition, list(verdict.failures)) == (None, None, want), state
            compared = signature == "supplied" and "already-optimal" in want
            assert verdict.signature_relation == ("tighter" if compared else None)


def test_table_2_reaches_every_row() -> None:
    outcomes = {
        expected_hybrid(state, signature)[0]
        for signature in SIGNATURES
        for state in states(tuple(COLUMNS.values()), (YES, NO))
    }
    assert outcomes == {"P2", "P3", "P4", "P6", "side-effects", "already-optimal", "unresolved-static-axis"}


def assert_sound(state: dict[str, str], verdict, expected: list[list[str]]) -> None:
    """An action is what every completion says; without one, each failure names a fact that is so, or is open."""
    assert (verdict.action is None) == (verdict.precondition is None) == bool(verdict.failures), state
    if verdict.action is not None:
        assert all(want == [verdict.precondition] for want in expected), state
        assert verdict.action == ACTIONS[verdict.precondition]
        return
    for failure in verdict.failures:
        if failure.startswith("undetermined-"):
            assert state[failure.removeprefix("undetermined-").replace("-", "_")] in (OPEN, UNCHECKED), (state, failure)
        elif failure != "already-optimal":
            fact = BAD[failure]
            assert state[fact] == AGAINST[fact], (state, failure)
    wanted_by_all = set.intersection(*map(set, expected))
    assert wanted_by_all - {"already-optimal"} - set(ACTIONS) <= set(verdict.failures), state
    if any(want[0] in ACTIONS for want in expected):
        assert any(failure.startswith("undetermined-") for failure in verdict.failures), state


def test_undetermined_preconditions_of_eager_functions_never_convert() -> None:
    checks = ("eager_only_call", "tensor_computation")
    for state in states(FIRST_FOUR + checks, (YES, NO, OPEN)):
        verdict = decide(False, facts_of(state)).verdict
        if OPEN in state.values():
            assert verdict.action is None, state
        assert_sound(state, verdict, [expected_eager(one) for one in completions(state)])


def assert_safety_decides(state: dict[str, str]) -> None:
    """The first check that fails is named; without one, all that are open."""
    verdict = decide(False, facts_of(state)).verdict
    hits = [name for name, (fact, bad) in SAFETY_ORDER.items() if state[fact] == (YES if bad else NO)]
    open_ones = ["undetermined-" + fact.replace("_", "-") for fact in CHECKED if state[fact] == OPEN]
    if hits:
        assert list(verdict.failures) == hits[:1], state
    elif open_ones:
        assert list(verdict.failures) == open_ones, state
    else:
        assert verdict.precondition == "P1", state


def test_undetermined_safety_checks_never_convert() -> None:
    for state in failing(CHECKED, 3, OPEN):
        assert_safety_decides(state)


@given(st.fixed_dictionaries({fact: st.sampled_from([YES, NO, OPEN]) for fact in CHECKED}))
def test_any_mix_of_undetermined_safety_checks_never_converts(state: dict[str, str]) -> None:
    assert_safety_decides({**REST, **state})


@pytest.mark.parametrize("signature", SIGNATURES)
def test_undetermined_facts_of_hybrid_functions_never_convert(signature: str) -> None:
    for state in states(tuple(COLUMNS.values()), (YES, NO, OPEN)):
        verdict = decide(True, facts_of(state), SIGNATURES[signature]).verdict
        assert_sound(state, verdict, [expected_hybrid(one, signature) for one in completions(state)])


def test_what_is_not_analyzed_is_assumed_by_p1_and_said() -> None:
    for state in states((*FIRST_FOUR, "eager_only_call", "callers_covered"), (YES, NO, OPEN, UNCHECKED)):
        decision = decide(False, facts_of(state))
        settled = {
            fact: (NO if AGAINST.get(fact) == YES else YES)
            if value == UNCHECKED and fact != "tensor_parameter"
            else value
            for fact, value in state.items()
        }
        waived = sum(value == UNCHECKED for fact, value in state.items() if fact != "tensor_parameter")
        if state["tensor_parameter"] == UNCHECKED:
            assert decision.verdict.action is None
        else:
            assert decision.verdict == decide(False, facts_of(settled)).verdict, state
        assert len(decision.assumptions) == (waived if decision.verdict.action else 0), state


def test_a_missing_fact_counts_as_not_analyzed() -> None:
    state = next(iter(states(("recursive",), (NO,))))
    decision = decide(False, {name: fact for name, fact in facts_of(state).items() if name != "numpy_on_parameter"})
    assert decision.verdict.precondition == "P1"
    assert decision.assumptions == ("no parameter reaches NumPy or SciPy: this version does not check that",)


def test_hybrid_functions_are_not_converted_on_what_is_not_analyzed() -> None:
    for state in states(tuple(COLUMNS.values()), (YES, NO, UNCHECKED)):
        for name, signature in SIGNATURES.items():
            decision = decide(True, facts_of(state), signature)
            if decision.verdict.action:
                wanted = {tuple(expected_hybrid(one, name)) for one in completions(state)}
                if (
                    state["tensor_computation"] == UNCHECKED
                    and state["literal_parameter"] == NO
                    and state["tensor_parameter"] == YES
                ):
                    assert decision.assumptions == ("it computes with tensors: this version does not check that",)
                    assert decision.verdict.precondition == "P4"
                else:
                    assert wanted == {(decision.verdict.precondition,)}, state


def test_the_checks_cover_the_facts_of_the_schema() -> None:
    used = {check.fact for check in (*PRECONDITIONS, *SAFETY_CHECKS)} | {"unresolved_static_axis"}
    assert used == set(FACTS) - {"draws_random"}  # it decides nothing but how safe a fix is
    assert [check.failure for check in SAFETY_CHECKS] == list(SAFETY_ORDER)
