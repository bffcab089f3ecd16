"""A reference evaluator of row expressions over real values: what the row promises of a call that is about to be made.

It is meant to be read next to the docstring of ``hybridize.models.rows``. ``Blur`` takes knowledge away from the
arguments, as an analysis that knows less would: a promise must hold then, too.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from runtime.models.promises import (
    UNKNOWN_VALUE,
    Array,
    Node,
    Real,
    dtype_of,
    from_spec,
    kind_of,
    leaves,
    rebuild,
    shape_of,
)

from hybridize.models import dtypes, shapes
from hybridize.models.rows import Row
from hybridize.models.shape_base import is_int
from hybridize.models.shapes import UNKNOWN

KINDS = {"tensor", "dense", "variable", "ragged", "ragged_or_dense", "sparse", "symbolic", "ndarray"}


class Blur(NamedTuple):
    """What the analysis is made to not know."""

    dims: bool = False
    ranks: bool = False
    constants: bool = False
    dtypes: bool = False


class Evaluator:
    """One call: the row, its arguments by parameter, the receiver's constructor arguments, what callbacks returned."""

    def __init__(
        self, row: Row, arguments: dict[str, Any], init: dict[str, Any], results: dict[str, list[Any]], blur: Blur
    ) -> None:
        self.row = row
        self.arguments = arguments
        self.init = init
        self.results = results
        self.blur = blur
        self.numpy = row.name.startswith("numpy.")
        self.leaf: Any = None

    # ------------------------------------------------------------------ values

    def value(self, node: Any) -> Any:
        head = node[0]
        if head in KINDS or head == "tensor_as":
            return self._array(head, *node[1:])
        method = getattr(self, f"_{head}", None)
        return method(*node[1:]) if method else Node(head)

    def _array(self, head: str, *rest: Any) -> Any:
        """Ragged and sparse operands leave all open unless the row hands the kind on."""
        dtype, shape = self.dtype(rest[-2]), self.shape(rest[-1])
        if head == "tensor_as":
            kinds = {kind_of(leaf) for leaf in leaves(self.value(rest[0]))} & {"ragged", "sparse", "symbolic"}
            return Array(frozenset(kinds or {"tensor"}), dtype, None if kinds & {"ragged", "sparse"} else shape)
        given = {kind_of(leaf) for value in self.arguments.values() for leaf in leaves(Real(value))}
        if head in {"tensor", "ndarray"} and given & {"ragged", "sparse"} and not self.row.is_method:
            return UNKNOWN_VALUE
        if head == "ragged_or_dense":
            kinds = {"tensor", "ragged"} if shape is None else {"ragged" if len(shape) > 1 else "tensor"}
            return Array(frozenset(kinds), dtype, shape)
        return Array(frozenset({"tensor" if head == "dense" else head}), dtype, shape)

    def _param(self, name: str) -> Any:
        return Real(self.arguments[name]) if name in self.arguments else UNKNOWN_VALUE

    def _init(self, name: str) -> Any:
        return Real(self.init[name]) if name in self.init else UNKNOWN_VALUE

    def _const(self, value: Any) -> Any:
        return Real(value)

    def _it(self) -> Any:
        return self.leaf

    def _attr(self, source: Any, name: str) -> Any:
        found = self.value(source)
        return Real(getattr(found.value, name)) if isinstance(found, Real) else UNKNOWN_VALUE

    def _dtype(self, node: Any) -> Any:
        return Node("dtype", (self.dtype(node),))

    def _shape_of(self, node: Any) -> Any:
        return Node("shape_of", (self.shape(("shape", node)),))

    def _tuple(self, *nodes: Any) -> Any:
        return Node("tuple", tuple(map(self.value, nodes)))

    def _list(self, node: Any) -> Any:
        return Node("list", () if node is None else (self.value(node),))

    _dict = _set = _list

    def _union(self, *nodes: Any) -> Any:
        return Node("union", tuple(map(self.value, nodes)))

    def _given(self, node: Any) -> Any:
        found = self.value(node)
        return Real(found.value is not None) if isinstance(found, Real) else UNKNOWN_VALUE

    def _choice(self, condition: Any, yes: Any, no: Any) -> Any:
        answer = self.constant(condition)
        if answer is UNKNOWN:
            return Node("union", (self.value(yes), self.value(no)))
        return self.value(yes if answer else no)

    def _dataset(self, node: Any) -> Any:
        return Node("dataset", (self.value(node),))

    def _iterator(self, node: Any) -> Any:
        return Node("iterator", (self.value(node),))

    def _instance(self, name: str | None) -> Any:
        return Node("instance", (name or self.row.name,))

    def _result(self, name: str) -> Any:
        found = self.results.get(name, [])
        return Node("union", tuple(map(Real, found))) if found else UNKNOWN_VALUE

    def _element(self, node: Any) -> Any:
        found = self.value(node)
        if isinstance(found, Node) and found.head in {"dataset", "iterator", "list"} and found.parts:
            return found.parts[0]
        if isinstance(found, Node) and found.head == "union":
            return Node("union", tuple(self._element(("quoted", part)) for part in found.parts))
        if not isinstance(found, Real):
            return UNKNOWN_VALUE
        if isinstance(found.value, tf.data.Dataset):
            return from_spec(found.value.element_spec)
        if isinstance(found.value, (list, tuple)) and found.value:
            return Node("union", tuple(map(Real, found.value)))
        has_some = kind_of(found.value) in {"tensor", "ndarray"} and (shape_of(found.value) or (0,))[0] != 0
        return Real(found.value[0]) if has_some else UNKNOWN_VALUE

    def _drawn(self, node: Any) -> Any:
        found = self.value(node)
        parts = found.parts if isinstance(found, Node) and found.head == "union" else (found,)
        drawn = tuple(self._element(("quoted", part)) for part in parts if _is_dataset(part))
        return Node("union", drawn) if drawn else UNKNOWN_VALUE

    def _quoted(self, value: Any) -> Any:
        return value

    def _item(self, node: Any, index: int) -> Any:
        found = self.value(node)
        if isinstance(found, Node) and found.head == "union" and len(found.parts) == 1:
            found = found.parts[0]
        if isinstance(found, Real) and isinstance(found.value, (list, tuple)):
            return Real(found.value[index])
        return found.parts[index] if isinstance(found, Node) and found.head == "tuple" else UNKNOWN_VALUE

    def _slice(self, node: Any) -> Any:
        def cut(leaf: Any) -> Any:
            dtype, shape = self.dtype(("dtype_of", ("quoted", leaf))), self.shape(("shape", ("quoted", leaf)))
            return Array(frozenset({"tensor"}), dtype, shape[1:] if shape else None)

        return rebuild(self.value(node), cut, lists=isinstance(self.value(node), Real))

    def _like(self, node: Any) -> Any:
        return self._each(node, ("tensor", ("dtype_of", ("it",)), ("shape", ("it",))))

    def _converted(self, node: Any) -> Any:
        found = self.value(node)
        parts = found.parts if isinstance(found, Node) and found.head == "union" else (found,)
        return Node("union", tuple(map(self._of_data, parts)))

    def _of_data(self, promise: Any) -> Any:
        """What `tf.data` makes of the result of a function: a list is a tuple, inside of others a tensor."""

        def packed(part: Any) -> Any:
            if not isinstance(part, Real):
                return part
            if isinstance(part.value, tuple):
                return Node("tuple", tuple(packed(Real(item)) for item in part.value))
            if isinstance(part.value, dict):
                return Node("mapping", tuple((key, packed(Real(item))) for key, item in part.value.items()))
            if not isinstance(part.value, (bool, int, float, complex, str, bytes, list, np.ndarray)):
                return part
            return Array(frozenset({"tensor"}), dtype_of(part.value, numpy=False)[0], shape_of(part.value))

        outer = isinstance(promise, Real) and isinstance(promise.value, list)
        return packed(Real(tuple(promise.value)) if outer else promise)

    def _each(self, node: Any, body: Any) -> Any:
        def one(leaf: Any) -> Any:
            outer, self.leaf = self.leaf, leaf
            try:
                return self.value(body)
            finally:
                self.leaf = outer

        return rebuild(self.value(node), one)

    def _structure(self, node: Any) -> Any:
        found = self.value(node)
        if not isinstance(found, Real) or found.value is None:
            return UNKNOWN_VALUE
        if isinstance(found.value, dict) and all(isinstance(f, tf.io.FixedLenFeature) for f in found.value.values()):
            features = found.value.items()
            return Node(
                "mapping", tuple((k, Array(frozenset({"tensor"}), f.dtype.name, tuple(f.shape))) for k, f in features)
            )
        return from_spec(
            tf.nest.map_structure(lambda t: t if isinstance(t, tf.TypeSpec) else tf.TensorSpec(None, t), found.value)
        )

    # ------------------------------------------------------------------ dtypes

    def dtype(self, node: Any) -> str | None:
        return None if node is None else getattr(self, f"_d_{node[0]}")(*node[1:])

    def _d_dtype_name(self, name: str) -> str | None:
        return name

    def _operand(self, node: Any) -> tuple[str | None, int]:
        found = self.value(node)
        if isinstance(found, Node) and found.head == "union" and found.parts:
            each = {self._operand(("quoted", part)) for part in found.parts}
            return each.pop() if len(each) == 1 else (None, dtypes.STRONG)
        if isinstance(found, Array):
            return found.dtype, dtypes.STRONG
        if not isinstance(found, Real):
            return None, dtypes.STRONG
        name, strength = dtype_of(found.value, numpy=self.numpy)
        return (None if self.blur.dtypes and strength else name), strength

    def _d_dtype_of(self, node: Any) -> str | None:
        return self._operand(node)[0]

    def _d_as_dtype(self, node: Any) -> str | None:
        found = self.value(node)
        if not isinstance(found, Real) or found.value is None or found.value is UNKNOWN:
            return None
        return np.dtype(found.value).name if self.numpy else tf.as_dtype(found.value).name

    def _d_dtype_or(self, *nodes: Any) -> str | None:
        for node in nodes:
            if not self._absent(node):
                return self.dtype(node)
        return None

    def _absent(self, node: Any) -> bool:
        """Whether the node is about an argument that is None."""
        if node[0] in {"as_dtype", "dtype_of", "as_shape", "shape"}:
            found = self.value(node[1])
            return isinstance(found, Real) and found.value is None
        return node[0] == "promote" and all(self._absent(("shape", part)) for part in node[1:])

    def _d_promote(self, *nodes: Any) -> str | None:
        operands = [self._operand(n) for n in nodes if not self._absent(("shape", n))]
        return (dtypes.promote_numpy if self.numpy else dtypes.promote_tensorflow)(operands)

    def _d_dtype_call(self, name: str, arguments: Any) -> str | None:
        return dtypes.FUNCTIONS[name](*map(self.dtype, arguments))

    # ------------------------------------------------------------------ shapes

    def shape(self, node: Any) -> tuple[int | None, ...] | None:
        return None if node is None else getattr(self, f"_s_{node[0]}")(*node[1:])

    def _s_dims(self, items: Any) -> tuple[int | None, ...]:
        return tuple(item if item is None or isinstance(item, int) else self._dim(item) for item in items)

    def _dim(self, node: Any) -> int | None:
        if node[0] == "first":
            return next((self._dim(n) for n in node[1:] if not self._absent(("shape", n))), None)
        constant = self.constant(node)
        return constant if is_int(constant) else None

    def _s_shape(self, node: Any) -> tuple[int | None, ...] | None:
        found = self.value(node)
        if isinstance(found, Node) and found.head == "union" and found.parts:
            each = {self._s_shape(("quoted", part)) for part in found.parts}
            return each.pop() if len(each) == 1 else None
        if isinstance(found, Array):
            return found.shape
        return self._blurred(shape_of(found.value)) if isinstance(found, Real) else None

    def _blurred(self, shape: tuple[int | None, ...] | None) -> tuple[int | None, ...] | None:
        if shape is None or self.blur.ranks:
            return None
        return (None,) * len(shape) if self.blur.dims else shape

    def _s_as_shape(self, node: Any) -> tuple[int | None, ...] | None:
        found = self.value(node)
        if not isinstance(found, Real) or found.value is None or found.value is UNKNOWN or self.blur.constants:
            return None
        value = found.value
        if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], (tuple, list)):
            value = value[0]  # reshape(*shape) given one tuple
        if isinstance(value, tf.TensorShape):
            return shape_of(value)
        return tuple(
            int(d) if d is not None else None
            for d in (np.atleast_1d(value) if not isinstance(value, (list, tuple)) else value)
        )

    def _s_shape_or(self, *nodes: Any) -> tuple[int | None, ...] | None:
        for node in nodes:
            if not self._absent(node):
                return self.shape(node)
        return None

    def _s_shape_call(self, name: str, arguments: Any) -> tuple[int | None, ...] | None:
        return shapes.FUNCTIONS[name].run(*(self._argument(a) for a in arguments))

    def _argument(self, node: Any) -> Any:
        if node[0] == "const":
            return node[1]
        if node[0] == "value":
            return self.constant(node[1])
        if node[0] == "shapes":
            found = self.value(node[1])
            known = isinstance(found, Real) and isinstance(found.value, (list, tuple))
            return tuple(self._s_shape(("quoted", Real(item))) for item in found.value) if known else None
        return self.shape(node)

    def constant(self, node: Any) -> Any:
        found = self.value(node)
        if not isinstance(found, Real) or found.value is UNKNOWN:
            return UNKNOWN
        value = found.value
        if isinstance(value, np.ndarray) or tf.is_tensor(value):
            return UNKNOWN
        if isinstance(value, np.integer):
            value = int(value)
        return UNKNOWN if self.blur.constants and value is not None and not isinstance(value, str) else value


def _is_dataset(promise: Any) -> bool:
    if isinstance(promise, Real):
        return isinstance(promise.value, tf.data.Dataset)
    return isinstance(promise, Node) and promise.head in {"dataset", "unknown"}


def bind(row: Row, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments by parameter, with the row's defaults. Those of `...` are dropped."""
    kinds = {
        "pos": inspect.Parameter.POSITIONAL_OR_KEYWORD,
        "posonly": inspect.Parameter.POSITIONAL_ONLY,
        "kwonly": inspect.Parameter.KEYWORD_ONLY,
        "args": inspect.Parameter.VAR_POSITIONAL,
        "kwargs": inspect.Parameter.VAR_KEYWORD,
    }
    rest = [p for p in row.params or () if p[1] == "rest"]
    listed = [
        inspect.Parameter(
            name,
            kinds[kind],
            default=UNKNOWN if default and kind not in {"args", "kwargs"} else inspect.Parameter.empty,
        )
        for name, kind, default in row.params or ()
        if kind != "rest"
    ]
    names = {p.name for p in listed}
    if rest and not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in listed):
        kwargs = {name: value for name, value in kwargs.items() if name in names}
    if rest and not any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in listed):
        args = args[: sum(p.kind is not inspect.Parameter.KEYWORD_ONLY for p in listed)]
    bound = inspect.Signature(listed, __validate_parameters__=False).bind(*args, **kwargs)
    bound.apply_defaults()
    found = {
        name: row.defaults.get(name, value) if value is UNKNOWN else value for name, value in bound.arguments.items()
    }
    for name, kind, _ in row.params or ():
        if kind == "kwargs" and name in found:
            found.update({key: value for key, value in found[name].items() if key not in found})
    return found
