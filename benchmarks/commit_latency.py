"""What a commit waits for, with a warm cache: ``python benchmarks/commit_latency.py [--publish]``.

The repository holds four programs side by side: gpflow, tensorflow-addons, mead-baseline, tensorflow-recommenders
(105 kLOC). Each change is made in one file, the whole repository is checked again, and the change is undone; what was
remembered and what was evaluated anew is read from the tool's own counters. Beside it, in the same run, what other
tools take on the same tree with their own caches warm.

    python benchmarks/commit_latency.py --ruff CMD --mypy CMD --pyright CMD
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from _measure import ROOT, TOOL, Run, commit, machine, middle, publish, run, spread, table
from corpora import corpus, lines

PROGRAMS = ("gpflow", "tensorflow-addons", "mead-baseline", "tensorflow-recommenders")
MORE = "\n\ndef changed(x):\n    return x + 1\n"
CHANGES = {
    "nothing changed": None,
    "a comment behind a function": ("tensorflow-recommenders", "# changed\n"),
    "a function more in the smallest program (8 kLOC)": ("tensorflow-recommenders", MORE),
    "a function more in the largest program (37 kLOC)": ("gpflow", MORE),
}


def check(tool: Sequence[str], *more: str) -> list[str]:
    """The command of a hook on the whole repository, with the cache."""
    return [*tool, "check", "--isolated", "--exit-zero", "--color", "never", *more, "."]


def changed_file(folder: Path, program: str) -> Path:
    """The file of a program that is changed: the first of its package that has a function."""
    files = sorted((folder / program).rglob("*.py"))
    return next(path for path in files if path.name != "__init__.py" and "\ndef " in path.read_text("utf-8"))


def measured(folder: Path, tool: Sequence[str], turns: int) -> dict[str, tuple[list[Run], str]]:
    """For each change, its runs and what was remembered."""
    found = {}
    for name, change in CHANGES.items():
        runs: list[Run] = []
        counters = ""
        for turn in range(turns):
            print(f"{name}: {turn + 1} of {turns}", file=sys.stderr)
            path = changed_file(folder, change[0]) if change else None
            before = path.read_bytes() if path else b""
            if path and change:
                # Each turn is a change of its own: the former one is known by now.
                path.write_bytes(before + change[1].encode() + b"#" * turn + b"\n")
            try:
                runs.append(run(check(tool, *(["-v"] if change else [])), folder))
            finally:
                if path:
                    path.write_bytes(before)
            counters = remembered(runs[-1].errors)
        found[name] = runs, counters
    return found


def remembered(errors: str) -> str:
    """``3 of 4`` parts of the program; ``all`` where nothing was evaluated."""
    counts = {name: int(count) for count, name in re.findall(r"^\s*(\d+)  (parts.*)$", errors, re.MULTILINE)}
    return f"{counts['parts remembered']} of {counts['parts']}" if counts else "all"


def peers(folder: Path, commands: dict[str, list[str]], turns: int) -> dict[str, list[Run]]:
    """Other tools, after one run that fills their caches."""
    found = {}
    for name, command in commands.items():
        run(command, folder)
        found[name] = [run(command, folder) for _ in range(turns)]
    return found


def main() -> None:
    """Measure, then print or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="turns (default: 3)")
    for peer in ("ruff", "mypy", "pyright"):
        parser.add_argument(f"--{peer}", default=shutil.which(peer), metavar="CMD")
    parser.add_argument("--compiled", type=Path, default=ROOT / ".venv-compiled" / "bin" / "hybridize", metavar="CMD")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    rows: list[Sequence[str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "repository")
        for name in PROGRAMS:
            shutil.copytree(corpus(name).folder, folder / name)
        size = lines(sorted(folder.rglob("*.py")))
        tools = {"`hybridize check`": TOOL}
        if options.compiled.exists():
            tools["the same, core compiled"] = [str(options.compiled)]
        for label, tool in tools.items():
            shutil.rmtree(folder / ".hybridize_cache", ignore_errors=True)
            cold = run(check(tool), folder)
            rows.append((f"{label}: cold", f"{cold.seconds:.2f}", "", f"{cold.megabytes:.0f}", "none"))
            for name, (runs, counters) in measured(folder, tool, options.runs).items():
                usual = middle(runs)
                cells = (f"{usual.seconds:.2f}", spread(runs), f"{usual.megabytes:.0f}", counters)
                rows.append((f"{label}: {name}", *cells))
        commands = {
            "ruff check": [options.ruff, "check", "--quiet", "--exit-zero", "."] if options.ruff else [],
            "mypy": [options.mypy, "--ignore-missing-imports", "gpflow/gpflow"] if options.mypy else [],
            "pyright": [options.pyright, "."] if options.pyright else [],
        }
        for name, runs in peers(folder, {key: value for key, value in commands.items() if value}, options.runs).items():
            rows.append((f"{name}, nothing changed", f"{middle(runs).seconds:.2f}", spread(runs), "", ""))
    head = ("run", "median s", "range s", "peak MB", "parts remembered")
    text = f"{size:,} lines. Commit {commit()}; {machine()}; {options.runs} runs each.\n\n{table(head, rows)}"
    print(text)
    if options.publish:
        publish("commit_latency", text)


if __name__ == "__main__":
    main()
