"""What counts as the same: leaves, calls and texts of two runs, without any TensorFlow."""

from __future__ import annotations

import array
import base64

import pytest

from hybridize_bot.verify import compare
from hybridize_bot.verify.compare import calls, leaf_difference, nearness, text_difference
from hybridize_bot.verify.judge import Merged, retraces, speed
from hybridize_bot.verify.records import Picture, Time


def floats(*values, dtype="float32", shape=None, kind="tensor", statistics=None):
    data = array.array("f" if dtype == "float32" else "d", values).tobytes()
    text = base64.b64encode(data).decode()
    shape = [len(values)] if shape is None else shape
    return ["array", kind, dtype, shape, text, statistics, [dtype, text]]


def ints(*values):
    data = array.array("i", values).tobytes()
    text = base64.b64encode(data).decode()
    return ["array", "tensor", "int32", [len(values)], text, None, ["int32", text]]


def plain(kind, text):
    return ["plain", kind, text]


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (floats(1.0, 2.0), floats(1.0, 2.00001)),
        (floats(NAN, 1.0), floats(NAN, 1.0)),
        (floats(INF), floats(INF)),
        (floats(1e-9, 1.0), floats(3e-9, 1.0)),
        (floats(1.0, dtype="float64"), floats(1.0 + 1e-12, dtype="float64")),
        (ints(1, 2), ints(1, 2)),
        (plain("float", "0.1"), plain("float", "0.10000000001")),
    ],
)
def test_what_is_the_same(one, other):
    assert leaf_difference(one, other) == ""


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        (floats(1.0, 2.0), floats(1.0, 2.1), "2 became 2.1 (1 of 2 values)"),
        (floats(NAN, 1.0), floats(0.0, 1.0), "nan became 0 (1 of 2 values)"),
        (floats(INF), floats(-INF), "inf became -inf"),
        (floats(1.0), floats(NAN), "1 became nan"),
        (floats(1.0, dtype="float64"), floats(1.0 + 1e-6, dtype="float64"), "1 became 1.000001"),
        (floats(1.0), floats(1.0, dtype="float64"), "tensor of float32 became one of float64"),
        (floats(1.0), floats(1.0, shape=[]), "tensor of shape [1] became one of shape []"),
        (floats(1.0, kind="ndarray"), floats(1.0), "ndarray float32[1] became tensor float32[1]"),
        (ints(1, 2), ints(1, 3), "2 became 3 (1 of 2 values)"),
        (plain("int", "3"), ints(3), "int 3 became tensor int32[1]"),
        (plain("int", "3"), plain("int", "4"), "3 became 4"),
        (["size", "list", 1], ["size", "list", 2], "1 items became 2"),
        (
            floats(1.0, statistics=[9.0, 0.0, 1.0, 0.5, 0.6]),
            floats(1.00001, statistics=[9.0, 0.0, 7.0, 0.5, 0.6]),
            "greatest value 1 became 7",
        ),
    ],
)
def test_what_is_not(one, other, text):
    assert leaf_difference(one, other) == text


def test_types_alone():
    assert leaf_difference(floats(1.0), floats(2.0), types_only=True) == ""
    assert leaf_difference(floats(1.0), floats(2.0, 3.0), types_only=True)


def test_nearness():
    assert nearness({"x": floats(1.0)}, {"x": floats(1.0)}) == "identical"
    assert nearness({"x": floats(1.0)}, {"x": floats(1.00001)}) == "close"
    assert nearness({"x": floats(1.0)}, {"x": floats(2.0)}) == "apart"
    assert nearness({"x": floats(1.0)}, {}) == "apart"


def picture(index=0, before=1.0, after=2.0, raised="", output="", logged=0, random=False):
    results = {} if raised else {"result": floats(after)}
    return Picture(0, index, {"x": floats(before)}, results, raised, output, logged, random)


def test_calls_with_the_same_inputs_are_compared():
    found = calls([("t", picture()), ("t", picture(1))], [("t", picture()), ("t", picture(1, after=3.0))])
    assert found == compare.Compared(2, 0, 0, "result: 2 became 3 (call 2)", "", "t")


def test_inputs_that_differ_a_little_allow_results_to_differ_more():
    one, other = picture(before=1.0, after=2.0), picture(before=1.00001, after=2.002)
    assert calls([("", one)], [("", other)]).different == ""
    assert calls([("", one)], [("", picture(after=2.002))]).different


def test_inputs_that_are_apart_say_nothing():
    found = calls([("", picture())], [("", picture(before=5.0, after=9.0))])
    assert (found.calls, found.drifted, found.different) == (0, 1, "")


def test_calls_in_another_order_are_found_by_their_inputs():
    before = [("", picture(0, 1.0, 10.0)), ("", picture(1, 2.0, 20.0))]
    found = calls(before, [("", picture(0, 2.0, 20.0)), ("", picture(1, 1.0, 11.0))])
    assert (found.calls, found.different) == (2, "result: 10 became 11 (call 2)")


def test_places_that_two_runs_as_it_is_differ_in_are_compared_by_type():
    again = [("", picture(after=5.0)), ("", picture(1))]
    unsteady = compare.unsteady_places([("", picture()), ("", picture(1))], again)
    assert unsteady == {"result": True}
    assert calls([("", picture())], [("", picture(after=7.0))], unsteady).different == ""
    other = picture()
    other.after["result"] = floats(1.0, 2.0)
    assert "became" in calls([("", picture())], [("", other)], unsteady).different
    assert calls([("", picture())], [("", picture(output="more"))], unsteady).different


def test_what_raises_now_and_then_is_not_held_against_it():
    unsteady = compare.unsteady_places([("", picture())], [("", picture(raised="OSError: gone"))])
    assert unsteady[compare.RAISED]
    found = calls([("", picture())], [("", picture(raised="OSError: gone"))], unsteady)
    assert (found.raised, found.different) == ("", "")


def test_a_place_whose_type_varies_is_not_compared():
    other = picture()
    other.after["result"] = ["plain", "None", "None"]
    unsteady = compare.unsteady_places([("", picture())], [("", other)])
    assert unsteady == {"result": False}
    assert calls([("", picture())], [("", other)], unsteady).different == ""


@pytest.mark.parametrize(
    ("was", "now", "raised", "different"),
    [
        (picture(), picture(raised="TypeError: no"), "TypeError: no", ""),
        (picture(raised="TypeError: a"), picture(raised="TypeError: in user code: a"), "", ""),
        (picture(raised="TypeError: a"), picture(raised="ValueError: b"), "", "TypeError: a became ValueError: b"),
        (picture(raised="TypeError: a"), picture(), "", "it raised TypeError: a, and as a graph it does not"),
        (picture(output="loss 1.0\n"), picture(output="loss 1.0001\n"), "", ""),
        (picture(output="loss\n"), picture(), "", "it printed 'loss', and now '' in call 1"),
        (picture(logged=1), picture(), "", "it logs 1 records, and as a graph 0 in call 1"),
        (picture(random=True), picture(after=7.0), "", ""),
    ],
)
def test_exceptions_and_output(was, now, raised, different):
    found = calls([("", was)], [("", now)])
    assert (found.raised, found.different) == (raised, different)


def test_texts():
    assert text_difference("loss 0.5 in 3 s", "loss 0.9 in 7 s", numbers=False) == ""
    assert text_difference("a 1", "a 1.0") == ""
    assert text_difference("a 1", "a 1 b 2", numbers=False)
    assert text_difference("tf.Tensor(1)", "Tensor(1)", numbers=False)


def times(*rows):
    return {(context, index): Time(0, index, ms, traces, 0) for context, index, ms, traces in rows}


def test_speed_is_of_calls_that_both_runs_made():
    eager = Merged(times=times(("", 0, 90.0, 0), ("", 1, 4.0, 0), ("", 2, 4.0, 0), ("", 3, 80.0, 0)))
    graph = Merged(times=times(("", 0, 300.0, 1), ("", 1, 1.0, 0), ("", 2, 1.0, 0), ("", 3, 200.0, 1)))
    took = speed(eager, graph)
    assert (took.eager_ms, took.graph_ms, took.tracing_ms, took.gain) == (4.0, 1.0, 500.0, 4.0)


def test_no_gain_is_known_if_every_call_traced():
    took = speed(Merged(times=times(("", 0, 9.0, 0))), Merged(times=times(("", 0, 300.0, 1))))
    assert (took.eager_ms, took.graph_ms, took.gain) == (9.0, None, None)


def test_traces_beyond_kinds_of_arguments():
    assert (
        retraces(Merged(calls=4, tracing_calls=3, signatures=2))
        == "3 of 4 calls traced it anew, for 2 kinds of arguments"
    )
    assert retraces(Merged(calls=4, tracing_calls=2, signatures=2)) == ""
    assert retraces(Merged(calls=4, tracing_calls=2, signatures=1, lazy=1)) == "", "the first call made variables"
