"""What each rule says, on functions built by hand."""

from __future__ import annotations

import msgspec
import pytest
from samples import PRINTS, facts, function, parameter

from hybridize.finding import Confidence, Severity, Span
from hybridize.report import Evidence, Fact, Gain, Hybridization, Obstacle, Opportunity
from hybridize.rules import _registry, parse_failure

TENSOR = parameter("x", tensor=True)
LITERAL = parameter("n", literal=True)
MIXED = parameter("v", tensor=True, literal=True)


def fired(*functions, select=(), ignore=()):
    return _registry.findings(functions, (), select, ignore)


def codes(*functions) -> list[str]:
    return [finding.code for finding in fired(*functions)]


def with_effects(*evidence: Evidence, hybrid: bool = True, value: bool | None = True):
    return function(hybrid=hybrid, facts=facts(side_effects=Fact(value, "flow", evidence)))


def direct(line: int, kind: str, detail: str) -> Evidence:
    span = Span("train.py", line, 4, line, 9)
    return Evidence("train.py", line, "code", kind=kind, detail=detail, at=span, span=span)


def test_a_side_effect_names_its_chain() -> None:
    (finding,) = fired(with_effects(PRINTS))
    assert finding.code == "HYB101"
    assert finding.severity is Severity.ERROR
    assert finding.span == PRINTS.at
    assert finding.message == (
        "`train_step` calls `log_step` (train.py:4), which prints (train.py:5): "
        "in a graph this happens only while tracing"
    )
    assert [(step.span.line, step.message) for step in finding.chain] == [
        (4, "`log_step` is defined here"),
        (5, "`log_step` prints here"),
    ]
    assert finding.help == "use `tf.print`, or print in the caller"


def test_a_chain_known_only_as_text_is_told_as_well() -> None:
    (finding,) = fired(with_effects(msgspec.structs.replace(PRINTS, calls=())))
    assert "calls `log_step` (train.py:4), which prints (train.py:5)" in finding.message
    assert [step.message for step in finding.chain] == ["`log_step` prints here"]


def test_a_side_effect_in_the_body_needs_no_chain() -> None:
    (finding,) = fired(with_effects(direct(11, "writes-global", "writes global `steps`")))
    assert finding.message == "`train_step` writes global `steps`: in a graph this happens only while tracing"
    assert finding.chain == ()
    assert "tf.Variable" in finding.help


@pytest.mark.parametrize("kind", ["rng", "time", "advances-iterator"])
def test_what_a_graph_repeats_is_said(kind) -> None:
    (finding,) = fired(with_effects(direct(11, kind, "does so")))
    assert "a graph repeats" in finding.message


def test_each_place_is_reported_once_and_the_nearest_effect_leads() -> None:
    far = msgspec.structs.replace(PRINTS, detail="writes a file", calls=(*PRINTS.calls, ("save", Span("u.py", 1, 4))))
    found = fired(with_effects(far, PRINTS, direct(10, "io", "prints")))
    assert [finding.span.line for finding in found] == [10, 11]
    assert "which prints (train.py:5); also writes a file (train.py:5): in a graph" in found[1].message
    assert found[1].chain[-1].message == "`save` writes a file here"


def test_what_rests_on_an_assumption_is_a_warning() -> None:
    guess = msgspec.structs.replace(PRINTS, certain=False, assumes="the call reaches `log_step`")
    (finding,) = fired(with_effects(guess))
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)
    assert finding.assumptions == ("the call reaches `log_step`",)


def test_what_is_certain_at_a_place_leaves_no_room_for_guesses() -> None:
    guess = msgspec.structs.replace(PRINTS, detail="opens a file", certain=False, assumes="this or that")
    (finding,) = fired(with_effects(guess, PRINTS))
    assert (finding.severity, finding.assumptions) == (Severity.ERROR, ())
    assert "more side effect" not in finding.message


def test_an_object_that_may_be_the_functions_own_is_not_reported() -> None:
    assert "HYB101" not in codes(with_effects(msgspec.structs.replace(PRINTS, certain=False)))


def test_an_effect_without_a_place_is_reported_at_the_function() -> None:
    (finding,) = fired(with_effects(msgspec.structs.replace(PRINTS, at=None)))
    assert finding.span == Span("train.py", 9, 0, 9, 14)


@pytest.mark.parametrize(("hybrid", "value"), [(False, True), (True, False), (True, None)])
def test_side_effects_matter_only_where_they_are_certain_and_traced(hybrid, value) -> None:
    assert "HYB101" not in codes(with_effects(PRINTS, hybrid=hybrid, value=value))


def recursive(*evidence: Evidence, hybrid: bool = True, value: bool | None = True):
    return function(hybrid=hybrid, facts=facts(recursive=Fact(value, "flow", evidence)))


def test_direct_recursion() -> None:
    (finding,) = fired(recursive(direct(11, "", "")))
    assert (finding.code, finding.span.line) == ("HYB102", 11)
    assert finding.message.startswith("`train_step` calls itself: ")


def test_recursion_through_others_names_them() -> None:
    own = Span("train.py", 9, 0, 9, 14)
    calls = (("odd", Span("b.py", 3, 4, 3, 7)), ("train_step", own))
    evidence = Evidence(
        "b.py", 5, "even(n)", calls=calls, at=Span("train.py", 11, 4, 11, 9), span=Span("b.py", 5, 8, 5, 15)
    )
    (finding,) = fired(recursive(evidence))
    assert finding.message.startswith("`train_step` calls `odd` (b.py:3), which calls `train_step` again: ")
    assert [(step.span.path, step.span.line) for step in finding.chain] == [("b.py", 3), ("b.py", 5)]


def test_recursion_without_evidence_is_reported_at_the_function() -> None:
    (finding,) = fired(recursive())
    assert finding.span.line == 9


@pytest.mark.parametrize(("hybrid", "value"), [(False, True), (True, False), (True, None)])
def test_recursion_matters_only_where_it_is_certain_and_traced(hybrid, value) -> None:
    assert codes(recursive(hybrid=hybrid, value=value)) in ([], ["HYB301"])


def over_literals(*parameters, arguments=None, **known):
    site = Evidence("train.py", 14, "train_step(x, 1)", span=Span("train.py", 14, 0, 14, 16))
    return function(
        hybrid=True,
        parameters=parameters,
        facts=facts(**{"literal_parameter": Fact(True, "flow", (site,)), **known}),
        hybridization=Hybridization("decorator", 8, arguments or {}, None, Span("train.py", 8, 0, 8, 12)),
    )


def test_a_literal_beside_a_tensor_is_to_be_passed_as_one() -> None:
    (finding,) = fired(over_literals(TENSOR, LITERAL, parameter("m", literal=True)))
    assert (finding.code, finding.severity, finding.span.line) == ("HYB201", Severity.WARNING, 9)
    assert finding.message == "`train_step` gets Python literals for `n` and `m`: each new value traces it again"
    assert [(step.span.line, step.message) for step in finding.chain] == [(14, "a literal is passed here")]


@pytest.mark.parametrize(
    "one",
    [over_literals(MIXED), over_literals(MIXED, LITERAL), over_literals(TENSOR, LITERAL, tensor_computation=False)],
)
def test_a_graph_that_tensors_would_not_help_is_to_go(one) -> None:
    (finding,) = fired(one)
    assert (finding.code, finding.span.line) == ("HYB402", 8)


def test_with_side_effects_the_decorator_stays_and_the_literal_is_still_reported() -> None:
    assert codes(over_literals(MIXED, side_effects=Fact(True, "flow", (PRINTS,)))) == ["HYB201", "HYB101"]
    assert codes(over_literals(TENSOR, LITERAL, side_effects=None)) == ["HYB201"]


@pytest.mark.parametrize("one", [
    over_literals(TENSOR, LITERAL, arguments={"input_signature": "[spec]"}),
    over_literals(MIXED, arguments={"input_signature": "SIGNATURE"}),
    over_literals(TENSOR, LITERAL, literal_parameter=None),
    over_literals(TENSOR, LITERAL, literal_parameter=False),
    over_literals(TENSOR, LITERAL, tensor_parameter=None),
])  # fmt: skip
def test_literals_are_fine_where_a_signature_converts_them_or_nothing_is_certain(one) -> None:
    assert not {"HYB201", "HYB402"} & set(codes(one))


def test_an_absent_signature_does_not_convert() -> None:
    assert codes(over_literals(TENSOR, LITERAL, arguments={"input_signature": "None"})) == ["HYB201"]


def test_no_function_is_ever_reported_by_both_literal_rules() -> None:
    for parameters in ([TENSOR, LITERAL], [MIXED], [MIXED, TENSOR], [LITERAL, MIXED]):
        for computes in (True, False, None):
            for effects in (True, False, None):
                found = codes(over_literals(*parameters, tensor_computation=computes, side_effects=effects))
                assert len({"HYB201", "HYB402"} & set(found)) == 1, (parameters, computes, effects)


def test_an_opportunity_shows_what_it_receives() -> None:
    (finding,) = fired(function())
    assert (finding.code, finding.severity, finding.confidence) == ("HYB301", Severity.INFO, Confidence.CERTAIN)
    assert (
        finding.message
        == "`train_step` takes tensors (`x`: float32[?, 8]) and has no side effects: it could run as a graph "
        "(at least 0 operations per call: how much it gains is not known)"
    )


@pytest.mark.parametrize(
    ("gain", "told"),
    [
        (Gain(12, None), "at least 12 operations per call: how much it gains is not known"),
        (Gain(1, None), "at least 1 operation per call: how much it gains is not known"),
        (Gain(4, 6), "up to 6 operations per call: it gains with large tensors only"),
        (Gain(30, 30), "30 operations per call: by estimate a little faster with small tensors"),
        (Gain(80, 80), "80 operations per call: by estimate 3 times as fast with small tensors"),
        (Gain(1234, None), "at least 1200 operations per call: by estimate 46 times as fast with small tensors"),
    ],
)
def test_an_opportunity_says_what_it_gains(gain, told) -> None:
    (finding,) = fired(function(opportunity=Opportunity(gain=gain)))
    assert f"({told})" in finding.message


def test_what_gains_most_ranks_first() -> None:
    few, many = (fired(function(opportunity=Opportunity(gain=Gain(1, None, worth=worth)))) for worth in (3, 900))
    assert few[0].rank < many[0].rank


def test_an_opportunity_says_what_it_rests_on() -> None:
    (finding,) = fired(function(facts=facts(numpy_on_parameter=Fact(None, reason="not-analyzed"))))
    assert finding.confidence is Confidence.LIKELY
    assert finding.assumptions == ("no parameter reaches NumPy or SciPy: this version does not check that",)


def test_what_a_graph_might_do_otherwise_is_an_assumption_and_makes_the_fix_unsafe() -> None:
    flow = facts(tensor_parameter=Fact(True, "flow"))
    (sure,) = fired(function(facts=flow))
    (doubtful,) = fired(function(facts=flow, opportunity=Opportunity(doubts=("nothing comes of it",))))
    assert (sure.confidence, doubtful.confidence) == (Confidence.CERTAIN, Confidence.LIKELY)
    assert doubtful.assumptions == ("nothing comes of it",)
    assert [finding.proposal.applicability.value for finding in (sure, doubtful)] == ["safe", "unsafe"]


@pytest.mark.parametrize("kind", ["hazard", "benefit", "role"])
def test_no_opportunity_where_something_holds_it_back(kind) -> None:
    assert codes(function(opportunity=Opportunity((Obstacle(kind, "a reason"),)))) == []


def test_an_opportunity_by_name_only_is_a_heuristic() -> None:
    (finding,) = fired(function(facts=facts(tensor_parameter=Fact(True, "speculation"))))
    assert finding.confidence is Confidence.HEURISTIC


@pytest.mark.parametrize("fact", ["literal_parameter", "side_effects", "recursive", "callers_covered"])
def test_no_opportunity_where_a_fact_stands_against_it(fact) -> None:
    assert codes(function(facts=facts(**{fact: True}))) == []


def test_a_graph_over_literals_only_is_reported_at_its_decorator() -> None:
    known = facts(tensor_parameter=False, literal_parameter=True)
    (finding,) = fired(function(hybrid=True, facts=known, parameters=(LITERAL,)))
    assert (finding.code, finding.span.line) == ("HYB401", 8)
    assert "none of its parameters is a tensor" in finding.message


def test_a_graph_without_any_tensors_is_reported() -> None:
    known = facts(tensor_parameter=False, tensor_computation=False)
    (bare,) = fired(function(hybrid=True, facts=known, parameters=()))
    (method,) = fired(function(hybrid=True, facts=known, parameters=(parameter("self"),), method=True))
    assert "computes none" in bare.message
    assert "computes none" in method.message


def test_a_graph_over_what_it_closes_over_is_left_alone() -> None:
    assert codes(function(hybrid=True, facts=facts(tensor_parameter=False), parameters=())) == []


def test_a_graph_made_elsewhere_points_to_the_definition() -> None:
    called = Hybridization("call", 30, {}, None, Span("run.py", 30, 6, 30, 29))
    known = facts(tensor_parameter=False, literal_parameter=True)
    (finding,) = fired(function(hybrid=True, hybridization=called, facts=known, parameters=(LITERAL,)))
    assert finding.span == called.span
    assert [step.message for step in finding.chain] == ["`train_step` is defined here"]


def test_a_graph_without_tensor_computation() -> None:
    (finding,) = fired(function(hybrid=True, facts=facts(tensor_computation=False)))
    assert (finding.code, finding.severity, finding.span.line) == ("HYB403", Severity.WARNING, 8)


def test_a_good_graph_is_left_alone() -> None:
    assert codes(function(hybrid=True)) == []


def test_findings_come_in_canonical_order_whatever_the_order_of_functions() -> None:
    functions = [function(path=path, line=line, span=Span(path, line)) for path in ("b.py", "a.py") for line in (9, 3)]
    one, other = fired(*functions), fired(*reversed(functions))
    assert one == other
    assert [(finding.span.path, finding.span.line) for finding in one] == [
        ("a.py", 3),
        ("a.py", 9),
        ("b.py", 3),
        ("b.py", 9),
    ]


def test_select_and_ignore_are_prefixes_and_ignore_wins() -> None:
    both = (with_effects(PRINTS), function())
    assert [finding.code for finding in fired(*both, select=("HYB1",))] == ["HYB101"]
    assert [finding.code for finding in fired(*both, ignore=("HYB101",))] == ["HYB301"]
    assert fired(*both, select=("HYB1",), ignore=("HYB",)) == []


def test_rules_about_the_tool_build_their_findings() -> None:
    broken = parse_failure.finding(Span("a.py", 3, 1), "invalid syntax")
    assert (broken.code, broken.severity, broken.message) == (
        "HYB001", Severity.WARNING, "this file is not analyzed: invalid syntax",
    )  # fmt: skip


def test_rules_are_found_by_code_and_by_name() -> None:
    assert (
        _registry.find("hyb101")
        is _registry.find("Python-Side-Effect-In-Graph")
        is _registry.find("python_side_effect_in_graph")
    )
    assert _registry.find("HYB999") is None
    with pytest.raises(KeyError):
        _registry.documentation("HYB999")
