"""Repositories, and the command line run in them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from adoption.repositories import Project

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty repository in a folder with a name that needs care."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return Project(tmp_path / "a project")


@pytest.fixture
def check(project):
    """Run `hybridize check` in the repository."""

    def run(*arguments, cwd=None, **variables):
        kept = {name: value for name, value in project.environment.items() if name != "FORCE_COLOR"}
        more = [variables.pop("MORE")] if "MORE" in variables else []
        path = os.pathsep.join([*more, str(ROOT / "analysis"), str(ROOT)])
        return subprocess.run(
            [sys.executable, "-m", "hybridize_bot", "check", *map(str, arguments)],
            cwd=cwd or project.folder,
            env={**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", **variables},
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip

    return run
