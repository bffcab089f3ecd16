"""The cases of the hazard catalogue do what they say: each runs once on TensorFlow, in graphs.

A program ends well, its own assertions included, or stops at the line and with the exception that its ``raises`` names.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path

import keras
import pytest
from caselib import Case, Expectation, parse
from caselib.expectations import read, split_finding
from caselib.run import lay_out
from runtime.programs import execute, world

CASES = Path(__file__).resolve().parents[2] / "cases" / "hazards"


def cases() -> list[Case]:
    return [case for path in sorted(CASES.glob("*.md")) for case in parse(path)]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.titles[-1])
def test_a_case_does_what_it_says(case: Case, tmp_path: Path) -> None:
    told = [expectation for expectation in read(case) if expectation.key == "raises"]
    try:
        assert ended(case, tmp_path) == told
    finally:
        keras.utils.clear_session()  # a call that failed leaves its name scopes behind


def ended(case: Case, folder: Path) -> list[Expectation]:
    """What of ``raises`` came true when the program ran; an error that nobody told of is raised."""
    root = lay_out(case, folder)
    told = [expectation for expectation in read(case) if expectation.key == "raises"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            with world(root, "main.py", (), lambda _value: None), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                execute(root, "main.py")
        except Exception as error:
            came = [expectation for expectation in told if is_told(error, expectation, root)]
            if not came:
                raise
            return came
    return []


def is_told(error: BaseException, expectation: Expectation, root: Path) -> bool:
    """Whether the error is of that class, has that text, and passed that line of the file."""
    name, text = split_finding(expectation.value)
    place, lines, trace = str(root / expectation.path), [], error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == place:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    classes = {kind.__name__ for kind in type(error).__mro__}
    return expectation.line in lines and name in classes and text in str(error)


WRONG = """# Wrong

Nothing here is as told.

```python
def halves(x):
    return 1 / x


halves({argument})  # raises: {told}
```
"""


@pytest.mark.parametrize(
    ("argument", "told", "passes"),
    [
        ("0", 'ZeroDivisionError "by zero"', True),
        ("0", "ArithmeticError", True),
        ("0", "TypeError", False),
        ("0", 'ZeroDivisionError "no such text"', False),
        ("1", "ZeroDivisionError", False),
    ],
)
def test_a_case_that_does_not_fails(argument: str, told: str, passes: bool, tmp_path: Path) -> None:
    (case,) = parse(Path("wrong.md"), WRONG.format(argument=argument, told=told))
    if passes:
        assert len(ended(case, tmp_path)) == 1
    elif argument == "0":
        with pytest.raises(ZeroDivisionError):
            ended(case, tmp_path)
    else:
        assert ended(case, tmp_path) == []
