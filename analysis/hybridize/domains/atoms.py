"""Atoms: the single ways a value may be. Each is interned by its factory function; compare them with ``is``.

An atom that stands for a mutable object (`Object`) carries only its class and its *allocation site*; what the object
holds lives in the heap of the analysis, keyed by the atom.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from hybridize.reasons import Reason

if TYPE_CHECKING:
    from hybridize.domains.value import Value

Shape = tuple["int | None", ...]
"""Static shape; a None axis is unknown. A shape of None is unknown rank."""


class Atom:
    """Base of all atoms. ``rank`` orders atoms and identifies them: equal rank means the same atom."""

    __slots__ = ("depth", "rank")

    order = 0
    rank: tuple[int, str]
    depth: int
    """How many atoms are nested in one another here, this one included."""

    def __repr__(self) -> str:
        return self.rank[1]


_atoms: Final[dict[tuple[Any, ...], Any]] = {}


LONGEST_TEXT: Final = 160
"""Longer ranks are cut and made unique by a digest: nested values would otherwise grow exponentially."""


def _depth(field: Any) -> int:
    if isinstance(field, tuple):
        return max(map(_depth, field), default=0)
    return getattr(field, "depth", 0)


def _made(atom: Any, key: tuple[Any, ...], text: str, fields: tuple[tuple[str, Any], ...]) -> Any:
    inner = 0
    for name, field in fields:
        setattr(atom, name, field)
        inner = max(inner, _depth(field))
    atom.depth = inner + 1
    if len(text) > LONGEST_TEXT:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12)
        text = f"{text[:LONGEST_TEXT]}…{digest.hexdigest()}"
    atom.rank = (atom.order, text)
    _atoms[key] = atom
    return atom


class Tensor(Atom):
    """A tensor-like value. ``kind``: dense, variable, ragged, sparse, symbolic (KerasTensor) or ndarray."""

    __slots__ = ("dtype", "kind", "shape")
    order = 1
    kind: str
    dtype: str | None
    shape: Shape | None


def tensor(kind: str = "dense", dtype: str | None = None, shape: Shape | None = None) -> Tensor:
    """The tensor atom of that kind, dtype and shape."""
    key = (Tensor, kind, dtype, shape)
    found = _atoms.get(key)
    if found is None:
        dims = "..." if shape is None else ", ".join("?" if d is None else str(d) for d in shape)
        text = f"{'' if kind == 'dense' else kind + ' '}{dtype or 'tensor'}[{dims}]"
        fields = (("kind", kind), ("dtype", dtype), ("shape", shape))
        found = _made(Tensor(), key, text, fields)
    return found  # type: ignore[no-any-return]


class Const(Atom):
    """One known Python scalar: int, float, complex, str, bytes, bool, None or Ellipsis."""

    __slots__ = ("constant",)
    order = 2
    constant: Any


def const(constant: object) -> Const:
    """The atom of a Python scalar; ``1``, ``1.0`` and ``True`` stay apart."""
    key = (Const, type(constant), repr(constant))
    found = _atoms.get(key)
    return found or _made(Const(), key, repr(constant), (("constant", constant),))  # type: ignore[no-any-return]


class PyType(Atom):
    """Some immutable Python value of the named type (``int``, ``str``, ``slice``, ``TensorShape``, …)."""

    __slots__ = ("name",)
    order = 3
    name: str


def py_type(name: str) -> PyType:
    """Some value of the named Python type."""
    key = (PyType, name)
    return _atoms.get(key) or _made(PyType(), key, name, (("name", name),))  # type: ignore[no-any-return]


class Dtype(Atom):
    """A TensorFlow or NumPy dtype object; ``name`` None if it is not known which."""

    __slots__ = ("name",)
    order = 4
    name: str | None


def dtype_of(name: str | None) -> Dtype:
    """The dtype of that name."""
    key = (Dtype, name)
    return _atoms.get(key) or _made(Dtype(), key, f"dtype({name or '?'})", (("name", name),))  # type: ignore[no-any-return]


class Tuple(Atom):
    """A tuple: ``elements`` by position, or None if the length is unknown and ``element`` covers all of them."""

    __slots__ = ("element", "elements")
    order = 5
    elements: tuple[Value, ...] | None
    element: Value


def tuple_of(elements: tuple[Value, ...] | None, element: Value) -> Tuple:
    """The tuple atom; ``element`` is only read where ``elements`` is None."""
    key = (Tuple, elements, None if elements is not None else element)
    found = _atoms.get(key)
    if found is None:
        inner = f"{element!r}, ..." if elements is None else ", ".join(map(repr, elements))
        found = _made(Tuple(), key, f"tuple[{inner}]", (("elements", elements), ("element", element)))
    return found  # type: ignore[no-any-return]


class Object(Atom):
    """A mutable object made at ``site``: an instance of a class of the project (``cls`` is its id) or of a library.

    ``exact`` is False for objects the program receives from outside, whose class may be a subclass of ``cls``.
    """

    __slots__ = ("cls", "exact", "site")
    order = 6
    cls: str
    site: str
    exact: bool

    @property
    def summarizes(self) -> bool:
        """Whether a summary may take up objects of the class: not those whose items are kept by index or key."""
        return "::" in self.cls or "." in self.cls


SEVERAL: Final = "*"
"""Site of the *summary object* of a class: any instance that the program makes, wherever."""


def object_of(cls: str, site: str, exact: bool = True) -> Object:
    """The object of class ``cls`` allocated at ``site``."""
    key = (Object, cls, site, exact)
    fields = (("cls", cls), ("site", site), ("exact", exact))
    return _atoms.get(key) or _made(Object(), key, f"{cls}@{site}{'' if exact else '?'}", fields)  # type: ignore[no-any-return]


def summary_of(cls: str) -> Object:
    """The summary object of a class."""
    return object_of(cls, SEVERAL)


class Class(Atom):
    """A class of the project, by id."""

    __slots__ = ("id",)
    order = 7
    id: str


def class_of(id: str) -> Class:
    """The class with that id."""
    key = (Class, id)
    return _atoms.get(key) or _made(Class(), key, f"class {id}", (("id", id),))  # type: ignore[no-any-return]


class Function(Atom):
    """A function of the project: its code and the activation (``env``) whose variables it closes over."""

    __slots__ = ("code", "env")
    order = 8
    code: str
    env: str


def function_of(code: str, env: str) -> Function:
    """The function with that code, closing over ``env``."""
    key = (Function, code, env)
    fields = (("code", code), ("env", env))
    return _atoms.get(key) or _made(Function(), key, f"function {code}{'~' + env if env else ''}", fields)  # type: ignore[no-any-return]


class Bound(Atom):
    """A method bound to its receiver."""

    __slots__ = ("function", "receiver")
    order = 9
    function: Atom
    receiver: Value


def bound_of(function: Atom, receiver: Value) -> Bound:
    """``function`` with ``receiver`` as its first argument."""
    key = (Bound, function, receiver)
    fields = (("function", function), ("receiver", receiver))
    return _atoms.get(key) or _made(Bound(), key, f"{function!r} of {receiver!r}", fields)  # type: ignore[no-any-return]


class Partial(Atom):
    """``functools.partial(function, *args, **kwargs)``, or a decorator factory that waits for its function."""

    __slots__ = ("args", "function", "kwargs", "site")
    order = 10
    function: Value
    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...]
    site: tuple[str, tuple[int, int, int, int]]
    """(path, region) of the call that made it."""


def partial_of(
    function: Value,
    args: tuple[Value, ...],
    kwargs: tuple[tuple[str, Value], ...],
    site: tuple[str, tuple[int, int, int, int]],
) -> Partial:
    """The partial application made at ``site``."""
    key = (Partial, function, args, kwargs, site)
    found = _atoms.get(key)
    if found is None:
        inner = ", ".join(
            [repr(function), *map(repr, args), *(f"{k}={v!r}" for k, v in kwargs), f"{site[0]}:{site[1]}"]
        )
        fields = (("function", function), ("args", args), ("kwargs", kwargs), ("site", site))
        found = _made(Partial(), key, f"partial({inner})", fields)
    return found  # type: ignore[no-any-return]


class Module(Atom):
    """A module or namespace package of the project, by path."""

    __slots__ = ("path",)
    order = 11
    path: str


def module_of(path: str) -> Module:
    """The module in that file."""
    key = (Module, path)
    return _atoms.get(key) or _made(Module(), key, f"module {path}", (("path", path),))  # type: ignore[no-any-return]


class Lib(Atom):
    """A library's symbol (module, function, class or constant) by its canonical dotted name."""

    __slots__ = ("name",)
    order = 12
    name: str


def lib_of(name: str) -> Lib:
    """The library symbol of that name."""
    key = (Lib, name)
    return _atoms.get(key) or _made(Lib(), key, name, (("name", name),))  # type: ignore[no-any-return]


DISTRIBUTED: Final = "distributed"
"""Source of the datasets that a strategy distributes over its replicas."""


class Stream(Atom):
    """Something that gives ``element`` again and again. ``kind``: dataset, iterator (`tf.data`), generator, iter."""

    __slots__ = ("count", "element", "kind", "lengths", "source")
    order = 13
    kind: str
    element: Value
    source: str
    """Of a generator of the project: the activation that runs while it is iterated. Of a dataset: `DISTRIBUTED`, or
    nothing."""
    count: int | None
    """Of a dataset: how many elements it has, if that is known."""
    lengths: tuple[int, ...]
    """Of a dataset: the lengths that its elements, batches, have in eager execution; empty if not known."""


def stream_of(
    kind: str, element: Value, source: str = "", count: int | None = None, lengths: tuple[int, ...] = ()
) -> Stream:
    """The stream of that kind over ``element``."""
    key = (Stream, kind, element, source, count, lengths)
    fields = (("kind", kind), ("element", element), ("source", source), ("count", count), ("lengths", lengths))
    size = "" if count is None and not lengths else f"*{count}{list(lengths)}"
    text = f"{kind}[{element!r}]{'~' + source if source else ''}{size}"
    return _atoms.get(key) or _made(Stream(), key, text, fields)  # type: ignore[no-any-return]


class Wrapped(Atom):
    """A callable or descriptor made from another.

    ``kind``: hybrid (a `tf.function`), gradient (under `tf.custom_gradient`), staticmethod, classmethod, property, or
    super (receiver in ``target``).
    """

    __slots__ = ("kind", "note", "target")
    order = 14
    kind: str
    target: Value
    note: str


def wrapped_of(kind: str, target: Value, note: str = "") -> Wrapped:
    """``target`` wrapped; ``note`` is the class id for super."""
    key = (Wrapped, kind, target, note)
    fields = (("kind", kind), ("target", target), ("note", note))
    return _atoms.get(key) or _made(Wrapped(), key, f"{kind}({target!r}{note})", fields)  # type: ignore[no-any-return]


class Generic(Atom):
    """A subscripted type such as ``tuple[tf.Tensor, ...]``; only annotations make use of it."""

    __slots__ = ("args", "base")
    order = 15
    base: str
    args: tuple[Value, ...]


def generic_of(base: str, args: tuple[Value, ...]) -> Generic:
    """``base[args]``."""
    key = (Generic, base, args)
    fields = (("base", base), ("args", args))
    return _atoms.get(key) or _made(Generic(), key, f"{base}[{', '.join(map(repr, args))}]", fields)  # type: ignore[no-any-return]


class Unknown(Atom):
    """Something not known, and why."""

    __slots__ = ("reason",)
    order = 16
    reason: Reason


def unknown(reason: Reason) -> Unknown:
    """The unknown with that reason."""
    key = (Unknown, reason)
    return _atoms.get(key) or _made(Unknown(), key, f"unknown({reason.value})", (("reason", reason),))  # type: ignore[no-any-return]
