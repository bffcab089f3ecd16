"""A survey of the released programs on two workers: ``python benchmarks/survey_corpora.py [NAME ...] [--publish]``.

Runs ``hybridize survey`` on the corpora, each as one subject, and prints the evaluation table; then what each program
took, what a survey takes beside (a list of small programs, a second run where nothing has changed, the files that the
driver writes), and what that makes for a million repositories. ``--publish`` writes the first into docs/accuracy.md and
the others into docs/scale.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _measure import ACCURACY, ROOT, TOOL, Run, commit, machine, publish, run, table
from corpora import corpora, corpus

sys.path[:0] = [str(ROOT), str(ROOT / "analysis")]

SCALE = ROOT / "docs" / "scale.md"
SMALL = 40
"""Programs of a few lines, to see what a subject takes that has next to nothing to analyze."""
MILLION = 1_000_000
FETCHED = 10
"""Megabytes of a shallow fetch of a repository: assumed, not measured."""


def surveyed(listed: Path, folder: Path, workers: int) -> Run:
    """Survey the list.

    Raises:
        SystemExit: the command failed.
    """
    result = run([*TOOL, "survey", str(listed), "-o", str(folder), "--workers", str(workers)], listed.parent)
    print(result.errors, file=sys.stderr)
    if result.code != 0:
        raise SystemExit(f"exit code {result.code}")
    return result


def summary(folder: Path, form: str) -> str:
    """The table of the survey."""
    result = run([*TOOL, "survey", "summary", str(folder), "--format", form])
    if result.code != 0:
        raise SystemExit(result.errors)
    return result.output


def costs(folder: Path, known: dict[str, Any]) -> str:
    """What each subject took, as a table."""
    head = (
        "program",
        "kLOC",
        "functions",
        "pieces",
        "s",
        "CPU ms per kLOC",
        "CPU s",
        "peak MB",
        "KB of rows",
        "KB per kLOC",
    )
    rows = []
    for one in (*known["subjects"], known["total"]):
        paths = [path for kind in ("functions", "findings") for path in (folder / kind).glob("*.parquet")]
        own = [path for path in paths if path.name.startswith(_slug(one["subject"])) or one["subject"] == "total"]
        size = sum(path.stat().st_size for path in own) / 1000
        rows.append((
            one["subject"], f"{one['kloc']:.1f}", f"{one['functions']:,}", f"{one['pieces']}", f"{one['seconds']:.1f}",
            f"{1000 * one['seconds_per_kloc']:.0f}", f"{one['cpu_seconds']:.1f}", f"{one['megabytes']:.0f}",
            f"{size:,.0f}", f"{size / one['kloc']:.1f}",
        ))  # fmt: skip
    return table(head, rows)


def _slug(subject: str) -> str:
    """How the files of a subject begin; the names of the corpora are plain."""
    return subject.lower().replace(".", "-").replace("_", "-")


def small(scratch: Path, workers: int) -> tuple[float, float]:
    """CPU seconds and kilobytes on disk for a subject of a few lines, with its share of the whole survey."""
    for index in range(SMALL):
        program = scratch / "programs" / f"p{index}"
        program.mkdir(parents=True)
        (program / "train.py").write_text(f"import tensorflow as tf\n\n\ndef step(x):\n    return x * {index}.0\n")
    listed, folder = scratch / "small.txt", scratch / "small"
    listed.write_text("".join(f"programs/p{index}\n" for index in range(SMALL)), encoding="utf-8")
    spent = surveyed(listed, folder, workers).cpu
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    return spent / SMALL, size / SMALL / 1000


def written(scratch: Path) -> float:
    """How many subjects a second the driver writes, each with its three files."""
    from hybridize.config import Config
    from hybridize_bot.survey.entries import Entry
    from hybridize_bot.survey.folder import Folder
    from hybridize_bot.survey.index import Indexes
    from hybridize_bot.survey.jobs import Cost, Limits, Terms, Totals
    from hybridize_bot.survey.tasks import Tables

    folder = Folder(str(scratch / "written"))
    terms = Terms(Config(), Limits(), Indexes())
    tables = Tables("key", "", Totals(1, 0, 1, 1, 0, "", 1, 1), bytes(20_000), bytes(5_000), Cost())
    with folder.writing():
        begin = time.perf_counter()
        for number in range(200):
            folder.keep(Entry("local", f"/p{number}"), terms, tables)
        return 200 / (time.perf_counter() - begin)


def on_paper(total: dict[str, Any], per_kloc: float, seconds: float, kilobytes: float, rate: float) -> str:
    """What a million repositories take, by their mean size: sums of what was measured, and nothing else."""
    head = ("mean size", "core hours", "hours on 1,000 cores", "hours of one driver", "rows, GB", "fetched, GB")
    rows = []
    for kloc in (2, 10, 50):
        hours = MILLION * (seconds + kloc * total["cpu_seconds"] / total["kloc"]) / 3600
        rows.append((
            f"{kloc} kLOC", f"{hours:,.0f}", f"{hours / 1000:.1f}", f"{MILLION / rate / 3600:.1f}",
            f"{MILLION * (kilobytes + kloc * per_kloc) / 1e6:,.0f}", f"{MILLION * FETCHED / 1e3:,.0f}",
        ))  # fmt: skip
    return table(head, rows)


def main() -> None:
    """Survey, then print or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="corpora to survey (default: all)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: 2)")
    parser.add_argument(
        "--publish", action="store_true", help="write the tables into docs/accuracy.md and docs/scale.md"
    )
    options = parser.parse_args()
    entries = [corpus(name) for name in options.names or [entry.name for entry in corpora()]]
    with tempfile.TemporaryDirectory() as scratch:
        listed, folder = Path(scratch, "list.txt"), Path(scratch, "survey")
        listed.write_text("".join(f"{entry.folder}\n" for entry in entries), encoding="utf-8")
        first = surveyed(listed, folder, options.workers)
        again = surveyed(listed, folder, options.workers)
        known = json.loads(summary(folder, "json"))
        about = f"Commit {commit()}; {machine()}; {options.workers} workers."
        evaluation = f"{about}\n\n{summary(folder, 'markdown')}"
        busy = known["total"]["seconds"] / options.workers / first.seconds
        seconds, kilobytes = small(Path(scratch), options.workers)
        rate = written(Path(scratch))
        cost = (
            f"{about}\n\n{costs(folder, known)}\n\n"
            f"The survey took {first.seconds:.0f} s of wall time and {first.cpu:.0f} CPU seconds, its workers were "
            f"analyzing {100 * busy:.0f} % of the time; the same command again, where nothing has changed, took "
            f"{again.seconds:.1f} s and {again.cpu:.1f} CPU seconds. A program of five lines takes {seconds:.2f} CPU "
            f"seconds with its share of all else, and {kilobytes:.0f} KB. "
            f"The driver writes {rate:.0f} subjects a second.\n"
        )
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1000
        paper = on_paper(known["total"], size / known["total"]["kloc"], seconds, kilobytes, rate)
    print(evaluation, cost, paper, sep="\n")
    if options.publish:
        publish("survey", evaluation, ACCURACY)
        publish("survey cost", cost, SCALE)
        publish("survey on paper", paper, SCALE)


if __name__ == "__main__":
    main()
