"""Named functions on dtypes. A dtype is its TensorFlow name (``float32``, ``string``); None is an unknown one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

NAMES = frozenset(
    {
        "bfloat16",
        "half",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
        "int4",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint4",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "bool",
        "string",
        "resource",
        "variant",
        "qint8",
        "qint16",
        "qint32",
        "quint8",
        "quint16",
        "float8_e5m2",
        "float8_e4m3fn",
    }
)
"""What a row may name."""

WEAK, ARRAY, STRONG = 0, 1, 2
"""How much an operand's dtype counts: a Python number adapts, an ndarray is converted to meet a tensor, a tensor stays.

In TensorFlow a list of numbers adapts as its numbers do; in NumPy it is an array."""

Operand = tuple[str | None, int]
"""A dtype and how much it counts."""

_BITS = {
    "bool": 1,
    "int8": 8,
    "int16": 16,
    "int32": 32,
    "int64": 64,
    "uint8": 8,
    "uint16": 16,
    "uint32": 32,
    "uint64": 64,
    "float16": 16,
    "bfloat16": 16,
    "float32": 32,
    "float64": 64,
    "complex64": 64,
    "complex128": 128,
}
_KIND_ORDER = {"bool": 0, "uint": 1, "int": 2, "float": 3, "complex": 4}


def kind(name: str) -> str:
    """``bool``, ``uint``, ``int``, ``float``, ``complex``, or the name itself."""
    for prefix in ("bool", "uint", "int", "complex"):
        if name.startswith(prefix):
            return prefix
    return "float" if name.startswith(("float", "bfloat")) else name


def promote_tensorflow(operands: Sequence[Operand]) -> str | None:
    """The dtype of an op whose operands must agree: numbers and arrays are converted to the tensor's, tensors never."""
    strong = [dtype for dtype, strength in operands if strength == STRONG]
    if strong:
        return _only(strong)
    if all(strength == ARRAY for _, strength in operands):
        return _only([dtype for dtype, _ in operands])
    if all(strength == WEAK for _, strength in operands):
        return _widest(operands)
    first, strength = operands[0]  # is converted first, and the others to its dtype, if they can
    return first if strength == ARRAY and first is not None and kind(first) in {"float", "complex"} else None


def _only(names: Sequence[str | None]) -> str | None:
    """The dtype they all have."""
    known = {name for name in names if name is not None}
    return known.pop() if len(known) == 1 else None


def promote_numpy(operands: Sequence[Operand]) -> str | None:
    """NumPy 2's promotion: Python numbers adapt to the arrays unless their kind is higher."""
    if not operands or any(dtype is None for dtype, _ in operands):
        return None
    strong = [dtype for dtype, strength in operands if strength != WEAK and dtype is not None]
    weak = [dtype for dtype, strength in operands if strength == WEAK and dtype is not None]
    if not strong:
        return _widest(operands)
    result: str | None = strong[0]
    for name in strong[1:]:
        result = _numpy_pair(result, name)
    for name in weak:
        if result is None or kind(result) not in _KIND_ORDER or kind(name) not in _KIND_ORDER:
            return result if result == name else None
        order, wanted = _KIND_ORDER[kind(result)], _KIND_ORDER[kind(name)]
        if wanted > order and not (wanted == _KIND_ORDER["int"] and order == _KIND_ORDER["uint"]):
            result = _weak_wins(result, kind(name))
    return result


def is_higher(number: str, dtype: str) -> bool:
    """Whether the dtype of a Python number is of a kind that an array of ``dtype`` cannot take without promotion."""
    if kind(number) not in _KIND_ORDER or kind(dtype) not in _KIND_ORDER:
        return number != dtype
    return _KIND_ORDER[kind(number)] > max(_KIND_ORDER[kind(dtype)], _KIND_ORDER["int"] * (kind(dtype) == "uint"))


def _weak_wins(name: str, wanted: str) -> str | None:
    """An array of a lower kind meets a Python int, float or complex."""
    if wanted == "int":
        return "int64"
    if wanted == "float":
        return "float64"
    return {"float32": "complex64", "float16": "complex64"}.get(name, "complex128")


def _numpy_pair(a: str | None, b: str) -> str | None:
    if a is None or a == b:
        return a
    if a not in _BITS or b not in _BITS:
        return None
    low, high = sorted((a, b), key=lambda n: (_KIND_ORDER[kind(n)], _BITS[n]))
    low_kind, high_kind = kind(low), kind(high)
    if low_kind == high_kind:
        return None if "bfloat16" in (a, b) else high
    if low_kind == "bool":
        return high
    if low_kind == "uint" and high_kind == "int":
        return high if _BITS[high] > _BITS[low] else {8: "int16", 16: "int32", 32: "int64", 64: "float64"}[_BITS[low]]
    if high_kind == "complex":
        return "complex128" if _BITS[low] > (32 if low_kind == "float" else 16) else high
    if high == "bfloat16":
        return None
    needed = {8: 16, 16: 32, 32: 64, 64: 64}[_BITS[low]]
    return high if _BITS[high] >= needed else f"float{needed}"


def _widest(operands: Sequence[Operand]) -> str | None:
    """Python numbers among themselves."""
    best: str | None = None
    for name, _ in operands:
        if name is None or (kind(name) not in _KIND_ORDER and name != best and best is not None):
            return None
        if best is None or _KIND_ORDER.get(kind(name), 9) > _KIND_ORDER.get(kind(best), 9):
            best = name
    return best


def real(dtype: str | None) -> str | None:
    """Of the real part: complex64 is two float32."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype) if dtype else None


def complex_of(dtype: str | None) -> str | None:
    """Of the complex number with parts of this dtype."""
    return {"float32": "complex64", "float64": "complex128", "complex64": "complex64", "complex128": "complex128"}.get(
        dtype or ""
    )


def divided(dtype: str | None) -> str | None:
    """Of ``a / b`` in TensorFlow: small integers give float32, others float64, the rest stays."""
    if dtype in {"int8", "uint8", "int16", "uint16"}:
        return "float32"
    if dtype in {"int32", "uint32", "int64", "uint64"}:
        return "float64"
    return dtype


def floating(dtype: str | None) -> str | None:
    """Of NumPy functions that leave the integers (``mean``, ``sqrt`` of int64): float64."""
    if dtype is None:
        return None
    return {"int64": "float64", "int32": "float64", "uint32": "float64", "uint64": "float64"}.get(
        dtype, None if kind(dtype) in {"bool", "int", "uint"} else dtype
    )


def averaged(dtype: str | None) -> str | None:
    """Of NumPy's mean, variance and deviation: any integer or bool gives float64."""
    if dtype is None:
        return None
    return "float64" if kind(dtype) in {"bool", "int", "uint"} else dtype


def summed(dtype: str | None) -> str | None:
    """Of NumPy's sum and product: small integers are widened to the platform's, 64 bits."""
    if dtype is None:
        return None
    if kind(dtype) in {"bool", "int"}:
        return "int64"
    return "uint64" if kind(dtype) == "uint" else dtype


def inexact(dtype: str | None) -> str | None:
    """Of functions that keep floating dtypes and convert others in ways of their own."""
    return dtype if dtype is not None and kind(dtype) in {"float", "complex"} else None


def numeric(dtype: str | None) -> str | None:
    """Of functions that keep all dtypes but bool."""
    return dtype if dtype != "bool" else None


def hinted(dtype: str | None, hint: str | None) -> str | None:
    """Of a value converted with a ``dtype_hint``: certain only when the hint says nothing else."""
    return dtype if hint is None or hint == dtype else None


def autocast(dtype: str | None, wanted: str | None) -> str | None:
    """Of a Keras layer that hands its input on: floating inputs are cast to what the layer computes in, others stay."""
    if dtype is None:
        return None
    return wanted if kind(dtype) == "float" else dtype


FUNCTIONS: dict[str, Callable[..., str | None]] = {
    f.__name__: f for f in (real, complex_of, divided, floating, averaged, summed, inexact, numeric, autocast, hinted)
}
"""What rows may call, by name."""
