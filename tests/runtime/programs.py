"""Run the scripts of a project as `python script.py` would, and leave this process as it was."""

from __future__ import annotations

import builtins
import contextlib
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def world(root: Path, script: str, folders: Sequence[str], reveal: Callable[[Any], None]) -> Iterator[None]:
    """What a script of the project finds: its own folder and ``folders`` to import from, the root to work in."""
    path, folder, environment = list(sys.path), Path.cwd(), dict(os.environ)
    with contextlib.ExitStack() as stack:
        stack.callback(_forget, root)
        stack.callback(sys.path.__setitem__, slice(None), path)
        sys.path[:0] = [str((root / script).parent), *(str(root / folder) for folder in folders)]
        stack.callback(os.chdir, folder)
        os.chdir(root)
        stack.callback(os.environ.update, environment)
        stack.callback(os.environ.clear)
        stack.callback(delattr, builtins, "reveal")
        builtins.reveal = reveal  # type: ignore[attr-defined]
        yield


def execute(root: Path, script: str) -> dict[str, Any]:
    """Run a script; its globals."""
    return runpy.run_path(str(root / script), run_name="__main__")


def modules_of(root: Path) -> dict[str, Any]:
    """The imported modules that are files of the project."""
    prefix = str(root) + os.sep
    return {
        name: module
        for name, module in list(sys.modules.items())
        if str(getattr(module, "__file__", None) or "").startswith(prefix)
    }


def _forget(root: Path) -> None:
    for name in modules_of(root):
        del sys.modules[name]
