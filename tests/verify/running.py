"""Programs written to a folder, run and judged as `hybridize verify` does, with functions that a test chooses."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

import msgspec

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize.report import FunctionReport
from hybridize.runs import FunctionEvidence, RunEvidence
from hybridize_bot.verify import passes, plans
from hybridize_bot.verify.evidence import Book
from hybridize_bot.verify.passes import Passes, Runner

ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": ""}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text).lstrip("\n"), encoding="utf-8")


class Verified(msgspec.Struct):
    """What came of it."""

    evidence: RunEvidence
    passes: Passes
    said: list[str]
    targets: tuple[plans.Target, ...]

    def of(self, function: str, path: str = "") -> FunctionEvidence:
        hits = [one for one in self.evidence.functions if one.function == function and path in ("", one.path)]
        assert len(hits) == 1, [one.function for one in self.evidence.functions]
        return hits[0]


def verify(
    folder: Path,
    command: Sequence[str],
    chosen: Callable[[FunctionReport], bool],
    plan: plans.Plan | None = None,
    timeout: float = 300.0,
) -> Verified:
    """Decorate the chosen functions, whatever the analysis thinks of them."""
    report = analyze([folder], Config(jobs=1))
    if plan is None:
        plan = plans.forced(report, [one for one in report.functions if chosen(one)])
    runner = Runner([sys.executable, *command], report.root, str(folder), timeout, ENVIRONMENT)
    said: list[str] = []
    done = passes.verify(runner, plan.targets, said.append)
    fingerprints = {(one.path, one.qualname): ("0", "0") for one in report.functions}
    evidence = Book(command, report.root, str(folder), fingerprints).verified(plan, done)
    return Verified(evidence, done, said, plan.targets)
