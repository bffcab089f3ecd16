"""What the benchmarks share: one run of a command with its costs, the machine in words, and a table in a page."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
ACCURACY = ROOT / "docs" / "accuracy.md"
TOOL = [sys.executable, "-I", "-c"]
TOOL += [
    f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'analysis')]!r}; from hybridize_bot.cli import main; main()"
]
"""`hybridize` of this checkout, as the console script runs it: nothing of the current folder is imported."""

LOAD = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
"""How busy the machine was before the first run; a busy one makes wall times too long, CPU seconds hardly."""


class Run(NamedTuple):
    """What one run of a command cost, its child processes included."""

    seconds: float
    cpu: float
    megabytes: float
    """Peak of the largest single process."""
    code: int
    output: str
    errors: str


def run(command: Sequence[str], folder: Path | str = ROOT, limit: float = 3600) -> Run:
    """Run ``command``; ends it after ``limit`` seconds (its exit code is then negative)."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        deadline = begin + limit
        while True:
            # wait4 speaks of this child alone; RUSAGE_CHILDREN would keep the peak of all earlier ones.
            done, status, usage = os.wait4(process.pid, os.WNOHANG if limit else 0)
            if done:
                break
            if time.perf_counter() > deadline:
                process.kill()
            time.sleep(0.002)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        peak = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
        texts = (output.read().decode("utf-8", "replace"), errors.read().decode("utf-8", "replace"))
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak, process.returncode, *texts)


def check(*arguments: str, tool: Sequence[str] = TOOL) -> list[str]:
    """The command ``hybridize check`` without configuration and cache, whatever it finds."""
    return [*tool, "check", "--isolated", "--no-cache", "--exit-zero", "--color", "never", *arguments]


def middle(runs: Sequence[Run]) -> Run:
    """The medians of several runs, with the exit code and the texts of the last."""
    return runs[-1]._replace(
        seconds=statistics.median(entry.seconds for entry in runs),
        cpu=statistics.median(entry.cpu for entry in runs),
        megabytes=statistics.median(entry.megabytes for entry in runs),
    )


def spread(runs: Sequence[Run]) -> str:
    """The fastest and the slowest run, as text."""
    times = [entry.seconds for entry in runs]
    return f"{min(times):.2f}–{max(times):.2f}"


def machine() -> str:
    """The machine in one line, without its name, and how busy it was."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores of {model}, {platform.system()}, Python {platform.python_version()}, load {LOAD:.1f} before"


def commit() -> str:
    """The checked-out commit, shortened; "+" if the sources of the tool differ from it."""
    git = ["git", "-C", str(ROOT)]
    try:
        name = subprocess.run([*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=True)
        state = subprocess.run(
            [*git, "status", "--porcelain", "--", "analysis", "hybridize_bot"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name.stdout.strip() + ("+" if state.stdout.strip() else "")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; every column but the first is a number."""
    marks = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, marks, *rows))


def publish(section: str, text: str, where: Path = PAGE) -> None:
    """Replace what stands between the markers of ``section`` in a page, by default ``docs/performance.md``."""
    begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
    page = where.read_text(encoding="utf-8")
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"{where.name} needs the lines {begin!r} and {end!r}")
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    where.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
