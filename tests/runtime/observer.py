"""Run a program on TensorFlow and watch its functions: what they receive, whether they recurse, what they change.

The program runs with graph execution off, so that every function of it is called as Python, with the values its
caller passed. A profile hook sees the calls. *State* is everything within reach of a call that outlives it: globals
of the project's modules, captured variables, and the objects passed in; it is written down before and after.
"""

from __future__ import annotations

import collections
import contextlib
import inspect
import io
import logging
import os
import random
import sys
import threading
import types
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from runtime.programs import execute, world
from runtime.recorder import Place, Recorder
from tensorflow.python.data.ops import debug_mode
from tensorflow.python.eager.polymorphic_function import polymorphic_function


@dataclass
class _Call:
    """A call under way."""

    code: types.CodeType
    place: Place
    roots: list[Any]
    spaces: list[dict[str, Any]]
    before: dict[str, Any]


class Observer(Recorder):
    """Watches the functions of one project while its scripts run."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.hybrid: set[Place] = set()
        self.reveals: dict[Place, list[Any]] = collections.defaultdict(list)
        self._output = io.StringIO()
        self._records = 0
        self._stack: list[_Call] = []

    def run(self, scripts: Sequence[str], folders: Sequence[str]) -> None:
        """Run the scripts one after the other, each with its own folder and ``folders`` on the import path."""
        for script in scripts:
            with world(self.root, script, folders, self._reveal), self._watched():
                execute(self.root, script)

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        handler = logging.Handler()
        handler.emit = self._log  # type: ignore[method-assign]
        level, made = logging.getLogger().level, polymorphic_function.Function.__init__
        with contextlib.ExitStack() as stack:
            stack.callback(logging.getLogger().setLevel, level)
            stack.callback(logging.getLogger().removeHandler, handler)
            logging.getLogger().addHandler(handler)
            logging.getLogger().setLevel(logging.DEBUG)
            stack.callback(tf.config.run_functions_eagerly, False)
            tf.config.run_functions_eagerly(True)
            stack.callback(debug_mode.toggle_debug_mode, False)
            debug_mode.toggle_debug_mode(True)
            stack.callback(setattr, polymorphic_function.Function, "__init__", made)
            polymorphic_function.Function.__init__ = self._wrapping(made)
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("always")
            warnings.showwarning = self._warn  # type: ignore[assignment]
            stack.enter_context(contextlib.redirect_stdout(self._output))
            stack.enter_context(contextlib.redirect_stderr(self._output))
            _opening.append(self)
            stack.callback(_opening.remove, self)
            stack.enter_context(self.recording())
            yield

    def _own(self, module: object) -> bool:
        return str(self.root) in str(getattr(module, "__file__", None) or "")

    def _log(self, record: logging.LogRecord) -> None:
        self._records += record.pathname.startswith(str(self.root))

    def _warn(self, _message: object, _category: object, filename: str, *_more: object, **_named: object) -> None:
        self._records += filename.startswith(str(self.root))

    def _reveal(self, value: object) -> None:
        frame = sys._getframe(1)
        self.reveals[self._relative(frame.f_code.co_filename), frame.f_lineno].append(value)

    def _wrapping(self, made: Any) -> Any:
        """`tf.function` objects note whose Python function they trace."""
        observer = self

        def initialize(self: Any, python_function: Any, *args: Any, **kwargs: Any) -> None:
            made(self, python_function, *args, **kwargs)
            target = python_function
            while target is not None:
                target = getattr(target, "func", target)
                target = getattr(target, "__func__", target)
                if not hasattr(target, "__code__") and not isinstance(target, type):
                    target = getattr(type(target), "__call__", None)  # noqa: B004
                place = observer._place(target.__code__) if hasattr(target, "__code__") else None
                if place is not None:
                    observer.hybrid.add(place)
                target = getattr(target, "__wrapped__", None)

        return initialize

    # ----------------------------------------------------------------------- calls

    def _profile(self, frame: types.FrameType, event: str, argument: object) -> None:
        super()._profile(frame, event, argument)
        if threading.current_thread() is not threading.main_thread():
            return
        if event == "return" and self._stack and self._stack[-1].code is frame.f_code:
            call = self._stack.pop()
            after = self._state(frame, call.roots, call.spaces)
            self.seen[call.place].changed |= {key for key, value in call.before.items() if after[key] != value}

    def _enter(self, frame: types.FrameType, place: Place) -> dict[str, Any]:
        values, code = super()._enter(frame, place), frame.f_code
        if threading.current_thread() is not threading.main_thread():
            return values  # effects and recursion are told by one stack of calls
        if not code.co_flags & inspect.CO_GENERATOR:
            self.seen[place].recursive |= any(call.code is code for call in self._stack)
        roots = list(values.values())
        spaces = [frame.f_globals, *(vars(module) for module in list(sys.modules.values()) if self._own(module))]
        self._stack.append(_Call(code, place, roots, spaces, self._state(frame, roots, spaces)))
        return values

    # ----------------------------------------------------------------------- state

    def _state(self, frame: types.FrameType, roots: Sequence[Any], spaces: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """What a side effect could change, by kind."""
        numpy_state: Any = np.random.get_state()  # noqa: NPY002
        values = [item for space in spaces for item in list(space.values())]
        generators = [item for item in values if isinstance(item, np.random.Generator)]
        captured = [name for name in frame.f_code.co_freevars if name != "__class__"]
        return {
            "io": (self._output.tell(), self._records, _opened[0]),
            "rng": (
                random.getstate(),
                numpy_state[1].tobytes(),
                numpy_state[2],
                [repr(generator.bit_generator.state) for generator in generators],
            ),
            "env": dict(os.environ),
            "state": (
                [self._shown(root) for root in roots],
                [self._shown(frame.f_locals.get(name)) for name in captured],
                [
                    {name: self._shown(value) for name, value in list(space.items()) if not name.startswith("__")}
                    for space in spaces
                ],
            ),
        }

    def _shown(self, value: Any, depth: int = 0) -> Any:
        """A comparable picture of a value, down to four levels."""
        if value is None or isinstance(value, (int, float, complex, str, bytes)):
            return repr(value)
        if isinstance(value, np.ndarray):
            return value.tobytes()
        if depth > 3:
            return id(value)
        if isinstance(value, dict):
            return [(self._shown(key, depth + 1), self._shown(item, depth + 1)) for key, item in list(value.items())]
        if isinstance(value, (list, tuple, set, frozenset, collections.deque)):
            items = [self._shown(item, depth + 1) for item in list(value)]
            return [id(value), *items] if isinstance(value, list) else items
        if isinstance(value, types.FunctionType) and self._place(value.__code__) is not None:
            return id(value), [self._shown(_content(cell), depth + 1) for cell in value.__closure__ or ()]
        if self._is_project_object(value):
            return id(value), [
                (name, self._shown(item, depth + 1))
                for name, item in list(vars(value).items())
                if not name.startswith("__")
            ]
        return id(value)

    def _is_project_object(self, value: Any) -> bool:
        """Instances and classes of the project; Keras layers keep books of their own and are left out."""
        kind = value if isinstance(value, type) else type(value)
        module = sys.modules.get(kind.__module__)
        own = kind.__module__ in {"__main__", "<run_path>"} or self._own(module)
        return own and hasattr(value, "__dict__") and not isinstance(value, keras.layers.Layer)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


_opened = [0]
_opening: list[Observer] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Count files, folders and processes opened by the programs under observation, imports aside."""
    if _opening and event in {"open", "os.mkdir", "subprocess.Popen"}:
        name = str(arguments[0])
        temporary = event == "open" and Path(name).is_dir()  # an unnamed file, which AutoGraph makes
        wrapped = isinstance(arguments[0], int)  # a descriptor: what it stands for was opened by name before
        imported = "site-packages" in name or "__pycache__" in name or name.endswith((".py", ".pyc"))
        if not temporary and not wrapped and not imported:
            _opened[0] += 1


sys.addaudithook(_audit)
