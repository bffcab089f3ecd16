"""The case library itself: reading, comparing, failing when it should, rewriting. The analysis is a stand-in here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from caselib import Case, CaseError, Mismatch, check, parse, rewrite
from caselib.compare import compare, format_specs
from caselib.expectations import read, split_list
from caselib.plugin import describe
from caselib.run import configuration
from hybridize.config import Config
from hybridize.finding import Finding, Severity, Span
from hybridize.report import (
    FACTS,
    Evidence,
    Fact,
    FunctionReport,
    Hybridization,
    Obstacle,
    Opportunity,
    Parameter,
    Report,
    Spec,
    Verdict,
)

SOURCE = Path("cases/sample.md")


def case_of(code: str, *, source: Path = SOURCE, config: str = "") -> Case:
    """One case whose main.py is ``code``."""
    block = f"```yaml\n{config}\n```\n" if config else ""
    return parse(source, f"# Title\n\nProse.\n\n{block}```python\n{code}\n```\n")[0]


def finding(line: int, code: str = "HYB101", message: str = "calls `print`", path: str = "main.py") -> Finding:
    """A finding at a line."""
    return Finding(code, "side-effect-in-graph", Severity.ERROR, Span(path, line), message)


def function(line: int = 1, **changes: Any) -> FunctionReport:
    """An eager function of which nothing is known."""
    report = FunctionReport(
        path="main.py",
        qualname="f",
        line=line,
        end_line=line + 1,
        hybrid=False,
        hybridization=None,
        parameters=(),
        facts={name: Fact(None, reason="not analyzed") for name in FACTS},
        input_signature=None,
        input_signature_absence="no tensor",
        verdict=Verdict(),
        assumptions=(),
        span=Span("main.py", line),
    )
    return msgspec.structs.replace(report, **changes)


def report_of(*findings: Finding, functions: tuple[FunctionReport, ...] = ()) -> Report:
    """A report with these and nothing else."""
    return Report("0", ".", functions, findings, (), {})


def mismatches(code: str, report: Report) -> list[Mismatch]:
    """What disagrees between the expectations in ``code`` and ``report``."""
    return compare(report, read(case_of(code)))


def shown(code: str, report: Report) -> list[tuple[int, str, str]]:
    """The same as (line, wanted, got)."""
    return [(item.line, item.wanted, item.got) for item in mismatches(code, report)]


# --------------------------------------------------------------------------- reading Markdown


def test_sections_become_cases_with_prose_files_and_lines() -> None:
    text = (
        "# Printing\n\nWhat print does.\n\n## Direct\n\nIt prints.\n\n```python\nx = 1\n```\n\n## In a package\n\n"
        "Two files.\n\n`pkg/a.py`:\n\n```python\ny = 2\n```\n\nand\n\n`pkg/b.py`:\n```python\nz = 3\n```\n"
    )
    direct, package = parse(SOURCE, text)
    assert direct.titles == ("Printing", "Direct")
    assert direct.prose == "It prints."
    assert [(file.path, file.text) for file in direct.files] == [("main.py", "x = 1\n")]
    assert direct.files[0].lines[0].number == 10
    assert [(file.path, file.text) for file in package.files] == [("pkg/a.py", "y = 2\n"), ("pkg/b.py", "z = 3\n")]
    assert package.prose == "Two files.\n\n\nand"


def test_blocks_of_one_file_are_joined_and_keep_their_places() -> None:
    text = "# T\n\nFirst.\n\n```python\na = 1\n```\n\nThen.\n\n```python\nb = 2  # finding: HYB101\n```\n"
    (case,) = parse(SOURCE, text)
    assert case.files[0].text == "a = 1\nb = 2  # finding: HYB101\n"
    (expectation,) = read(case)
    assert (expectation.line, expectation.number) == (2, 12)


def test_configuration_is_inherited_and_overridden_by_subsections() -> None:
    text = (
        "# T\n\n```yaml\nignore: [HYB]\nbooleans_are_literals: true\n```\n\n## A\n\np\n\n```python\nx = 1\n```\n\n"
        "## B\n\np\n\n```yaml\nignore: []\n```\n\n```python\nx = 1\n```\n"
    )
    first, second = parse(SOURCE, text)
    assert configuration(first) == Config(ignore=("HYB",), booleans_are_literals=True, jobs=1)
    assert configuration(second) == Config(ignore=(), booleans_are_literals=True, jobs=1)


def test_a_heading_or_fence_inside_a_block_is_code() -> None:
    text = "# T\n\np\n\n````python\n# not a heading\ns = '''\n```\n'''\n````\n"
    (case,) = parse(SOURCE, text)
    assert case.files[0].text == "# not a heading\ns = '''\n```\n'''\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# T\n\np\n\n```python\nx = 1\n", "never closed"),
        ("# T\n\n```python\nx = 1\n```\n", "needs prose"),
        ("# T\n\np\n\n```bash\nls\n```\n", "needs a file name"),
        ("# T\n\np\n\n`../x.py`:\n```python\nx = 1\n```\n", "relative path"),
        ("# T\n\np\n\n```yaml\n- 1\n```\n", "must be a mapping"),
        ("# T\n\np\n\n```python\nx = 1\n```\n\n# T\n\np\n\n```python\nx = 1\n```\n", "same name"),
        ("text\n\n# T\n", "before the first heading"),
    ],
)
def test_broken_markdown_is_refused(text: str, message: str) -> None:
    with pytest.raises(CaseError, match=message):
        parse(SOURCE, text)


# --------------------------------------------------------------------------- reading expectations


def test_expectations_are_read_from_comments_only() -> None:
    code = 's = "# finding: HYB101"\nprint(s)  # why not # finding: HYB102, HYB103 "a # b"'
    found = read(case_of(code))
    assert [(item.line, item.key, item.value) for item in found] == [
        (2, "finding", "HYB102"),
        (2, "finding", 'HYB103 "a # b"'),
    ]


def test_comment_lines_speak_of_the_next_line_of_code() -> None:
    code = "# effects: io\n# tensor: x\n\ndef f(x):  # literal: none\n    pass"
    found = read(case_of(code))
    assert [(item.line, item.key, item.value) for item in found] == [
        (4, "effects", "io"),
        (4, "tensor", "x"),
        (4, "literal", "none"),
    ]


def test_reveal_takes_its_comment_as_it_stands() -> None:
    found = read(case_of("reveal(x)  # float32[?, 10]\nreveal(y)  # todo-reveal: int"))
    assert [(item.key, item.value, item.todo) for item in found] == [
        ("reveal", "float32[?, 10]", False),
        ("reveal", "int", True),
    ]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1  # findign: HYB101", "unknown expectation 'findign'"),
        ("x = 1  # todo-effect: io", "unknown expectation 'todo-effect'"),
        ("x = 1  # effects: io", "no def on the line"),
        ("def f(): ...  # effects:", "has no value"),
        ("x = 1  # finding: ???", "list of codes"),
        ("reveal(x)", "needs a comment"),
        ("x = 1\n# finding: HYB101", "speaks of no line"),
    ],
)
def test_broken_expectations_are_refused(code: str, message: str) -> None:
    with pytest.raises(CaseError, match=message):
        read(case_of(code))


def test_lists_split_outside_brackets() -> None:
    assert split_list("x=float32[2, 3], y=(int32[], int32[])") == ["x=float32[2, 3]", "y=(int32[], int32[])"]


# --------------------------------------------------------------------------- findings


def test_a_finding_that_is_expected_passes() -> None:
    assert shown('print()  # finding: HYB101 "print"', report_of(finding(1))) == []
    assert shown("print()  # finding: side-effect-in-graph", report_of(finding(1))) == []


def test_a_finding_without_expectation_fails() -> None:
    assert shown("print()", report_of(finding(1))) == [
        (1, "no finding", "HYB101 (side-effect-in-graph): calls `print`"),
    ]


def test_an_expectation_without_finding_fails() -> None:
    assert shown("print()  # finding: HYB101", report_of()) == [(1, "HYB101", "no such finding")]


@pytest.mark.parametrize(
    "other", [finding(2), finding(1, code="HYB102"), finding(1, message="else"), finding(1, path="b.py")]
)
def test_line_code_message_and_file_all_count(other: Finding) -> None:
    found = mismatches('print()  # finding: HYB101 "print"\nx = 1', report_of(other))
    assert {item.wanted for item in found} == {'HYB101 "print"', "no finding"}


def test_one_expectation_stands_for_one_finding() -> None:
    twice = report_of(finding(1), finding(1, message="again"))
    assert len(shown("print()  # finding: HYB101", twice)) == 1
    assert shown("print()  # finding: HYB101, HYB101", twice) == []


def test_a_known_miss_must_still_be_missed() -> None:
    assert shown("print()  # todo-finding: HYB101", report_of()) == []
    assert shown("print()  # todo-finding: HYB101", report_of(finding(1))) == [
        (1, "HYB101 is a known miss", "it is found now: delete `todo-`"),
    ]


def test_a_known_false_alarm_must_still_be_raised() -> None:
    assert shown("print()  # todo-ok: HYB101", report_of(finding(1))) == []
    assert shown("print()  # todo-ok: HYB101", report_of()) == [
        (1, "HYB101, a known false alarm", "it is gone: delete the mark"),
    ]


# --------------------------------------------------------------------------- facts


def with_fact(name: str, fact: Fact) -> FunctionReport:
    """A function whose one known fact is this."""
    return function(facts={**function().facts, name: fact})


SITES = (
    Evidence("main.py", 2, "print(x)", via=("helper (util.py:3)", "inner (util.py:9)"), kind="io"),
    Evidence("main.py", 3, "n += 1", kind="writes-global"),
)
KNOWN = function(
    hybrid=True,
    hybridization=Hybridization(
        "decorator", 1, {"func": "f", "jit_compile": "True"}, (Spec("TensorSpec", "float32", None),)
    ),
    parameters=(
        Parameter("x", "positional-or-keyword", True, False, (Spec("TensorSpec", "float32", (None, 10)),), "flow"),
        Parameter("n", "positional-or-keyword", False, True),
        Parameter("z", "positional-or-keyword", None, None),
    ),
    facts={
        **function().facts,
        "side_effects": Fact(True, "flow", SITES),
        "recursive": Fact(False),
        "tensor_parameter": Fact(True, "speculation"),
    },
    input_signature={"x": Spec("TensorSpec", "float32", (None, 10))},
    verdict=Verdict(None, None, ("side-effects", "recursive"), "tighter"),
    assumptions=("parameter x is taken to be a tensor",),
    opportunity=Opportunity((Obstacle("hazard", "HYB111 at main.py:2: an `if`", "HYB111"),)),
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("effects: writes-global, io", "effects: io"),
        ("effects: any", "effects: none"),
        ("via: helper > inner", "via: helper"),
        ("via: none", "via: inner"),
        ("verdict: recursive, side-effects", "verdict: side-effects"),
        ("hybrid: decorator", "hybrid: call"),
        ("arguments: jit_compile=True", "arguments: none"),
        ("arguments: func=f, jit_compile=True", "arguments: func=g, jit_compile=True"),
        ("supplied: float32[...]", "supplied: empty"),
        ("tensor: x", "tensor: x, n"),
        ("tensor-unknown: z", "tensor-unknown: none"),
        ("literal: n", "literal: none"),
        ("literal-unknown: z", "literal-unknown: x"),
        ("recursive: no", "recursive: yes"),
        ("facts: recursive=no, eager_only_call=unknown", "facts: recursive=yes"),
        ("facts: tensor_parameter=yes/speculation", "facts: tensor_parameter=yes/flow"),
        ("types: x=float32[?, 10], n=none", "types: x=float32[10]"),
        ("signature: x=float32[?, 10]", "signature: none"),
        ("assumes: x is taken", "assumes: none"),
        ("relation: tighter", "relation: none"),
        ('obstacle: hazard "HYB111 at"', "obstacle: none"),
    ],
)
def test_each_key_of_a_function_can_hold_and_fail(right: str, wrong: str) -> None:
    report = report_of(functions=(KNOWN,))
    assert shown(f"def f(x, n, z): ...  # {right}", report) == []
    ((line, wanted, got),) = shown(f"def f(x, n, z): ...  # {wrong}", report)
    assert (line, wanted) == (1, wrong)
    assert got.startswith(wrong.split(":", maxsplit=1)[0] + ": ")
    assert shown(f"def f(x, n, z): ...  # todo-{wrong}", report) == []
    assert shown(f"def f(x, n, z): ...  # todo-{right}", report) == [
        (1, f"{right} is a known gap", "it holds now: delete `todo-`"),
    ]


def test_effects_of_false_and_undetermined_facts() -> None:
    pure = report_of(functions=(with_fact("side_effects", Fact(False)),))
    unknown = report_of(functions=(function(),))
    assert shown("def f(): ...  # effects: none", pure) == []
    assert shown("def f(): ...  # effects: unknown", unknown) == []
    assert shown("def f(): ...  # effects: none", unknown) == [
        (1, "effects: none", "effects: unknown  (reason: not analyzed)"),
    ]
    assert shown("def f(): ...  # effects: any", unknown) != []


def test_callees_need_a_report_that_has_them() -> None:
    assert shown("def f(): ...  # callees: g", report_of(functions=(KNOWN,))) == [
        (1, "callees: g", "callees: not reported"),
    ]


def test_a_function_that_is_not_reported_fails() -> None:
    assert shown("def f(): ...  # effects: none", report_of()) == [(1, "effects: none", "no function is reported here")]


def test_specs_are_written_as_people_read_them() -> None:
    dense = Spec("TensorSpec", "float32", (None, 10))
    assert format_specs(dense) == "float32[?, 10]"
    assert format_specs(Spec("RaggedTensorSpec", "int32", None)) == "ragged int32[...]"
    assert format_specs([dense, Spec("TensorSpec", None, ())]) == "(float32[?, 10], ?[])"


class Revealing(msgspec.Struct, frozen=True):
    """A report that has reveals, as the engine's own."""

    reveals: tuple[tuple[str, int, str], ...]
    functions: tuple[FunctionReport, ...] = ()
    findings: tuple[Finding, ...] = ()


def test_reveals_are_compared_as_text() -> None:
    report: Any = Revealing((("main.py", 1, "float32[?]"),))
    assert shown("reveal(x)  # float32[?]", report) == []
    assert shown("reveal(x)  # int32[?]", report) == [(1, "int32[?]", "float32[?]")]
    assert shown("reveal(x)  # todo-reveal: int32[?]", report) == []
    assert shown("reveal(x)  # todo-reveal: float32[?]", report) != []
    assert shown("reveal(x)  # float32[?]", report_of()) == [(1, "float32[?]", "nothing is revealed here")]


# --------------------------------------------------------------------------- running


def test_check_lays_the_project_out_and_passes_the_configuration(tmp_path: Path) -> None:
    text = "# T\n\np\n\n```yaml\nexclude: [build]\n```\n\n`pkg/a.py`:\n```python\nprint()  # finding: HYB101\n```\n"
    (case,) = parse(SOURCE, text)
    seen = []

    def analyzer(paths: Any, config: Config) -> Report:
        seen.append(([Path(path).relative_to(tmp_path) for path in paths], config.exclude))
        assert (tmp_path / "project/pkg/a.py").read_text() == "print()  # finding: HYB101\n"
        return report_of(finding(1, path="pkg/a.py"))

    assert check(case, tmp_path, analyzer) == []
    assert seen == [([Path("project")], ("build",))]


def test_paths_of_a_report_on_a_subfolder_are_moved(tmp_path: Path) -> None:
    text = "# T\n\np\n\n```yaml\ncase: {paths: [src]}\n```\n\n`src/a.py`:\n```python\ndef f(): ...  # hybrid: no\n```\n"
    (case,) = parse(SOURCE, text)
    report = report_of(functions=(function(path="a.py"),))
    assert check(case, tmp_path, lambda paths, config: report) == []


@pytest.mark.parametrize(
    ("code", "config", "message"),
    [
        ("def f(:", "", "is no Python"),
        ("x = 1", "case: {invalid: [main.py]}", "although listed as invalid"),
        ("x = 1", "ignore: [HYB]", "cannot fail"),
        ("x = 1", "jbos: 2", "unknown configuration jbos"),
        ("x = 1", "exclude: 3", "configuration: "),
        ("x = 1", "case: {path: [src]}", "`case` takes"),
    ],
)
def test_broken_cases_are_refused(tmp_path: Path, code: str, config: str, message: str) -> None:
    with pytest.raises(CaseError, match=message):
        check(case_of(code, config=config), tmp_path, lambda paths, settings: report_of())


def test_a_failure_shows_place_line_wanted_and_got() -> None:
    case = case_of("x = 1\nprint()  # finding: HYB102")
    text = describe(case, compare(report_of(finding(2)), read(case)))
    assert "cases/sample.md:7 (main.py:2)\n      print()  # finding: HYB102\n    wanted  HYB102" in text
    assert "got     HYB101 (side-effect-in-graph): calls `print`" in text


# --------------------------------------------------------------------------- rewriting


@pytest.mark.parametrize(
    ("before", "accepted", "marked"),
    [
        ("print()", "print()  # finding: HYB101", "print()  # todo-ok: HYB101"),
        ("print()  # finding: HYB9", "print()  # finding: HYB101", "print()  # todo-finding: HYB9 # todo-ok: HYB101"),
        (
            "print()  # note # finding: HYB101, HYB9",
            "print()  # note # finding: HYB101",
            "print()  # note # finding: HYB101 # todo-finding: HYB9",
        ),
        ("print()  # todo-finding: HYB101", "print()  # finding: HYB101", "print()  # finding: HYB101"),
        ("print()  # finding: HYB101 # todo-ok: HYB9", "print()  # finding: HYB101", "print()  # finding: HYB101"),
    ],
)
def test_findings_are_rewritten_in_place(tmp_path: Path, before: str, accepted: str, marked: str) -> None:
    for mode, after in (("accept", accepted), ("todo", marked)):
        source = tmp_path / f"{mode}.md"
        text = f"# T\n\np\n\n```python\nx = 1\n{before}\n```\n\ntail\n"
        source.write_text(text)
        (case,) = parse(source)
        report = report_of(finding(2))
        assert rewrite(case, compare(report, read(case)), mode)  # type: ignore[arg-type]
        assert source.read_text() == text.replace(before, after)
        (case,) = parse(source)
        assert compare(report, read(case)) == [], "what was written now holds"


@pytest.mark.parametrize(
    ("before", "accepted", "marked"),
    [
        (
            "def f(x):  # effects: none # recursive: no",
            "def f(x):  # effects: io, writes-global # recursive: no",
            "def f(x):  # todo-effects: none # recursive: no",
        ),
        ("# effects: none\ndef f(x):", "# effects: io, writes-global\ndef f(x):", "# todo-effects: none\ndef f(x):"),
        ("def f(x):  # todo-tensor: x", "def f(x):  # tensor: x", "def f(x):  # tensor: x"),
    ],
)
def test_facts_are_rewritten_in_place(tmp_path: Path, before: str, accepted: str, marked: str) -> None:
    for mode, after in (("accept", accepted), ("todo", marked)):
        source = tmp_path / f"{mode}.md"
        source.write_text(f"# T\n\np\n\n```python\n{before}\n    pass\n```\n")
        (case,) = parse(source)
        line = before.count("\n") + 1
        report = report_of(functions=(msgspec.structs.replace(KNOWN, line=line),))
        assert rewrite(case, compare(report, read(case)), mode)  # type: ignore[arg-type]
        assert source.read_text() == f"# T\n\np\n\n```python\n{after}\n    pass\n```\n"
        (case,) = parse(source)
        assert compare(report, read(case)) == [], "what was written now holds"


def test_reveals_are_rewritten_in_place(tmp_path: Path) -> None:
    report: Any = Revealing((("main.py", 1, "float32[?]"),))
    for mode, after in (("accept", "reveal(x)  # float32[?]"), ("todo", "reveal(x)  # todo-reveal: int")):
        source = tmp_path / f"{mode}.md"
        source.write_text("# T\n\np\n\n```python\nreveal(x)  # int\n```\n")
        (case,) = parse(source)
        assert rewrite(case, compare(report, read(case)), mode)  # type: ignore[arg-type]
        assert source.read_text() == f"# T\n\np\n\n```python\n{after}\n```\n"


def test_nothing_is_written_when_all_holds(tmp_path: Path) -> None:
    source = tmp_path / "a.md"
    source.write_text("# T\n\np\n\n```python\nprint()  # finding: HYB101\n```\n")
    (case,) = parse(source)
    assert not rewrite(case, compare(report_of(finding(1)), read(case)), "accept")
