"""The library rows: what is known of TensorFlow, Keras, NumPy and the standard library, by public name.

``README.md`` in this folder is the YAML format. A row's expressions are parsed once, into nested tuples whose first
item is the node's name. ``V`` is a value node, ``D`` a dtype node, ``S`` a shape node, ``p`` a parameter name.

Values
    ("tensor" | "variable" | "ragged" | "sparse" | "symbolic" | "ndarray", D or None, S or None)
    ("ragged_or_dense", D or None, S or None)   ragged of rank 2 or more, a plain tensor below; either if unknown
    ("dense", D or None, S or None)  as ``tensor``, whatever the arguments are
    ("tensor_as", V, D or None, S or None)   as ``tensor``, but ragged/sparse/symbolic when V is, or holds, one
    ("int",) ("float",) ("str",) ("bool",) ("bytes",) ("none",) ("operation",) ("unknown",)
    ("const", literal)               a Python number, string, bool, None, or a tuple of these
    ("dtype", D)                     a dtype object
    ("shape_of", V)                  the ``TensorShape``/shape tuple of V
    ("tuple", V, ...)  ("list", V or None)  ("dict", V or None)     list and dict: any number of V
    ("set", V or None)
    ("param", p)                     the argument itself; ("param", "self") is the receiver
    ("init", p)                      the argument the receiver was constructed with (written ``self.p``)
    ("attr", V, name)                an attribute of V (written ``p.name``)
    ("element", V)                   what iterating V gives: items of a list, slices of a tensor, elements of a dataset
    ("item", V, i)                   item number i of a tuple or list
    ("slice", V)                     V with each tensor (or array, or list of numbers) in it cut along its first axis
    ("structure", V)                 what a spec, a signature or a dtype structure describes, as values
    ("result", p)                    what the callback p returned (the join over its calls in ``calls``)
    ("like", V)                      the structure of V, its leaves as dense tensors
    ("converted", V)                 V as `tf.data` takes it from a function: what may be a tensor is one
    ("drawn", V)                     what the dataset V gives
    ("each", V, W)                   the structure of V, each leaf replaced by W, in which ("it",) is that leaf
    ("it",)                          only inside ``each``
    ("dataset", V)  ("iterator", V)  V is the element
    ("instance", name or None)       an object of a library class; None: of the class this row is
    ("union", V, V, ...)             either
    ("given", V)                     whether V is something else than None
    ("choice", V, W, X)              W where V is true, X where it is false or None; either where nobody knows
    ("first", V, V, ...)             only as an item of ("dims", ...): the first that is not None

Dtypes
    ("dtype_name", "float32")
    ("dtype_of", V)                  the dtype of a value
    ("as_dtype", V)                  V is a dtype (an object, a string, a Python type)
    ("dtype_or", D, D, ...)          the first whose argument is not None (given or by default); unknown when that one
                                     is given and unknown: an unknown ``dtype=`` is never taken for the default
    ("promote", V, V, ...)           `dtypes.promote_tensorflow`, or `dtypes.promote_numpy` inside ("ndarray", ...)
    ("dtype_call", name, (D, ...))   `dtypes.FUNCTIONS[name]`
  An op row's ``tensor`` is symbolic when an argument is. It promises nothing, not even the kind, when an argument of a
  function (not of a method) is ragged or sparse, nor does an ``ndarray``; ``tensor_as`` then promises kind and dtype.
  The dtype of a Python number is TensorFlow's (int32, float32) in tensors, NumPy's (int64, float64) in ndarrays.

Shapes
    ("dims", (item, ...))            item: int, None (written ``?``), or a value node that gives an int; () is a scalar
    ("shape", V)                     the shape of a value
    ("as_shape", V)                  V is a shape (tuple, list, ``TensorShape``, int tensor of known content)
    ("shape_or", S, S, ...)          the first that is known, as ``dtype_or``
    ("shape_call", name, (arg, ...)) `shapes.FUNCTIONS[name]`; arg is one of
        S                            a shape node: pass the shape, None when the rank is unknown
        ("const", literal)           pass the literal
        ("value", V)                 pass the Python constant V is, `shapes.UNKNOWN` when it is not one
        ("shapes", V)                pass the tuple of shapes of the items of V, None when the items are not known

Callbacks (``Row.calls``)
    ("call", p, mode, (arg, ...))    arg: V, ("star", V), ("kwstar", V), or ("spread", V): several arguments when V is
                                     a tuple, else one. mode: "inline" (runs during the call, traced if the caller is),
                                     "traced" (always becomes a graph), "eager" (runs as Python even in a graph),
                                     "later" (kept and called at some other time, arguments unknown)

A parameter that no argument reached has its default when ``Row.defaults`` has one, else it is unknown. A row whose
parameters start with ``self`` is an instance method; other rows under a class are static or class methods.
Canonicalize whole dotted paths, not prefixes of them: ``tensorflow.compat.v1.placeholder`` has a row of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

Ast = tuple[Any, ...]
"""A node: see the module's docstring."""

EFFECTS = frozenset(
    {
        "op",
        "op-effect",
        "graph-state",
        "creates-variable",
        "eager-only",
        "python-value",
        "keeps-dtype",
        "io",
        "rng",
        "random",
        "time",
        "env",
        "library-state",
        "raises",
    }
)
"""What ``does`` may hold, besides ``mutates:PARAM``."""

POSITIONAL, POSITIONAL_ONLY, KEYWORD_ONLY, VAR_POSITIONAL, VAR_KEYWORD, REST = (
    "pos",
    "posonly",
    "kwonly",
    "args",
    "kwargs",
    "rest",
)
"""Kinds of parameters. REST is ``...``: more parameters that the row does not name."""

DATA = Path(__file__).parent / "data"
COMPILED = DATA / "rows.msgpack"


class Row(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one public name."""

    name: str
    params: tuple[tuple[str, str, bool], ...] | None = None
    """(name, kind, has a default); None when the row does not say."""
    defaults: dict[str, Any] = {}
    """The defaults that are literals, by parameter."""
    returns: Ast | None = None
    class_: Ast | None = None
    """What calling the class gives; a row with it is a class."""
    attribute: Ast | None = None
    """What reading the attribute of an instance gives, in terms of ("param", "self")."""
    constant: Ast | None = None
    calls: tuple[Ast, ...] = ()
    does: frozenset[str] = frozenset()
    """The effects, without the ``mutates:`` ones."""
    mutates: frozenset[str] = frozenset()
    """Parameters whose Python objects are changed."""
    bases: tuple[str, ...] = ()
    since: str | None = None
    """First and last version of the library that has the name, when not every supported one does."""
    until: str | None = None
    operations: int = 0
    """How many operations eager execution runs for a call with dense tensors at most; 0 where nobody has counted."""

    @property
    def is_method(self) -> bool:
        """Whether the first parameter is the receiver."""
        return bool(self.params) and self.params[0][0] == "self" if self.params else False

    @property
    def is_class_method(self) -> bool:
        """Whether the first parameter is the class that the method is called on."""
        return bool(self.params) and self.params[0][0] == "cls" if self.params else False

    def needs(self, parameter: str) -> bool:
        """Whether a parameter has no default."""
        return any(name == parameter and not has_default for name, _, has_default in self.params or ())


class Compiled(msgspec.Struct, frozen=True):
    """The form the rows are kept in: parsed and checked, each row decoded when first asked for."""

    digest: str
    rows: dict[str, msgspec.Raw]
    aliases: dict[str, str]


def digest(files: Iterable[Path]) -> str:
    """Name and content of the YAML files, in a form that does not depend on their order."""
    total = hashlib.blake2b(digest_size=16)
    for path in sorted(files, key=lambda p: p.as_posix()):
        total.update(
            path.relative_to(DATA).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0"
        )
    return total.hexdigest()


def frozen(row: Row) -> Row:
    """Msgpack has one kind of array: make every node a tuple again."""
    return msgspec.structs.replace(
        row,
        defaults={name: _tuples(value) for name, value in row.defaults.items()},
        returns=_tuples(row.returns),
        class_=_tuples(row.class_),
        attribute=_tuples(row.attribute),
        constant=_tuples(row.constant),
        calls=_tuples(row.calls),
    )


def _tuples(node: Any) -> Any:
    return tuple(map(_tuples, node)) if isinstance(node, (list, tuple)) else node
