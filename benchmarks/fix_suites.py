"""Whether fixed programs still do what their tests say: ``python benchmarks/fix_suites.py [NAME ...] [--unsafe]``.

For each suite of ``suites.toml``: a copy of the program is tested, fixed, and tested again. A test that passes before
must pass after. Other than with the corpora, the code of these programs is executed.
``--publish`` writes the table into docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from _measure import ACCURACY, TOOL, commit, machine, publish, run, table
from suites import Suite, suites

_OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (\S+::.*?)(?: - .*)?$", re.MULTILINE)
HEAD = ("program", "fixes", "findings fixed", "tests run", "passed before", "passed after", "broken")


def passed(suite: Suite, program: Path, tests: list[str], scratch: Path) -> set[str]:
    """The tests that pass."""
    names = scratch / "tests.txt"
    names.write_text("\n".join(tests) + "\n", encoding="utf-8")
    printed = suite.pytest(program, "-rA", "--tb=no", "--show-capture=no", *suite.arguments, f"@{names}")
    return {name for outcome, name in _OUTCOME.findall(printed) if outcome == "PASSED"}


def compare(suite: Suite, every: int, unsafe: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    """A row of the table, and the tests that fixes broke."""
    suite.install()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        program = suite.copy(scratch / "program")  # one place for both: some tests are named after the paths of files
        tests = suite.chosen(program, every)
        good = passed(suite, program, tests, scratch)
        options = ["--isolated", "--no-cache", "--exit-zero", "--fix", *unsafe]
        fixed = run([*TOOL, "check", *options, str(program)], program)
        hit = re.search(r"^Fixed (\d+) findings?", fixed.errors, re.MULTILINE)
        if hit is None:
            raise SystemExit(f"{suite.name}: exit code {fixed.code}\n{fixed.errors[-3000:]}")
        still = passed(suite, program, tests, scratch)
    broken = sorted(good - still)
    counts = (hit[1], str(len(tests)), str(len(good)), str(len(still)), str(len(broken)))
    return (suite.name, "safe and unsafe" if unsafe else "safe", *counts), broken


def main() -> None:
    """Run, then print or publish; the exit code tells whether a test was broken by a safe fix."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="suites (default: all)")
    parser.add_argument("--unsafe", action="store_true", help="apply unsafe fixes as well")
    parser.add_argument("--every", type=int, default=0, help="run one test in so many (default: as in suites.toml)")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/accuracy.md")
    options = parser.parse_args()
    rows, failures = [], []
    for suite in suites():
        if not options.names or suite.name in options.names:
            unsafe = ("--unsafe-fixes",) if options.unsafe else ()
            row, broken = compare(suite, options.every or suite.every, unsafe)
            rows.append(row)
            failures += [f"{suite.name}: {name}" for name in broken]
            print(" | ".join(row), file=sys.stderr)
    text = f"Commit {commit()}; {machine()}.\n\n{table(HEAD, rows)}\n"
    if failures:
        text += "\nBroken:\n\n" + "".join(f"- `{name}`\n" for name in failures)
    print(text)
    if options.publish:
        publish("suites after unsafe fixes" if options.unsafe else "suites after safe fixes", text, ACCURACY)
    sys.exit(1 if failures and not options.unsafe else 0)


if __name__ == "__main__":
    main()
