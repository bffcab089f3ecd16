"""What is installed, told without importing the core: `hybridize --version` must not pay for an analyzer."""

from __future__ import annotations

import importlib.util
import re
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import click


def _core() -> Path:
    spec = importlib.util.find_spec("hybridize")
    if spec is None or spec.origin is None:
        raise click.ClickException("the installation is broken: the package 'hybridize' is missing")
    return Path(spec.origin).parent


def version() -> str:
    """The version of the core."""
    text = (_core() / "version.py").read_text(encoding="utf-8")
    hit = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if hit is None:
        raise click.ClickException("the installation is broken: hybridize/version.py holds no version")
    return hit[1]


def compiled() -> bool:
    """Whether this interpreter runs the core compiled ahead of time (see CONTRIBUTING.md)."""
    return any((_core() / "interproc" / f"machine{suffix}").exists() for suffix in EXTENSION_SUFFIXES)
