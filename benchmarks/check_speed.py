"""What ``hybridize check`` costs on a real program, beside tools that people know.

    python benchmarks/check_speed.py                                print the table
    python benchmarks/check_speed.py --publish                      write it into docs/performance.md
    python benchmarks/check_speed.py --pylint CMD --pyright CMD     commands of the peers (default: from PATH)
    make compiled                                                   first: a row for the compiled core, too

All tools read the same files, cold: no cache of ours, nothing kept by a peer. The tools run in turns, so that a slow
phase of the machine hits all alike; the table shows medians. A peer that needs more than ``--patience`` seconds runs
once. Install the peers where TensorFlow is not installed: they are faster if they need not read it. They answer other
questions than we do; the table says what a run costs, not which tool is better.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from _measure import ROOT, Run, check, commit, machine, middle, publish, run, spread, table
from corpora import corpus, lines

PARSE = """
import ast, pathlib, sys, warnings
warnings.simplefilter("ignore")
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.py")):
    ast.parse(path.read_bytes())
"""
OURS = "`hybridize check`"
COMPILED = "the same, core compiled"
ACCEPTED = {OURS: {0}, COMPILED: {0}, "`ast.parse`, every file": {0}, "pyright": {0, 1}, "pylint": set(range(32))}
"""Exit codes of a run that did its work; the codes of pylint say what it found."""


def commands(folder: Path, compiled: Path, pyright: str | None, pylint: str | None) -> dict[str, list[str]]:
    """What is compared, by the name it has in the table."""
    found = {OURS: check(str(folder))}
    if compiled.exists():
        of_this_checkout(compiled)
        found[COMPILED] = check(str(folder), tool=[str(compiled)])
    found["`ast.parse`, every file"] = [sys.executable, "-c", PARSE, str(folder)]
    if pyright:
        beside = Path(pyright).with_name("python")  # the interpreter whose libraries it reads
        found["pyright"] = [pyright, *(["--pythonpath", str(beside)] if beside.exists() else []), str(folder)]
    if pylint:
        found["pylint"] = [pylint, "--recursive=y", "--persistent=n", "--jobs=1", "--score=n", str(folder)]
    return found


def measure(wanted: dict[str, list[str]], folder: Path, turns: int, patience: float) -> dict[str, list[Run]]:
    """Run everything in turns; the slow ones only once."""
    results: dict[str, list[Run]] = {name: [] for name in wanted}
    for turn in range(turns):
        for name, command in wanted.items():
            if turn and name not in (OURS, COMPILED) and results[name][0].seconds > patience:
                continue
            print(f"turn {turn + 1} of {turns}: {name}", file=sys.stderr)
            result = run(command, folder)
            if result.code not in ACCEPTED[name] or "Traceback" in result.errors:
                raise SystemExit(f"{name} failed with {result.code}:\n{result.errors[-2000:]}")
            results[name].append(result)
    return results


def rows(results: dict[str, list[Run]]) -> list[Sequence[str]]:
    """The cells of the table."""
    own = middle(results[OURS]).seconds
    found: list[Sequence[str]] = []
    for name, runs in results.items():
        usual = middle(runs)
        cells = (f"{usual.seconds:.2f}", spread(runs), f"{usual.cpu:.2f}", f"{usual.megabytes:.0f}")
        found.append((name, *cells, f"{usual.seconds / own:.2f}", str(len(runs))))
    return found


def main() -> None:
    """Measure, then print or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="gpflow", help="name from corpora.toml (default: gpflow)")
    parser.add_argument("--runs", type=int, default=5, help="turns (default: 5)")
    parser.add_argument("--patience", type=float, default=60, help="seconds after which a peer runs once (default: 60)")
    parser.add_argument(
        "--compiled",
        type=Path,
        default=ROOT / ".venv-compiled" / "bin" / "hybridize",
        metavar="CMD",
        help="the tool with a compiled core (default: what `make compiled` installs, if it is there)",
    )
    parser.add_argument("--pyright", default=shutil.which("pyright"), metavar="CMD")
    parser.add_argument("--pylint", default=shutil.which("pylint"), metavar="CMD")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    chosen = corpus(options.corpus)
    size = lines(chosen.files)
    versions = [f"{peer} {version(getattr(options, peer))}" for peer in ("pyright", "pylint") if getattr(options, peer)]
    with tempfile.TemporaryDirectory() as scratch:  # away from the settings of this project
        folder = Path(shutil.copytree(chosen.folder, Path(scratch, chosen.name)))
        wanted = commands(folder, options.compiled, options.pyright, options.pylint)
        results = measure(wanted, folder, options.runs, options.patience)
    cells = rows(results)
    head = ("tool", "median s", "range s", "CPU s", "peak MB", "ratio", "runs")
    text = f"{chosen.name} {chosen.version}: {len(chosen.files)} files, {size:,} lines. Commit {commit()}; {machine()}"
    text += "".join(f"; {entry}" for entry in versions) + f".\n\n{table(head, cells)}"
    text += f"\n\n`hybridize check` reads {size / 1000 / middle(results[OURS]).seconds:.1f} kLOC per second."
    print(text)
    if options.publish:
        publish("check_speed", text)


def of_this_checkout(command: Path) -> None:
    """Refuse to measure a compiled tool that was built from other sources than those it stands beside."""
    ask = "import hybridize, pathlib; print(pathlib.Path(hybridize.__file__).parent)"
    installed = Path(run([str(command.with_name("python")), "-I", "-c", ask]).output.strip())
    own = ROOT / "analysis" / "hybridize"
    for path in own.rglob("*.py"):
        other = installed / path.relative_to(own)
        if not other.exists() or other.read_bytes() != path.read_bytes():
            raise SystemExit(f"{command} was built from other sources ({path.name} differs): run make compiled again")


def version(command: str) -> str:
    """The version a peer states, the last word of its first line."""
    return run([command, "--version"]).output.splitlines()[0].split()[-1]


if __name__ == "__main__":
    main()
