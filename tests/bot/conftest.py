"""A released state of this repository, and projects to try it on."""

import shutil
import subprocess
from pathlib import Path

import pytest
from bot.projects import HELPER, Repository

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def release(tmp_path_factory):
    """This repository as it would be released: its files as they are now, in one commit."""
    repository = Repository(tmp_path_factory.mktemp("release") / "hybridize-bot")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            target = repository.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    repository.run("git", "add", "--all")
    repository.run("git", "commit", "--quiet", "--no-verify", "-m", "Release")
    return repository


@pytest.fixture
def project(tmp_path):
    """A repository to check: make one with `project(train=...)`; `helper` is given."""

    def make(**files):
        repository = Repository(tmp_path / "project")
        repository.write(helper=HELPER, **files)
        return repository

    return make
