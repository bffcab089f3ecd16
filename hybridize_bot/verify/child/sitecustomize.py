"""Python runs this module at start-up, before anything of the program: it starts the recorder, and then steps aside.

The `sitecustomize` that would have run in its place runs after it.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys


def _chain() -> None:
    """Run the `sitecustomize` of the environment, if it has one."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def _start() -> None:
    plan = os.environ.get("HYBRIDIZE_RUN_PLAN", "")
    if plan:
        importlib.import_module("hybridize_recorder").start(plan)


try:
    _start()
finally:
    _chain()
