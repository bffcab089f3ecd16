"""Notebooks as a whole: found, analyzed with the modules around them, shown by cell, fixed."""

from __future__ import annotations

import io
import json
import re
import subprocess

import nbformat
import pytest
from formats import READERS, read
from notebooks import PYTHON, cell, notebook
from test_cli import run

from hybridize import fixing
from hybridize.config import Benefit, Config
from hybridize.engine import analyze
from hybridize.finding import Applicability, Span
from hybridize.intention import AddDecorator, Proposal
from hybridize.rewrite.edits import TextEdit, written
from hybridize.rewrite.resolve import Documents
from hybridize.syntax.source import SourceFile

ONE = Config(jobs=1, benefit=Benefit(operations=0))
IMPORT = "%matplotlib inline\nimport tensorflow as tf"
STEP = '@tf.function\ndef step(x):\n    print("é 𝒻", x)\n    return x + 1.0'
LOGS = "@tf.function\ndef step(x):\n    log(x)\n    return x"
CALL = "!ls\nstep(tf.ones([4]))"
UNSAFE = notebook(cell("# Training", "markdown"), IMPORT, STEP, CALL)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "train.ipynb").write_bytes(UNSAFE)
    return tmp_path


def codes(folder, config=ONE):
    return [(one.code, one.span.path, one.span.line) for one in analyze([folder], config).findings]


# --------------------------------------------------------------------------- analysis


def test_cells_are_one_module(project) -> None:
    assert codes(project) == [("HYB101", "train.ipynb", 5)]
    (file,) = analyze([project], ONE).files
    assert (file.path, file.lines, file.parsed, file.cells) == ("train.ipynb", 8, True, ((2, 1), (3, 3), (4, 7)))


def test_a_notebook_imports_modules_beside_it_first(tmp_path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "steps.py").write_text("def log(x):\n    print(x)\n")
    (tmp_path / "steps.py").write_text("def log(x):\n    return x\n")
    (tmp_path / "pkg" / "a.ipynb").write_bytes(
        notebook(
            IMPORT,
            "from steps import log",
            "@tf.function\ndef step(x):\n    log(x)\n    return x",
            "step(tf.ones([2]))",
        )
    )
    assert codes(tmp_path) == [("HYB101", "pkg/a.ipynb", 6)]


def test_nothing_imports_a_notebook(tmp_path) -> None:
    (tmp_path / "helper.ipynb").write_bytes(notebook("def log(x):\n    print(x)"))
    head = "import tensorflow as tf\nfrom helper import log\n\n\n"
    (tmp_path / "main.py").write_text(f"{head}{LOGS}\n\n\nstep(tf.ones([2]))\n")
    assert codes(tmp_path) == []


def test_a_module_and_a_notebook_may_have_the_same_name(project) -> None:
    (project / "train.py").write_text(STEP.replace("@tf", "import tensorflow as tf\n@tf") + "\nstep(tf.ones([4]))\n")
    assert codes(project) == [("HYB101", "train.ipynb", 5), ("HYB101", "train.py", 4)]


def test_what_a_shell_command_gives_is_not_known(tmp_path) -> None:
    body = "def f(x, flag):\n    if flag:\n        print(x)\n    return x + 1.0"
    for name, value in (("known", "0"), ("unknown", "!ls")):
        (tmp_path / f"{name}.ipynb").write_bytes(
            notebook(IMPORT, "@tf.function\n" + body, f"flag = {value}", "f(tf.ones([2]), flag)")
        )
    reports = {one.path: one for one in analyze([tmp_path], ONE).functions}
    assert reports["known.ipynb"].facts["side_effects"].value is False
    assert reports["unknown.ipynb"].facts["side_effects"].value is not False


def test_code_behind_time_is_run(tmp_path) -> None:
    (tmp_path / "a.ipynb").write_bytes(notebook(IMPORT, STEP.partition("\n")[2], "%time y = step(tf.ones([4]))"))
    (function,) = analyze([tmp_path], ONE).functions
    assert [parameter.tensor for parameter in function.parameters] == [True]
    assert function.facts["tensor_parameter"].basis == "flow"


def test_await_at_the_top_level(tmp_path) -> None:
    (tmp_path / "a.ipynb").write_bytes(notebook(IMPORT, STEP, "y = await g()\nstep(tf.ones([4]))"))
    assert codes(tmp_path) == [("HYB101", "a.ipynb", 5)]


def test_functions_of_a_notebook_in_a_library_are_nobody_elses(tmp_path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "lib"\n')
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text("")
    code = "import tensorflow as tf\n\n\ndef double(x):\n    return tf.tanh(x) * 2.0\n\n\ndouble(tf.ones([4]))\n"
    (tmp_path / "lib" / "a.py").write_text(code)
    (tmp_path / "lib" / "b.ipynb").write_bytes(notebook(code))
    assert codes(tmp_path) == [("HYB301", "lib/b.ipynb", 4)]


def test_notebooks_in_other_languages_are_left_alone(project) -> None:
    (project / "r.ipynb").write_bytes(notebook("x <- 1", metadata={"kernelspec": {"language": "R", "name": "ir"}}))
    report = analyze([project], ONE)
    assert [file.path for file in report.files] == ["train.ipynb"]
    assert [finding.code for finding in report.findings] == ["HYB101"]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"{", "the notebook is not valid JSON"),
        (b'{"nbformat": 3, "worksheets": []}', "the notebook has format 3; open and save it with a current Jupyter"),
        (b'{"nbformat": 4}', "the notebook has no list of cells"),
        (notebook("x = (", "y = 1"), "syntax error"),
    ],
)
def test_what_cannot_be_read_is_a_finding(project, data, part) -> None:
    (project / "broken.ipynb").write_bytes(data)
    first, second = analyze([project], ONE).findings
    assert (first.code, first.span.path, second.code) == ("HYB001", "broken.ipynb", "HYB101")
    assert part in first.message


def test_outputs_do_not_count_for_the_limit(tmp_path) -> None:
    limited = Config(jobs=1, limits=Config().limits.__class__(file_bytes=10_000))
    outputs = [{"output_type": "stream", "name": "stdout", "text": ["x" * 60_000]}]
    (tmp_path / "a.ipynb").write_bytes(notebook(IMPORT, STEP, cell(CALL, outputs=outputs)))
    assert codes(tmp_path, limited) == [("HYB101", "a.ipynb", 5)]
    (tmp_path / "a.ipynb").write_bytes(notebook(IMPORT, STEP, cell(CALL, outputs=outputs * 3)))
    assert codes(tmp_path, limited) == [("HYB001", "a.ipynb", 1)]


def test_several_processes_see_the_same(tmp_path) -> None:
    outputs = [{"output_type": "stream", "name": "stdout", "text": ["x" * 400_000]}]
    for name in "abc":
        (tmp_path / f"{name}.ipynb").write_bytes(notebook(IMPORT, STEP, cell(CALL, outputs=outputs)))
    one, two = (analyze([tmp_path], Config(jobs=jobs)) for jobs in (1, 2))
    assert one.findings == two.findings
    assert len(one.findings) == 3


# --------------------------------------------------------------------------- what people and programs see


def test_findings_are_shown_by_cell_and_line(project) -> None:
    done = run("check", cwd=project)
    assert done.returncode == 1, done.stderr
    assert "\n --> train.ipynb:cell 3:3:5\n" in done.stdout
    assert '3 |     print("é 𝒻", x)\n  |     ^^^^^^^^^^^^^^^' in done.stdout
    concise = run("check", "-f", "concise", cwd=project).stdout
    assert concise.startswith("train.ipynb:cell 3:3:5: error[HYB101 ")


def test_calls_through_cells_are_drawn_cell_by_cell(tmp_path) -> None:
    helper = "x = 1\n\ndef log(x):\n    print(x)"
    (tmp_path / "a.ipynb").write_bytes(notebook(IMPORT, helper, LOGS, "step(tf.ones([2]))"))
    shown = run("check", cwd=tmp_path).stdout
    assert "calls `log` (a.ipynb:cell 2:3), which prints (a.ipynb:cell 2:4)" in shown
    assert re.findall(r"^ *(?:-->|:::) .*", shown, re.MULTILINE) == [
        " --> a.ipynb:cell 3:3:5",
        " ::: a.ipynb:cell 2:3:1",
    ]
    assert "\n3 | def log(x):\n" in shown
    assert "\n4 |     print(x)\n" in shown


def test_json_has_cells(tmp_path) -> None:
    helper = "x = 1\n\ndef log(x):\n    print(x)"
    (tmp_path / "a.ipynb").write_bytes(notebook(IMPORT, helper, LOGS, "step(tf.ones([2]))"))
    (found,) = read("json", run("check", "-f", "json", cwd=tmp_path).stdout)
    assert found["span"] == {"path": "a.ipynb", "cell": 3, "line": 3, "column": 4, "end_line": 3, "end_column": 10}
    assert [(step["span"]["cell"], step["span"]["line"]) for step in found["chain"]] == [(2, 3), (2, 4)]
    assert "(a.ipynb:cell 2:4)" in found["message"]


def test_fixes_in_json_have_cells_too(project) -> None:
    (found,) = read("json", run("check", "-f", "json", "--show-fixes", cwd=project).stdout)
    (edit,) = found["fix"]["edits"]
    assert (edit["span"]["cell"], edit["span"]["line"], edit["replacement"]) == (3, 3, "tf.print")


def test_a_fingerprint_survives_new_cells(project) -> None:
    (before,) = read("json", run("check", "-f", "json", cwd=project).stdout)
    (project / "train.ipynb").write_bytes(notebook("# more\n\n", IMPORT, "y = 1", STEP, CALL))
    (after,) = read("json", run("check", "-f", "json", cwd=project).stdout)
    assert after["fingerprint"] == before["fingerprint"]
    assert (before["span"]["cell"], after["span"]["cell"]) == (3, 4)


@pytest.mark.parametrize("form", READERS)
def test_every_format_is_valid_for_notebooks(form, project) -> None:
    run("check", "-f", form, "--show-fixes", "-o", "report", cwd=project)
    (found,) = read(form, (project / "report").read_bytes().decode())
    line = UNSAFE.decode().splitlines().index('    "    print(\\"é 𝒻\\", x)\\n",') + 1
    if form == "sarif":
        region = found["locations"][0]["physicalLocation"]["region"]
        written = UNSAFE.decode().splitlines()[line - 1].encode("utf-16-le")
        assert region["startLine"] == region["endLine"] == line
        start, end = 2 * (region["startColumn"] - 1), 2 * (region["endColumn"] - 1)
        assert written[start:end].decode("utf-16-le") == 'print(\\"é 𝒻\\", x)'
        assert "fixes" not in found
    elif form == "rdjson":
        place = found["location"]["range"]
        written = UNSAFE.splitlines()[line - 1]
        assert place["start"]["line"] == line
        assert written[place["start"]["column"] - 1 : place["end"]["column"] - 1].decode() == 'print(\\"é 𝒻\\", x)'
        assert found["suggestions"] == []
    elif form == "github":
        assert (found["line"], found["endLine"]) == (str(line), str(line))
    elif form == "gitlab":
        assert found["location"]["lines"] == {"begin": line, "end": line}
    elif form == "csv":
        assert (found["cell"], found["line"], found["column"]) == ("3", "3", "5")
    elif form == "junit":
        assert found.get("name").endswith("(cell 3:3:5)")


def test_inspect_has_cells(project) -> None:
    (function,) = json.loads(run("inspect", ".", "-f", "json", cwd=project).stdout)["functions"]
    assert (function["path"], function["cell"], function["line"], function["end_line"]) == ("train.ipynb", 3, 2, 4)
    (row,) = run("inspect", ".", "-f", "csv", cwd=project).stdout.splitlines()[1:]
    assert row.startswith("train.ipynb:cell 3,step,2,4,")
    table = run("inspect", ".", cwd=project).stdout
    assert "train.ipynb:cell 3" in table


# --------------------------------------------------------------------------- fixes


def test_a_fixed_notebook_is_the_old_one_but_for_the_line(project) -> None:
    done = run("check", "--fix", "--unsafe-fixes", cwd=project)
    assert done.returncode == 0, done.stderr
    fixed = (project / "train.ipynb").read_bytes()
    assert fixed == UNSAFE.replace(b"    print(", b"    tf.print(")
    nbformat.validate(nbformat.read(io.StringIO(fixed.decode()), as_version=4))
    assert run("check", "--fix", "--unsafe-fixes", cwd=project).returncode == 0
    assert (project / "train.ipynb").read_bytes() == fixed


@pytest.mark.parametrize("indent", [None, 1, 2])
def test_lines_that_a_fix_adds_are_lines_of_the_json(tmp_path, indent) -> None:
    cells = [IMPORT, "def double(x):\n    return tf.tanh(x) * 2.0", "%time double(tf.ones([4]))"]
    (tmp_path / "a.ipynb").write_bytes(notebook(*cells, indent=indent))
    (change,) = fixing.fix([tmp_path], ONE).changes
    cells[1] = "@tf.function\n" + cells[1]
    assert change.new == notebook(*cells, indent=indent)


def test_an_import_that_a_fix_needs_goes_into_a_cell(tmp_path) -> None:
    (tmp_path / "data.py").write_text("import tensorflow as tf\n\n\ndef batch():\n    return tf.ones([4])\n")
    (tmp_path / "steps.py").write_text("import tensorflow as tf\n\n\ndef go(x):\n    return tf.tanh(x)\n")
    cells = [
        "%pip install x",
        "%%time\nimport steps\nfrom data import batch",
        "def double(x):\n    return steps.go(x) * 2.0",
    ]
    (tmp_path / "a.ipynb").write_bytes(notebook(*cells, "double(batch())"))
    (change,) = fixing.fix([tmp_path], ONE).changes
    cells[1] += "\nimport tensorflow as tf"
    cells[2] = "@tf.function\n" + cells[2]
    assert change.new == notebook(*cells, "double(batch())")


@pytest.mark.parametrize(
    ("first", "after"),
    [
        ("%pip install x", "%pip install x\n\nimport tensorflow as tf"),
        ("import os", "import os\n\nimport tensorflow as tf"),
        ("import os\n\nprint(os)", "import os\n\nimport tensorflow as tf\n\nprint(os)"),
        (
            '"""Notes."""\n!ls\nimport abc  # letters',
            '"""Notes."""\n!ls\nimport abc  # letters\n\nimport tensorflow as tf',
        ),
        ("%%time\nx = 1", "%%time\n\nimport tensorflow as tf\n\nx = 1"),
    ],
)
def test_new_imports_stay_in_their_cell_behind_magics(first, after) -> None:
    code = "def f(x):\n    return x"
    source = SourceFile("a.ipynb", notebook(first, code))
    header = source.text.index("def f")
    span = Span("a.ipynb", *source.position(header), *source.position(header + 5))
    documents = Documents({"a.ipynb": source}.get)
    edits = documents.edits(documents.resolve(Proposal("t", Applicability.SAFE, (AddDecorator(span),))).changes)
    assert written(source, edits["a.ipynb"]) == notebook(after, "@tf.function\n" + code)


def test_what_a_notebook_cannot_take_is_refused() -> None:
    source = SourceFile("a.ipynb", notebook("%%time\nimport os"))
    edit = TextEdit(0, 0, 0, "import a\n")
    assert written(source, [edit]) is None
    assert written(SourceFile("a.ipynb", notebook("import os")), [edit]) == notebook("import a\nimport os")


def test_the_only_line_of_a_cell_may_go(tmp_path) -> None:
    (tmp_path / "a.ipynb").write_bytes(
        notebook("import tensorflow as tf", "@tf.function\ndef f(n):\n    return n", "f(1)\nf(2)\nf(3)")
    )
    result = fixing.fix([tmp_path], ONE, Applicability.UNSAFE)
    (change,) = result.changes
    assert [one["source"] for one in json.loads(change.new)["cells"]] == [
        [], ["def f(n):\n", "    return n"], ["f(1)\n", "f(2)\n", "f(3)"],
    ]  # fmt: skip
    nbformat.validate(nbformat.reads(change.new.decode(), as_version=4))


def test_diffs_are_of_the_file(project) -> None:
    done = run("check", "--diff", "--unsafe-fixes", cwd=project)
    assert done.returncode == 1
    patched = subprocess.run(["patch", "-p0"], cwd=project, input=done.stdout.encode(), check=True, capture_output=True)
    assert patched.stdout == b"patching file train.ipynb\n"
    assert (project / "train.ipynb").read_bytes() == UNSAFE.replace(b"    print(", b"    tf.print(")


def test_metadata_of_the_samples_is_what_jupyter_writes() -> None:
    nbformat.validate(nbformat.reads(UNSAFE.decode(), as_version=4))
    assert PYTHON["kernelspec"]["language"] == "python"
