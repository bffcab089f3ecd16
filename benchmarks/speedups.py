"""What the fixes of HYB301 gain on the programs of ``examples/training``, and what they change.

    make speedups                                       print the table
    python benchmarks/speedups.py --publish             write it into docs/performance.md
    python benchmarks/speedups.py --only sine_maml      one program

Each program is copied, and fixed twice: with safe fixes only, and with unsafe ones. Then the versions train in turns,
each in a new process, with the same seed, so that a slow phase of the machine hits all alike. What a program prints
says what it took: the first epoch has the tracing in it, the others do not. Times are medians, and a speed-up is one
median over the other. Where no fix is unsafe, the version with unsafe fixes is the safe one, and is not run.

The steps for one program are those of `measured`, in order: its functions are counted, it is fixed, `hybridize verify`
runs its functions both ways, it is run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from _measure import ROOT, TOOL, commit, machine, publish, run, table

PROGRAMS = ROOT / "examples" / "training"
EPOCH = re.compile(r"^epoch \d+: loss=\S+ seconds=(\S+)$", re.MULTILINE)
RESULT = re.compile(r"^loss=(\S+) accuracy=(\S+)$", re.MULTILINE)
PAPER = """\
Khatchadourian et al. ("Safe Automated Refactoring for Efficient Migration of Imperative Deep Learning Programs to Graph
Execution") report 42.56 % of 766 candidate functions refactorable, and a mean speed-up of 2.16 with a negligible
difference in accuracy: on other programs and other machines, so the figures stand side by side, and no more."""


class Counts(NamedTuple):
    """The functions of a program, its tests aside."""

    functions: int
    candidates: int
    """Eager functions that get a tensor, or may."""
    refactorable: int
    """Those of them with the verdict P1."""


class Training(NamedTuple):
    """One run of a program."""

    first: float
    """Seconds of the first epoch, with what is made once."""
    later: float
    """Seconds of all further epochs."""
    loss: float
    accuracy: float

    @property
    def whole(self) -> float:
        """Seconds of training."""
        return self.first + self.later


class Version(NamedTuple):
    """A program after some fixes."""

    folder: Path
    fixed: int
    """How many fixes were applied."""


class Program(NamedTuple):
    """What is known of one program in the end."""

    name: str
    counts: Counts
    fixed: dict[str, int]
    """Fixes applied, by version."""
    outcomes: dict[str, int]
    """What came of its functions as graphs, as `hybridize verify` says: outcome to how many."""
    runs: dict[str, list[Training]]
    """Runs, by version; no entry for a version that is like the one before."""


ORIGINAL, SAFE, UNSAFE = "original", "safe", "unsafe"
VERIFIED_STEPS = "25"
"""Steps of each of two epochs, for `hybridize verify`."""


def tool(*arguments: str, folder: Path, accepted: Sequence[int] = (0, 1)) -> str:
    """What `hybridize` prints, without settings from anywhere."""
    done = run([*TOOL, *arguments, "--isolated", "--no-cache", "--color", "never", "."], folder)
    if done.code not in accepted or "Traceback" in done.errors:
        raise SystemExit(f"hybridize {' '.join(arguments)} failed with {done.code}:\n{done.errors[-2000:]}")
    return done.output


def counted(folder: Path) -> Counts:
    """The functions of the program, from `hybridize inspect`."""
    functions = json.loads(tool("inspect", "--format", "json", folder=folder))["functions"]
    own = [one for one in functions if not Path(one["path"]).name.startswith("test_")]
    candidates = [one for one in own if not one["hybrid"] and one["facts"]["tensor_parameter"]["value"] is not False]
    return Counts(len(own), len(candidates), sum(one["verdict"]["precondition"] == "P1" for one in candidates))


def versions(program: Path, scratch: Path) -> dict[str, Version]:
    """Copies of the program: as it is, and with fixes."""
    found = {}
    for name, options in ((ORIGINAL, None), (SAFE, ["--fix"]), (UNSAFE, ["--fix", "--unsafe-fixes"])):
        folder = scratch / name / program.name
        shutil.copytree(program, folder, ignore=shutil.ignore_patterns("__pycache__"))
        if options is not None:
            tool("check", "--exit-zero", "--select", "HYB301", *options, folder=folder)
        found[name] = Version(folder, sum(changed_lines(program, folder)))
    if texts(found[UNSAFE].folder) == texts(found[SAFE].folder):
        del found[UNSAFE]
    if not found[SAFE].fixed:
        del found[SAFE]
    return found


def texts(folder: Path) -> dict[str, str]:
    """The modules of a program."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}


def changed_lines(before: Path, after: Path) -> list[int]:
    """How many decorators were added to each module."""
    old, new = texts(before), texts(after)
    return [new[name].count("@tf.function") - old[name].count("@tf.function") for name in old]


def verified(program: Path, scratch: Path) -> dict[str, int]:
    """Run the functions that the tool would decorate both ways; what speaks against one is printed."""
    folder = scratch / "verified" / program.name
    shutil.copytree(program, folder, ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--isolated", "--no-cache", "--no-evidence", "--quiet", "--format", "json"]
    command = [sys.executable, "train.py", "--epochs", "2", "--steps", VERIFIED_STEPS]
    done = run([*TOOL, "verify", *options, ".", "--", *command], folder)
    if done.code not in (0, 1):
        raise SystemExit(f"hybridize verify failed with {done.code} on {program.name}:\n{done.errors[-2000:]}")
    found = json.loads(done.output)
    for one in found["functions"]:
        if one["outcome"] not in ("proven", "equal-but-slower"):
            print(f"{program.name}: {one['function']}: {one['outcome']}: {one.get('message', '')}", file=sys.stderr)
    return dict(found["outcomes"])


def trained(folder: Path, arguments: Sequence[str]) -> Training:
    """Run the program once, and read what it prints."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    done = run([sys.executable, "train.py", *arguments], folder)
    epochs = [float(seconds) for seconds in EPOCH.findall(done.output)]
    result = RESULT.findall(done.output)
    if done.code or len(epochs) < 2 or len(result) != 1:
        raise SystemExit(f"{folder} failed with {done.code}:\n{done.output[-1000:]}\n{done.errors[-3000:]}")
    loss, accuracy = map(float, result[0])
    return Training(epochs[0], sum(epochs[1:]), loss, accuracy)


def measured(program: Path, scratch: Path, turns: int, arguments: Sequence[str]) -> Program:
    """Count, fix and run one program."""
    counts = counted(program)
    found = versions(program, scratch)
    outcomes = verified(program, scratch)
    runs: dict[str, list[Training]] = {name: [] for name in found}
    for turn in range(turns):
        for name, version in found.items():
            print(f"{program.name}, turn {turn + 1} of {turns}: {name}", file=sys.stderr)
            runs[name].append(trained(version.folder, arguments))
    fixed = {name: version.fixed for name, version in found.items()}
    return Program(program.name, counts, fixed, outcomes, runs)


# ---------------------------------------------------------------------------------------------------------------- table


class Gain(NamedTuple):
    """What one version gains over the original, and what it changes."""

    later: float
    whole: float
    loss: float
    accuracy: float


def gain(program: Program, name: str) -> Gain | None:
    """One version beside the original; without a version of that name, the one before it."""
    if name not in program.runs:
        return gain(program, SAFE) if name == UNSAFE and SAFE in program.runs else None
    old, new = program.runs[ORIGINAL], program.runs[name]
    return Gain(
        statistics.median(one.later for one in old) / statistics.median(one.later for one in new),
        statistics.median(one.whole for one in old) / statistics.median(one.whole for one in new),
        farthest([one.loss for one in old], [one.loss for one in new]),
        farthest([one.accuracy for one in old], [one.accuracy for one in new]),
    )


def farthest(old: Sequence[float], new: Sequence[float]) -> float:
    """The largest difference between any two of them, with its sign."""
    return max((there - here for here in old for there in new), key=abs)


def noise(program: Program) -> float:
    """The largest difference in loss between runs of the original itself."""
    losses = [one.loss for one in program.runs[ORIGINAL]]
    return max(losses) - min(losses)


def row(program: Program) -> list[str]:
    """The cells of one program."""
    counts = program.counts
    cells = [f"`{program.name}`", *map(str, counts)]
    per_step = statistics.median(one.later for one in program.runs[ORIGINAL])
    cells.append(", ".join(f"{count} {outcome}" for outcome, count in program.outcomes.items()) or "none")
    cells.append(f"{per_step:.2f}")
    for name in (SAFE, UNSAFE):
        found = gain(program, name)
        if found is None:
            cells += ["–"] * 4
        elif name not in program.runs:
            cells += ["same", "", "", ""]
        else:
            cells += [f"{found.later:.2f}", f"{found.whole:.2f}", f"{found.loss:+.1e}", f"{found.accuracy:+.4f}"]
    return cells


def means(programs: Sequence[Program], name: str) -> str:
    """The means over the programs that this version changes, in words."""
    gains = [found for found in (gain(program, name) for program in programs) if found]
    if not gains:
        return "none"
    later, whole = [one.later for one in gains], [one.whole for one in gains]
    largest = max((abs(one.accuracy) for one in gains), default=0.0)
    return (
        f"{len(gains)} programs; mean speed-up **{statistics.mean(later):.2f}** (geometric"
        f" {statistics.geometric_mean(later):.2f}) after the first epoch, **{statistics.mean(whole):.2f}** (geometric"
        f" {statistics.geometric_mean(whole):.2f}) with tracing; difference in accuracy {largest:.4f} at most,"
        f" {statistics.mean(one.accuracy for one in gains):+.4f} in the mean"
    )


HEAD = (
    "program", "functions", "candidates", "P1", "verified", "eager s",
    "safe: speed-up", "with tracing", "Δ loss", "Δ accuracy",
    "unsafe too: speed-up", "with tracing", "Δ loss", "Δ accuracy",
)  # fmt: skip


def report(programs: Sequence[Program], turns: int) -> str:
    """All that is published."""
    sums = Counts(*map(sum, zip(*(program.counts for program in programs), strict=True)))
    share = sums.refactorable / max(sums.candidates, 1)
    rows = [row(program) for program in programs]
    version = run([sys.executable, "-c", "import tensorflow as tf; print(tf.__version__)"]).output.strip()
    text = f"Commit {commit()}; {machine()}, TensorFlow {version} on CPU; medians of {turns} runs."
    text += f"\n\n{table(HEAD, rows)}\n\n"
    text += f"- {sums.refactorable} of {sums.candidates} candidates are refactorable: **{share:.2%}** (of"
    text += f" {sums.functions} functions, tests aside; a candidate is eager, and gets a tensor or may).\n"
    outcomes = Counter[str]()
    for program in programs:
        outcomes.update(program.outcomes)
    told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    text += f"- Functions that the tool would decorate, run both ways by `hybridize verify`: {told}.\n"
    text += f"- Safe fixes: {means(programs, SAFE)}.\n- With unsafe fixes: {means(programs, UNSAFE)}.\n"
    text += f"- Between runs of one and the same original, losses differ by {max(map(noise, programs)):.1e} at most.\n"
    return f"{text}\n{PAPER}"


def main() -> None:
    """Measure, then print or publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="turns (default: 3)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these programs only")
    parser.add_argument("--seed", type=int, default=0, help="the programs' seed (default: 0)")
    parser.add_argument("--epochs", type=int, help="other epochs than a program's own")
    parser.add_argument("--steps", type=int, help="other steps than a program's own")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    arguments = ["--seed", str(options.seed)]
    for name in ("epochs", "steps"):
        if getattr(options, name) is not None:
            arguments += [f"--{name}", str(getattr(options, name))]
    folders = sorted(path.parent for path in PROGRAMS.glob("*/train.py"))
    chosen = [folder for folder in folders if not options.only or folder.name in options.only]
    if not chosen:
        raise SystemExit(f"no such program; there are {', '.join(folder.name for folder in folders)}")
    with tempfile.TemporaryDirectory() as scratch:
        programs = [measured(folder, Path(scratch), options.runs, arguments) for folder in chosen]
    text = report(programs, options.runs)
    print(text)
    if options.publish:
        publish("speedups", text)


if __name__ == "__main__":
    main()
