"""The training programs of `examples/training`: their own tests pass, and each prints what it learned in the end."""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[2] / "examples" / "training"
PROGRAMS = sorted(path.parent.name for path in TRAINING.glob("*/train.py"))
EPOCH = r"epoch \d+: loss=-?\d+\.\d{6} seconds=\d+\.\d{4}\n"
RESULT = r"loss=-?\d+\.\d{6} accuracy=[01]\.\d{4}\n"


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Programs name their modules alike: none finds those of another."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    for name, module in list(sys.modules.items()):
        if str(TRAINING) in str(getattr(module, "__file__", None) or ""):
            del sys.modules[name]


def test_every_program_is_listed():
    assert len(PROGRAMS) >= 8
    table = (TRAINING / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_tests_of_a_program_pass(program: str, tmp_path: Path):
    """As they are run in its folder, but in this process: TensorFlow is loaded once."""
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\n")
    folder = str(TRAINING / program)
    options = ["-q", "-c", str(settings), "--rootdir", folder, "-p", "no:cacheprovider", "-p", "no:xdist"]
    assert pytest.main([*options, folder]) == pytest.ExitCode.OK


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_ends_with_its_result(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    folder = TRAINING / program
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "argv", ["train.py", "--epochs", "2", "--steps", "1", "--seed", "3"])
    runpy.run_path(str(folder / "train.py"), run_name="__main__")
    out = capsys.readouterr().out
    assert len(re.findall(f"^{EPOCH}", out, re.MULTILINE)) == 2
    assert re.search(f"{RESULT}\\Z", out)
