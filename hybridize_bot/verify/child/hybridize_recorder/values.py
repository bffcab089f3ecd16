"""What a value is: its kind, and the part it has in the signature that a trace is made for."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping
from types import FunctionType, MethodType
from typing import Any

DEPTH = 6
LONGEST = 200
"""So many items of a container count."""


def tensorflow() -> Any:
    """The program's TensorFlow, once it is imported as a whole; else None."""
    module = sys.modules.get("tensorflow")
    return module if module is not None and hasattr(module, "executing_eagerly") else None


def kind(value: Any) -> tuple[str, str, tuple[int | None, ...] | None]:
    """Kind, dtype and shape, as `hybridize.runs.Received` has them."""
    tf = tensorflow()
    numpy = sys.modules.get("numpy")
    if tf is not None:
        named = (
            (tf.Tensor, "tensor"),
            (tf.Variable, "variable"),
            (tf.RaggedTensor, "ragged"),
            (tf.SparseTensor, "sparse"),
        )
        for types, name in named:
            if isinstance(value, types):
                return name, value.dtype.name, _sizes(value)
        if is_keras_variable(value):
            return "variable", str(value.dtype), _sizes(value)
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
        return "ndarray" if isinstance(value, numpy.ndarray) else "numpy", str(value.dtype), tuple(value.shape)
    return ("None" if value is None else type(value).__name__), "", None


def is_keras_variable(value: Any) -> bool:
    """Whether it is a variable of Keras 3."""
    keras = sys.modules.get("keras")
    variable = getattr(keras, "Variable", None)
    return isinstance(variable, type) and isinstance(value, variable)


def _sizes(value: Any) -> tuple[int | None, ...] | None:
    shape = value.shape
    if isinstance(shape, tuple):
        return shape
    return None if shape.rank is None else tuple(shape.as_list())


def signature(arguments: Any, named: Mapping[str, Any], *, receiver: bool = False) -> str:
    """What a trace is made for, as people think of it: dtypes and shapes of tensors, types of numbers, identities.

    TensorFlow itself makes a trace for each Python number: that is what there may be too many of.
    """
    parts = [_part(value, 0) for value in arguments]
    if receiver and arguments:
        parts[0] = _token(arguments[0])  # each object has traces of its own
    parts += [f"{name}={_part(value, 0)}" for name, value in sorted(named.items())]
    return "; ".join(parts)


def _part(value: Any, depth: int) -> str:
    name, dtype, shape = kind(value)
    if dtype:
        # A graph gets arrays as tensors, and a number of NumPy as an array.
        name = "tensor" if name in ("ndarray", "numpy") else name
        return f"{name} {dtype}{'' if shape is None else list(shape)}"
    if isinstance(value, (bool, str, bytes)) or value is None:
        return repr(value)[:100]
    if isinstance(value, (int, float, complex)):
        return type(value).__name__
    if depth < DEPTH and isinstance(value, Mapping):
        items = list(value.items())[:LONGEST]
        return "{" + ", ".join(f"{key!r:.40}: {_part(item, depth + 1)}" for key, item in items) + "}"
    if depth < DEPTH and isinstance(value, (list, tuple)):
        return type(value).__name__ + "(" + ", ".join(_part(item, depth + 1) for item in value[:LONGEST]) + ")"
    if isinstance(value, (FunctionType, MethodType)):
        code = value.__code__
        return f"function {code.co_filename}:{code.co_firstlineno}"
    return _token(value) if _lasting(value) else type(value).__qualname__


_tokens: dict[int, tuple[Any, int]] = {}
_made = [0]


def _token(value: Any) -> str:
    """A name for an object, which no other one gets, even where it has the address of one that is gone."""
    known = _tokens.get(id(value))
    if known is None or known[0]() is not value:
        try:
            reference: Any = weakref.ref(value)
        except TypeError:
            return type(value).__qualname__
        _made[0] += 1
        known = _tokens[id(value)] = (reference, _made[0])
    return f"{type(value).__qualname__} #{known[1]}"


def _lasting(value: Any) -> bool:
    """Whether a program makes few of them, so that a trace for each is meant: models, layers, optimizers, classes."""
    tf = tensorflow()
    return isinstance(value, type) or (tf is not None and isinstance(value, tf.__internal__.tracking.Trackable))
