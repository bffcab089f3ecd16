"""The core compiled ahead of time answers as the sources do, byte for byte."""

import ast
import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from hybridize_bot import installed

ROOT = Path(__file__).parent.parent

clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}


def run(*command, **environment):
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**clean, **environment}, capture_output=True, check=False
    )


def test_the_sources_are_not_taken_for_compiled():
    assert not installed.compiled()


def test_a_compiled_core_is_told_from_sources(monkeypatch, tmp_path):
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    (tmp_path / "hybridize" / "interproc").mkdir(parents=True)
    (tmp_path / "hybridize" / "__init__.py").touch()
    (tmp_path / "hybridize" / "interproc" / f"machine{suffix}").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "hybridize")
    assert installed.compiled()


def test_nothing_that_is_compiled_means_something_else_then():
    """A `cached_property` is worked out anew each time, and `msgspec` finds no annotations to read."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    modules = hook.sources(ROOT / "analysis" / "hybridize")
    assert len(modules) > 50
    wrong = []
    for path in modules:
        for node in ast.walk(ast.parse((ROOT / "analysis" / path).read_bytes())):
            marks = [ast.unparse(mark).rpartition(".")[2] for mark in getattr(node, "decorator_list", ())]
            bases = [ast.unparse(base) for base in getattr(node, "bases", ())]
            if "cached_property" in marks or "msgspec.Struct" in bases:
                wrong.append(f"{path}:{node.lineno} {node.name}")
    assert not wrong


@pytest.fixture(scope="module")
def compiled():
    """The script folder of an environment that `make compiled` made."""
    if "HYBRIDIZE_COMPILED" not in os.environ:
        pytest.skip("compiling takes minutes and a C compiler: `make compiled-check` does it and runs this")
    return Path(os.environ["HYBRIDIZE_COMPILED"]).absolute()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "inspect"])
@pytest.mark.parametrize("folder", ["examples", "analysis", "tests"])
def test_the_compiled_core_gives_the_same_bytes(compiled, command, folder):
    arguments = (command, "--isolated", "--no-cache", "--format", "json", folder)
    ours = run(
        sys.executable, "-c", "from hybridize_bot.cli import main; main()", *arguments,
        PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "analysis")]),
    )  # fmt: skip
    theirs = run(compiled / "hybridize", *arguments)
    assert ours.returncode in (0, 1), ours.stderr
    assert (theirs.returncode, theirs.stdout) == (ours.returncode, ours.stdout)


@pytest.mark.slow
def test_the_compiled_tool_says_so(compiled):
    assert run(compiled / "hybridize", "--version").stdout.endswith(b" (compiled)\n")
    verbose = run(compiled / "hybridize", "check", "-v", "--isolated", "--exit-zero", "examples")
    assert b" s, compiled core\n" in verbose.stderr


@pytest.mark.slow
def test_every_case_holds_for_the_compiled_core(compiled):
    """The module path leaves `analysis` out: what is imported is what is installed."""
    done = run(
        compiled / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "pythonpath=tests", "tests/cases"
    )
    assert done.returncode == 0, done.stdout.decode()[-3000:]
    assert b" passed" in done.stdout
