"""The formats of `check`: text, full, concise, github, json."""

from __future__ import annotations

import json
import os

import pytest
from samples import finding, report, write_train

from hybridize.finding import Severity, Span
from hybridize_bot.render import check_json, concise, github, text
from hybridize_bot.render._places import Places, base
from hybridize_bot.render._source import Sources
from hybridize_bot.render._style import Style

PLAIN = Style(enabled=False)


@pytest.fixture
def places(tmp_path):
    return Places(str(write_train(tmp_path)), str(tmp_path))


def opportunity(line: int, **changes):
    return finding(**{
        "code": "HYB301", "slug": "convertible-to-graph", "severity": Severity.INFO, "chain": (),
        "span": Span("train.py", line, 4, line, 12), "message": f"`f{line}` could run as a graph",
        "help": "add `@tf.function`", **changes,
    })  # fmt: skip


def test_a_finding_shows_source_underlines_chain_and_advice(places) -> None:
    assert text.render(report(), places, PLAIN, summary=False).splitlines() == [
        (
            "error[HYB101 python-side-effect-in-graph]: `train_step` calls `log_step` (train.py:4), "
            "which prints (train.py:5): once per graph"
        ),
        "  --> train.py:11:5",
        "   |",
        " 4 | def log_step(loss):",
        "   |     -------- `log_step` is defined here",
        ' 5 |     print("loss", loss)',
        "   |     ------------------- `log_step` prints here",
        "...",
        "11 |     log_step(loss)",
        "   |     ^^^^^^^^^^^^^^",
        "   |",
        "   = help: use `tf.print`, or print in the caller",
    ]


def test_other_files_of_the_chain_get_their_own_header(tmp_path, places) -> None:
    (tmp_path / "util.py").write_text("def helper():\n    print()\n", encoding="utf-8")
    step = finding().chain[1]
    moved = type(step)(Span("util.py", 2, 4, 2, 11), "`helper` prints here")
    drawn = text.render(report(findings=(finding(chain=(moved,)),)), places, PLAIN, summary=False).splitlines()
    assert drawn[1:9] == [
        "  --> train.py:11:5",
        "   |",
        "11 |     log_step(loss)",
        "   |     ^^^^^^^^^^^^^^",
        "   |",
        "  ::: util.py:2:5",
        "   |",
        " 2 |     print()",
    ]


def test_assumptions_are_listed(places) -> None:
    shown = text.render(report(findings=(finding(assumptions=("x is a tensor: by name",)),)), places, PLAIN)
    assert "   = assuming: x is a tensor: by name\n" in shown


def test_info_findings_are_listed_compactly_after_the_rest(places) -> None:
    findings = (opportunity(4, assumptions=("a", "b")), opportunity(9), finding())
    shown = text.render(report(findings=findings), places, PLAIN)
    blocks = shown.strip().split("\n\n")
    assert [block.split("[")[0] for block in blocks] == [
        "error",
        "info",
        "Found 1 error and 2 info findings in 1 file, 1 function.",
    ]
    assert blocks[1].splitlines() == [
        "info[HYB301 convertible-to-graph]: a function could run as a graph, safely",
        "  train.py:4:5: `f4` could run as a graph (rests on 2 assumptions)",
        "  train.py:9:5: `f9` could run as a graph",
        "  add `@tf.function`; details: hybridize check --format full --select HYB301",
    ]


def test_full_shows_info_findings_with_source(places) -> None:
    shown = text.render(report(findings=(opportunity(4),)), places, PLAIN, full=True)
    assert "4 | def log_step(loss):\n  |     ^^^^^^^^\n" in shown


def test_summary_of_a_clean_run(places) -> None:
    assert text.render(report(findings=()), places, PLAIN) == "No findings in 1 file, 1 function.\n"


def test_colors_change_nothing_but_escape_sequences(places) -> None:
    import click

    colored = text.render(report(), places, Style(enabled=True))
    assert "\x1b[31m" in colored
    assert click.unstyle(colored) == text.render(report(), places, PLAIN)


def test_a_file_that_is_gone_still_gets_its_finding(places) -> None:
    gone = finding(span=Span("gone.py", 3, 4, 3, 9), chain=())
    assert text.render(report(findings=(gone,)), places, PLAIN, summary=False).splitlines()[1:] == [
        " --> gone.py:3:5",
        "  = help: use `tf.print`, or print in the caller",
    ]


@pytest.mark.parametrize(
    ("line", "span", "shown", "underline"),
    [
        ("\tf(x)", (1, 5), "    f(x)", "    ^^^^"),
        ("名 = f(x)", (4, 8), "名 = f(x)", "     ^^^^"),
        ("café = f(x)", (7, 11), "café = f(x)", "       ^^^^"),
        ("x = 1", (5, 5), "x = 1", "     ^"),
        ("x = '\x1b[31m\u202e'", (4, 12), "x = '\ufffd[31m\ufffd'", "    ^^^^^^^^"),
    ],
)
def test_underlines_stand_below_what_they_mean(tmp_path, line, span, shown, underline) -> None:
    (tmp_path / "a.py").write_text(line + "\n", encoding="utf-8")
    one = finding(span=Span("a.py", 1, span[0], 1, span[1]), chain=(), help="")
    drawn = text.render(
        report(findings=(one,)), Places(str(tmp_path), str(tmp_path)), PLAIN, summary=False
    ).splitlines()
    assert drawn[3:5] == [f"1 | {shown}", f"  | {underline}"]


def test_a_span_without_columns_underlines_the_whole_line(places) -> None:
    drawn = text.render(report(findings=(finding(span=Span("train.py", 10), chain=()),)), places, PLAIN)
    assert "10 |     loss = tf.reduce_mean(x)\n   |     ^^^^^^^^^^^^^^^^^^^^^^^^\n" in drawn


def test_a_span_over_several_lines_underlines_its_first(places) -> None:
    drawn = text.render(report(findings=(finding(span=Span("train.py", 9, 0, 12, 5), chain=()),)), places, PLAIN)
    assert " 9 | def train_step(x):\n   | ^^^^^^^^^^^^^^^^^^\n" in drawn.replace("9 |", " 9 |", 1).replace(
        "\n  | ", "\n   | "
    )


@pytest.mark.parametrize("column", [0, 300, 990])
def test_long_lines_are_cut_around_the_mark(tmp_path, column) -> None:
    (tmp_path / "a.py").write_text("a" * column + "here" + "b" * (1000 - column) + "\n", encoding="utf-8")
    one = finding(span=Span("a.py", 1, column, 1, column + 4), chain=(), help="")
    drawn = text.render(
        report(findings=(one,)), Places(str(tmp_path), str(tmp_path)), PLAIN, summary=False
    ).splitlines()
    assert len(drawn[3]) < 180
    assert "".join(c for c, mark in zip(drawn[3], drawn[4], strict=False) if mark == "^") == "here"


def test_source_encoding_declarations_are_followed(tmp_path) -> None:
    (tmp_path / "a.py").write_bytes("# -*- coding: latin-1 -*-\nname = 'café'\n".encode("latin-1"))
    one = finding(span=Span("a.py", 2, 0, 2, 4), chain=())
    assert "name = 'café'" in text.render(report(findings=(one,)), Places(str(tmp_path)), PLAIN)


def test_form_feeds_do_not_count_as_line_ends(tmp_path) -> None:
    (tmp_path / "a.py").write_text("x = 1\x0c\u2028\ny = 2\n", encoding="utf-8")
    one = finding(span=Span("a.py", 2, 0, 2, 1), chain=())
    assert "2 | y = 2" in text.render(report(findings=(one,)), Places(str(tmp_path)), PLAIN)


def test_messages_and_paths_cannot_act_on_the_terminal(places) -> None:
    evil = finding(message="a\x1b[2Jb\nerror: fake", span=Span("\x1b]0;x\x07.py", 1), chain=(), help="c\u202ed")
    for shown in (
        text.render(report(findings=(evil,)), places, PLAIN),
        concise.render(report(findings=(evil,)), places, PLAIN),
    ):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert not any(line.startswith("error: fake") for line in shown.splitlines())


def test_concise_is_one_line_per_finding(places) -> None:
    shown = concise.render(
        report(findings=(finding(message="two\nlines"), opportunity(4, assumptions=("x",)))), places, PLAIN
    )
    assert shown.splitlines() == [
        "train.py:11:5: error[HYB101 python-side-effect-in-graph] two lines",
        "train.py:4:5: info[HYB301 convertible-to-graph] `f4` could run as a graph (assuming x)",
    ]


def test_paths_are_relative_to_where_people_stand(tmp_path) -> None:
    (tmp_path / "src").mkdir()
    inside = Places(str(tmp_path / "src"), str(tmp_path))
    outside = Places(str(tmp_path), str(tmp_path / "src"))
    assert inside.shown("pkg/a.py") == "src/pkg/a.py"
    assert outside.shown("a.py") == (tmp_path / "a.py").as_posix()


def test_github_commands(places) -> None:
    findings = (
        opportunity(4),
        finding(message="50% of: a, b\nand\r", assumptions=("x",), chain=()),
        finding(severity=Severity.WARNING, span=Span("a,b:c.py", 2, 0, 4, 1), chain=()),
    )
    assert github.render(report(findings=findings), places).splitlines() == [
        (
            "::error file=train.py,line=11,col=5,endLine=11,endColumn=18,title=HYB101 python-side-effect-in-graph::"
            "50%25 of: a, b%0Aand%0D%0Aassuming: x%0Ahelp: use `tf.print`, or print in the caller"
        ),
        (
            "::warning file=a%2Cb%3Ac.py,line=2,endLine=4,title=HYB101 python-side-effect-in-graph::"
            "`train_step` calls `log_step` (train.py:4), which prints (train.py:5): once per graph"
            "%0Ahelp: use `tf.print`, or print in the caller"
        ),
        (
            "::notice file=train.py,line=4,col=5,endLine=4,endColumn=12,title=HYB301 convertible-to-graph::"
            "`f4` could run as a graph%0Ahelp: add `@tf.function`"
        ),
    ]


def test_github_paths_start_at_the_workspace() -> None:
    assert base("github", {"GITHUB_WORKSPACE": "/w"}) == "/w"
    assert base("github", {}) is None
    assert base("json", {"GITHUB_WORKSPACE": "/w"}) is None


def test_json_has_everything_and_a_fingerprint(places) -> None:
    one = finding(assumptions=("x",))
    document = json.loads(check_json.render(report(findings=(one,)), places))
    assert document["schema"] == 1
    assert document["root"] == "."
    counts = {"error": 1, "warning": 0, "info": 0, "files": 1, "functions": 1}
    assert document["summary"] == {**counts, "not_shown": {}}
    (got,) = document["findings"]
    assert got["fingerprint"] == one.fingerprint
    assert {
        "code",
        "slug",
        "severity",
        "span",
        "message",
        "function",
        "confidence",
        "help",
        "chain",
        "assumptions",
        "fix",
    } < set(got)
    assert got["chain"][1] == {
        "span": {"path": "train.py", "line": 5, "column": 4, "end_line": 5, "end_column": 23},
        "message": "`log_step` prints here",
    }


def test_json_survives_file_names_that_are_not_utf_8(places) -> None:
    odd = finding(span=Span("caf\udce9.py", 1))
    assert (
        json.loads(check_json.render(report(findings=(odd,)), places))["findings"][0]["span"]["path"] == "caf\\udce9.py"
    )


def test_fingerprints_ignore_positions_but_not_words() -> None:
    moved = finding(message=finding().message.replace("train.py:4", "train.py:400"), span=Span("train.py", 99))
    assert moved.fingerprint == finding().fingerprint
    assert finding(message="another").fingerprint != finding().fingerprint
    assert finding(message=finding().message.replace("train.py:4", "util.py:4")).fingerprint != finding().fingerprint


def test_fingerprints_ignore_lines_wherever_messages_name_them() -> None:
    texts = ("train.py:4 changes it, at a/b.py:3 and 12", "train.py:44 changes it, at a/b.py:5")
    assert len({finding(message=text).fingerprint for text in texts}) == 1
    assert finding(message="it gets `x[1:2]`").fingerprint != finding(message="it gets `x[1:3]`").fingerprint


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_nothing_but_a_regular_file_is_read_for_its_source(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    assert Sources(Places(str(tmp_path))).file("pipe.py") is None
