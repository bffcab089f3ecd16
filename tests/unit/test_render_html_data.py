"""The data of the HTML report, and the page that holds them."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections import Counter
from pathlib import Path

import hypothesis
import msgspec
import pytest
from hypothesis import strategies
from samples import PRINTS, facts, finding, function, parameter, report, write_train

from hybridize.finding import Edit, Fix, Span
from hybridize.fingerprints import alone, lines_of
from hybridize.intention import Applicability
from hybridize.reasons import Reason
from hybridize.report import Fact, FileSummary, Obstacle, Opportunity, Verdict
from hybridize.runs import FunctionEvidence, Received, RunEvidence
from hybridize.verdict import PRECONDITIONS, SAFETY_CHECKS
from hybridize_bot.evidence import Known
from hybridize_bot.render._places import Places
from hybridize_bot.render._source import Sources
from hybridize_bot.render.html import data, page, words
from hybridize_bot.render.html.build import Builder
from hybridize_bot.render.html.diffs import diffs
from hybridize_bot.render.html.texts import LONGEST_LINE, column, line, shown
from hybridize_bot.selection import Selection, SetAside


def builder(root: Path, aside: tuple[SetAside, ...] = (), **changes: object) -> Builder:
    made = report(write_train(root), **changes)
    return Builder(Selection(made, aside), Places(str(root), files=made.files))


# -- how functions stand


def test_each_standing_by_the_verdict_and_what_speaks_against_it() -> None:
    convert = Verdict(action="convert-to-hybrid", precondition="P1")
    held = Opportunity(obstacles=(Obstacle("benefit", "nothing to gain"),))
    plain = function(hybrid=False)

    def stands(**changes: object) -> str:
        return data.standing(msgspec.structs.replace(plain, **changes), unsafe=False)

    assert stands(verdict=convert, opportunity=Opportunity()) == "convertible"
    assert stands(verdict=convert, opportunity=held) == "eager"
    assert stands(verdict=Verdict(failures=("undetermined-side-effects",))) == "undetermined"
    assert stands(verdict=Verdict(), hybrid=True) == "hybrid"
    assert stands(verdict=Verdict(), hybrid=False) == "eager"


def test_an_error_makes_its_function_unsafe_unless_it_is_set_aside(tmp_path: Path) -> None:
    assert data.by_package(builder(tmp_path).index()) == {".": Counter(unsafe=1)}
    aside = (SetAside(finding(), "suppressed", "we know"),)
    built = builder(tmp_path, aside, findings=())
    assert data.by_package(built.index()) == {".": Counter(hybrid=1)}
    (found,) = built.details(0).rows[1].findings
    assert found.aside == "a comment in the code suppresses it: we know"
    assert built.details(0).marks == ()


def test_modules_have_rows_that_count_as_no_function(tmp_path: Path) -> None:
    two = (function(callers=(("train.py", ""), ("train.py", "train_step"), ("gone.py", "f"))),)
    index = builder(tmp_path, functions=two, findings=(finding(function=""),)).index()
    module, own = index.rows
    assert (module.name, module.standing, module.findings) == ("", None, (("HYB101", "error"),))
    assert own.callers == (0, 1)
    assert data.counted(index.rows) == Counter(convertible=1)


def test_a_finding_is_of_the_function_that_it_stands_in_of_several_of_that_name(tmp_path: Path) -> None:
    one, two = (msgspec.structs.replace(function(), line=at, end_line=at + 1) for at in (1, 11))
    index = builder(tmp_path, functions=(one, two)).index()
    assert [len(row.findings) for row in index.rows] == [0, 0, 1]


# -- details


def test_details_have_the_source_its_marks_and_where_the_decorator_begins(tmp_path: Path) -> None:
    details = builder(tmp_path).details(0)
    assert details.lines[9].text == "    loss = tf.reduce_mean(x)"
    assert [(mark.line, mark.start, mark.end, mark.primary) for mark in details.marks] == [
        (11, 4, 18, True), (4, 4, 12, False), (5, 4, 23, False),
    ]  # fmt: skip
    assert details.rows[1].first == 8
    (found,) = details.rows[1].findings
    steps = [(step.place.line, step.text) for step in found.chain]
    assert steps == [(4, "def log_step(loss):"), (5, 'print("loss", loss)')]


def test_facts_are_three_valued_and_their_lines_are_told_once(tmp_path: Path) -> None:
    known = facts(side_effects=Fact(True, "flow", (PRINTS,) * 20), recursive=None)
    made = builder(tmp_path, functions=(function(facts=known),)).details(0).rows[1]
    by_name = {fact.name: fact for fact in made.facts}
    assert by_name["side effects"].value == "yes"
    assert len(by_name["side effects"].sites) == 1
    assert by_name["recursive"].value == "unknown"
    assert by_name["recursive"].reason == Reason.NO_CALLER.text
    assert by_name["dtype conflict"].value == "no"


def test_parameters_say_what_they_received_in_a_run(tmp_path: Path) -> None:
    got = (Received("x", "tensor", "float32", (2, None), 7, ("train.py:20",)), Received("x", "int", calls=1))
    run = FunctionEvidence("train_step", "train.py", 9, "", "", "recorded", parameters=got)
    made = builder(tmp_path, functions=(function(run=run, parameters=(parameter("x", tensor=True),)),)).details(0)
    (one,) = made.rows[1].parameters
    assert one.types == ("float32[?, 8]",)
    assert [(kind.type, kind.calls) for kind in one.received] == [("float32[2, ?]", 7), ("int", 1)]


def test_a_file_that_cannot_be_read_has_no_lines(tmp_path: Path) -> None:
    built = builder(tmp_path)
    (tmp_path / "train.py").unlink()
    assert built.details(0).lines == ()
    assert built.details(0).rows[1].findings


@pytest.mark.parametrize("check", [*PRECONDITIONS, *SAFETY_CHECKS], ids=lambda check: check.fact)
def test_every_failure_is_told_in_words_and_with_its_fact(check) -> None:  # type: ignore[no-untyped-def]
    assert check.failure in words._AGAINST
    assert words.failure(check.failure, function())[1] == check.fact
    open_fact = function(facts=facts(**{check.fact: None}))
    text, fact = words.failure("undetermined-" + check.fact.replace("_", "-"), open_fact)
    assert fact == check.fact
    assert text.endswith(f"cannot be told: {Reason.NO_CALLER.text}")


# -- texts


def test_what_would_not_be_seen_is_written_out_and_marked() -> None:
    made = line("a\u202eb\ud800\0c")
    assert made.text == "a\\u202eb\\ud800\\x00c"
    assert [made.text[start:end] for start, end in made.hidden] == ["\\u202e", "\\ud800", "\\x00"]
    assert line("\tplain é 😀👨\u200d👩").hidden == ()
    assert shown("pass\u200bword\u3164\ufeff\U000e0041") == "pass\\u200bword\\u3164\\ufeff\\U000e0041"
    assert shown("a\nb") == "a\\nb"


def test_columns_are_those_of_what_is_shown_in_units_of_browsers() -> None:
    assert column("😀x", 1) == 2
    assert column("\u202ex", 1) == 6


def test_long_lines_end_with_how_much_is_left() -> None:
    made = line("x" * 10_000)
    assert made.text == "x" * LONGEST_LINE + " … 8,000 more characters"
    assert column("x" * 10_000, 9_000) == LONGEST_LINE
    ((start, end),) = made.hidden
    assert (start, end) == (LONGEST_LINE, len(made.text))


def test_fields_without_anything_in_them_are_left_out_but_not_numbers() -> None:
    place = data.Site(data.Place(0, 3), "", "x")
    assert data.sparse(place, str.upper) == {"place": {"file": 0, "line": 3}, "detail": "X"}


# -- diffs


def changed(tmp_path: Path, *edits: Edit) -> list[tuple[str, int, str]]:
    sources = Sources(Places(str(write_train(tmp_path))))
    (found,) = diffs(Fix("mend", Applicability.SAFE, edits), sources)
    return [(one.kind, one.number, one.line.text) for one in found.lines]


def test_a_diff_shows_what_is_added_and_removed_with_lines_around(tmp_path: Path) -> None:
    print_ = Edit(Span("train.py", 5, 4, 5, 9), "tf.print")
    assert changed(tmp_path, print_) == [
        (" ", 2, ""), (" ", 3, ""), (" ", 4, "def log_step(loss):"),
        ("-", 5, '    print("loss", loss)'), ("+", 5, '    tf.print("loss", loss)'),
        (" ", 6, ""), (" ", 7, ""), (" ", 8, "@tf.function"),
    ]  # fmt: skip


def test_changes_that_are_far_apart_are_hunks(tmp_path: Path) -> None:
    first, last = (Edit(Span("train.py", at, 0, at, 0), "# new\n") for at in (1, 12))
    kinds = "".join(kind for kind, _, _ in changed(tmp_path, first, last))
    assert kinds == "+   …   + "


# -- the page


def test_what_is_packed_comes_out_as_it_was_and_is_the_same_text_each_time() -> None:
    value = {"a": ["</script>", 1, None]}
    assert page.unpacked(page.packed(value)) == value
    assert page.packed(value) == page.packed(value)
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", page.packed(value))


def test_the_page_may_run_its_own_code_and_nothing_else(tmp_path: Path) -> None:
    made = report(write_train(tmp_path))
    text = page.render(Selection(made), Places(str(tmp_path), files=made.files), title="<b>&amp;")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    policy = policy.replace("&#39;", "'")
    hashes = set(re.findall(r"'sha256-([^']+)'", policy))
    parts = [re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("script", "style")]
    assert all(len(part) == 1 for part in parts)
    assert hashes == {base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for (part,) in parts}
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "<title>&lt;b&gt;&amp;amp; – hybridize report</title>" in text
    assert not re.findall(r"(?:src|href)=\"(?!#)[^\"]+", text)
    assert not re.findall(r"\son\w+=|\sstyle=", text.partition("<script")[0])


def test_the_files_of_the_page_use_nothing_that_makes_markup_of_text() -> None:
    code = "".join(map(page._read, page.SCRIPTS))
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|fetch\(", code)
    assert "</" not in code.replace("</li>", "")


def test_every_word_of_the_page_for_standings_and_outcomes_is_there() -> None:
    from hybridize.runs import OUTCOMES

    code = page._read("base.js")
    assert f"const STANDINGS = {list(data.STANDINGS)};".replace("'", '"') in code
    assert set(re.findall(r'"([\w-]+)"', code.partition("OUTCOMES = [")[2].partition("]")[0])) == set(OUTCOMES)


def test_the_least_part_of_a_bar_can_be_seen() -> None:
    parts = page.bars(Counter(unsafe=1, eager=100_000))
    assert [name for name, _, _ in parts] == ["unsafe", "eager"]
    assert parts[0][2] > 0.6
    assert abs(sum(width for _, _, width in parts) - 100) < 0.01
    assert page.bars(Counter()) == []


def test_the_summary_names_broken_files_and_what_is_set_aside(tmp_path: Path) -> None:
    files = (FileSummary("train.py", 12, True), FileSummary("<b>.py", 3, False))
    made = report(write_train(tmp_path), files=files)
    aside = (SetAside(finding(), "baseline"),)
    text = page.render(Selection(made, aside), Places(str(tmp_path), files=files), title="x")
    assert "1 file could not be parsed" in text
    assert "<code>&lt;b&gt;.py</code>" in text
    assert "1 finding in the baseline not shown" in text


@hypothesis.given(strategies.text(strategies.characters(), max_size=40), strategies.integers(0, 40))
def test_columns_and_marked_ranges_fit_the_text_that_is_shown(text: str, index: int) -> None:
    made = line(text)
    units = made.text.encode("utf-16-le")
    index = min(index, len(text))
    assert units[: 2 * column(text, index)].decode("utf-16-le") == shown(text[:index])
    assert shown(made.text) == made.text
    kept = bytearray(units)
    for start, end in reversed(made.hidden):
        assert units[2 * start : 2 * end].decode("utf-16-le").startswith("\\")
        del kept[2 * start : 2 * end]
    assert kept.decode("utf-16-le") == "".join(one for one in text if shown(one) == one)


def test_what_a_run_did_not_find_out_is_told_as_long_as_the_function_is_the_same(tmp_path: Path) -> None:
    write_train(tmp_path)
    code = alone(lines_of((tmp_path / "train.py").read_text())[8:12])
    entries = (
        FunctionEvidence(
            "train_step", "train.py", 9, "", code, "not-exercised", message="the command does not call it"
        ),
        FunctionEvidence("log_step", "train.py", 4, "", "other", "not-exercised"),
    )
    runs = RunEvidence(1, "0", "2", "", "3.11", "linux", ("pytest",), entries)
    functions = (function(), function(qualname="log_step", line=4, end_line=5))
    made = report(tmp_path, functions=functions)
    places = Places(str(tmp_path), files=made.files)
    index = Builder(Selection(made), places, Known(str(tmp_path.resolve()), runs)).index()
    assert [row.run and row.run.message for row in index.rows] == [None, "the command does not call it", None]
    assert index.evidence == data.Evidence("pytest", "TensorFlow 2, Python 3.11", 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_file_that_was_never_read_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    found = finding(code="HYB001", span=Span("pipe.py", 1), function="", chain=())
    built = builder(tmp_path, findings=(found,))
    index = built.index()
    assert [(file.path, file.broken) for file in index.files] == [("train.py", False), ("pipe.py", True)]
    assert index.rows[1].findings == (("HYB001", "error"),)
    assert built.details(1).lines == ()
    assert built.details(1).rows[1].findings[0].place == data.Place(1, 1)
