"""What `hybridize trace` costs a command: processor time of runs with and without it, in turns.

    python benchmarks/trace_overhead.py FOLDER [--rounds N] -- COMMAND...
    python benchmarks/trace_overhead.py --suite gpflow [--rounds N]

FOLDER is analyzed once, outside of the measurement; COMMAND runs in the current folder. A suite of ``suites.toml``
brings its program, and the share of its tests that is run of it everywhere here.
"""

from __future__ import annotations

import atexit
import os
import resource
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "analysis")]


def main(arguments: list[str]) -> None:
    """Run the command in turns, and print medians."""
    from hybridize.engine import analyze
    from hybridize_bot.verify import plans, process
    from hybridize_bot.verify.judge import seen_of
    from hybridize_bot.verify.passes import Runner

    at = arguments.index("--") if "--" in arguments else len(arguments)
    own, command = arguments[:at], arguments[at + 1 :]
    rounds = int(own[own.index("--rounds") + 1]) if "--rounds" in own else 3
    folder, environment = own[0], dict(os.environ)
    if "--suite" in own:
        folder, command, environment = _suite(own[own.index("--suite") + 1])
        os.chdir(folder)
    report = analyze([folder])
    plan = plans.watched(report)
    runner = Runner(command, report.root, os.curdir, None, environment)
    times: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(rounds):
        before = _seconds()
        finished = process.run(command, os.curdir, environment, None)
        times["without"].append(_seconds() - before)
        before = _seconds()
        result = runner.run(plans.Run("trace", plan.targets))
        times["with"].append(_seconds() - before)
        print(f"exit codes {finished.code} and {result.finished.code}", times, flush=True)
    called = [seen_of(result.records, one.number) for one in plan.targets]
    medians = {name: statistics.median(found) for name, found in times.items()}
    calls = sum(one.calls for one in called)
    print(f"{sum(one.calls > 0 for one in called)} of {len(called)} functions called, {calls:,} calls")
    ratio = medians["with"] / medians["without"]
    print(f"without {medians['without']:.1f} s, with {medians['with']:.1f} s of processor time: {ratio:.2f}×")


def _suite(name: str) -> tuple[str, list[str], dict[str, str]]:
    """A copy of the program, the command that runs a share of its tests, and their environment."""
    from suites import PYTEST, suites

    suite = next(one for one in suites() if one.name == name)
    suite.install()
    scratch = Path(tempfile.mkdtemp(prefix="hybridize-suite-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    program = suite.copy(scratch / "program")
    tests = suite.chosen(program)
    print(f"{len(tests)} tests")
    names = scratch / "tests.txt"
    names.write_text("\n".join(tests) + "\n", encoding="utf-8")
    return str(program), [sys.executable, *PYTEST, *suite.arguments, f"@{names}"], suite.variables()


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1:])
