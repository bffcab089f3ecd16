"""The Markdown cases against TensorFlow itself: what they claim of a program must be seen when the program runs.

Checked are the claims that a run can refute: which parameters are tensors or literals and of which types, which
functions recurse, which become graphs, what `reveal` shows, and what a function changes. A run sees one path; a claim
about a function that is not called stays unchecked. Nor may the run refute what the analysis itself says of parameters.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from caselib import Case, Expectation, parse
from caselib.expectations import read, split_list
from caselib.run import analyzed, case_options, lay_out
from runtime.observer import Observer
from runtime.recorder import TENSORS, Place, Seen, spec_of, spec_text
from runtime.truth import compared

CASES = Path(__file__).resolve().parent.parent / "cases"
FOLDERS = ("hybrid", "effects", "recursion", "literals", "tensors", "coverage", "resolve", "verdicts")
OBSERVED = {
    "io": "io",
    "rng": "rng",
    "env": "env",
    "writes-global": "state",
    "writes-nonlocal": "state",
    "writes-parameter": "state",
    "writes-attribute": "state",
}
"""Kinds of effects that a run shows, and where."""


def cases() -> list[Case]:
    return [case for folder in FOLDERS for path in sorted((CASES / folder).glob("*.md")) for case in parse(path)]


def named(case: Case) -> str:
    return f"{case.source.parent.name}/{case.source.stem}: {case.titles[-1]}"


@pytest.mark.parametrize("case", [case for case in cases() if case_options(case).get("run") != []], ids=named)
def test_case_is_true(case: Case, tmp_path: Path) -> None:
    observer = observed(case, tmp_path)
    wrong = untrue(case, observer)
    assert not wrong, "\n".join(wrong)
    refuted = compared(analyzed(case, tmp_path), observer.seen).exceptions
    assert not refuted, "\n".join(map(str, refuted))


def observed(case: Case, folder: Path) -> Observer:
    """The case after a run of its scripts."""
    options = case_options(case)
    observer = Observer(lay_out(case, folder))
    observer.run(options.get("run", ["main.py"]), options.get("import", []))
    return observer


WRONG = """# Wrong

Each claim here is false.

```python
import random

import tensorflow as tf

n = 0
RNG = None


@tf.function
def graph(x):  # hybrid: no
    return x


def eager(x, k):  # hybrid: call # tensor: k # literal: x # types: x=int32[]
    return x


def prints():  # effects: none
    print("x")


def counts():  # effects: io
    global n
    n += 1


def draws():  # effects: none
    random.random()


def changes(xs):  # effects: none
    xs.append(1)


def pure():  # effects: writes-global
    return n


def recurses(k):  # recursive: no
    return k if k < 1 else recurses(k - 1)


def once(k):  # recursive: yes
    return k


graph(tf.constant(1.0))
eager(tf.constant(1.0), 2)
prints()
counts()
draws()
changes([])
pure()
recurses(2)
once(1)
reveal(tf.zeros([2, 3]))  # float32[3, ?]
if n < 0:
    reveal(n)  # 1
```
"""


def test_each_false_claim_is_refuted(tmp_path: Path) -> None:
    (case,) = parse(Path("wrong.md"), WRONG)
    assert len(untrue(case, observed(case, tmp_path))) == len(read(case)) == 14


def untrue(case: Case, observer: Observer) -> list[str]:
    """The claims of the case that its run refutes."""
    return [
        f"{case.source.name}:{expectation.number} {expectation.key}: {expectation.value} -- seen: {seen}"
        for expectation in read(case)
        if expectation.key not in case_options(case).get("unobserved", [])
        for seen in refuted(case, observer, expectation)
    ]


def refuted(case: Case, observer: Observer, expectation: Expectation) -> list[str]:
    """What was seen instead; empty if nothing speaks against the claim."""
    place = (expectation.path, expectation.line)
    key, value = expectation.key, expectation.value
    if key == "reveal":
        return _reveal(observer, place, value)
    if key == "hybrid":
        applied = place in observer.hybrid
        return [] if applied == (value != "no") else [f"tf.function applied: {applied}"]
    seen = observer.seen.get(place)
    if seen is None:
        return []
    if key == "tensor":
        return _tensors(case, place, seen, _names(value))
    if key == "literal":
        return [] if seen.literals == _names(value) or _booleans(case) else [f"literals {sorted(seen.literals)}"]
    if key == "recursive":
        return [] if seen.recursive == (value == "yes") else [f"recursive {seen.recursive}"]
    if key == "types":
        return _types(seen, value)
    if key == "effects" and value not in {"any", "unknown"}:
        return _effects(seen, _names(value))
    return []


def _names(value: str) -> set[str]:
    return set() if value == "none" else set(split_list(value))


def _booleans(case: Case) -> bool:
    return bool(case.config.get("booleans_are_literals"))


def _reveal(observer: Observer, place: Place, value: str) -> list[str]:
    shown = observer.reveals.get(place)
    if not shown:
        return ["never reached"]
    members = [member.strip() for member in value.split("|")]
    seen = {_shown(item) for item in shown if type(item).__name__ not in members}
    return [text for text in sorted(seen) if not any(covers(member, text) for member in members)]


def _shown(item: object) -> str:
    if isinstance(item, np.ndarray):
        return f"ndarray {spec_text(spec_of(item))}"
    return spec_text(spec_of(item)) if isinstance(item, TENSORS) else repr(item)


def covers(general: str, special: str) -> bool:
    """Whether a type with open axes admits the other."""
    pattern = re.escape(general).replace(r"\?", r"(?:\?|\d+)").replace(r"\[\.\.\.\]", r"\[.*\]")
    pattern = re.sub(r"\btensor(?=\\\[)", r"\\w+", pattern)
    return re.fullmatch(pattern, special) is not None


def _tensors(case: Case, place: Place, seen: Seen, claimed: set[str]) -> list[str]:
    """All that were seen are claimed, and all claimed were seen or are annotated."""
    unseen = claimed - seen.tensors - seen.arrays - _annotated(case, place)  # arrays may stand for tensors
    return [f"tensors {sorted(seen.tensors)}"] if seen.tensors - claimed or unseen else []


def _annotated(case: Case, place: Place) -> set[str]:
    if case.config.get("follow_type_hints") is False:
        return set()
    file = case.file(place[0])
    assert file is not None
    for node in ast.walk(ast.parse(file.text)):
        if isinstance(node, ast.FunctionDef) and node.lineno == place[1]:
            found = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            return {argument.arg for argument in found if argument is not None and argument.annotation is not None}
    return set()


def _types(seen: Seen, value: str) -> list[str]:
    wrong = []
    for item in split_list(value):
        name, _, types = item.partition("=")
        claimed = {part.strip() for part in types.split("|") if part.strip() != "none"}
        got = {spec_text(spec) for spec in seen.types.get(name, ())}
        fits = all(any(covers(general, special) for general in claimed) for special in got)
        used = all(any(covers(general, special) for special in got) for general in claimed)
        if not (fits and used):
            wrong.append(f"{name}={sorted(got)}")
    return wrong


def _effects(seen: Seen, kinds: set[str]) -> list[str]:
    claimed = {OBSERVED[kind] for kind in kinds if kind in OBSERVED}
    return [] if claimed == seen.changed else [f"changed {sorted(seen.changed)}"]
