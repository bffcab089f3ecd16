"""What is going on: which test runs, in which process. Calls of two runs are compared where that is the same.

Each test starts with the same seeds, whichever tests ran before it; so do programs without tests.
"""

from __future__ import annotations

import random
import sys
import threading
from types import ModuleType
from typing import Any

from . import randomness
from .importing import after_import
from .plans import Plan
from .records import record

_current = threading.local()
_seed: list[int] = []


def install(plan: Plan, *, seeded: bool = True) -> None:
    """Notice tests, and set the seeds."""
    _seed[:] = [plan.seed] if seeded else []
    seed()
    after_import("numpy", lambda _: seed())
    after_import("tensorflow", lambda _: seed())
    after_import("_pytest.runner", _watch_pytest)
    after_import("unittest.case", _watch_unittest)


def current() -> str:
    """The test and the process; empty for a program that is one process and has no tests."""
    process = sys.modules.get("multiprocessing.process")
    name = process.current_process().name if process is not None else "MainProcess"
    name = "" if name == "MainProcess" else name
    return "|".join(filter(None, (test(), name or record.worker)))


def test() -> str:
    """The test that runs; empty outside of tests."""
    return str(getattr(_current, "test", "") or _latest[0])


_latest = [""]
"""The test for threads that it has started."""


def seed() -> None:
    """Start over with the numbers of the plan."""
    if not _seed:
        return
    random.seed(_seed[0])
    numpy = sys.modules.get("numpy")
    if hasattr(numpy, "random"):
        numpy.random.seed(_seed[0])  # type: ignore[union-attr]
    tensorflow = sys.modules.get("tensorflow")
    if hasattr(tensorflow, "random"):
        tensorflow.random.set_seed(_seed[0])  # type: ignore[union-attr]
    randomness.restart()


def _begin(name: str) -> None:
    _current.test = _latest[0] = name
    seed()


def _end(outcome: str) -> None:
    record.tests.append((test(), outcome))
    _current.test = _latest[0] = ""


def _watch_pytest(module: ModuleType) -> None:
    protocol = module.runtestprotocol

    def runtestprotocol(item: Any, *args: Any, **kwargs: Any) -> Any:
        _begin(item.nodeid)
        reports: Any = ()
        try:
            reports = protocol(item, *args, **kwargs)
            return reports
        finally:
            worst = {report.outcome for report in reports}
            _end(next((one for one in ("failed", "skipped", "passed") if one in worst), "failed"))

    module.runtestprotocol = runtestprotocol  # type: ignore[attr-defined]


def _watch_unittest(module: ModuleType) -> None:
    run = module.TestCase.run

    def watched(self: Any, result: Any = None) -> Any:
        if test():
            return run(self, result)  # pytest runs it
        _begin(self.id())
        before = _bad(result)
        outcome = "failed"
        try:
            value = run(self, result)
            outcome = "failed" if result is not None and _bad(result) > before else "passed"
            return value
        finally:
            _end(outcome)

    module.TestCase.run = watched


def _bad(result: Any) -> int:
    return len(getattr(result, "failures", ())) + len(getattr(result, "errors", ()))
