"""Whether fixes leave real programs whole: ``python benchmarks/fix_corpora.py [NAME ...] [--unsafe] [--publish]``.

Copies each corpus, applies every safe fix to the copy (``--unsafe``: the unsafe ones, too), and holds the result to:
every file that compiled still does; no finding is new; a second run changes nothing. Prints per corpus the findings,
those that are mended, what was dropped, and the seconds. ``--keep FOLDER`` leaves the copies there, for running their
own tests. Exits with 1 if a promise was broken. Compiling executes nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from _measure import ACCURACY, TOOL, Run, commit, machine, publish, run, table
from corpora import Corpus, corpora, corpus, lines

_DROPPED = re.compile(r"^no fix: .*?: (HYB\d+): (.*)$", re.MULTILINE)
_ROUNDS = re.compile(r"^(\d+) rounds?, (\d+) analyses$", re.MULTILINE)


class Outcome(NamedTuple):
    """What fixing did to one corpus."""

    name: str
    kloc: float
    before: Counter[str]
    after: Counter[str]
    files: int
    dropped: Counter[str]
    rounds: str
    broken: list[str]
    seconds: float


def check(folder: Path, *options: str) -> list[str]:
    """The command, with findings as JSON."""
    return [*TOOL, "check", "--isolated", "--no-cache", "--exit-zero", "--format", "json", "-v", *options, str(folder)]


def findings(result: Run) -> Counter[str]:
    """How many findings there are of each code.

    Raises:
        SystemExit: the run crashed.
    """
    if result.code or "Traceback" in result.errors:
        raise SystemExit(f"exit code {result.code}:\n{result.errors[-3000:]}")
    return Counter(finding["code"] for finding in json.loads(result.output)["findings"])


def compiling(folder: Path) -> set[Path]:
    """The files that Python takes for modules."""
    found = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted(folder.rglob("*.py")):
            try:
                compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            found.add(path)
    return found


def fix(entry: Corpus, folder: Path, limit: float, unsafe: tuple[str, ...]) -> Outcome:
    """Fix the copy of ``entry`` in ``folder``, and look at what came of it."""
    texts = {path: path.read_bytes() for path in entry.files}
    shutil.copytree(entry.folder, folder)
    good = compiling(folder)
    before = findings(run(check(folder), folder, limit))
    result = run(check(folder, "--fix", *unsafe), folder, limit)
    after = findings(result)
    broken = [f"{path.relative_to(folder)} does not compile" for path in sorted(good - compiling(folder))]
    broken += [f"{code}: {after[code]} findings, {before[code]} before" for code in after if after[code] > before[code]]
    again = run(
        [*TOOL, "check", "--isolated", "--no-cache", "--exit-zero", "--diff", *unsafe, str(folder)], folder, limit
    )
    if again.output:
        broken.append("a second run changes something")
    changed = sum(path.read_bytes() != texts[entry.folder / path.relative_to(folder)] for path in folder.rglob("*.py"))
    dropped = Counter(reason for _, reason in _DROPPED.findall(result.errors))
    hit = _ROUNDS.search(result.errors)
    rounds = f"{hit[1]} / {hit[2]}" if hit else "?"
    kloc = lines(entry.files) / 1000
    return Outcome(entry.name, kloc, before, after, changed, dropped, rounds, broken, result.seconds)


def row(outcome: Outcome) -> tuple[str, ...]:
    """One line of the table."""
    fixed = outcome.before - outcome.after
    return (
        outcome.name,
        f"{outcome.kloc:.1f}",
        ", ".join(f"{code} {count}" for code, count in sorted(outcome.before.items())) or "none",
        ", ".join(f"{code} {count}" for code, count in sorted(fixed.items())) or "none",
        str(outcome.files),
        str(sum(outcome.dropped.values())),
        outcome.rounds,
        "; ".join(outcome.broken) or "yes",
        f"{outcome.seconds:.0f}",
    )


HEAD = ("corpus", "kLOC", "findings", "mended", "files changed", "dropped", "rounds / analyses", "whole", "s")


def main() -> None:
    """Fix, then print or publish; the exit code tells whether every program stayed whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="corpora (default: all)")
    parser.add_argument("--unsafe", action="store_true", help="apply unsafe fixes as well")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the fixed copies in this new folder")
    parser.add_argument("--limit", type=float, default=3600, help="seconds after which a run is ended (default: 3600)")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/accuracy.md")
    options = parser.parse_args()
    unsafe = ("--unsafe-fixes",) if options.unsafe else ()
    outcomes = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch, "fixed")
        for name in options.names or [entry.name for entry in corpora()]:
            entry = corpus(name)
            print(f"{entry.name} {entry.version}", file=sys.stderr)
            outcomes.append(fix(entry, folder / entry.name, options.limit, unsafe))
            print(" | ".join(row(outcomes[-1])), file=sys.stderr)
    reasons: Counter[str] = sum((outcome.dropped for outcome in outcomes), Counter())
    text = f"Commit {commit()}; {machine()}.\n\n{table(HEAD, [row(outcome) for outcome in outcomes])}\n"
    if reasons:
        text += (
            "\nWhy fixes were dropped: " + "; ".join(f"{why} ({count})" for why, count in reasons.most_common()) + ".\n"
        )
    print(text)
    if options.publish:
        publish("unsafe fixes" if unsafe else "safe fixes", text, ACCURACY)
    sys.exit(1 if any(outcome.broken for outcome in outcomes) else 0)


if __name__ == "__main__":
    main()
