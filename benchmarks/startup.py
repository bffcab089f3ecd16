"""How long the command line takes before it does anything, next to an empty Python: ``python benchmarks/startup.py``.

Prints one row of a Markdown table per command: the median time, and its ratio to ``python -c pass``. The commands are
run in turns, so that a slow phase of the machine hits all of them alike. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

START = ["-I", "-c", f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'analysis')]!r}; "]
SCRIPT = "from hybridize_bot.cli import main; main()"

COMMANDS = {
    "python -c pass": ["-I", "-c", "pass"],
    "hybridize --version": [*START[:2], START[2] + SCRIPT, "--version"],
    "hybridize check --help": [*START[:2], START[2] + SCRIPT, "check", "--help"],
    "hybridize check (one empty file)": [*START[:2], START[2] + SCRIPT, "check", "--format", "github"],
}
BASE = "python -c pass"


def seconds(arguments: list[str], folder: str) -> float:
    """Wall time of one run."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=folder, env=os.environ, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21, help="runs of each command (default: 21)")
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "empty.py").write_text("")
        for turn in range(runs + 1):
            for name, arguments in COMMANDS.items():
                spent = seconds(arguments, folder)
                if turn:  # the first turn fills the caches of bytecode and files
                    times[name].append(spent)
    base = statistics.median(times[BASE])
    print("| command | median | ratio |")
    print("| --- | ---: | ---: |")
    for name, spent in times.items():
        middle = statistics.median(spent)
        print(f"| `{name}` | {middle * 1000:.0f} ms | {middle / base:.1f} |")


if __name__ == "__main__":
    main()
