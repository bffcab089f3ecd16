"""The command line as people and hooks meet it: real processes, their output and exit codes.

Runs that need a certain outcome of the analysis (a crash, an interrupt, thousands of findings) replace `analyze` in the
child process; all others use the real one.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UNSAFE = """\
import tensorflow as tf


def log_step(loss):
    print("loss", loss)


@tf.function
def train_step(x):
    loss = tf.reduce_mean(x)
    log_step(loss)
    return loss


train_step(tf.ones([8]))
"""
SAFE = UNSAFE.replace("    print(", "    tf.print(")
MISSED = """\
import tensorflow as tf


def double(x):
    for _ in range(10):
        x = tf.tanh(x)
    return tf.nn.softmax(x) * 2.0


double(tf.ones([4]))
"""

STUB = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # else ignored where the suite runs in the background
import hybridize.engine
from hybridize.report import Report, FileSummary
from hybridize.finding import Finding, Severity, Span
def analyze(paths, config, progress, store=None, functions=True):
    {body}
    return Report("0.1.0", ".", (), tuple(found), (FileSummary("a.py", 1, True),), {{}})
found = []
hybridize.engine.analyze = analyze
from hybridize_bot.cli import main
main()
"""


def environment(**changes: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE")
    }
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "analysis"), str(ROOT)]),
        "PYTHONIOENCODING": "utf-8",
        **changes,
    }


def command(*arguments: str, stub: str | None = None) -> list[str]:
    start = ["-m", "hybridize_bot"] if stub is None else ["-c", STUB.format(body=stub)]
    return [sys.executable, *start, *arguments]


def run(*arguments: str, cwd: Path, stub: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, stub=stub), cwd=cwd, env=environment(**variables), capture_output=True, text=True,
        encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path):
    (tmp_path / "train.py").write_text(UNSAFE, encoding="utf-8")
    return tmp_path


# --------------------------------------------------------------------------- exit codes


def test_findings_make_it_1(project) -> None:
    done = run("check", cwd=project)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(
        "error[HYB101 python-side-effect-in-graph]: `train_step` calls `log_step` (train.py:4)"
    )
    assert "\n  --> train.py:11:5\n" in done.stdout
    assert "11 |     log_step(loss)\n   |     ^^^^^^^^" in done.stdout
    assert done.stdout.endswith("in 1 file, 2 functions.\n")
    assert done.stderr == ""


def test_none_make_it_0(project) -> None:
    (project / "train.py").write_text(SAFE, encoding="utf-8")
    done = run("check", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "No findings in 1 file, 2 functions.\n"


def test_what_is_below_the_fail_level_makes_it_0(project) -> None:
    (project / "train.py").write_text(MISSED, encoding="utf-8")
    done = run("check", cwd=project)
    assert "HYB301" in done.stdout
    assert done.returncode == 0
    assert run("check", "--fail-level", "info", cwd=project).returncode == 1
    assert run("check", "--fail-level", "warning", cwd=project).returncode == 0


@pytest.mark.parametrize(
    "options", [("--exit-zero",), ("--fail-level", "never"), ("--ignore", "HYB101"), ("--select", "HYB4")]
)
def test_ways_to_pass_in_spite_of_a_finding(project, options) -> None:
    assert run("check", *options, cwd=project).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check", "--no-such-option"), "No such option"),
        (("check", "--select", "HYB199"), "did you mean HYB1"),
        (("check", "--ignore", "python-sideeffect-in-graph"), "did you mean HYB101 (python-side-effect-in-graph)"),
        (("check", "missing"), "missing"),
        (("check", "--config", "missing.yaml"), "missing.yaml"),
        (("check", "--fail-level", "fatal"), "'fatal' is not one of"),
        (("check", "--jobs", "-1"), "-1"),
        (("check", "--output", "train.py/out.txt"), "train.py/out.txt"),
        (("inspect",), "Missing argument"),
        (("rule", "HYB199"), "did you mean HYB1"),
        (("rule", "HYB101", "--all"), "not both"),
        (("frobnicate",), "No such command"),
    ],
)
def test_usage_errors_make_it_2_and_say_what_is_wrong(project, arguments, told) -> None:
    done = run(*arguments, cwd=project)
    assert done.returncode == 2, done
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_mistake_in_the_configuration_makes_it_2(project) -> None:
    (project / ".hybridize.yaml").write_text("selekt: [HYB101]\n", encoding="utf-8")
    done = run("check", cwd=project)
    assert done.returncode == 2
    assert ".hybridize.yaml:1" in done.stderr
    assert run("check", "--isolated", cwd=project).returncode == 1


def test_a_rule_that_does_not_exist_in_the_configuration_makes_it_2(project) -> None:
    (project / ".hybridize.yaml").write_text("ignore: [HYB199]\n", encoding="utf-8")
    done = run("check", cwd=project)
    assert done.returncode == 2
    assert ".hybridize.yaml" in done.stderr
    assert "HYB199" in done.stderr


def test_the_configuration_counts_and_options_win(project) -> None:
    (project / ".hybridize.yaml").write_text("fail_level: never\nignore: [HYB3]\n", encoding="utf-8")
    assert run("check", cwd=project).returncode == 0
    assert run("check", "--fail-level", "error", cwd=project).returncode == 1
    assert run("check", "--fail-level", "error", "--ignore", "HYB1", cwd=project).returncode == 0


@pytest.mark.parametrize(
    ("options", "traceback"), [((), False), (("-v",), False), (("-vv",), True), (("-v", "-v"), True)]
)
def test_an_internal_error_makes_it_2_in_one_clear_line(tmp_path, options, traceback) -> None:
    done = run("check", *options, cwd=tmp_path, stub="raise RuntimeError('two\\nlines')")
    assert done.returncode == 2
    assert "hybridize: internal error: RuntimeError: two lines\n" in done.stderr
    assert "open an issue" in done.stderr
    assert ("Traceback" in done.stderr) is traceback
    assert len(done.stderr.splitlines()) == 2 or traceback


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_makes_it_130(tmp_path) -> None:
    child = subprocess.Popen(
        command("check", stub="print('ready', flush=True); import time; time.sleep(60)"), cwd=tmp_path,
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    _out, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert err.strip() == "hybridize: interrupted"


MANY = "found.extend(Finding('HYB101', 's', Severity.ERROR, Span('a.py', n + 1), 'm' * 100) for n in range(20000))"


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_closed_pipe_is_no_error_and_the_exit_code_stays_right(tmp_path) -> None:
    child = subprocess.Popen(
        command("check", "--format", "concise", stub=MANY), cwd=tmp_path, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline().startswith("a.py:1:1: error[HYB101")
    child.stdout.close()
    assert child.stderr.read() == ""
    assert child.wait(timeout=60) == 1


# --------------------------------------------------------------------------- output


def test_formats(project) -> None:
    concise = run("check", "--format", "concise", cwd=project).stdout
    assert re.fullmatch(r"train\.py:11:5: error\[HYB101 python-side-effect-in-graph\] .*\n", concise)
    document = json.loads(run("check", "--format", "json", cwd=project).stdout)
    assert [finding["code"] for finding in document["findings"]] == ["HYB101"]
    github = run("check", "--format", "github", cwd=project).stdout
    assert github.startswith("::error file=train.py,line=11,col=5,")
    assert github.count("\n") == 1


def test_github_paths_are_those_of_the_repository(project) -> None:
    inner = project / "inner"
    inner.mkdir()
    (project / "train.py").rename(inner / "train.py")
    done = run("check", "--format", "github", cwd=inner, GITHUB_WORKSPACE=str(project))
    assert done.stdout.startswith("::error file=inner/train.py,")


def test_paths_are_relative_to_the_current_folder(project) -> None:
    inner = project / "inner"
    inner.mkdir()
    (project / "train.py").rename(inner / "train.py")
    assert run("check", "inner", "--format", "concise", cwd=project).stdout.startswith("inner/train.py:11:5: ")


def test_output_to_a_file(project) -> None:
    done = run("check", "--output", "new/out.txt", cwd=project, FORCE_COLOR="")
    assert (done.returncode, done.stdout) == (1, "")
    assert (project / "new" / "out.txt").read_text(encoding="utf-8").startswith("error[HYB101")


def test_quiet(project) -> None:
    once = run("check", "-q", cwd=project)
    assert "Found" not in once.stdout
    assert "HYB101" in once.stdout
    twice = run("check", "-qq", cwd=project)
    assert (twice.returncode, twice.stdout, twice.stderr) == (1, "", "")


def test_verbose_tells_why_a_conversion_is_not_suggested(tmp_path) -> None:
    (tmp_path / "a.py").write_text(
        "import tensorflow as tf\n\ndef f(x):\n    y = tf.exp(x) / tf.reduce_sum(x) - tf.sqrt(x)\n"
        '    return tf.strings.length(f"{tf.reduce_sum(y):.2f}")\n\nf(tf.ones([2]))\n',
        encoding="utf-8",
    )
    done = run("check", "-v", "a.py", cwd=tmp_path)
    assert "HYB301" not in done.stdout
    assert "a.py:3: `f` is not suggested for conversion: HYB115 at a.py:5: a format for numbers" in done.stderr
    assert "not suggested" not in run("check", "a.py", cwd=tmp_path).stderr


def test_verbose_tells_counters_on_stderr_only(project) -> None:
    done = run("check", "-v", cwd=project)
    assert re.match(r"1 file, 15 lines, 2 functions in \d+\.\d+ s, interpreted core\n", done.stderr)
    assert done.stdout == run("check", cwd=project).stdout


@pytest.mark.parametrize(
    ("options", "variables", "colored"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colors(project, options, variables, colored) -> None:
    assert ("\x1b[" in run("check", *options, cwd=project, **variables).stdout) is colored


def test_selecting_by_name_prefix_and_list(project) -> None:
    for select in ("HYB101", "hyb1", "python-side-effect-in-graph", "HYB4,HYB1", "ALL"):
        assert run("check", "--select", select, cwd=project).returncode == 1, select
    assert run("check", "--select", "HYB4", "--select", "HYB1", cwd=project).returncode == 1


def test_a_configuration_excludes_relative_to_its_own_folder(project) -> None:
    (project / ".hybridize.yaml").write_text("exclude: [/sub/gen/]\n", encoding="utf-8")
    for folder in ("sub/gen", "sub/sub/gen"):
        (project / folder).mkdir(parents=True)
        (project / folder / "made.py").write_text("def (:\n", encoding="utf-8")
    for path in ("sub", "."):
        done = run("check", path, "-f", "concise", cwd=project)
        assert "sub/gen/made.py" in done.stdout
        assert done.stdout.count("HYB001") == 1, done.stdout


def test_excluded_files_are_left_out_even_if_named(project) -> None:
    done = run("check", "--exclude", "train.py", cwd=project)
    assert done.returncode == 0
    assert "no Python files found" in done.stderr
    assert run("check", "--force-exclude", "--exclude", "train.py", "train.py", cwd=project).returncode == 0


def test_a_folder_without_python_warns(tmp_path) -> None:
    done = run("check", cwd=tmp_path)
    assert done.returncode == 0
    assert "no Python files found" in done.stderr


def test_output_survives_a_stream_that_cannot_encode_it(project) -> None:
    (project / "train.py").write_text(UNSAFE.replace('"loss"', '"λ"'), encoding="utf-8")
    done = run("check", cwd=project, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "\\u03bb" in done.stdout


# --------------------------------------------------------------------------- inspect, rule, start-up


def test_inspect_json(project) -> None:
    done = run("inspect", "--format", "json", "--no-cache", "--no-infer-input-signatures", ".", cwd=project)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    got = {function["qualname"]: function for function in document["functions"]}
    assert set(got) == {"log_step", "train_step"}
    assert (got["train_step"]["path"], got["train_step"]["line"], got["train_step"]["hybrid"]) == ("train.py", 9, True)
    assert got["train_step"]["facts"]["side_effects"]["value"] is True


def test_inspect_csv_and_table(project) -> None:
    rows = list(csv.DictReader(io.StringIO(run("inspect", "--format", "csv", ".", cwd=project).stdout)))
    assert [row["qualname"] for row in rows] == ["log_step", "train_step"]
    table = run("inspect", ".", cwd=project).stdout
    assert re.search(r"^ +9  train_step +graph +x ", table, flags=re.MULTILINE)


def test_rule_explains(tmp_path) -> None:
    done = run("rule", "hyb101", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("# python-side-effect-in-graph (HYB101)\n")
    assert "## Use instead" in done.stdout
    assert done.stdout == run("rule", "python-side-effect-in-graph", cwd=tmp_path).stdout
    everything = run("rule", "--all", cwd=tmp_path).stdout
    listed = run("rule", cwd=tmp_path).stdout
    assert everything.count("## Why it is bad") == listed.count("HYB") >= 9
    assert {"code", "slug", "documentation"} <= set(
        json.loads(run("rule", "HYB101", "--format", "json", cwd=tmp_path).stdout)[0]
    )


def test_rule_paints_pages_for_terminals(tmp_path) -> None:
    painted = run("rule", "HYB101", "--color", "always", cwd=tmp_path).stdout
    assert "\x1b[" in painted
    assert "## " not in painted


def test_version_and_help_import_no_analyzer(tmp_path) -> None:
    script = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr))\n"
        "from hybridize_bot.cli import main\nmain()"
    )
    for argument in ("--version", "--help"):
        done = subprocess.run(
            [sys.executable, "-c", script, argument],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0
        loaded = set(re.findall(r"'(\w+)'", done.stderr))
        assert "click" in loaded
        assert not loaded & {"hybridize", "msgspec", "rich", "yaml", "libcst", "multiprocessing", "pathspec"}
    version = run("--version", cwd=tmp_path).stdout
    assert re.fullmatch(r"hybridize \d+\.\d+\.\d+\n", version)


@pytest.mark.skipif(os.name == "nt", reason="needs the processor time of children")
def test_start_up_is_cheap(tmp_path) -> None:
    def seconds() -> float:
        before = os.times()
        assert run("--version", cwd=tmp_path).returncode == 0
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    # Processor time, and the least of several runs: what the code costs, however busy the machine is.
    assert min(seconds() for _ in range(5)) < 0.15


@pytest.mark.parametrize(
    ("words", "current", "offered"),
    [
        (
            "hybridize ",
            1,
            {"bench", "check", "init", "inspect", "lsp", "report", "review", "rule", "survey", "trace", "verify"},
        ),
        ("hybridize rule HYB10", 2, {"HYB101", "HYB102", "HYB103", "HYB104"}),
        ("hybridize check --select HYB4", 3, {"HYB401", "HYB402", "HYB403"}),
        ("hybridize check --select HYB101,HYB40", 3, {"HYB101,HYB401", "HYB101,HYB402", "HYB101,HYB403"}),
        ("hybridize rule recursive", 2, {"recursive-graph-function"}),
    ],
)
def test_shell_completion(tmp_path, words, current, offered) -> None:
    done = run(cwd=tmp_path, _HYBRIDIZE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(current))
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == offered
