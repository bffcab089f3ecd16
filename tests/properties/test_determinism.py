"""The same program gives the same report, byte for byte, however it is handed over and wherever it is analyzed."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from caselib import parse
from caselib.plugin import CASES

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.report import Report

ROOT = Path(__file__).resolve().parents[2]
FILES = ("effects/closures.md", "hybrid/wrappers.md", "recursion/functions.md", "resolve/imports.md", "tensors/flow.md")


def encoded(report: Report) -> bytes:
    """The report without what it may differ in: where the project lies, and how long it took."""
    counters = {key: value for key, value in report.counters.items() if not key.startswith("ms ")}
    return msgspec.json.encode(msgspec.structs.replace(report, root="", counters=counters))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples, and the projects of some case files, side by side."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "examples", root / "examples", ignore=shutil.ignore_patterns("__pycache__", "*.md"))
    for name in FILES:
        for number, case in enumerate(parse(CASES / name)):
            for file in case.files:
                path = root / f"{Path(name).stem}_{number}" / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file.text)
    return root


@pytest.fixture(scope="module")
def expected(project: Path) -> bytes:
    report = analyze([project], Config(jobs=1))
    assert len(report.functions) > 200
    assert report.findings
    return encoded(report)


def test_a_second_run_in_one_process(project: Path, expected: bytes):
    assert encoded(analyze([project], Config(jobs=1))) == expected


@pytest.mark.parametrize("jobs", [0, 2, 3])
def test_any_number_of_jobs(project: Path, expected: bytes, jobs: int):
    assert encoded(analyze([project], Config(jobs=jobs))) == expected


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_paths(project: Path, expected: bytes, seed: int):
    paths = sorted(project.iterdir())
    random.Random(seed).shuffle(paths)
    assert encoded(analyze(paths, Config(jobs=1))) == expected


@pytest.mark.parametrize("seed", range(2))
def test_any_order_of_single_files(project: Path, expected: bytes, seed: int):
    paths = sorted(project.rglob("*.py"))
    random.Random(seed).shuffle(paths)
    assert encoded(analyze([*paths, *paths[:5]], Config(jobs=1))) == expected


@pytest.mark.parametrize("seed", range(2))
def test_any_order_of_folder_listings(project: Path, expected: bytes, seed: int, monkeypatch: pytest.MonkeyPatch):
    chance = random.Random(seed)
    scandir, listdir = os.scandir, os.listdir

    class Shuffled:
        def __init__(self, path: Any = ".") -> None:
            with scandir(path) as entries:
                self.entries = list(entries)
            chance.shuffle(self.entries)

        def __iter__(self) -> Any:
            return iter(self.entries)

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_error: object) -> None:
            self.close()

        def __next__(self) -> Any:
            raise TypeError("iterate over it instead")

        def close(self) -> None:
            self.entries = []

    def shuffled_names(path: Any = ".") -> list[str]:
        names = listdir(path)
        chance.shuffle(names)
        return names

    monkeypatch.setattr(os, "scandir", Shuffled)
    monkeypatch.setattr(os, "listdir", shuffled_names)
    assert encoded(analyze([project], Config(jobs=1))) == expected


def test_another_place_and_order_of_creation(project: Path, expected: bytes, tmp_path: Path):
    copy = tmp_path / "elsewhere"
    for path in sorted(project.rglob("*.py"), reverse=True):
        target = copy / path.relative_to(project)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    assert encoded(analyze([copy], Config(jobs=1))) == expected


def test_another_program_analyzed_before(project: Path, expected: bytes):
    analyze([ROOT / "tests" / "caselib"], Config(jobs=1))
    assert encoded(analyze([project], Config(jobs=1))) == expected


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_any_hash_seed(project: Path, expected: bytes, seed: str):
    script = (
        "import sys\n"
        "from properties.test_determinism import encoded\n"
        "from hybridize.config import Config\n"
        "from hybridize.engine import analyze\n"
        "sys.stdout.buffer.write(encoded(analyze([sys.argv[1]], Config(jobs=1))))\n"
    )
    path = os.pathsep.join(str(ROOT / folder) for folder in ("analysis", ".", "tests"))
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", script, str(project)], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == expected
