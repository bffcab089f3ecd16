"""The test suites of released programs, run with a recorder: what their functions receive."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import tomllib
from corpora import CACHE, HERE, PLATFORM, corpus

if TYPE_CHECKING:
    from runtime.truth import Truth

ROOT = HERE.parent
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
LIMIT = float(os.environ.get("HYBRIDIZE_SUITE_SECONDS", "3600"))
"""A run is ended after so many seconds; what was recorded until then counts."""


class Suite(NamedTuple):
    """One pinned program with its tests, and what they need."""

    name: str
    tests: list[str]
    every: int
    """One test in so many is run."""
    touch: list[str]
    arguments: list[str]
    environment: dict[str, str]
    packages: list[str]

    @property
    def folder(self) -> Path:
        """A copy of the program, beside the packages and the record."""
        return CACHE / f"{self.name}-suite"

    @property
    def packages_folder(self) -> Path:
        """What its tests need besides TensorFlow."""
        return self.folder / "packages"

    def install(self) -> None:
        """Fetch what its tests need, unless that is there."""
        if not self.packages_folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._install(self.packages_folder)

    def copy(self, program: Path) -> Path:
        """A copy of the program that its tests can run in."""
        shutil.copytree(corpus(self.name).folder, program)
        for name in self.touch:
            (program / name).touch()
        return program

    def variables(self) -> dict[str, str]:
        """What its tests have in their environment."""
        return {**os.environ, **self.environment, "PYTHONPATH": str(self.packages_folder)}

    def pytest(self, program: Path, *arguments: str) -> str:
        """What pytest prints in ``program``."""
        command = [sys.executable, *PYTEST, *arguments]
        done = subprocess.run(command, cwd=program, env=self.variables(), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(
                f"{self.name}: pytest exited with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            )
        return done.stdout

    def chosen(self, program: Path, every: int = 0) -> list[str]:
        """One test in ``every`` (0: as is usual for the suite), by its place in the order of collection."""
        listed = self.pytest(program, "--collect-only", *self.arguments, *self.tests)
        return [line for line in listed.splitlines() if "::" in line][:: every or self.every]

    def truth(self, *, recorded: bool = False) -> Truth:
        """What the analysis claims of the program and its tests, against the record of their run."""
        from runtime.recording_plugin import read_record
        from runtime.truth import compared

        from hybridize.engine import analyze

        record = self.folder / "record"
        if not (recorded and record.exists()):
            self.run()
        return compared(analyze([self.folder / "program"]), read_record(record))

    def run(self) -> None:
        """Run the tests with the recorder; their failures do not matter."""
        program, packages = self.folder / "program", self.packages_folder
        if not program.is_dir():
            self.copy(program)
        self.install()
        recorder = self.folder / "recorder"
        (recorder / "runtime").mkdir(parents=True, exist_ok=True)
        for name in ("recorder.py", "recording_plugin.py"):  # alone: the project's own `tests` would be in the way
            shutil.copy(ROOT / "tests" / "runtime" / name, recorder / "runtime" / name)
        environment = {
            **os.environ,
            **self.environment,
            "PYTHONPATH": os.pathsep.join(map(str, (packages, recorder, ROOT / "analysis"))),
            "HYBRIDIZE_RECORD_SHARE": str(self.every),
            "HYBRIDIZE_RECORD_ROOT": str(program),
            "HYBRIDIZE_RECORD_FILE": str(self.folder / "record"),
        }
        command = [sys.executable, *PYTEST, "-p", "runtime.recording_plugin"]
        process = subprocess.Popen([*command, *self.arguments, *self.tests], cwd=program, env=environment)
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait()

    def _install(self, target: Path) -> None:
        pinned = self.folder / "requirements.txt"
        pinned.write_text("\n".join(self.packages) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--target", str(target), *PLATFORM, "--requirement", str(pinned)]
        subprocess.run(command, check=True)


def suites() -> list[Suite]:
    """All suites, as listed."""
    data = tomllib.loads((HERE / "suites.toml").read_text(encoding="utf-8"))
    return [Suite(**entry) for entry in data["suite"]]
