"""The formats of `inspect`: JSON (schema 1), CSV and the table."""

from __future__ import annotations

import csv
import io
import json

import pytest
from samples import PRINTS, VECTOR, facts, function, parameter, report

from hybridize.report import FACTS, Fact, Report, Spec
from hybridize_bot.render import inspect_csv, inspect_json, inspect_table
from hybridize_bot.render._cells import fit, width
from hybridize_bot.render._places import Places
from hybridize_bot.render._style import Style

PLAIN = Style(enabled=False)


FUNCTION_KEYS = {
    "path", "qualname", "line", "end_line", "hybrid", "hybridization", "parameters", "facts", "input_signature",
    "input_signature_absence", "verdict", "assumptions",
}  # fmt: skip


def test_json_follows_the_documented_schema() -> None:
    signed = function(
        hybrid=True,
        facts=facts(side_effects=Fact(True, "flow", (PRINTS,)), recursive=None),
        input_signature={"x": [VECTOR, VECTOR]},
    )
    document = json.loads(inspect_json.render(report(functions=(signed,)), Places(".")))
    assert document["schema"] == 1
    assert document["version"] == "0.1.0"
    (got,) = document["functions"]
    assert set(got) >= FUNCTION_KEYS
    assert set(got["hybridization"]) >= {"form", "line", "arguments", "input_signature"}
    assert set(got["parameters"][0]) >= {"name", "kind", "tensor", "literal", "types", "basis"}
    assert got["parameters"][0]["types"] == [{"spec": "TensorSpec", "dtype": "float32", "shape": [None, 8]}]
    assert set(got["facts"]) == set(FACTS)
    assert all(set(fact) >= {"value", "basis", "evidence", "reason"} for fact in got["facts"].values())
    site = got["facts"]["side_effects"]["evidence"][0]
    assert (site["path"], site["line"], site["text"], site["via"]) == (
        "train.py",
        5,
        'print("loss", loss)',
        ["log_step (train.py:4)"],
    )
    assert got["facts"]["recursive"] == {"value": None, "basis": None, "evidence": [], "reason": "no-caller"}
    assert got["input_signature"] == {"x": [{"spec": "TensorSpec", "dtype": "float32", "shape": [None, 8]}] * 2}
    assert got["verdict"] == {
        "action": None,
        "precondition": None,
        "failures": ["already-optimal", "side-effects"],
        "signature_relation": None,
    }


def test_json_of_an_eager_function_has_null_hybridization() -> None:
    (got,) = json.loads(inspect_json.render(report(functions=(function(),)), Places(".")))["functions"]
    assert got["hybridization"] is None
    assert got["verdict"]["action"] == "convert-to-hybrid"


def rows(of: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(inspect_csv.render(of, Places(".")))))


def test_csv_has_a_row_per_function_with_facts_as_columns() -> None:
    known = facts(side_effects=Fact(True, "flow", (PRINTS,)), recursive=None)
    (row,) = rows(report(functions=(function(hybrid=True, facts=known),)))
    assert set(FACTS) <= set(row)
    assert (row["hybrid"], row["form"], row["tensor_parameters"]) == ("true", "decorator", "x")
    assert (row["side_effects"], row["side_effects_basis"]) == ("true", "flow")
    assert row["side_effects_evidence"] == 'train.py:5 print("loss", loss) via log_step (train.py:4)'
    assert (row["recursive"], row["recursive_reason"]) == ("", "no-caller")
    assert (row["numpy_on_parameter"], row["numpy_on_parameter_reason"]) == ("false", "")
    assert row["failures"] == "already-optimal; side-effects"


def test_csv_writes_signatures_readably() -> None:
    signature = {"x": VECTOR, "y": [Spec("RaggedTensorSpec", None, None), Spec("SparseTensorSpec", "int32", ())]}
    (row,) = rows(report(functions=(function(input_signature=signature),)))
    assert row["input_signature"] == "x: float32[?, 8], y: (ragged ?[...], sparse int32[])"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1"])
def test_csv_cells_are_never_formulas(text) -> None:
    one = function(path=text, hybrid=False, assumptions=(text,))
    (row,) = rows(report(functions=(one,)))
    shown = "'" + text.translate({9: " ", 10: " ", 13: " "})
    assert row["path"] == shown
    assert row["assumptions"] == shown


def test_csv_leaves_ordinary_cells_alone() -> None:
    (row,) = rows(report(functions=(function(path="a=b.py", qualname="f"),)))
    assert row["path"] == "a=b.py"


def table(columns: int = 0, **changes) -> list[str]:
    return inspect_table.render(report(**changes), Places("."), PLAIN, columns).splitlines()


def test_table_groups_by_file_and_aligns() -> None:
    functions = (
        function(line=9, parameters=(parameter("x", tensor=True), parameter("n", literal=None))),
        function(line=120, qualname="Model.call", hybrid=True, facts=facts(side_effects=Fact(True, None, (PRINTS,)))),
        function(
            path="b.py",
            line=1,
            facts=facts(side_effects=None),
            parameters=(parameter("y", tensor=None),),
        ),
    )
    assert table(functions=functions) == [
        "LINE  FUNCTION    RUNS AS  TENSORS  LITERALS  EFFECTS  VERDICT",
        "train.py",
        "   9  train_step  eager    x        n?        -        P1 convert-to-hybrid",
        " 120  Model.call  graph    x        -         io       already-optimal, side-effects",
        "b.py",
        "   1  train_step  eager    y?       -         ?        undetermined-side-effects",
        "",
        "3 functions in 1 file, 1 of them run as graphs; 1 convert-to-hybrid. A question mark: cannot be told.",
    ]


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_table_fits_the_terminal(columns) -> None:
    long = function(
        qualname="outer." * 20 + "名前", facts=facts(tensor_parameter=None, literal_parameter=None, side_effects=None)
    )
    lines = table(columns, functions=(long, function()))
    assert max(map(width, lines[:-2])) <= columns
    assert any("…" in line for line in lines)


def test_table_of_nothing() -> None:
    assert table(functions=()) == ["No functions in 1 file."]


def test_table_is_safe_to_print() -> None:
    assert "\x1b" not in "\n".join(table(functions=(function(qualname="a\x1b[2J", path="\x1b]x.py"),)))


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("名前名", 4, "名…"), ("e\u0301e", 2, "e\u0301e"), ("ab", 0, "")],
)
def test_fit_counts_terminal_columns(text, columns, shown) -> None:
    assert fit(text, columns) == shown
