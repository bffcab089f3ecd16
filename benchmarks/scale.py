"""How the cost of ``hybridize check`` grows with the program: ``python benchmarks/scale.py [--publish]``.

The programs are slices of the corpora: the first files of gpflow until 1 and 10 kLOC are reached, gpflow as a whole,
tf-agents as a whole, and tf-models-official as a whole. A slice keeps the layout of its folders, so that imports
inside it resolve. With ``--copies N`` there are also N copies of gpflow side by side, as one program; they know nothing
of each other, so anything that grows faster than they do is ours.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from _measure import Run, check, commit, machine, middle, publish, run, table
from corpora import Corpus, corpus, lines


def slice_of(source: Corpus, wanted: int, target: Path) -> Path:
    """Copy files of ``source``, in order of their paths, until they have ``wanted`` lines."""
    count = 0
    for file in source.files:
        if count >= wanted:
            break
        copied = target / file.relative_to(source.folder)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copied)
        count += lines([file])
    return target


def copies_of(source: Corpus, number: int, target: Path) -> Path:
    """Copy the whole of ``source`` several times, each below a folder of its own."""
    for index in range(number):
        shutil.copytree(source.folder, target / f"copy{index}")
    return target


def row(name: str, folder: Path, runs: list[Run]) -> tuple[str, ...]:
    """The cells of one program."""
    files = sorted(folder.rglob("*.py"))
    size = lines(files) / 1000
    usual = middle(runs)
    if usual.code != 0:
        return (name, str(len(files)), f"{size:.1f}", f"failed ({usual.code})", "", "", "")
    cells = (f"{size:.1f}", f"{usual.seconds:.2f}", f"{usual.seconds / size * 1000:.0f}")
    return (name, str(len(files)), *cells, f"{usual.cpu:.2f}", f"{usual.megabytes:.0f}")


def main() -> None:
    """Measure, then print or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each program; the median counts (default: 3)")
    parser.add_argument("--copies", type=int, default=0, metavar="N", help="add N copies of gpflow as one program")
    parser.add_argument("--limit", type=float, default=1800, help="seconds after which a run is ended (default: 1800)")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    small, medium, large = (corpus(name) for name in ("gpflow", "tf-agents", "tf-models-official"))
    with tempfile.TemporaryDirectory() as scratch:
        programs = {
            "gpflow, first files": slice_of(small, 1_000, Path(scratch, "1")),
            "gpflow, more files": slice_of(small, 10_000, Path(scratch, "10")),
            "gpflow": small.folder,
            "tf-agents": medium.folder,
            "tf-models-official": large.folder,
        }
        if options.copies:
            programs[f"gpflow, {options.copies} copies"] = copies_of(small, options.copies, Path(scratch, "copies"))
        rows, failed = [], []
        for name, folder in programs.items():
            print(name, file=sys.stderr)
            results = [run(check(str(folder)), folder, options.limit)]
            while len(results) < options.runs and results[-1].code == 0:
                results.append(run(check(str(folder)), folder, options.limit))
            if results[-1].code != 0:
                failed.append(name)
                print(f"{name} failed with {results[-1].code}:\n{results[-1].errors[-2000:]}", file=sys.stderr)
            rows.append(row(name, folder, results))
    text = f"Commit {commit()}; {machine()}; medians of {options.runs} runs.\n\n"
    text += table(("program", "files", "kLOC", "s", "ms per kLOC", "CPU s", "peak MB"), rows)
    print(text)
    if options.publish:
        publish("scale", text)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
