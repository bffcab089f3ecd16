"""What a row can promise of a value, and whether a real value keeps it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from hybridize.models import dtypes


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
    if isinstance(value, (tf.Variable,)) or (
        type(value).__module__.startswith("keras") and type(value).__name__ == "Variable"
    ):
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
        return (
            "string" if name.startswith(("str", "bytes", "object")) else name
        ), dtypes.ARRAY if kind == "ndarray" else dtypes.STRONG
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
    if head in {"none", "operation"}:
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
        return (
            isinstance(actual, dict)
            and dict(parts).keys() == actual.keys()
            and all(holds(p, actual[k]) for k, p in parts)
        )
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
        return (
            kind_of(actual) is not None
            and _within(shape_of(value), shape_of(actual))
            and dtype_of(value, numpy=False)[0] == dtype_of(actual, numpy=False)[0]
        )
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
    return (
        actual is not None
        and len(promised) == len(actual)
        and all(p is None or p == a for p, a in zip(promised, actual, strict=True))
    )


def _spec_holds(promise: Any, spec: Any) -> bool:
    if isinstance(promise, Array) and isinstance(spec, tf.TypeSpec):
        actual = from_spec(spec)
        return not isinstance(actual, Array) or (
            actual.kinds == promise.kinds
            and (promise.dtype in {None, actual.dtype})
            and _within(promise.shape, actual.shape)
        )
    if isinstance(promise, Node) and promise.head == "tuple":
        return (
            isinstance(spec, tuple) and len(spec) == len(promise.parts) and all(map(_spec_holds, promise.parts, spec))
        )
    if isinstance(promise, Node) and promise.head == "union":
        return any(_spec_holds(part, spec) for part in promise.parts)
    if isinstance(promise, Node) and promise.head == "mapping":
        return isinstance(spec, dict) and all(_spec_holds(part, spec[key]) for key, part in promise.parts)
    if isinstance(promise, Real):
        return (
            promise.value is None
            or kind_of(promise.value) is None
            or _spec_holds(
                Array(
                    frozenset({kind_of(promise.value) or ""}),
                    dtype_of(promise.value, numpy=False)[0],
                    shape_of(promise.value),
                ),
                spec,
            )
        )
    return isinstance(promise, Node) and promise.head == "unknown"
