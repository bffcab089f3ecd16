"""`hybridize verify` on released programs, by their own tests: ``python benchmarks/verify_suites.py [NAME ...]``.

For each suite of ``suites.toml``: a copy of the program is analyzed as an application (libraries are not told to trace
what they offer), and what may be converted is run both ways by a share of its tests. The code of these programs is
executed. ``--publish`` writes the table into docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _measure import ACCURACY, TOOL, commit, machine, publish, table
from suites import PYTEST, Suite, suites

HEAD = ("function", "outcome", "calls", "compared", "traces", "eager ms", "graph ms", "gain", "why")
SETTINGS = "version: 1\nrole: application\n"


def verified(suite: Suite, every: int, limit: float) -> tuple[dict[str, Any], int, float, str]:
    """The evidence, the number of tests, the seconds that all of it took, and what was said of the runs."""
    suite.install()
    with tempfile.TemporaryDirectory() as folder:
        program = suite.copy(Path(folder, "program"))
        (program / ".hybridize.yaml").write_text(SETTINGS, encoding="utf-8")
        tests = suite.chosen(program, every)
        names = Path(folder, "tests.txt")
        names.write_text("\n".join(tests) + "\n", encoding="utf-8")
        command = [sys.executable, *PYTEST, *suite.arguments, f"@{names}"]
        options = ["--format", "json", "--no-cache", "--timeout", str(limit)]
        begin = time.perf_counter()
        done = subprocess.run(
            [*TOOL, "verify", *options, ".", "--", *command],
            cwd=program, env=suite.variables(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - begin
        if done.returncode not in (0, 1):
            raise SystemExit(f"{suite.name}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
        print(done.stderr, file=sys.stderr)
        return json.loads(done.stdout), len(tests), seconds, done.stderr


def rows(evidence: dict[str, Any]) -> list[tuple[str, ...]]:
    """One for each function that was tried."""
    found = []
    for one in evidence["functions"]:
        times = [one.get(name) for name in ("eager_ms", "graph_ms", "gain")]
        shown = ["" if number is None else f"{number:.2f}" for number in times]
        why = "; ".join(filter(None, (one.get("message", ""), *one.get("notes", ())))).replace("|", "\\|")
        counts = [str(one.get(name, 0)) for name in ("calls", "compared", "traces")]
        found.append((f"`{one['path']}:{one['line']}` `{one['function']}`", one["outcome"], *counts, *shown, why))
    return found


def main() -> None:
    """Run, then print or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="suites (default: all)")
    parser.add_argument("--every", type=int, default=0, help="run one test in so many (default: as in suites.toml)")
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds for each run (default: 1800)")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/accuracy.md")
    options = parser.parse_args()
    text = f"Commit {commit()}; {machine()}.\n"
    for suite in suites():
        if options.names and suite.name not in options.names:
            continue
        evidence, tests, seconds, said = verified(suite, options.every, options.limit)
        runs = sum(line.startswith("Run ") for line in said.splitlines())
        text += f"\n{suite.name}: {tests} of its tests, {runs} runs, {seconds:.0f} s in all.\n\n"
        text += f"{table(HEAD, rows(evidence))}\n"
    print(text)
    if options.publish:
        publish("verified suites", text, ACCURACY)


if __name__ == "__main__":
    main()
