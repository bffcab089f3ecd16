"""Whether ``hybridize check`` gets through real programs: ``python benchmarks/survive.py [NAME ...] [--publish]``.

Runs it over every corpus as a whole, once, and prints per corpus the exit code, the seconds, and the findings by code.
Exits with 1 if any run crashed: an exit code other than 0 and 1, a traceback, or output that is no JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from _measure import TOOL, Run, commit, machine, publish, run, table
from corpora import Corpus, corpora, corpus, lines


def check(folder: Path) -> list[str]:
    """The command, this time with the exit code that tells whether something was found."""
    return [*TOOL, "check", "--isolated", "--no-cache", "--format", "json", str(folder)]


def findings(result: Run) -> Counter[str] | None:
    """How many findings there are of each code; None if the run crashed."""
    if result.code not in (0, 1) or "Traceback" in result.errors:
        return None
    try:
        report = json.loads(result.output)
    except ValueError:
        return None
    return Counter(finding["code"] for finding in report["findings"])


def main() -> None:
    """Run, then print or publish; the exit code tells whether all survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="corpora (default: all)")
    parser.add_argument("--limit", type=float, default=1800, help="seconds after which a run is ended (default: 1800)")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    chosen: list[Corpus] = [corpus(name) for name in options.names or [entry.name for entry in corpora()]]
    rows, crashed = [], []
    for entry in chosen:
        print(f"{entry.name} {entry.version}", file=sys.stderr)
        result = run(check(entry.folder), entry.folder, options.limit)
        found = findings(result)
        if found is None:
            crashed.append(entry.name)
            print(f"{entry.name} crashed with {result.code}:\n{result.errors[-3000:]}", file=sys.stderr)
        counted = "crashed" if found is None else ", ".join(f"{code} {count}" for code, count in sorted(found.items()))
        size = f"{lines(entry.files) / 1000:.1f}"
        cells = (size, str(result.code), f"{result.seconds:.1f}", f"{result.megabytes:.0f}", counted or "none")
        rows.append((f"{entry.name} {entry.version}", *cells))
    text = f"Commit {commit()}; {machine()}; one run each.\n\n"
    text += table(("corpus", "kLOC", "exit code", "s", "peak MB", "findings"), rows)
    print(text)
    if options.publish:
        publish("survive", text)
    sys.exit(1 if crashed else 0)


if __name__ == "__main__":
    main()
