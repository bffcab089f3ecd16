"""What `hybridize trace` costs a command: processor time of runs with and without it, in turns.

    python benchmarks/trace_overhead.py FOLDER [--rounds N] -- COMMAND...

FOLDER is analyzed once, outside of the measurement; COMMAND runs in the current folder.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "analysis")]


def main(arguments: list[str]) -> None:
    """Run the command in turns, and print medians."""
    from hybridize.engine import analyze
    from hybridize_bot.verify import plans, process
    from hybridize_bot.verify.judge import seen_of
    from hybridize_bot.verify.passes import Runner

    at = arguments.index("--")
    own, command = arguments[:at], arguments[at + 1 :]
    rounds = int(own[own.index("--rounds") + 1]) if "--rounds" in own else 3
    report = analyze([own[0]])
    plan = plans.watched(report)
    runner = Runner(command, report.root, os.curdir, None, os.environ)
    times: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(rounds):
        before = _seconds()
        finished = process.run(command, os.curdir, os.environ, None)
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


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1:])
