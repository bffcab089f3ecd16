"""`make demo` and `make test` find a Python and install once, on machines that are not ours."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def clone(tmp_path):
    """A folder with what the Makefile reads; its name has a space, as home folders may."""
    folder = tmp_path / "a clone"
    for name in ("Makefile", "pyproject.toml", "analysis/hybridize/version.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(folder, *arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "PYTHON"}}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder, env={**clean, **environment}, text=True, capture_output=True, check=False,
    )  # fmt: skip


def script(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_python_that_does_not_run_is_passed_over(clone, tmp_path):
    script(tmp_path / "bin" / "python3", "echo 'command not found' >&2; exit 127")
    script(tmp_path / "bin" / "python", "exit 1")
    script(tmp_path / "bin" / "python3.13", f'exec "{sys.executable}" "$@"')
    shown = make(clone, "-n", "demo", PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert '"python3.13" -m venv' in shown.stdout


def test_a_python_can_be_named(clone):
    shown = make(clone, "-n", "test", "PYTHON=/opt/my python/bin/python3")
    assert '"/opt/my python/bin/python3" -m venv' in shown.stdout


@pytest.mark.parametrize("python", ["", "/nowhere/python3", "/bin/false"])
def test_without_a_python_the_message_says_what_is_needed(clone, python):
    shown = make(clone, "demo", f"PYTHON={python}")
    assert shown.returncode == 2
    assert re.search("Python 3.10 to 3.13", shown.stderr)
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(("target", "extras"), [("demo", r"\."), ("test", r'"\.\[test,dev\]"'), ("lint", r'"\.\[')])
def test_the_packages_are_installed_once_and_again_when_they_change(clone, target, extras):
    (clone / ".venv").mkdir()
    for stamp in (".created", ".installed-core", ".installed-test"):
        (clone / ".venv" / stamp).touch()
    assert "install" not in make(clone, "-n", target).stdout
    later = (clone / ".venv" / ".created").stat().st_mtime + 10
    os.utime(clone / "pyproject.toml", (later, later))
    again = make(clone, "-n", target).stdout
    assert re.search(f"pip install --quiet --editable {extras}", again)
    assert "-m venv" not in again


def test_every_target_is_listed(clone):
    listed = set(re.findall(r"^make ([\w-]+)\t\S", make(clone).stdout, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split())
    assert listed == phony


def test_without_a_c_compiler_nothing_is_compiled(clone):
    shown = make(clone, "compiled", "CC=/nowhere/cc")
    assert shown.returncode == 2
    assert "no C compiler found" in shown.stderr
    assert not (clone / ".venv-compiled").exists()
