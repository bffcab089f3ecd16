"""`check --write-baseline`, `--baseline` and `--prune-baseline` as people meet them: files, output, exit codes."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = ".hybridize-baseline.json"
PRINTS = """\
import tensorflow as tf


@tf.function
def step(x):
    print("loss", x)
    return x * 2.0


step(tf.ones([4]))
"""
ANOTHER = PRINTS.replace("step", "train")


def run(*arguments, cwd, code="", command="check", limit=None, **variables):
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "GITHUB_WORKSPACE")}
    path = os.pathsep.join([str(ROOT / "analysis"), str(ROOT)])
    start = ["-c", code] if code else ["-m", "hybridize_bot"]
    return subprocess.run(
        [sys.executable, *start, command, *map(str, arguments)],
        cwd=cwd,
        env={**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        preexec_fn=limit,
    )


@pytest.fixture
def project(tmp_path):
    (tmp_path / "src" / "sub").mkdir(parents=True)
    (tmp_path / ".hybridize.yaml").write_text("ignore: [HYB3]\n")
    (tmp_path / "src" / "a.py").write_text(PRINTS)
    (tmp_path / "src" / "sub" / "b.py").write_text(ANOTHER)
    return tmp_path


def entries(folder, name=NAME):
    return [(one["path"], one["code"]) for one in json.loads((folder / name).read_text())["findings"]]


def test_what_is_accepted_fails_no_more_and_what_is_new_does(project):
    written = run("--write-baseline", cwd=project)
    assert written.returncode == 0, written.stdout
    assert written.stderr == f"Wrote the baseline {NAME}: 2 findings accepted.\n"
    assert written.stdout == "No findings in 2 files, 2 functions; 2 findings in the baseline not shown.\n"
    assert entries(project) == [("src/a.py", "HYB101"), ("src/sub/b.py", "HYB101")]
    (project / "src" / "a.py").write_text("\n\n" + PRINTS + ANOTHER.replace("train", "third"))
    again = run("-f", "concise", cwd=project)
    assert again.returncode == 1
    assert [line.partition(" ")[0] for line in again.stdout.splitlines()] == ["src/a.py:18:5:"]
    assert again.stderr == "2 findings in the baseline not shown\n"
    assert run("--no-baseline", "-qq", cwd=project).returncode == 1
    assert run("--isolated", "-f", "concise", cwd=project).stdout.count("HYB101") == 3


@pytest.mark.parametrize(("folder", "path"), [("src", "."), ("src/sub", ".."), ("src", "a.py"), (".", "src/sub")])
def test_it_means_the_same_wherever_the_tool_is_called(project, folder, path):
    run("--write-baseline", cwd=project)
    before = (project / NAME).read_bytes()
    got = run(path, "-f", "concise", cwd=project / folder)
    assert (got.returncode, got.stdout) == (0, "")
    assert "gone" not in got.stderr
    assert run(path, "--write-baseline", cwd=project / folder).returncode == 0
    assert (project / NAME).read_bytes() == before


def test_it_lies_beside_the_configuration_at_the_top_of_the_work_tree_or_in_the_folder(project):
    run("src/sub", "--write-baseline", cwd=project)
    assert entries(project) == [("src/sub/b.py", "HYB101")]
    (project / NAME).unlink()
    (project / ".hybridize.yaml").unlink()
    run("sub", "--write-baseline", "--ignore", "HYB3", cwd=project / "src")
    assert entries(project / "src" / "sub") == [("b.py", "HYB101")]
    (project / "src" / "sub" / NAME).unlink()
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    run("sub", "--write-baseline", "--ignore", "HYB3", cwd=project / "src")
    assert entries(project) == [("src/sub/b.py", "HYB101")]
    assert run("sub/b.py", "--ignore", "HYB3", cwd=project / "src").returncode == 0


def test_another_file_may_hold_it(project):
    (project / "ci").mkdir()
    assert run("--write-baseline=ci/accepted.json", cwd=project).returncode == 0
    assert entries(project / "ci", "accepted.json")[0] == ("../src/a.py", "HYB101")
    assert not (project / NAME).exists()
    assert run(cwd=project).returncode == 1
    assert run("--baseline", "ci/accepted.json", cwd=project).returncode == 0
    (project / ".hybridize.yaml").write_text("ignore: [HYB3]\nbaseline: ci/accepted.json\n")
    assert run("sub", cwd=project / "src").returncode == 0
    assert run("--isolated", "--select=HYB101", cwd=project).returncode == 1


def test_a_file_that_is_not_there_is_a_mistake(project):
    got = run("--baseline", "none.json", cwd=project)
    assert got.returncode == 2
    assert got.stderr == (
        "hybridize: baseline none.json: cannot be read: No such file or directory; `--write-baseline` makes one\n"
    )
    (project / ".hybridize.yaml").write_text("baseline: none.json\n")
    assert run(cwd=project).returncode == 2
    assert run("--prune-baseline", "--isolated", cwd=project).returncode == 2


def test_a_folder_or_module_is_not_taken_for_the_file(project):
    for name in ("src", "src/a.py"):
        got = run("--write-baseline", name, cwd=project)
        assert got.returncode == 2
        assert "give PATHS first" in got.stderr
    assert (project / "src" / "a.py").read_text() == PRINTS


@pytest.mark.parametrize(
    "options",
    [
        ["--no-baseline", "--write-baseline"], ["--write-baseline", "--prune-baseline"],
        ["--write-baseline=a.json", "--baseline=b.json"], ["--diff", "--write-baseline"],
    ],
)  # fmt: skip
def test_options_that_speak_against_each_other(project, options):
    got = run(*options, cwd=project)
    assert got.returncode == 2
    assert "Error: " in got.stderr
    assert not list(project.glob("*.json"))


def test_what_is_gone_is_told_and_can_be_removed(project):
    run("--write-baseline", cwd=project)
    (project / "src" / "a.py").write_text(PRINTS.replace("print", "tf.print"))
    told = run("-q", cwd=project)
    assert "gone" not in told.stderr
    told = run(cwd=project)
    assert told.returncode == 0
    assert "1 finding in the baseline is gone: `--prune-baseline` removes it; -v lists it" in told.stderr
    assert "gone: src/a.py: HYB101 `step` prints" in run("-v", cwd=project).stderr
    assert "gone" not in run("--select", "HYB2", "-v", cwd=project).stderr
    assert "gone" not in run("src/a.py", "-v", cwd=project).stderr
    pruned = run("--prune-baseline", cwd=project)
    assert f"Removed 1 finding that is gone from the baseline {NAME}." in pruned.stderr
    assert entries(project) == [("src/sub/b.py", "HYB101")]
    assert "gone" not in run("-v", cwd=project).stderr


def test_pruning_takes_a_run_that_saw_everything(project):
    run("--write-baseline", cwd=project)
    (project / "src" / "a.py").write_text("")
    got = run("--prune-baseline", "src/a.py", cwd=project)
    assert f"Removed nothing from the baseline {NAME}: not all of the files" in got.stderr
    assert len(entries(project)) == 2


def test_pruning_does_not_accept_what_is_new(project):
    run("src/a.py", "--write-baseline", cwd=project)
    got = run("--prune-baseline", cwd=project)
    assert got.returncode == 1
    assert entries(project) == [("src/a.py", "HYB101")]


def test_what_is_accepted_is_not_fixed(project):
    run("src/a.py", "--write-baseline", cwd=project)
    got = run("--fix", "--unsafe-fixes", cwd=project)
    assert got.returncode == 0, got.stderr
    assert (project / "src" / "a.py").read_text() == PRINTS
    assert "tf.print" in (project / "src" / "sub" / "b.py").read_text()


def test_a_broken_one_is_a_mistake_and_can_be_written_anew(project):
    (project / NAME).write_text('{"version": 7, "findings": []}')
    got = run(cwd=project)
    assert got.returncode == 2
    assert got.stdout == ""
    assert got.stderr.startswith(f"hybridize: baseline {project / NAME}: has version 7, and this release reads")
    got = run("--write-baseline", cwd=project)
    assert got.returncode == 0
    assert "; all of it is replaced" in got.stderr
    assert len(entries(project)) == 2


# --- where writing fails ---


def limited():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_the_baseline_as_it_was(project, there):
    if there:
        run("--no-cache", "src/a.py", "--write-baseline", cwd=project)
    before = (project / NAME).read_bytes() if there else None
    got = run("--no-cache", "--write-baseline", cwd=project, limit=limited, PYTHONDONTWRITEBYTECODE="1")
    assert got.returncode == 2, got.stderr
    assert got.stderr.endswith(f"baseline {project / NAME}: was not written: File too large\n")
    assert ((project / NAME).read_bytes() if there else None) == before
    assert sorted(os.listdir(project)) == sorted([".hybridize.yaml", "src", *([NAME] if there else [])])


def test_a_full_disk_leaves_the_last_result_as_it_was(project):
    (project / "result.txt").write_text("the last one\n")
    got = run("--no-cache", "--output", "result.txt", cwd=project, limit=limited, PYTHONDONTWRITEBYTECODE="1")
    assert got.returncode == 2
    assert got.stderr == "hybridize: cannot write result.txt: File too large\n"
    assert (project / "result.txt").read_text() == "the last one\n"
    assert sorted(os.listdir(project)) == [".hybridize.yaml", "result.txt", "src"]


def test_a_full_disk_leaves_fixed_files_as_they_were(project):
    got = run("--fix", "--unsafe-fixes", cwd=project, limit=limited, PYTHONDONTWRITEBYTECODE="1")
    assert got.returncode == 2
    assert "error: src/a.py was not written: File too large" in got.stderr
    assert (project / "src" / "a.py").read_text() == PRINTS
    assert sorted(os.listdir(project / "src")) == ["a.py", "sub"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_result_that_cannot_be_written_is_told(project):
    with open("/dev/full", "w") as full:
        got = subprocess.run(
            [sys.executable, "-m", "hybridize_bot", "check"],
            cwd=project, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "analysis"), str(ROOT)])},
        )  # fmt: skip
    assert got.returncode == 2
    assert got.stderr == "hybridize: cannot write the result: No space left on device\n"
    assert run("--output", "/dev/full", cwd=project).returncode == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_read_only(project):
    mode = stat.S_IMODE(project.stat().st_mode)
    project.chmod(0o555)
    try:
        got = run("--write-baseline", cwd=project)
    finally:
        project.chmod(mode)
    assert got.returncode == 2
    assert "was not written: Permission denied" in got.stderr


READ_ONLY = """
import errno, os, tempfile
def refused(*arguments, **options): raise OSError(errno.EROFS, os.strerror(errno.EROFS))
tempfile.mkstemp = refused
from hybridize_bot.cli import main
main()
"""


def test_a_file_system_that_is_read_only(project):
    got = run("--write-baseline", cwd=project, code=READ_ONLY)
    assert got.returncode == 2
    assert got.stderr.endswith("was not written: Read-only file system\n")
    got = run("--fix", "--unsafe-fixes", cwd=project, code=READ_ONLY)
    assert got.returncode == 2
    assert "error: src/a.py was not written: Read-only file system" in got.stderr


INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # else ignored where the suite runs in the background
sync = os.fsync
def interrupted(file):
    sync(file)
    os.kill(os.getpid(), signal.SIGINT)
os.fsync = interrupted
from hybridize_bot.cli import main
main()
"""


@pytest.mark.parametrize("options", [["--write-baseline"], ["--fix", "--unsafe-fixes"]])
def test_an_interrupt_while_writing_leaves_no_half_file(project, options):
    got = run("--no-cache", *options, cwd=project, code=INTERRUPTED)
    assert got.returncode == 130
    assert got.stderr.endswith("hybridize: interrupted\n")
    assert "Traceback" not in got.stderr
    assert (project / "src" / "a.py").read_text() == PRINTS
    assert sorted(os.listdir(project)) == [".hybridize.yaml", "src"]
    assert sorted(os.listdir(project / "src")) == ["a.py", "sub"]
