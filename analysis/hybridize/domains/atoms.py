"""Atoms: the single ways a value may be. Each is interned by its factory function; compare them with ``is``.

An atom that stands for a mutable object (`Object`) carries only its class and its *allocation site*; what the object
holds lives in the heap of the analysis, keyed by the atom.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, Final

from hybridize.reasons import Reason
from hybridize.span import place_name

if TYPE_CHECKING:
    from hybridize.domains.value import Value

Shape = tuple["int | None", ...]
"""Static shape; a None axis is unknown. A shape of None is unknown rank."""


Rank = tuple[Any, ...]
"""Number of the kind, and text; where the text is cut, what it is made of, too.

Positions in it sort as numbers do: what lies between two atoms does not change which comes first. Not typed as a pair:
compiled code would make a new tuple each time one is compared.
"""


class Atom:
    """Base of all atoms. ``rank`` orders atoms and identifies them: equal rank means the same atom."""

    __slots__ = ("alone", "depth", "rank", "text")

    order: ClassVar[int] = 0
    rank: Rank
    text: str
    depth: int
    """How many atoms are nested in one another here, this one included."""
    alone: Value | None
    """The value that is this atom and nothing else, once somebody has asked for it."""

    def __repr__(self) -> str:
        return self.text


_atoms: Final[dict[tuple[Any, ...], Any]] = {}


LONGEST_TEXT: Final = 160
"""Longer texts are cut and made unique by a digest: nested values would otherwise grow exponentially."""


def _deepest(values: tuple[Value, ...]) -> int:
    """How many atoms are nested in one another in the deepest of some values."""
    deepest = 0
    for value in values:
        deepest = max(deepest, value.depth)
    return deepest


def _made(
    atom: Any, key: tuple[Any, ...], order: int, text: str, inner: int = 0, parts: tuple[Any, ...] | None = None
) -> Any:
    """Keep a new atom whose own fields are set; ``inner`` atoms are nested in one another inside it.

    ``parts`` are the values and texts that an atom with others inside is made of: they tell it from another one whose
    text begins alike. A digest would tell them apart as well, and order them as it pleases.
    """
    made: Atom = atom
    made.depth = inner + 1
    made.text = text
    made.rank = (order, text)
    made.alone = None
    if len(text) > LONGEST_TEXT:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12)
        made.text = f"{text[:LONGEST_TEXT]}…{digest.hexdigest()}"
        if parts is not None:
            made.rank = (order, f"{text[:LONGEST_TEXT]}…", _ranks(parts))
    _atoms[key] = made
    return made


def _ranks(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """What to order by for some values, in tuples or not, and texts."""
    found: list[Any] = []
    for part in parts:
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, tuple):
            found.append(_ranks(part))
        elif isinstance(part, Atom):
            found.append(part.rank)
        else:
            found.append(tuple([atom.rank for atom in part.atoms]))
    return tuple(found)


class Tensor(Atom):
    """A tensor-like value. ``kind``: dense, variable, ragged, sparse, symbolic (KerasTensor) or ndarray."""

    __slots__ = ("dtype", "kind", "shape")
    order: ClassVar[int] = 1
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
        made = Tensor()
        made.kind, made.dtype, made.shape = kind, dtype, shape
        found = _made(made, key, Tensor.order, text)
    return found  # type: ignore[no-any-return]


class Const(Atom):
    """One known Python scalar: int, float, complex, str, bytes, bool, None or Ellipsis."""

    __slots__ = ("constant",)
    order: ClassVar[int] = 2
    constant: Any


def const(constant: object) -> Const:
    """The atom of a Python scalar; ``1``, ``1.0`` and ``True`` stay apart."""
    key = (Const, type(constant), repr(constant))
    found = _atoms.get(key)
    if found is None:
        made = Const()
        made.constant = constant
        found = _made(made, key, Const.order, key[2])
    return found  # type: ignore[no-any-return]


class PyType(Atom):
    """Some immutable Python value of the named type (``int``, ``str``, ``slice``, ``TensorShape``, …)."""

    __slots__ = ("name",)
    order: ClassVar[int] = 3
    name: str


def py_type(name: str) -> PyType:
    """Some value of the named Python type."""
    key = (PyType, name)
    found = _atoms.get(key)
    if found is None:
        made = PyType()
        made.name = name
        found = _made(made, key, PyType.order, name)
    return found  # type: ignore[no-any-return]


class Dtype(Atom):
    """A TensorFlow or NumPy dtype object; ``name`` None if it is not known which."""

    __slots__ = ("name",)
    order: ClassVar[int] = 4
    name: str | None


def dtype_of(name: str | None) -> Dtype:
    """The dtype of that name."""
    key = (Dtype, name)
    found = _atoms.get(key)
    if found is None:
        made = Dtype()
        made.name = name
        found = _made(made, key, Dtype.order, f"dtype({name or '?'})")
    return found  # type: ignore[no-any-return]


class Tuple(Atom):
    """A tuple: ``elements`` by position, or None if the length is unknown and ``element`` covers all of them."""

    __slots__ = ("element", "elements")
    order: ClassVar[int] = 5
    elements: tuple[Value, ...] | None
    element: Value


def tuple_of(elements: tuple[Value, ...] | None, element: Value) -> Tuple:
    """The tuple atom; ``element`` is only read where ``elements`` is None."""
    key = (Tuple, elements, None if elements is not None else element)
    found = _atoms.get(key)
    if found is None:
        inner = f"{element!r}, ..." if elements is None else ", ".join(map(repr, elements))
        made = Tuple()
        made.elements, made.element = elements, element
        depth = max(_deepest(elements or ()), element.depth)
        parts = ("...", element) if elements is None else ("", elements)
        found = _made(made, key, Tuple.order, f"tuple[{inner}]", depth, parts)
    return found  # type: ignore[no-any-return]


class Object(Atom):
    """A mutable object made at ``site``: an instance of a class of the project (``cls`` is its id) or of a library.

    ``exact`` is False for objects the program receives from outside, whose class may be a subclass of ``cls``.
    """

    __slots__ = ("cls", "exact", "site")
    order: ClassVar[int] = 6
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
    found = _atoms.get(key)
    if found is None:
        made = Object()
        made.cls, made.site, made.exact = cls, site, exact
        found = _made(made, key, Object.order, f"{cls}@{site}{'' if exact else '?'}")
    return found  # type: ignore[no-any-return]


def summary_of(cls: str) -> Object:
    """The summary object of a class."""
    return object_of(cls, SEVERAL)


class Class(Atom):
    """A class of the project, by id."""

    __slots__ = ("id",)
    order: ClassVar[int] = 7
    id: str


def class_of(id: str) -> Class:
    """The class with that id."""
    key = (Class, id)
    found = _atoms.get(key)
    if found is None:
        made = Class()
        made.id = id
        found = _made(made, key, Class.order, f"class {id}")
    return found  # type: ignore[no-any-return]


class Function(Atom):
    """A function of the project: its code and the activation (``env``) whose variables it closes over."""

    __slots__ = ("code", "env")
    order: ClassVar[int] = 8
    code: str
    env: str


def function_of(code: str, env: str) -> Function:
    """The function with that code, closing over ``env``."""
    key = (Function, code, env)
    found = _atoms.get(key)
    if found is None:
        made = Function()
        made.code, made.env = code, env
        found = _made(made, key, Function.order, f"function {code}{'~' + env if env else ''}")
    return found  # type: ignore[no-any-return]


class Bound(Atom):
    """A method bound to its receiver."""

    __slots__ = ("function", "receiver")
    order: ClassVar[int] = 9
    function: Atom
    receiver: Value


def bound_of(function: Atom, receiver: Value) -> Bound:
    """``function`` with ``receiver`` as its first argument."""
    key = (Bound, function, receiver)
    found = _atoms.get(key)
    if found is None:
        made = Bound()
        made.function, made.receiver = function, receiver
        depth = max(function.depth, receiver.depth)
        found = _made(made, key, Bound.order, f"{function!r} of {receiver!r}", depth, (function, receiver))
    return found  # type: ignore[no-any-return]


class Partial(Atom):
    """``functools.partial(function, *args, **kwargs)``, or a decorator factory that waits for its function."""

    __slots__ = ("args", "function", "kwargs", "site")
    order: ClassVar[int] = 10
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
        line, column, end_line, end_column = site[1]
        where = f"{site[0]}:{place_name(line, column)}-{place_name(end_line, end_column)}"
        text = ", ".join([repr(function), *map(repr, args), *(f"{k}={v!r}" for k, v in kwargs), where])
        inner = _deepest((function, *args, *(value for _, value in kwargs)))
        made = Partial()
        made.function, made.args, made.kwargs, made.site = function, args, kwargs, site
        found = _made(made, key, Partial.order, f"partial({text})", inner, (function, args, kwargs, where))
    return found  # type: ignore[no-any-return]


class Module(Atom):
    """A module or namespace package of the project, by path."""

    __slots__ = ("path",)
    order: ClassVar[int] = 11
    path: str


def module_of(path: str) -> Module:
    """The module in that file."""
    key = (Module, path)
    found = _atoms.get(key)
    if found is None:
        made = Module()
        made.path = path
        found = _made(made, key, Module.order, f"module {path}")
    return found  # type: ignore[no-any-return]


class Lib(Atom):
    """A library's symbol (module, function, class or constant) by its canonical dotted name."""

    __slots__ = ("name",)
    order: ClassVar[int] = 12
    name: str


def lib_of(name: str) -> Lib:
    """The library symbol of that name."""
    key = (Lib, name)
    found = _atoms.get(key)
    if found is None:
        made = Lib()
        made.name = name
        found = _made(made, key, Lib.order, name)
    return found  # type: ignore[no-any-return]


DISTRIBUTED: Final = "distributed"
"""Source of the datasets that a strategy distributes over its replicas."""


class Stream(Atom):
    """Something that gives ``element`` again and again. ``kind``: dataset, iterator (`tf.data`), generator, iter."""

    __slots__ = ("count", "element", "kind", "lengths", "source")
    order: ClassVar[int] = 13
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
    found = _atoms.get(key)
    if found is None:
        size = "" if count is None and not lengths else f"*{count}{list(lengths)}"
        made = Stream()
        made.kind, made.element, made.source, made.count, made.lengths = kind, element, source, count, lengths
        text = f"{kind}[{element!r}]{'~' + source if source else ''}{size}"
        found = _made(made, key, Stream.order, text, element.depth, (kind, element, source, size))
    return found  # type: ignore[no-any-return]


class Wrapped(Atom):
    """A callable or descriptor made from another.

    ``kind``: hybrid (a `tf.function`), gradient (under `tf.custom_gradient`), staticmethod, classmethod, property, or
    super (receiver in ``target``).
    """

    __slots__ = ("kind", "note", "target")
    order: ClassVar[int] = 14
    kind: str
    target: Value
    note: str


def wrapped_of(kind: str, target: Value, note: str = "") -> Wrapped:
    """``target`` wrapped; ``note`` is the class id for super."""
    key = (Wrapped, kind, target, note)
    found = _atoms.get(key)
    if found is None:
        made = Wrapped()
        made.kind, made.target, made.note = kind, target, note
        found = _made(made, key, Wrapped.order, f"{kind}({target!r}{note})", target.depth, (kind, target, note))
    return found  # type: ignore[no-any-return]


class Generic(Atom):
    """A subscripted type such as ``tuple[tf.Tensor, ...]``; only annotations make use of it."""

    __slots__ = ("args", "base")
    order: ClassVar[int] = 15
    base: str
    args: tuple[Value, ...]


def generic_of(base: str, args: tuple[Value, ...]) -> Generic:
    """``base[args]``."""
    key = (Generic, base, args)
    found = _atoms.get(key)
    if found is None:
        made = Generic()
        made.base, made.args = base, args
        text = f"{base}[{', '.join(map(repr, args))}]"
        found = _made(made, key, Generic.order, text, _deepest(args), (base, args))
    return found  # type: ignore[no-any-return]


class Unknown(Atom):
    """Something not known, and why."""

    __slots__ = ("reason",)
    order: ClassVar[int] = 16
    reason: Reason


def unknown(reason: Reason) -> Unknown:
    """The unknown with that reason."""
    key = (Unknown, reason)
    found = _atoms.get(key)
    if found is None:
        made = Unknown()
        made.reason = reason
        found = _made(made, key, Unknown.order, f"unknown({reason.value})")
    return found  # type: ignore[no-any-return]
