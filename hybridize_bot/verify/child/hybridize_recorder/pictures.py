"""Pictures of values: their leaves by place, so that two runs can be compared without either of them.

A leaf is a list: ``["plain", type, text]``, ``["array", kind, dtype, shape, digest, counts, values]``, where ``values``
are the bytes in base64 (at most `FULL` elements, else a sample and statistics), or ``["size", type, number]``.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from .values import LONGEST, is_keras_variable, kind, tensorflow

FULL = 1024
"""Arrays with no more elements are kept in full."""
LEAVES = 600
"""So many leaves make a picture."""
HASHED = 1 << 20
"""So many bytes of an array count in its digest; of a larger one both ends and a sample do."""
DEPTH = 5
HELPERS = 3
"""So deep are functions of the project followed to the globals that they name."""

Leaf = list[Any]


class Pictures:
    """Takes pictures of what is within reach of a function of the project at ``root``."""

    def __init__(self, root: str) -> None:
        self._prefix = root.rstrip("/\\") + "/"
        self._names: dict[type, frozenset[str]] = {}
        self._globals: dict[CodeType, list[tuple[str, dict[str, Any], str]]] = {}

    def of_state(self, function: Any, values: Mapping[str, Any]) -> dict[str, Leaf]:
        """The arguments, what the function closes over, and the globals that it and its helpers name."""
        picture = _Picture(self)
        for name, value in self.roots(function, values):
            picture.add(name, value)
        return picture.leaves

    def roots(self, function: Any, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """What a call of a function can reach: its arguments, what it closes over, the globals that it names."""
        yield from values.items()
        target = getattr(function, "python_function", function)
        while not isinstance(target, FunctionType) and hasattr(target, "__wrapped__"):
            target = target.__wrapped__
        if isinstance(target, FunctionType):
            for name, cell in zip(target.__code__.co_freevars, target.__closure__ or ()):
                yield f"closure {name}", _content(cell)
            for label, space, name in self._named(target):
                if name in space:
                    yield f"global {label}", space[name]

    def of_result(self, value: Any) -> dict[str, Leaf]:
        """What a call gave."""
        picture = _Picture(self)
        picture.add("result", value)
        return picture.leaves

    def _named(self, function: FunctionType) -> list[tuple[str, dict[str, Any], str]]:
        """The globals that a function names, and those that functions of the project name that it names."""
        known = self._globals.get(function.__code__)
        if known is not None:
            return known
        found: dict[tuple[int, str], tuple[str, dict[str, Any], str]] = {}
        left, seen = [(function, 0)], set()
        while left:
            one, depth = left.pop()
            if one.__code__ in seen:
                continue
            seen.add(one.__code__)
            space = one.__globals__
            for name in sorted(_names_in(one.__code__)):
                value = space.get(name)
                if isinstance(value, ModuleType) or name not in space:
                    continue
                inner: Any = value
                while hasattr(inner, "__wrapped__"):
                    inner = inner.__wrapped__
                if isinstance(inner, FunctionType):
                    if depth < HELPERS and self.owns(inner.__code__.co_filename):
                        left.append((inner, depth + 1))
                    continue
                found[id(space), name] = (name, space, name)
        self._globals[function.__code__] = list(found.values())
        return self._globals[function.__code__]

    def owns(self, filename: str) -> bool:
        """Whether a file is the project's."""
        return filename.startswith(self._prefix) and "site-packages" not in filename

    def attributes(self, value: Any) -> Iterator[tuple[str, Any]]:
        """The attributes of an object of the project that the project's own code names."""
        cls = value if isinstance(value, type) else type(value)
        if cls not in self._names:
            names: set[str] = set()
            for base in cls.__mro__:
                module = sys.modules.get(base.__module__)
                if self.owns(getattr(module, "__file__", None) or ""):
                    for member in vars(base).values():
                        code = getattr(getattr(member, "__wrapped__", member), "__code__", None)
                        names |= _names_in(code) if isinstance(code, CodeType) else set()
                    names |= {name for name in vars(base) if not name.startswith("__")}
            self._names[cls] = frozenset(names)
        own = vars(value) if hasattr(value, "__dict__") else {}
        for name in sorted(self._names[cls] & set(own)):
            yield name, own[name]


class _Picture:
    """One picture, in the making."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self.leaves: dict[str, Leaf] = {}
        self._seen: dict[int, Any] = {}
        self.variables: list[Any] = []

    def add(self, place: str, value: Any, depth: int = 0) -> None:
        """Write down the leaves of a value; an object that was seen before is not looked at again."""
        if len(self.leaves) >= LEAVES:
            return
        if value is None or (isinstance(value, (bool, int, float, complex, str, bytes)) and not _is_numpy(value)):
            self.leaves[place] = ["plain", "None" if value is None else type(value).__name__, repr(value)[:200]]
            return
        name, dtype, shape = kind(value)
        if dtype:
            self._array(place, value, name, dtype, shape)
            return
        if id(value) in self._seen or depth > DEPTH:
            return
        self._seen[id(value)] = value
        if isinstance(value, Mapping):
            self.leaves[place] = ["size", "dict", len(value)]
            for key, item in sorted(list(value.items())[:LONGEST], key=lambda one: repr(one[0])):
                self.add(f"{place}[{key!r:.40}]", item, depth + 1)
        elif isinstance(value, (list, tuple)):
            self.leaves[place] = ["size", "tuple" if isinstance(value, tuple) else "list", len(value)]
            for index, item in enumerate(value[:LONGEST]):
                self.add(f"{place}[{index}]", item, depth + 1)
        elif isinstance(value, (set, frozenset)):
            self.leaves[place] = ["size", type(value).__name__, len(value)]
        elif isinstance(value, (FunctionType, ModuleType)):
            return
        else:
            self._object(place, value, depth)

    def _object(self, place: str, value: Any, depth: int) -> None:
        if not isinstance(value, type):
            for index, variable in enumerate(_variables(value)):
                self.add(f"{place}.variables[{index}]", variable, depth + 1)
        for name, item in self._pictures.attributes(value):
            if not isinstance(item, (FunctionType, property, classmethod, staticmethod)):
                self.add(f"{place}.{name}", item, depth + 1)

    def _array(self, place: str, value: Any, name: str, dtype: str, shape: Any) -> None:
        if name == "variable":
            if id(value) in self._seen:
                return
            self._seen[id(value)] = value
            self.variables.append(value)
        tf = tensorflow()
        if name in ("ragged", "sparse"):
            for index, part in enumerate(tf.nest.flatten(value, expand_composites=True)):
                self.add(f"{place}.{name}[{index}]", part)
            return
        if name == "tensor" and not hasattr(value, "numpy"):
            self.leaves[place] = ["plain", "symbolic", f"{dtype} {shape}"]
            return
        try:
            array = value.numpy() if hasattr(value, "numpy") else value
        except (NotImplementedError, RuntimeError, TypeError):
            self.leaves[place] = ["plain", name, f"{dtype} {shape}"]  # it has no value here, such as a resource
            return
        self.leaves[place] = array_leaf(name, dtype, array)


def reachable_variables(pictures: Pictures, function: Any, values: Mapping[str, Any]) -> list[Any]:
    """The variables that a call of a function can reach."""
    picture = _Picture(pictures)
    for name, value in pictures.roots(function, values):
        picture.add(name, value)
    return picture.variables


def array_leaf(name: str, dtype: str, value: Any) -> Leaf:
    """The leaf of an array."""
    numpy: Any = sys.modules["numpy"]
    array = numpy.asarray(value)
    shape = list(array.shape)
    if array.dtype.kind not in "biufc" and dtype not in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        text = repr(array.ravel()[:20].tolist())[:500]
        return ["array", name, dtype, shape, _digest(repr(array.tolist()).encode("utf-8", "replace")), None, text]
    if array.dtype.kind not in "biufc" or array.dtype == numpy.float16:
        array = array.astype(numpy.float32)
    array = numpy.ascontiguousarray(array).reshape(-1)
    counts = None
    sample = array
    if array.size > FULL:
        sample = array[:: max(array.size // FULL, 1)][:FULL]
        counts = _statistics(array)
    values = base64.b64encode(sample.tobytes()).decode("ascii")
    return ["array", name, dtype, shape, _array_digest(array), counts, [str(sample.dtype), values]]


def _statistics(array: Any) -> list[float]:
    """Of all finite elements: how many, least, greatest, mean, root of the mean square."""
    numpy: Any = sys.modules["numpy"]
    wide = numpy.abs(array) if array.dtype.kind == "c" else array
    wide = wide.astype(numpy.float64)
    finite = wide[numpy.isfinite(wide)]
    if not finite.size:
        return [0.0, 0.0, 0.0, 0.0, 0.0]
    square = float(numpy.sqrt(numpy.mean(finite * finite)))
    return [float(finite.size), float(finite.min()), float(finite.max()), float(finite.mean()), square]


def _array_digest(array: Any) -> str:
    data = memoryview(array.view("uint8")) if array.size else b""
    if len(data) <= HASHED:
        return _digest(data)
    step = max(array.size // 4096, 1)
    return _digest(bytes(data[: HASHED // 2]) + bytes(data[-HASHED // 2 :]) + array[::step].tobytes())


def _digest(data: Any) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _is_numpy(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _names_in(code: CodeType) -> set[str]:
    """The names of globals and attributes in a body and in what is defined in it."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _names_in(constant)
    return names


def _variables(value: Any) -> list[Any]:
    """The variables of a model, layer, module or optimizer."""
    tf, keras = tensorflow(), sys.modules.get("keras")
    if tf is None:
        return []
    kinds: list[type] = [tf.Module]
    for path in (("layers", "Layer"), ("optimizers", "Optimizer"), ("metrics", "Metric")):
        base = getattr(getattr(keras, path[0], None), path[1], None)
        if isinstance(base, type):
            kinds.append(base)
    if not isinstance(value, tuple(kinds)):
        return []
    found: Any = getattr(value, "variables", ())
    found = found() if callable(found) else found
    return [one for one in found if isinstance(one, tf.Variable) or is_keras_variable(one)]
