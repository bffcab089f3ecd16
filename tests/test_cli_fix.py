"""`check --fix`, `--unsafe-fixes`, `--diff` and `--show-fixes` as people meet them: files, output, exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MISSED = """\
import tensorflow as tf


def double(x):
    for _ in range(10):
        x = tf.tanh(x)
    return tf.nn.softmax(x) * 2.0


double(tf.ones([4]))
"""
PRINTS = """\
import tensorflow as tf


@tf.function
def step(x):
    print("loss", x)
    return x * 2.0


step(tf.ones([4]))
"""


def run(*arguments: str, cwd: Path, code: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "GITHUB_WORKSPACE")}
    path = os.pathsep.join([str(ROOT / "analysis"), str(ROOT)])
    start = ["-c", code] if code else ["-m", "hybridize_bot"]
    return subprocess.run(
        [sys.executable, *start, "check", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def project(tmp_path):
    (tmp_path / "missed.py").write_bytes(MISSED.replace("\n", "\r\n").encode())
    (tmp_path / "missed.py").chmod(0o755)
    (tmp_path / "prints.py").write_bytes(PRINTS.encode())
    return tmp_path


def test_fix_writes_safe_fixes_and_reports_the_rest(project):
    done = run("--fix", cwd=project)
    assert (project / "missed.py").read_bytes() == (
        MISSED.replace("def double", "@tf.function\ndef double").replace("\n", "\r\n").encode()
    )
    assert (project / "missed.py").stat().st_mode & 0o777 == 0o755
    assert (project / "prints.py").read_text() == PRINTS
    assert done.stderr == "Fixed 1 finding in 1 file; 1 more fix with --unsafe-fixes.\n"
    assert "HYB101" in done.stdout
    assert "HYB301" not in done.stdout
    assert done.returncode == 1, "the error is still there"
    again = run("--fix", cwd=project)
    assert again.stderr == "Fixed 0 findings; 1 more fix with --unsafe-fixes.\n"
    assert sorted(os.listdir(project)) == ["missed.py", "prints.py"]


def test_unsafe_fixes_are_asked_for(project):
    done = run("--fix", "--unsafe-fixes", cwd=project)
    assert (project / "prints.py").read_text() == PRINTS.replace("print(", "tf.print(")
    assert done.stdout == "No findings in 2 files, 2 functions.\n"
    assert done.stderr == "Fixed 2 findings in 2 files.\n"
    assert done.returncode == 0
    assert run("--unsafe-fixes", cwd=project).returncode == 2


def test_a_plain_check_changes_nothing_and_makes_no_fixes(project):
    before = {path: path.read_bytes() for path in project.iterdir()}
    done = run("--format", "json", cwd=project)
    assert {path: path.read_bytes() for path in project.iterdir() if path.name != ".hybridize_cache"} == before
    assert [finding["fix"] for finding in json.loads(done.stdout)["findings"]] == [None, None]
    assert "proposal" not in done.stdout


def test_diff_shows_what_fix_writes_and_changes_nothing(project):
    (project / "missed.py").write_bytes(MISSED.replace("\n", "\r\n").encode().removesuffix(b"\r\n"))
    before = {path: path.read_bytes() for path in project.iterdir()}
    done = run("--diff", "--unsafe-fixes", "--output", "fixes.diff", cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Would fix 2 findings in 2 files.\n"
    assert {path: path.read_bytes() for path in before} == before
    shown = (project / "fixes.diff").read_bytes()
    assert b"--- missed.py\n+++ missed.py\n" in shown
    assert b"+@tf.function\r\n" in shown
    (project / "fixes.diff").unlink()
    subprocess.run(["git", "apply", "-p0", "-"], cwd=project, input=shown, check=True)
    patched = {path.name: path.read_bytes() for path in before}
    for path, data in before.items():
        path.write_bytes(data)
    run("--fix", "--unsafe-fixes", cwd=project)
    assert {path.name: path.read_bytes() for path in before} == patched


def test_diff_of_nothing(project):
    (project / "missed.py").unlink()
    done = run("--diff", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Would fix 0 findings; 1 more fix with --unsafe-fixes.\n"
    assert run("--diff", "--unsafe-fixes", "--exit-zero", cwd=project).returncode == 0


def test_what_is_dropped_is_told(project):
    (project / "prints.py").write_text(PRINTS.replace('"loss", x', 'f"{x:.2f}"'), encoding="utf-8")
    done = run("--diff", "--unsafe-fixes", cwd=project)
    reason = "a formatted string has a conversion or a format, which `tf.print` does not know"
    assert f"no fix: prints.py:6:5: HYB101: {reason}\n" in done.stderr
    assert run("--diff", "-q", cwd=project).stderr == ""


def test_verbose_tells_each_fix(project):
    done = run("--diff", "-v", cwd=project)
    assert "would fix: missed.py:4:1: HYB301: add `tf.function`\n" in done.stderr
    assert re.search(r"^1 round, 2 analyses$", done.stderr, re.MULTILINE)


def test_fixes_are_shown_with_findings_on_request(project):
    done = run("--show-fixes", "--format", "json", cwd=project)
    (missed, _) = json.loads(done.stdout)["findings"]
    assert missed["fix"]["applicability"] == "safe"
    (edit,) = missed["fix"]["edits"]
    assert edit["replacement"] == "@tf.function\r\n"
    assert "= fix: use the TensorFlow operation (unsafe)" in run("--show-fixes", cwd=project).stdout


def test_an_interrupt_leaves_every_file_as_it_was(project):
    code = (
        "import hybridize.fixing as fixing\n"
        "def interrupted(self, batch): raise KeyboardInterrupt\n"
        "fixing._Round.prove = interrupted\n"
        "from hybridize_bot.cli import main\n"
        "main()\n"
    )
    before = {path: path.read_bytes() for path in project.iterdir()}
    assert run("--fix", cwd=project, code=code).returncode == 130
    assert {path: path.read_bytes() for path in project.iterdir()} == before


def test_a_file_that_cannot_be_written_makes_it_2(project):
    code = (
        "import hybridize_bot.files as files, os\n"
        "def refuse(*arguments): raise OSError(28, 'No space left on device')\n"
        "os.replace = refuse\n"
        "from hybridize_bot.cli import main\n"
        "main()\n"
    )
    done = run("--fix", cwd=project, code=code)
    assert done.returncode == 2
    assert "error: missed.py was not written: No space left on device\n" in done.stderr
    assert sorted(os.listdir(project)) == ["missed.py", "prints.py"]
