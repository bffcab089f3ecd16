"""Do what the verdict suggests, and look whether the program still does the same.

Functions whose verdict is P1 get `tf.function`. What the program prints and what is left of it at its end (globals,
variables, attributes, containers) must be what it was; runs with different seeds tell what is random anyway.
"""

from __future__ import annotations

import contextlib
import io
import math
import random
import re
import shutil
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from runtime.programs import execute, modules_of, world
from runtime.recorder import ARRAYS, TENSORS, Place, Recorder

from hybridize.report import FunctionReport, Report
from hybridize.rules._text import signature

DECORATOR = '@__import__("tensorflow").function'
SIGNED = '@(lambda tf: tf.function(input_signature={}))(__import__("tensorflow"))'
NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
CLOSE = 1e-4
"""Graphs may reorder floating-point operations."""
DEPTH = 6


class Outcome(NamedTuple):
    """What is seen of a run from outside."""

    picture: dict[str, Any]
    """A number or text for each place: pieces of the output, and leaves of the state."""
    called: set[Place]
    error: str = ""


class Program(NamedTuple):
    """Scripts of a project, and how to run them."""

    root: Path
    scripts: Sequence[str]
    folders: Sequence[str] = ()


class Judgment(NamedTuple):
    """What became of the conversions of one program."""

    converted: list[Place]
    """The suggested functions that the run calls."""
    unsound: dict[Place, str]
    """Those that change what the program does, and how; all of them, if only together."""
    note: str = ""
    """Why nothing could be judged."""


def is_suggested(function: FunctionReport) -> bool:
    """Whether the verdict is P1 and no hazard is known that a graph would have; what it gains does not matter here."""
    offer = function.opportunity
    hazardous = offer is not None and any(obstacle.kind == "hazard" for obstacle in offer.obstacles)
    return function.verdict.precondition == "P1" and not hazardous


def judge(program: Program, report: Report, scratch: Path) -> Judgment:
    """Run the program as it is and converted; where something differs, as it is once more with another seed, and with
    one conversion at a time to find those to blame.
    """
    suggested = [function for function in report.functions if is_suggested(function)]
    if not suggested:
        return Judgment([], {}, "no conversion suggested")
    first = observe(program, seed=1)
    if first.error:
        return Judgment([], {}, f"does not run: {first.error}")
    called = [function for function in suggested if (function.path, function.line) in first.called]
    places = [(function.path, function.line) for function in called]
    if not called:
        return Judgment([], {}, "no suggested function is called")
    converted = _converted(program, called, scratch)
    if not converted.error and not difference(first, first, converted):
        return Judgment(places, {})
    second = observe(program, seed=2)
    change = converted.error or difference(first, second, converted)
    if not change or len(called) == 1:
        return Judgment(places, dict.fromkeys(places, change) if change else {})
    alone = {
        (function.path, function.line): found
        for function in called
        for run in [_converted(program, [function], scratch)]
        if (found := run.error or difference(first, second, run))
    }
    return Judgment(places, alone or dict.fromkeys(places, f"only together: {change}"))


def _converted(program: Program, functions: Sequence[FunctionReport], scratch: Path) -> Outcome:
    """A run of a copy of the program in which these functions are graphs."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(program.root, scratch)
    convert(scratch, functions)
    return observe(program._replace(root=scratch), seed=1)


def convert(root: Path, functions: Sequence[FunctionReport]) -> None:
    """Write `tf.function` right above each ``def``, below other decorators; with the signature, where it says so."""
    for function in sorted(functions, key=lambda item: -item.line):
        path = root / function.path
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        head = lines[function.line - 1]
        decorator = SIGNED.format(signature(function)) if function.signature_needed else DECORATOR
        lines.insert(function.line - 1, head[: len(head) - len(head.lstrip())] + decorator + "\n")
        path.write_text("".join(lines), encoding="utf-8")


def observe(program: Program, seed: int) -> Outcome:
    """Run the scripts, one after the other, and picture what they print and leave."""
    recorder = Recorder(program.root)
    output = io.StringIO()
    picture: dict[str, Any] = {}
    root = program.root.resolve()
    for script in program.scripts:
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        random.seed(seed)
        with world(root, script, program.folders, _drop), contextlib.redirect_stdout(output):
            try:
                with recorder.recording():
                    names = execute(root, script)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever stops a program is what it does
                return Outcome({}, set(recorder.seen), f"{type(error).__name__}: {str(error)[:300]}")
            spaces = {script: names, **{name: vars(module) for name, module in modules_of(root).items()}}
            for space, values in spaces.items():
                _picture(picture, space, {name: value for name, value in values.items() if name[:2] != "__"}, root)
    text = output.getvalue().replace(str(root), "ROOT")
    for position, piece in enumerate(NUMBER.split(text)):
        picture[f"output {position}"] = float(piece) if position % 2 else piece
    return Outcome(picture, {place for place, seen in recorder.seen.items() if seen.calls})


def _drop(_value: Any) -> None:
    """`reveal` is for the analysis."""


def _picture(found: dict[str, Any], place: str, value: Any, root: Path, depth: int = 0) -> None:
    """Write down the leaves of a value; functions and objects of libraries leave nothing."""
    if value is None or isinstance(value, (bool, str, bytes)):
        found[place] = repr(value)
    elif isinstance(value, (int, float)) and not isinstance(value, np.generic):
        found[place] = value
    elif isinstance(value, (*TENSORS, *ARRAYS)):
        _tensor_picture(found, place, value)
    elif depth > DEPTH or isinstance(value, (types.ModuleType, type)):
        return
    elif isinstance(value, Mapping):
        found[f"{place} size"] = len(value)
        for key, item in list(value.items()):
            _picture(found, f"{place}[{key!r:.40}]", item, root, depth + 1)
    elif isinstance(value, (list, tuple)):
        found[f"{place} size"] = len(value)
        for position, item in enumerate(list(value)[:100]):
            _picture(found, f"{place}[{position}]", item, root, depth + 1)
    elif isinstance(value, (set, frozenset)):
        found[f"{place} size"] = len(value)
    elif isinstance(value, keras.layers.Layer):
        _picture(found, f"{place}.variables", [variable.numpy() for variable in value.variables], root, depth + 1)
    elif _of_project(value, root):
        for name, item in list(vars(value).items()):
            _picture(found, f"{place}.{name}", item, root, depth + 1)


def _tensor_picture(found: dict[str, Any], place: str, value: Any) -> None:
    if not isinstance(value, ARRAYS) and not hasattr(value, "numpy"):
        found[place] = f"{type(value).__name__} {value.dtype} {value.shape}"  # symbolic, or sparse
        return
    found[place] = f"{value.dtype} {value.shape}"
    array = np.asarray(value if isinstance(value, ARRAYS) else tf.nest.flatten(value, expand_composites=True)[0])
    if array.dtype.kind in "biufc":
        for position, item in enumerate(np.ravel(array)[:1000].astype(complex)):
            found[f"{place} item {position}"] = float(item.real) + float(item.imag)


def _of_project(value: Any, root: Path) -> bool:
    module = type(value).__module__
    return hasattr(value, "__dict__") and (module in {"__main__", "<run_path>"} or module in modules_of(root))


def difference(first: Outcome, second: Outcome, converted: Outcome) -> str:
    """The first place where the converted run differs and the two other runs agree."""
    for place in sorted({*first.picture, *converted.picture}):
        was, now = first.picture.get(place), converted.picture.get(place)
        if not _same(was, now) and _same(was, second.picture.get(place)):
            return f"{place}: {was!r:.200} became {now!r:.200}"
    return ""


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)
