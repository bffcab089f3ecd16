"""Calls of the plan's functions, watched: what they get and give, what they leave behind, and how long they take.

Only calls that Python makes outside of graphs and of other watched functions count: inside of those a function is part
of what is measured there.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType, FunctionType
from typing import Any

from . import contexts, nudging, randomness, records, values
from .pictures import Pictures, reachable_variables
from .plans import Plan, Planned

FIRST = 8
"""So many calls in one test or program are pictured, and then the 16th, the 32nd and so on."""
MOST_PICTURES = 300
"""Of one function in one process."""
MOST_TIMES = 5000
PRINTED = 2000
"""So much of what a call prints is kept."""
MOST_KINDS = 40

_HERE = os.path.dirname(os.path.abspath(__file__))
_plan: list[Plan] = []
_pictures: list[Pictures] = []
_depth = threading.local()


def install(plan: Plan) -> None:
    """Get ready for the functions of the plan."""
    _plan.append(plan)
    _pictures.append(Pictures(plan.root))
    if plan.mode == "trace":
        from . import receiving

        receiving.install(plan)
        return
    contexts.install(plan, seeded=plan.mode == "verify")
    if plan.mode == "bench":
        return
    randomness.install()
    _count_logs(plan.root)


def decorator(number: int) -> Any:
    """What transformed code puts on the function of this number."""
    planned = next(one for one in _plan[0].functions if one.number == number)
    if number not in records.record.functions:
        records.record.functions[number] = Watched(planned)
    watched = records.record.functions[number]

    def decorate(function: Any) -> Any:
        records.record.decorated.add(number)
        return wrapped(watched, function, _target(planned, function))

    return decorate


def _target(planned: Planned, function: Any) -> Any:
    if planned.apply != "decorate":
        return function
    tf = values.tensorflow()
    # The fix would import TensorFlow as well, where the file does not.
    return _target_of(planned, function, tf if tf is not None else importlib.import_module("tensorflow"))


def _target_of(planned: Planned, function: Any, tf: Any, **options: Any) -> Any:
    """The function under `tf.function`, with the signature that the fix gives it."""
    if planned.signature is not None:
        options["input_signature"] = tuple(_spec(tf, one) for one in planned.signature)
    return tf.function(function, **options)


def _spec(tf: Any, one: Any) -> Any:
    if isinstance(one, list):
        return tuple(_spec(tf, part) for part in one)
    return getattr(tf, one["spec"])(one["shape"], tf.as_dtype(one["dtype"]))


def wrapped(watched: Watched, function: Any, target: Any) -> Any:
    """The function as the program sees it: a plain one, whatever it calls."""

    def called(*args: Any, **kwargs: Any) -> Any:
        return watched.call(function, target, args, kwargs)

    functools.update_wrapper(called, function)
    # AutoGraph calls what it takes for its own as it is, with conversion left on for what that calls.
    called.autograph_info__ = {}  # type: ignore[attr-defined]
    return called


class Watched:
    """One function of the plan, and what was seen of it in this process."""

    def __init__(self, planned: Planned) -> None:
        self.planned = planned
        self.forget()

    def forget(self) -> None:
        """Start anew, as a process that was forked off."""
        self.calls = 0
        self.inside = 0
        """Calls in graphs, and in other watched functions."""
        self.nested = 0
        """Those of them that Python made, outside of graphs."""
        self.times: list[list[Any]] = []
        """``[context, index in it, milliseconds, traces made, signature]`` of each call."""
        self.pictures: list[dict[str, Any]] = []
        self.signatures: dict[str, int] = {}
        self.contexts: dict[str, list[int]] = {}
        """Name to ``[number, calls]``."""
        self.received: dict[tuple[Any, ...], list[Any]] = {}
        self.raised = ""
        self.lazy = 0
        """So many first calls made variables, each of which takes TensorFlow one more trace."""
        self.variants: list[dict[str, Any]] = []
        """Of a benchmark."""

    def told(self) -> dict[str, Any]:
        """For the record."""
        return {
            "number": self.planned.number,
            "calls": self.calls,
            "inside": self.inside,
            "nested": self.nested,
            "contexts": list(self.contexts),
            "signatures": list(self.signatures),
            "times": self.times,
            "pictures": self.pictures,
            "received": [[*key, *value] for key, value in self.received.items()],
            "raised": self.raised,
            "lazy": self.lazy,
            "variants": self.variants,
        }

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Meanwhile nothing else is watched."""
        _depth.on = True
        try:
            yield
        finally:
            _depth.on = False

    def call(self, function: Any, target: Any, args: Any, kwargs: Any) -> Any:
        """Call the target; watch if the call counts."""
        tf = values.tensorflow()
        if tf is None:
            return target(*args, **kwargs)
        if getattr(_depth, "on", False) or not tf.executing_eagerly():
            self.inside += 1
            self.nested += bool(tf.executing_eagerly())
            run, rest = self.bound(target, args)
            if isinstance(run, FunctionType) and not tf.executing_eagerly():
                autograph = tf.__internal__.autograph
                run = autograph.tf_convert(run, autograph.control_status_ctx())
            return run(*rest, **kwargs)
        if _plan[0].mode == "bench":
            from . import benching

            return benching.called(self, function, args, kwargs)
        return self._watch(function, target, args, kwargs)

    def bound(self, target: Any, args: Any) -> tuple[Any, Any]:
        """A method under `tf.function` has its traces by object, as if it had been looked up on it."""
        own = self.planned.method and args and not isinstance(target, FunctionType) and hasattr(target, "__get__")
        if own and not isinstance(args[0], type):
            return target.__get__(args[0], type(args[0])), args[1:]
        return target, args

    def _watch(self, function: Any, target: Any, args: Any, kwargs: Any) -> Any:
        context = contexts.current()
        known = self.contexts.setdefault(context, [len(self.contexts), 0])
        number, index = known
        known[1] += 1
        self.calls += 1
        if self.calls == 1:
            records.record.running = self.planned.number
            records.flush()
        shown = values.signature(args, kwargs, receiver=self.planned.method)
        signature = self.signatures.setdefault(shown, len(self.signatures))
        named = arguments(function, args, kwargs)
        self._receive(named)
        wanted = (index < FIRST or index & (index - 1) == 0) and len(self.pictures) < MOST_PICTURES
        before = _pictures[0].of_state(function, named) if wanted else None
        if wanted and _plan[0].options.get("nudge"):
            args, kwargs = nudging.nudged(reachable_variables(_pictures[0], function, named), args, kwargs)
            named = arguments(function, args, kwargs)
        raised, result, traces, lazy, run = "", None, 0, False, target
        output = _Output()
        _depth.on = True
        drawing = randomness.Drawing()
        begin = time.perf_counter()
        try:
            run, rest = self.bound(target, args)
            traces, lazy = _traces(run), bool(getattr(run, "_created_variables", None))
            drawing.begin(graph=not isinstance(run, FunctionType))
            output.begin()
            begin = time.perf_counter()
            result = run(*rest, **kwargs)
        except BaseException as error:
            raised = f"{type(error).__name__}: {error}"[:600]
            raise
        else:
            return result
        finally:
            spent = (time.perf_counter() - begin) * 1000
            output.end()
            drawing.end()
            _depth.on = False
            made = _traces(run) - traces
            self.lazy += made > 0 and not lazy and bool(getattr(run, "_created_variables", None))
            if len(self.times) < MOST_TIMES:
                self.times.append([number, index, spent, made, signature])
            if wanted:
                after = {} if raised else _pictures[0].of_result(result)
                after.update(_pictures[0].of_state(function, named))
                self.pictures.append(
                    {
                        "context": number,
                        "index": index,
                        "before": before,
                        "after": after,
                        "raised": raised,
                        "output": output.text,
                        "logged": output.logged,
                        "random": drawing.foreign,
                    }
                )
            if raised:
                self.raised = self.raised or raised
                records.flush()
            if self.calls == 1:
                records.record.running = None
            records.flush_sometimes()

    def _receive(self, named: dict[str, Any]) -> None:
        """What parameters get, the receiver of a method aside."""
        for place, (name, value) in enumerate(named.items()):
            if place == 0 and self.planned.method:
                continue
            kind = values.kind(value)
            key = (name, kind[0], kind[1], None if kind[2] is None else tuple(kind[2]))
            known = self.received.get(key)
            if known is not None:
                known[0] += 1
            elif len(self.received) < MOST_KINDS:
                self.received[key] = [1, [caller(_plan[0].root)]]


def arguments(function: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """Arguments by the names of the parameters; more than there are get numbers."""
    inner = inspect.unwrap(getattr(function, "python_function", function))
    code = getattr(inner, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code is not None else ()
    named = {(names[index] if index < len(names) else f"argument {index}"): one for index, one in enumerate(args)}
    named.update(kwargs)
    return named


def caller(root: str, skip: str = "") -> str:
    """The nearest line of the project, ``path:line``; the innermost frame may be skipped, by its file and name."""
    frame: FrameType | None = sys._getframe(1)
    prefix = root.rstrip("/\\") + "/"
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(prefix) and not name.startswith(_HERE):
            if f"{os.path.realpath(name)}:{frame.f_code.co_name}" != skip:
                return f"{name[len(prefix) :]}:{frame.f_lineno}"
            skip = ""
        frame = frame.f_back
    return ""


def _traces(run: Any) -> int:
    count = getattr(run, "experimental_get_tracing_count", None)
    return int(count()) if callable(count) else 0


_logged = [0]
"""So many log records of the project were made."""


def _count_logs(root: str) -> None:
    make = logging.getLogRecordFactory()
    prefix = root.rstrip("/\\") + "/"

    def counted(name: str, level: int, path: str, *args: Any, **kwargs: Any) -> logging.LogRecord:
        _logged[0] += os.path.realpath(path).startswith(prefix)
        return make(name, level, path, *args, **kwargs)

    logging.setLogRecordFactory(counted)


class _Output:
    """How much Python prints meanwhile, and how much it logs. It does so all the same."""

    def __init__(self) -> None:
        self.text = ""
        """The beginning of it."""
        self.logged = 0
        self._stream: Any = None

    def begin(self) -> None:
        self.logged = -_logged[0]
        self._stream = sys.stdout
        sys.stdout = _Tee(self._stream, self)

    def end(self) -> None:
        self.logged += _logged[0]
        if isinstance(sys.stdout, _Tee):
            sys.stdout = self._stream

    def note(self, text: str) -> None:
        """Count a text."""
        self.text += text[: PRINTED - len(self.text)]


class _Tee:
    """A stream that hands everything on, and counts it."""

    def __init__(self, stream: Any, output: _Output) -> None:
        self._hybridize = stream, output

    def write(self, text: Any) -> Any:
        """Count, and write."""
        stream, output = self._hybridize
        output.note(str(text))
        return stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hybridize[0], name)
