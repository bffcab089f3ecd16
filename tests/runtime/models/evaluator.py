"""A reference evaluator of row expressions over real values: what the row promises of a call that is about to be made.

It is meant to be read next to the docstring of ``hybridize.models.rows``. ``Blur`` takes knowledge away from the
arguments, as an analysis that knows less would: a promise must hold then, too.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from hybridize.models import dtypes, shapes
from hybridize.models.rows import Row
from hybridize.models.shape_base import is_int
from hybridize.models.shapes import UNKNOWN

KINDS = {"tensor", "variable", "ragged", "sparse", "symbolic", "ndarray"}


class Blur(NamedTuple):
    """What the analysis is made to not know."""

    dims: bool = False
    ranks: bool = False
    constants: bool = False
    dtypes: bool = False


class Real(NamedTuple):
    """A value that exists."""

    value: Any


class Array(NamedTuple):
    """A promised tensor or array."""

    kinds: frozenset[str]
    dtype: str | None
    shape: tuple[int | None, ...] | None


class Node(NamedTuple):
    """A promise of another kind: the head of the expression and evaluated parts."""

    head: str
    parts: tuple[Any, ...] = ()


UNKNOWN_VALUE = Node("unknown")


def kind_of(value: Any) -> str | None:
    """Which of the kinds a value is, if any."""
    if isinstance(value, (tf.Variable,)) or type(value).__module__.startswith("keras") and type(value).__name__ == "Variable":
        return "variable"
    if isinstance(value, tf.RaggedTensor):
        return "ragged"
    if isinstance(value, tf.SparseTensor):
        return "sparse"
    if type(value).__name__ == "KerasTensor":
        return "symbolic"
    if tf.is_tensor(value):
        return "tensor"
    return "ndarray" if isinstance(value, (np.ndarray, np.generic)) else None


def dtype_of(value: Any, *, numpy: bool) -> tuple[str | None, int]:
    """The dtype and how much it counts in a promotion."""
    kind = kind_of(value)
    if kind is not None:
        name = value.dtype.name if hasattr(value.dtype, "name") else str(value.dtype)
        return ("string" if name.startswith(("str", "bytes", "object")) else name), dtypes.ARRAY if kind == "ndarray" else dtypes.STRONG
    if isinstance(value, bool):
        return "bool", dtypes.WEAK
    if isinstance(value, int):
        return ("int64" if numpy else "int32"), dtypes.WEAK
    if isinstance(value, float):
        return ("float64" if numpy else "float32"), dtypes.WEAK
    if isinstance(value, (str, bytes)):
        return "string", dtypes.WEAK
    if isinstance(value, (list, tuple)) and value:
        found = [dtype_of(item, numpy=numpy) for item in value]
        merge = dtypes.promote_numpy if numpy else dtypes.promote_tensorflow
        return merge(found), max(dtypes.ARRAY if numpy else dtypes.WEAK, *(strength for _, strength in found))
    return None, dtypes.WEAK


def shape_of(value: Any) -> tuple[int | None, ...] | None:
    """The static shape."""
    if isinstance(value, tf.TensorShape):
        return None if value.rank is None else tuple(value.as_list())
    if isinstance(value, tf.TensorSpec) or kind_of(value) is not None:
        return shape_of(value.shape) if isinstance(value.shape, tf.TensorShape) else tuple(value.shape)
    if isinstance(value, (bool, int, float, complex, str, bytes)):
        return ()
    if isinstance(value, (list, tuple)):
        if not value:
            return (0,)
        inner = {shape_of(item) for item in value}
        return (len(value), *only) if len(inner) == 1 and (only := inner.pop()) is not None else None
    return None


class Evaluator:
    """One call: the row, its arguments by parameter, the receiver's constructor arguments, what callbacks returned."""

    def __init__(self, row: Row, arguments: dict[str, Any], init: dict[str, Any], results: dict[str, list[Any]], blur: Blur) -> None:
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
        return Array(frozenset({head}), dtype, shape)

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
        return Real(found.value[0]) if kind_of(found.value) in {"tensor", "ndarray"} else UNKNOWN_VALUE

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
        return from_spec(tf.nest.map_structure(lambda t: t if isinstance(t, tf.TypeSpec) else tf.TensorSpec(None, t), found.value))

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
        return tuple(int(d) if d is not None else None for d in (np.atleast_1d(value) if not isinstance(value, (list, tuple)) else value))

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


def told(value: Any) -> str:
    """A value in a few words, for messages."""
    kind = kind_of(value)
    if kind is not None:
        return f"{kind}({dtype_of(value, numpy=False)[0]}, {shape_of(value)})"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(told, value))}]"
    return repr(value)[:80]


def leaves(value: Any) -> list[Any]:
    """The real values in a promise."""
    if isinstance(value, Real):
        return tf.nest.flatten(value.value)
    return [leaf for part in value.parts for leaf in leaves(part)] if isinstance(value, Node) else []


def rebuild(value: Any, one: Any, *, lists: bool = False) -> Any:
    """The same structure with each leaf replaced."""
    if isinstance(value, Real):
        inner = value.value
        if isinstance(inner, tuple) or (isinstance(inner, list) and not lists):
            return Node("tuple", tuple(rebuild(Real(item), one, lists=lists) for item in inner))
        if isinstance(inner, dict):
            return Node("mapping", tuple((key, rebuild(Real(item), one, lists=lists)) for key, item in inner.items()))
        return one(value)
    if isinstance(value, Node) and value.head in {"tuple", "union", "list"}:
        return Node(value.head, tuple(rebuild(part, one, lists=lists) for part in value.parts))
    if isinstance(value, Node) and value.head == "mapping":
        return Node("mapping", tuple((key, rebuild(part, one, lists=lists)) for key, part in value.parts))
    return one(value) if isinstance(value, Array) else UNKNOWN_VALUE


def from_spec(spec: Any) -> Any:
    """What a structure of specs describes."""
    if isinstance(spec, tuple):
        return Node("tuple", tuple(map(from_spec, spec)))
    if isinstance(spec, dict):
        return Node("mapping", tuple((key, from_spec(item)) for key, item in spec.items()))
    if isinstance(spec, tf.TensorSpec):
        return Array(frozenset({"tensor"}), spec.dtype.name, shape_of(spec.shape))
    if isinstance(spec, tf.RaggedTensorSpec):
        return Array(frozenset({"ragged"}), spec.dtype.name, shape_of(spec.shape))
    return UNKNOWN_VALUE


def bind(row: Row, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments by parameter, with the row's defaults. Those of `...` are dropped."""
    kinds = {
        "pos": inspect.Parameter.POSITIONAL_OR_KEYWORD, "posonly": inspect.Parameter.POSITIONAL_ONLY,
        "kwonly": inspect.Parameter.KEYWORD_ONLY, "args": inspect.Parameter.VAR_POSITIONAL, "kwargs": inspect.Parameter.VAR_KEYWORD,
    }
    rest = [p for p in row.params or () if p[1] == "rest"]
    listed = [
        inspect.Parameter(name, kinds[kind], default=UNKNOWN if default and kind not in {"args", "kwargs"} else inspect.Parameter.empty)
        for name, kind, default in row.params or () if kind != "rest"
    ]
    names = {p.name for p in listed}
    if rest and not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in listed):
        kwargs = {name: value for name, value in kwargs.items() if name in names}
    if rest and not any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in listed):
        args = args[: sum(p.kind is not inspect.Parameter.KEYWORD_ONLY for p in listed)]
    bound = inspect.Signature(listed, __validate_parameters__=False).bind(*args, **kwargs)
    bound.apply_defaults()
    found = {name: row.defaults.get(name, value) if value is UNKNOWN else value for name, value in bound.arguments.items()}
    for name, kind, _ in row.params or ():
        if kind == "kwargs" and name in found:
            found.update({key: value for key, value in found[name].items() if key not in found})
    return found


def holds(promise: Any, actual: Any) -> bool:
    """Whether a real value is among those promised."""
    if isinstance(promise, Real):
        return _same(promise.value, actual)
    if isinstance(promise, Array):
        return _array_holds(promise, actual)
    head, parts = promise
    if head == "unknown":
        return True
    if head == "union":
        return any(holds(part, actual) for part in parts)
    if head == "none":
        return actual is None or (isinstance(actual, tf.Operation))
    if head in {"int", "float", "str", "bool", "bytes"}:
        return type(actual).__name__ == head or (head == "int" and isinstance(actual, (int, np.integer)))
    if head == "dtype":
        return parts[0] is None or tf.as_dtype(actual).name == parts[0]
    if head == "shape_of":
        return _within(parts[0], shape_of(actual) if isinstance(actual, tf.TensorShape) else tuple(actual))
    if head == "tuple":
        return isinstance(actual, (tuple, list)) and len(actual) == len(parts) and all(map(holds, parts, actual))
    if head == "mapping":
        return isinstance(actual, dict) and dict(parts).keys() == actual.keys() and all(holds(p, actual[k]) for k, p in parts)
    if head in {"list", "set"}:
        return isinstance(actual, (list, tuple, set)) and all(holds(part, item) for part in parts for item in actual)
    if head == "dict":
        return isinstance(actual, dict) and all(holds(part, item) for part in parts for item in actual.values())
    if head in {"dataset", "iterator"}:
        spec = getattr(actual, "element_spec", None)
        return (head == "iterator" and spec is None) or _spec_holds(parts[0], spec)
    assert head == "instance", head
    return True


def _same(value: Any, actual: Any) -> bool:
    if value is actual:
        return True
    if isinstance(value, (tuple, list)):
        return isinstance(actual, (tuple, list)) and len(value) == len(actual) and all(map(_same, value, actual))
    if kind_of(value) is not None or kind_of(actual) is not None:
        return kind_of(actual) is not None and _within(shape_of(value), shape_of(actual)) and dtype_of(value, numpy=False)[0] == dtype_of(actual, numpy=False)[0]
    if isinstance(value, tf.data.Dataset):
        return isinstance(actual, tf.data.Dataset) and value.element_spec == actual.element_spec
    return value == actual


def _array_holds(promise: Array, actual: Any) -> bool:
    kind = kind_of(actual)
    if kind is None:
        return promise.kinds == {"ndarray"} and isinstance(actual, (int, float, bool)) and promise.shape in {None, ()}
    if kind not in promise.kinds:
        return False
    dtype = dtype_of(actual, numpy=False)[0]
    return (promise.dtype is None or promise.dtype == dtype) and _within(promise.shape, shape_of(actual))


def _within(promised: tuple[int | None, ...] | None, actual: tuple[int | None, ...] | None) -> bool:
    if promised is None:
        return True
    return actual is not None and len(promised) == len(actual) and all(p is None or p == a for p, a in zip(promised, actual, strict=True))


def _spec_holds(promise: Any, spec: Any) -> bool:
    if isinstance(promise, Array) and isinstance(spec, tf.TypeSpec):
        actual = from_spec(spec)
        return not isinstance(actual, Array) or (
            actual.kinds == promise.kinds and (promise.dtype in {None, actual.dtype}) and _within(promise.shape, actual.shape)
        )
    if isinstance(promise, Node) and promise.head == "tuple":
        return isinstance(spec, tuple) and len(spec) == len(promise.parts) and all(map(_spec_holds, promise.parts, spec))
    if isinstance(promise, Node) and promise.head == "union":
        return any(_spec_holds(part, spec) for part in promise.parts)
    if isinstance(promise, Node) and promise.head == "mapping":
        return isinstance(spec, dict) and all(_spec_holds(part, spec[key]) for key, part in promise.parts)
    if isinstance(promise, Real):
        return promise.value is None or kind_of(promise.value) is None or _spec_holds(
            Array(frozenset({kind_of(promise.value) or ""}), dtype_of(promise.value, numpy=False)[0], shape_of(promise.value)), spec)
    return isinstance(promise, Node) and promise.head == "unknown"
