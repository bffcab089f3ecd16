"""The formats of `check` for other programs: sarif, gitlab, junit, rdjson, csv, json-lines."""

from __future__ import annotations

import json

import pytest
from formats import COMMAND, READERS, complaints, multitool, read, rendered
from samples import TRAIN, finding, report, write_train

from hybridize.finding import Applicability, Confidence, Edit, Fix, Related, Severity, Span
from hybridize.rules import _registry, parse_failure
from hybridize_bot.render._places import Places
from hybridize_bot.selection import SetAside

FIX = Fix(
    "print with `tf.print`",
    Applicability.UNSAFE,
    (Edit(Span("train.py", 5, 4, 5, 9), "tf.print"), Edit(Span("train.py", 11, 0, 11, 0), "    # 𝒻\n")),
)
WIDE = 'x = "𝒻é"; print("é𝒻", x)\n'
"""One character that UTF-16 writes as two units, one that UTF-8 writes as two bytes."""
HOSTILE = "a\nb%0A::error::\t\x1b[31m\udce9𝒻 [x](0) {0} <&>\"'\ud800.py"


@pytest.fixture
def places(tmp_path):
    return Places(str(write_train(tmp_path)), str(tmp_path))


def wide(tmp_path, **changes):
    (tmp_path / "wide.py").write_text(WIDE, encoding="utf-8")
    return finding(span=Span("wide.py", 1, 10, 1, 24), chain=(), **changes)


@pytest.mark.parametrize("form", READERS)
def test_a_clean_run_is_a_valid_document_without_findings(form, places) -> None:
    assert read(form, rendered(form, report(findings=()), places)) == []


@pytest.mark.parametrize("form", READERS)
def test_every_finding_is_there_in_order(form, places) -> None:
    findings = (finding(), finding(fix=FIX), finding(code="HYB301", severity=Severity.INFO, span=Span("b.py", 3)))
    found = read(form, rendered(form, report(findings=findings), places))
    assert len(found) == 3
    assert "HYB301" in str(found[2] if form != "junit" else found[2].get("name"))


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("outside", [False, True])
def test_hostile_texts_stay_inside_of_their_fields(form, outside, tmp_path) -> None:
    span = Span(HOSTILE, 2, 3, 2, 5)
    one = finding(
        span=span, message=HOSTILE, help=HOSTILE, function=HOSTILE, assumptions=(HOSTILE,), slug="a-b",
        chain=(Related(span, HOSTILE),), fix=Fix(HOSTILE, Applicability.SAFE, (Edit(span, HOSTILE),)),
    )  # fmt: skip
    places = Places(str(tmp_path / "\udce9"), str(tmp_path / ("elsewhere" if outside else "\udce9")))
    assert len(read(form, rendered(form, report(findings=(one, one)), places))) == 2


def test_json_lines_are_the_findings_of_the_json(places) -> None:
    two = report(findings=(finding(fix=FIX), finding(message="é\nf")))
    assert read("json-lines", rendered("json-lines", two, places)) == read("json", rendered("json", two, places))


def test_json_tells_the_path_from_here_too(tmp_path) -> None:
    write_train(tmp_path)
    (got,) = read("json-lines", rendered("json-lines", report(), Places(str(tmp_path), str(tmp_path.parent))))
    assert (got["span"]["path"], got["file"]) == ("train.py", f"{tmp_path.name}/train.py")


# --------------------------------------------------------------------------- columns


def test_columns_count_in_the_unit_of_each_format(tmp_path) -> None:
    places = Places(str(tmp_path), str(tmp_path))
    one = report(findings=(wide(tmp_path),))
    (result,) = read("sarif", rendered("sarif", one, places))
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startColumn"], region["endColumn"]) == (12, 27)
    line = WIDE.encode("utf-16-le")
    assert line[2 * 11 : 2 * 26].decode("utf-16-le") == 'print("é𝒻", x)'
    (diagnostic,) = read("rdjson", rendered("rdjson", one, places))
    start, end = diagnostic["location"]["range"]["start"]["column"], diagnostic["location"]["range"]["end"]["column"]
    assert WIDE.encode()[start - 1 : end - 1].decode() == 'print("é𝒻", x)'
    (row,) = read("csv", rendered("csv", one, places))
    assert WIDE[int(row["column"]) - 1 : int(row["end_column"]) - 1] == 'print("é𝒻", x)'


def test_a_file_that_is_gone_keeps_its_columns(tmp_path) -> None:
    gone = report(findings=(finding(span=Span("gone.py", 7, 3, 7, 5), chain=()),))
    (result,) = read("sarif", rendered("sarif", gone, Places(str(tmp_path), str(tmp_path))))
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 7, "startColumn": 4, "endLine": 7, "endColumn": 6,
    }  # fmt: skip


def test_a_span_without_end_is_the_whole_line(places) -> None:
    (row,) = read("csv", rendered("csv", report(findings=(finding(span=Span("train.py", 11)),)), places))
    assert (row["line"], row["column"], row["end_line"], row["end_column"]) == ("11", "1", "11", "19")


# --------------------------------------------------------------------------- sarif


def log(places, *findings, **arguments):
    return json.loads(rendered("sarif", report(findings=findings), places, **arguments))["runs"][0]


def test_sarif_describes_each_rule_once_and_fully(places) -> None:
    run = log(places, finding(), finding(message="another"), finding(code="HYB301", severity=Severity.INFO))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["HYB101", "HYB301"]
    assert [result["ruleIndex"] for result in run["results"]] == [0, 0, 1]
    first = rules[0]
    assert first["name"] == "PythonSideEffectInGraph"
    assert first["defaultConfiguration"] == {"level": "error"}
    assert first["properties"]["problem.severity"] == "error"
    assert first["helpUri"].endswith("/docs/rules/HYB101.md")
    assert first["help"]["markdown"].startswith("# python-side-effect-in-graph (HYB101)\n\n")
    assert first["fullDescription"]["text"].startswith("Finds Python side effects")
    assert rules[1]["properties"]["problem.severity"] == "recommendation"


@pytest.mark.parametrize("rule", _registry.rules(), ids=lambda rule: rule.code)
def test_every_rule_can_be_described(rule, places) -> None:
    one = finding(code=rule.code, slug=rule.slug, severity=rule.severity)
    read("sarif", rendered("sarif", report(findings=(one,)), places))
    described = log(places, one)["tool"]["driver"]["rules"][0]
    assert len(described["fullDescription"]["text"]) > 20
    assert set(described["properties"]) == {"tags", "precision", "problem.severity"}
    assert described["properties"]["precision"] == {
        Confidence.CERTAIN: "very-high", Confidence.LIKELY: "high", Confidence.HEURISTIC: "medium",
    }[rule.confidence]  # fmt: skip


def test_sarif_shows_the_calls_as_a_code_flow(places) -> None:
    (flow,) = log(places, finding())["results"][0]["codeFlows"][0]["threadFlows"]
    shown = [
        (step["location"]["physicalLocation"]["region"]["startLine"], step["location"]["message"]["text"])
        for step in flow["locations"]
    ]
    assert shown == [(11, "here"), (4, "`log_step` is defined here"), (5, "`log_step` prints here")]


def test_sarif_keeps_the_fingerprint_and_the_function(places) -> None:
    (result,) = log(places, finding())["results"]
    assert result["partialFingerprints"] == {"hybridizeFinding/v1": finding().fingerprint}
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "train_step", "kind": "function"}]


def apply_sarif(text: str, changes) -> str:
    """What a reader of SARIF makes of ``text``: replacements by line and UTF-16 column, last first."""
    lines = text.splitlines(keepends=True)
    starts = [sum(len(line.encode("utf-16-le")) for line in lines[:number]) for number in range(len(lines) + 1)]
    data = text.encode("utf-16-le")
    for change in reversed(changes["replacements"]):
        region = change["deletedRegion"]
        start, end = (
            starts[region[f"{side}Line"] - 1] + 2 * (region[f"{side}Column"] - 1) for side in ("start", "end")
        )
        data = data[:start] + change["insertedContent"]["text"].encode("utf-16-le") + data[end:]
    return data.decode("utf-16-le")


def test_sarif_fixes_give_the_fixed_text(places) -> None:
    (result,) = log(places, finding(fix=FIX))["results"]
    (fix,) = result["fixes"]
    (changes,) = fix["artifactChanges"]
    assert changes["artifactLocation"] == {"uri": "train.py", "uriBaseId": "SRCROOT"}
    assert fix["description"]["text"] == "print with `tf.print` (unsafe fix)"
    expected = TRAIN.replace("    print", "    tf.print").replace("    log_step(loss)", "    # 𝒻\n    log_step(loss)")
    assert apply_sarif(TRAIN, changes) == expected


def test_sarif_fixes_are_grouped_by_file(places) -> None:
    edits = (Edit(Span("b.py", 1, 0, 1, 0), "x"), *FIX.edits)
    (result,) = log(places, finding(fix=Fix("t", Applicability.SAFE, edits)))["results"]
    changes = result["fixes"][0]["artifactChanges"]
    assert [(one["artifactLocation"]["uri"], len(one["replacements"])) for one in changes] == [
        ("b.py", 1),
        ("train.py", 2),
    ]


def test_sarif_percent_encodes_paths(tmp_path) -> None:
    names = {"a b/c%d.py": "a%20b/c%25d.py", "c:d.py": "c%3Ad.py", "é#?.py": "%C3%A9%23%3F.py", "\udce9.py": "%E9.py"}
    places = Places(str(tmp_path), str(tmp_path))
    assert {name: places.uri(name) for name in names} == names
    outside = Places(str(tmp_path / "a b"), str(tmp_path / "c"))
    assert outside.uri("x.py") == f"file://{tmp_path.as_posix()}/a%20b/x.py"


def test_sarif_tells_what_could_not_be_read_and_how_the_run_ended(places) -> None:
    unread = parse_failure.finding(Span("broken.py", 3, 1, 3, 1), "invalid syntax")
    (invocation,) = log(places, unread, finding(), exit_code=1)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["associatedRule"] == {"id": "HYB001", "index": 0}
    assert notification["message"]["text"] == "this file is not analyzed: invalid syntax"
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.py"


def test_sarif_lists_suppressed_findings_with_their_justification(places) -> None:
    accepted = (
        SetAside(finding(message="known"), "suppressed", "printed on purpose"),
        SetAside(finding(code="HYB301"), "baseline"),
    )
    text = rendered("sarif", report(), places, aside=accepted)
    shown, first, second = read("sarif", text)
    assert "suppressions" not in shown
    assert first["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "printed on purpose"}]
    assert second["suppressions"] == [{"kind": "external", "status": "accepted"}]


def test_sarif_messages_are_neither_templates_nor_links(places) -> None:
    (result,) = log(places, finding(message="`fs[0](x)` and `{0}` and `{a}`", help=""))["results"]
    assert result["message"]["text"] == r"`fs[0\](x)` and `{{0}}` and `{a}`."


@pytest.mark.skipif(multitool() is None, reason="SARIF_MULTITOOL names no validator, and none is installed")
def test_the_multitool_has_no_complaints(tmp_path, places) -> None:
    unread = parse_failure.finding(Span("broken.py", 3, 1, 3, 1), "invalid syntax")
    text = rendered(
        "sarif",
        report(
            findings=(unread, finding(fix=FIX), wide(tmp_path, message=HOSTILE)),
        ),
        places,
        aside=(SetAside(finding(), "suppressed", "why"),),
        exit_code=1,
    )  # fmt: skip
    (tmp_path / "good.sarif").write_text(text, "utf-8")
    assert complaints(multitool(), tmp_path / "good.sarif") == []
    (tmp_path / "bad.sarif").write_text(text.replace('"ruleIndex": 0', '"ruleIndex": 99'), "utf-8")
    assert complaints(multitool(), tmp_path / "bad.sarif")


# --------------------------------------------------------------------------- gitlab


def test_gitlab_severities_fingerprints_and_lines(places) -> None:
    findings = (
        finding(),
        finding(span=Span("train.py", 11, 4, 12, 3)),
        finding(severity=Severity.WARNING, code="HYB401"),
        finding(severity=Severity.INFO, code="HYB301"),
    )
    issues = read("gitlab", rendered("gitlab", report(findings=findings), places))
    assert [issue["severity"] for issue in issues] == ["critical", "critical", "major", "info"]
    assert [issue["categories"] for issue in issues] == [["Bug Risk"], ["Bug Risk"], ["Clarity"], ["Performance"]]
    same = finding().fingerprint
    assert [issue["fingerprint"] for issue in issues[:2]] == [same, f"{same}-2"]
    assert issues[1]["location"] == {"path": "train.py", "lines": {"begin": 11, "end": 12}}
    assert issues[0]["description"].startswith("HYB101: `train_step` calls")
    assert "- train.py:4:5: `log_step` is defined here\n" in issues[0]["content"]["body"]


# --------------------------------------------------------------------------- junit


def test_junit_has_a_suite_for_each_file(places) -> None:
    findings = (finding(), finding(span=Span("src/net.py", 2, 0, 2, 1), chain=()), finding(chain=()))
    text = rendered("junit", report(findings=findings), places)
    cases = read("junit", text)
    assert [case.get("classname") for case in cases] == ["train", "train", "src.net"]
    assert cases[0].get("name") == "HYB101 python-side-effect-in-graph train_step (11:5)"
    failure = cases[0].find("failure")
    assert failure.get("type") == "error"
    assert failure.get("message") == finding().message
    assert failure.text.splitlines()[1] == "train.py:4:5: `log_step` is defined here"
    assert text.count("<testsuite ") == 2


def test_junit_of_a_clean_run_is_one_test_that_passed(places) -> None:
    text = rendered("junit", report(findings=()), places)
    assert 'tests="1" failures="0"' in text
    assert text.count("<testcase ") == 1


# --------------------------------------------------------------------------- rdjson


def test_rdjson_suggests_the_whole_fix_at_once(places) -> None:
    (diagnostic,) = read("rdjson", rendered("rdjson", report(findings=(finding(fix=FIX),)), places))
    (suggestion,) = diagnostic["suggestions"]
    start, end = (suggestion["range"][side] for side in ("start", "end"))
    data = TRAIN.encode()
    lines = data.splitlines(keepends=True)
    before, behind = (sum(map(len, lines[: place["line"] - 1])) + place["column"] - 1 for place in (start, end))
    expected = TRAIN.replace("    print", "    tf.print").replace("    log_step(loss)", "    # 𝒻\n    log_step(loss)")
    assert (data[:before] + suggestion["text"].encode() + data[behind:]).decode() == expected


def test_rdjson_suggests_nothing_that_needs_another_file(places) -> None:
    fix = Fix("t", Applicability.SAFE, (*FIX.edits, Edit(Span("b.py", 1, 0, 1, 0), "x")))
    (diagnostic,) = read("rdjson", rendered("rdjson", report(findings=(finding(fix=fix),)), places))
    assert diagnostic["suggestions"] == []


def test_rdjson_has_advice_rule_and_places(places) -> None:
    one = finding(assumptions=("x is a tensor",))
    (diagnostic,) = read("rdjson", rendered("rdjson", report(findings=(one,)), places))
    assert diagnostic["message"].splitlines() == [
        one.message, "assuming: x is a tensor", "help: use `tf.print`, or print in the caller",
    ]  # fmt: skip
    assert diagnostic["severity"] == "ERROR"
    assert diagnostic["code"]["value"] == "HYB101"
    assert [place["message"] for place in diagnostic["related_locations"]] == [
        "`log_step` is defined here",
        "`log_step` prints here",
    ]


# --------------------------------------------------------------------------- csv and github


def test_csv_has_a_header_and_quotes_what_needs_it(places) -> None:
    one = finding(message='a, "b"\nc', function="=f", fix=FIX, assumptions=("x", "y"))
    text = rendered("csv", report(findings=(one,)), places)
    header, _, _ = text.partition("\r\n")
    assert header == (
        "path,line,column,end_line,end_column,severity,code,slug,function,message,help,assumptions,confidence,fix,"
        "fingerprint,cell"
    )
    (row,) = read("csv", text)
    assert (row["message"], row["function"], row["assumptions"]) == ('a, "b"\nc', "=f", "x; y")
    assert row["fix"] == "print with `tf.print` (unsafe)"


def test_github_commands_cannot_be_forged(places) -> None:
    one = finding(message="a\n::error::b", span=Span("a\n::warning::,title=x.py", 1), chain=())
    text = rendered("github", report(findings=(one,)), places)
    (kind, _, _) = COMMAND.fullmatch(text).groups()
    assert kind == "error"
    (read_back,) = read("github", text)
    assert read_back["file"] == "a\n::warning::,title=x.py"
