"""What the functions of a program receive while it runs: kinds, dtypes and shapes of tensors, Python types, literals.

A profile hook sees each call of each function of the project, in every thread, with the values bound to its parameters.
`sys.setprofile` is there in every supported Python; patching or decorating the functions would miss those made at run
time, and would change the objects that the program compares, copies and inspects.
"""

from __future__ import annotations

import ast
import collections
import gc
import inspect
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hybridize.report import Spec

Place = tuple[str, int]
"""Path relative to the project, line of the ``def``."""

TENSORS = (tf.Tensor, tf.Variable, tf.RaggedTensor, tf.SparseTensor, keras.Variable, keras.KerasTensor)
ARRAYS = (np.ndarray, np.generic)
DEPTH = 6
"""How deep containers are searched, as the analysis does."""
LONGEST = 1000
"""So many elements of a container are looked at."""


@dataclass
class Seen:
    """What was seen of one function. A default that no call supplied is not among its literals."""

    calls: int = 0
    tensors: set[str] = field(default_factory=set)
    literals: set[str] = field(default_factory=set)
    arrays: set[str] = field(default_factory=set)
    """Parameters that received a NumPy array, or a container with one."""
    types: dict[str, set[Spec]] = field(default_factory=lambda: collections.defaultdict(set))
    array_types: dict[str, set[Spec]] = field(default_factory=lambda: collections.defaultdict(set))
    python: dict[str, set[str]] = field(default_factory=lambda: collections.defaultdict(set))
    """Names of the types of everything received."""
    recursive: bool = False
    changed: set[str] = field(default_factory=set)


class Recorder:
    """Records the calls of the functions of one project."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.seen: dict[Place, Seen] = collections.defaultdict(Seen)
        self._prefix = str(self.root) + "/"
        self._places: dict[int, Place | None] = {}
        self._kept: list[types.CodeType] = []
        self._starts: dict[types.CodeType, int] = {}
        self._lines: dict[str, dict[int, int]] = {}
        self._defaulted: set[Place] = set()
        self._defaults: dict[types.CodeType, set[int]] = {}

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Everything called meanwhile is recorded."""
        before = sys.getprofile()
        self.start()
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(None)  # type: ignore[arg-type]

    def start(self) -> None:
        """Set the hook for this thread and those to come."""
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)

    def _profile(self, frame: types.FrameType, event: str, _argument: object) -> None:
        if event == "call":
            place = self._place(frame.f_code)
            if place is not None:
                self._enter(frame, place)

    def _enter(self, frame: types.FrameType, place: Place) -> dict[str, Any]:
        """Record the arguments of a call; the values by parameter. What resumes a generator is no call of it."""
        seen, code = self.seen[place], frame.f_code
        names = code.co_varnames[: _parameter_count(code)]
        values = {name: frame.f_locals.get(name) for name in names}
        if frame.f_lasti != self._starts.setdefault(code, frame.f_lasti):
            return values
        seen.calls += 1
        for name, value in values.items():
            self._receive(seen, name, value, supplied=not self._is_default(place, code, value))
        return values

    @staticmethod
    def _receive(seen: Seen, name: str, value: Any, *, supplied: bool) -> None:
        if holds(value, TENSORS):
            seen.tensors.add(name)
        if holds(value, ARRAYS):
            seen.arrays.add(name)
        if supplied and is_literal(value):
            seen.literals.add(name)
        if supplied and isinstance(value, TENSORS):
            seen.types[name].add(spec_of(value))
        if supplied and isinstance(value, ARRAYS):
            seen.array_types[name].add(spec_of(value))
        seen.python[name].add(type(value).__name__)

    def _is_default(self, place: Place, code: types.CodeType, value: object) -> bool:
        """Whether the value is a default of the function: then nobody need have supplied it."""
        return place in self._defaulted and id(value) in self._default_ids(code)

    def _default_ids(self, code: types.CodeType) -> set[int]:
        if code not in self._defaults:
            values: set[int] = set()
            for function in gc.get_referrers(code):
                if isinstance(function, types.FunctionType):
                    values |= {id(value) for value in function.__defaults__ or ()}
                    values |= {id(value) for value in (function.__kwdefaults__ or {}).values()}
            self._defaults[code] = values
        return self._defaults[code]

    def _relative(self, filename: str) -> str:
        return Path(filename).resolve().relative_to(self.root).as_posix()

    def _place(self, code: types.CodeType) -> Place | None:
        """By identity: hashing a code object reads all of it. It is kept, so that no other one gets its id."""
        if id(code) not in self._places:
            self._kept.append(code)
            self._places[id(code)] = self._find(code)
        return self._places[id(code)]

    def _find(self, code: types.CodeType) -> Place | None:
        if not code.co_filename.startswith(self._prefix) or code.co_name.startswith("<"):
            return None
        if code.co_filename not in self._lines:
            functions = [
                node
                for node in ast.walk(ast.parse(Path(code.co_filename).read_text(encoding="utf-8")))
                if isinstance(node, ast.FunctionDef)
            ]
            path = self._relative(code.co_filename)
            self._defaulted |= {
                (path, node.lineno) for node in functions if node.args.defaults or any(node.args.kw_defaults)
            }
            self._lines[code.co_filename] = {
                min([node.lineno, *(item.lineno for item in node.decorator_list)]): node.lineno for node in functions
            }
        line = self._lines[code.co_filename].get(code.co_firstlineno)
        return None if line is None else (self._relative(code.co_filename), line)


def _parameter_count(code: types.CodeType) -> int:
    variadic = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + variadic


def holds(value: object, kinds: tuple[type, ...], depth: int = 0) -> bool:
    """Whether a value is of these kinds, or a container with one in it."""
    return isinstance(value, kinds) or (depth < DEPTH and any(holds(item, kinds, depth + 1) for item in _items(value)))


def is_tensor(value: object) -> bool:
    """A tensor, or a container with one in it."""
    return holds(value, TENSORS)


def is_literal(value: object, depth: int = 0) -> bool:
    """A Python number or string, or a container with one in it; booleans aside."""
    if isinstance(value, (int, float, complex, str, bytes)):
        return not isinstance(value, (bool, np.generic))
    return depth < DEPTH and any(is_literal(item, depth + 1) for item in _items(value))


def _items(value: object) -> Sequence[Any]:
    """What the standard containers hold; a subclass may do anything when iterated."""
    if type(value) in (dict, collections.OrderedDict, collections.defaultdict):
        return list(value.values())[:LONGEST]  # type: ignore[attr-defined]
    if type(value) in (list, tuple, set, frozenset) or (isinstance(value, tuple) and hasattr(value, "_fields")):
        return list(value)[:LONGEST]  # type: ignore[call-overload]
    return ()


def spec_of(value: Any) -> Spec:
    """The type of a tensor or array as reports write it."""
    kind = "Ragged" if isinstance(value, tf.RaggedTensor) else "Sparse" if isinstance(value, tf.SparseTensor) else ""
    dtype = value.dtype if isinstance(value.dtype, str) else value.dtype.name
    dtype = "string" if dtype.startswith(("str", "bytes", "object")) else dtype
    shape = value.shape
    unranked = isinstance(shape, tf.TensorShape) and shape.rank is None
    return Spec(f"{kind}TensorSpec", dtype, None if unranked else tuple(shape))  # type: ignore[arg-type]


def spec_text(spec: Spec) -> str:
    """The type of a tensor as cases write it."""
    kind = {"RaggedTensorSpec": "ragged ", "SparseTensorSpec": "sparse "}.get(spec.spec, "")
    sizes = "..." if spec.shape is None else ", ".join("?" if size is None else str(size) for size in spec.shape)
    return f"{kind}{spec.dtype or 'tensor'}[{sizes}]"
