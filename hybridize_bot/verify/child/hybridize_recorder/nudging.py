"""Inputs that differ in their last digits: what a call makes of them shows what hangs on rounding.

A graph may round otherwise than Python does, operation by operation. Mostly that is within the tolerances; but where a
value is nothing but rounding (a gradient that is zero on paper) and something blows it up (Adam divides by its size),
both runs are right, and far apart.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from .values import tensorflow

_SEED = 7


def nudged(variables: list[Any], args: Any, kwargs: Any) -> tuple[Any, dict[str, Any]]:
    """Arguments whose tensors are the next floats up or down; the variables are changed in place."""
    numpy: Any = sys.modules["numpy"]
    random = numpy.random.Generator(numpy.random.PCG64(_SEED))  # the program's own generators stay as they are
    for variable in variables:
        with contextlib.suppress(Exception):  # what cannot be assigned here stays as it is: the program goes on
            moved = _moved(variable, random)
            if moved is not None:
                variable.assign(moved)
    positional = tuple(_argument(one, random) for one in args)
    return positional, {name: _argument(one, random) for name, one in kwargs.items()}


def _argument(value: Any, random: Any) -> Any:
    tf = tensorflow()
    with contextlib.suppress(Exception):  # as with variables
        # Arrays may be shared with whoever calls, and are left alone.
        if tf.is_tensor(value) and not isinstance(value, tf.Variable) and hasattr(value, "numpy"):
            moved = _moved(value, random)
            return value if moved is None else tf.convert_to_tensor(moved, dtype=value.dtype)
    return value


def _moved(value: Any, random: Any) -> Any:
    """Each element as the next float up or down; None for what holds no floats of a usual kind."""
    numpy: Any = sys.modules["numpy"]
    tf = tensorflow()
    if tf.as_dtype(value.dtype) not in (tf.float16, tf.float32, tf.float64):
        return None
    array = numpy.asarray(value)
    towards = numpy.where(random.random(array.shape) < 0.5, -numpy.inf, numpy.inf).astype(array.dtype)
    return numpy.where(array == 0, array, numpy.nextafter(array, towards))
