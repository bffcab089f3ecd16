"""The analysis against real runs, as figures: ``python -m tests.tools.truth receipts|conversions [SOURCE ...]``.

``receipts`` compares what parameters are said to receive with what they received: in the cases, the examples, and the
test suites of released programs (``benchmarks/suites.toml``; fetched on first use, and run: this executes their code).
``conversions`` puts `tf.function` where verdicts suggest it and looks whether programs still do the same: in the cases,
the examples, and any folder of programs given with ``--programs``, one program per ``in`` folder below it.
``--publish`` writes the table into docs/accuracy.md. ``--recorded`` uses the records of an earlier run of the suites.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "analysis"), str(ROOT / "benchmarks")]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

PAGE = ROOT / "docs" / "accuracy.md"
LONGEST = 60
"""Seconds after which a program given with ``--programs`` is left out."""


def receipts(names: list[str], *, recorded: bool) -> str:
    """The table of claims about parameters; each refuted claim is printed."""
    from runtime import truth

    sources: dict[str, Callable[[], truth.Truth]] = {"cases": _cases, "examples": _examples}
    for suite in _suites():
        sources[suite.name] = lambda suite=suite: suite.truth(recorded=recorded)  # type: ignore[misc]
    rows = []
    for name in names or list(sources):
        found = sources[name]()
        for exception in found.exceptions:
            print(f"{name}: {exception}")
        counts = found.counts
        cells = [name, f"{counts['functions']:,}", f"{counts['parameters']:,}"]
        for question in truth.QUESTIONS:
            claims = counts[f"{question} claims"]
            cells.append(f"{claims - counts[f'{question} refuted']:,} of {claims:,}")
        keys = (*(f"{question} exact" for question in truth.QUESTIONS), "exact")
        cells.extend(f"{counts[key] / max(counts['parameters'], 1):.1%}" for key in keys)
        rows.append(cells)
    heads = ["source", "functions", "parameters"]
    heads += [f"{question}: claims that hold" for question in truth.QUESTIONS]
    heads += [f"{question}: equal" for question in truth.QUESTIONS] + ["all equal"]
    return _table(heads, rows)


def _suites() -> list:  # type: ignore[type-arg]
    from suites import suites

    return suites()


def _cases():  # type: ignore[no-untyped-def]
    from caselib.run import analyzed, case_options
    from runtime.test_cases_are_true import cases, observed
    from runtime.truth import NOTHING, compared

    total = NOTHING
    for case in cases():
        if case_options(case).get("run") != []:
            with tempfile.TemporaryDirectory() as folder:
                observer = observed(case, Path(folder))
                total = total.plus(compared(analyzed(case, Path(folder)), observer.seen))
    return total


def _examples():  # type: ignore[no-untyped-def]
    from runtime.test_examples import PROGRAMS
    from runtime.test_truth import truth_of_example
    from runtime.truth import NOTHING

    total = NOTHING
    for program in PROGRAMS:
        total = total.plus(truth_of_example(program))
    return total


# --------------------------------------------------------------------------- conversions


class _Tally(NamedTuple):
    programs: int
    converted: int
    unsound: int
    notes: dict[str, int]


def conversions(names: list[str], programs: list[Path], every: int) -> str:
    """The table of conversions; each one that changes what a program does is printed."""
    rows = []
    sources = {"cases": _case_judgments, "examples": _example_judgments}
    # Programs in folders come first: their processes are forked, which TensorFlow survives only before its first use.
    chosen = {"further programs": lambda: _folder_judgments(programs, every)} if programs else {}
    chosen |= {name: sources[name] for name in names or ([] if programs else list(sources))}
    for name, judgments in chosen.items():
        judged = converted = unsound = failed = 0
        for program, judgment in judgments():
            failed += judgment.note.startswith("does not run")
            judged += bool(judgment.converted)
            converted += len(judgment.converted)
            unsound += len(judgment.unsound)
            for (path, line), change in judgment.unsound.items():
                print(f"{name}: {program} {path}:{line}: {' '.join(change.split())}")
        rows.append([name, str(judged), str(failed), str(converted), str(converted - unsound), str(unsound)])
    return _table(["source", "programs judged", "not runnable", "functions converted", "same", "changed"], rows)


def _case_judgments() -> Iterator:  # type: ignore[type-arg]
    from runtime.test_cases_are_true import cases, named
    from runtime.test_conversions import judged

    for case in cases():
        with tempfile.TemporaryDirectory() as folder:
            yield named(case), judged(case, Path(folder))


def _example_judgments() -> Iterator:  # type: ignore[type-arg]
    from runtime.conversions import Program, judge
    from runtime.test_examples import EXAMPLES, PROGRAMS

    from hybridize.engine import analyze

    for program in PROGRAMS:
        path = EXAMPLES / program
        with tempfile.TemporaryDirectory() as folder:
            yield program, judge(Program(path.parent, [path.name]), analyze([path.parent]), Path(folder, "converted"))


def _folder_judgments(folders: list[Path], every: int) -> Iterator:  # type: ignore[type-arg]
    """Each in a process of its own: these programs may do anything, and for long."""

    from runtime.conversions import Judgment

    for root in sorted(path for folder in folders for path in folder.rglob("in") if path.is_dir())[::every]:
        yield root.parent.name, _in_child(root) or Judgment([], {}, "does not run: too long, or it ended the process")


def _in_child(root: Path):  # type: ignore[no-untyped-def]
    import multiprocessing
    import shutil

    from runtime.conversions import Program, judge

    from hybridize.config import Config
    from hybridize.engine import analyze

    report = analyze([root], Config(jobs=1))
    scripts = sorted({function.path for function in report.functions if function.verdict.precondition == "P1"})
    scripts = [script for script in scripts if "/" not in script] or scripts
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "program")
        shutil.copytree(root, copy)
        # What calls the suggested functions may be any file; those with a main part or calls at top level run.
        program = Program(copy, sorted(path.name for path in copy.glob("*.py")) if len(scripts) != 1 else scripts)

        def work() -> None:
            with open(os.devnull, "w") as null:
                os.dup2(null.fileno(), 1)
                os.dup2(null.fileno(), 2)
                sender.send(judge(program, report, Path(folder, "converted")))

        child = context.Process(target=work, daemon=True)
        child.start()
        found = receiver.recv() if receiver.poll(LONGEST) else None
        child.terminate()
        child.join()
    return found


# --------------------------------------------------------------------------- pages


def _table(heads: list[str], rows: list[list[str]]) -> str:
    marks = ["---", *("---:" for _ in heads[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, marks, *rows))


def publish(section: str, text: str) -> None:
    """Replace what stands between the markers of ``section`` in docs/accuracy.md."""
    begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
    before, rest = PAGE.read_text("utf-8").split(begin)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}", "utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Print a table, and publish it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("receipts", "conversions"))
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="cases, examples, or a suite (default: all)")
    parser.add_argument("--programs", type=Path, action="append", default=[], help="a folder of programs to convert")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one in N of these programs (default: all)")
    parser.add_argument("--recorded", action="store_true", help="use the records of an earlier run of the suites")
    parser.add_argument("--publish", action="store_true", help="write the table into docs/accuracy.md")
    options = parser.parse_args(arguments)
    if options.what == "receipts":
        text = receipts(options.sources, recorded=options.recorded)
    else:
        text = conversions(options.sources, options.programs, options.every)
    print(text)
    if options.publish:
        publish(options.what, text)


if __name__ == "__main__":
    main()
