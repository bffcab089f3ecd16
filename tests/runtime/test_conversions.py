"""No suggested conversion changes what a program does: the cases and the example programs, converted and run."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from caselib import parse
from caselib.run import analyzed, case_options, lay_out
from runtime.conversions import Judgment, Program, judge
from runtime.test_cases_are_true import FOLDERS, cases, named
from runtime.test_examples import EXAMPLES, PROGRAMS

from hybridize.engine import analyze
from hybridize.report import Verdict


def judged(case, folder: Path) -> Judgment:
    options = case_options(case)
    if options.get("run") == []:
        return Judgment([], {}, "does not run")
    report = analyzed(case, folder)
    program = Program(lay_out(case, folder), options.get("run", ["main.py"]), options.get("import", []))
    return judge(program, report, folder / "converted")


@pytest.mark.parametrize("folder", FOLDERS)
def test_conversions_in_cases_are_sound(folder: str, tmp_path: Path) -> None:
    wrong = {}
    for number, case in enumerate(case for case in cases() if case.source.parent.name == folder):
        judgment = judged(case, tmp_path / str(number))
        if judgment.unsound:
            wrong[named(case)] = judgment.unsound
    assert not wrong


@pytest.mark.parametrize("program", PROGRAMS)
def test_conversions_in_examples_are_sound(program: str, tmp_path: Path) -> None:
    path = EXAMPLES / program
    report = analyze([path.parent])
    assert not judge(Program(path.parent, [path.name]), report, tmp_path / "converted").unsound


CASE = """# Counting

One function loses an effect.

```python
import tensorflow as tf

seen = []


def step(x):
    seen.append(1)
    return x + 1.0


def twice(x):
    return x * 2.0


for i in range(3):
    print(step(tf.constant(float(i))), twice(tf.constant(1.0)))
```
"""


def test_a_conversion_that_loses_effects_is_seen(tmp_path: Path) -> None:
    (case,) = parse(Path("counting.md"), CASE)
    root = lay_out(case, tmp_path)
    report = analyze([root])
    convertible = Verdict("convert-to-hybrid", "P1")
    functions = tuple(msgspec.structs.replace(item, verdict=convertible) for item in report.functions)
    report = msgspec.structs.replace(report, functions=functions)
    judgment = judge(Program(root, ["main.py"]), report, tmp_path / "converted")
    step, twice = ((item.path, item.line) for item in functions)
    assert judgment.converted == [step, twice]
    assert list(judgment.unsound) == [step]
    assert "seen" in judgment.unsound[step]
