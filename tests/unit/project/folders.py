"""Folders for the tests of `discover`: writing them, and asking what is found in them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hybridize.project.discovery import discover

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
needs_links = pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights on Windows")
needs_posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


def write(root, *paths, text="x = 1\n"):
    for path in paths:
        file = Path(root, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def init(root):
    subprocess.run(["git", "init", "-q", root], check=True)


def found(*paths, **options):
    return [file.path for file in discover(paths, **options).files]


def messages(*paths, **options):
    return {problem.path: problem.message for problem in discover(paths, **options).problems}
