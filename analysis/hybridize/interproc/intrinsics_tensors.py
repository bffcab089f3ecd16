"""Library callables that hold tensors for later: tensor arrays, generators read as datasets, data written as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from hybridize.domains.atoms import Atom, Object, Tensor, stream_of, tensor, tuple_of, wrapped_of
from hybridize.domains.value import BOTTOM, NONE, Value, const_value, join, value_of
from hybridize.interproc import containers, semantics
from hybridize.interproc.activation import Arguments
from hybridize.interproc.intrinsics_base import Handler, constant_text, first
from hybridize.interproc.library_calls import call_back
from hybridize.interproc.structures import map_leaves, structure
from hybridize.interproc.tensors import as_dtype, as_shape, value_dtype, value_shape
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

# -- TensorArray -------------------------------------------------------------------------------------------------------


def _arrays(value: Value) -> list[Object]:
    found = [a for a in value.atoms if isinstance(a, Object) and a.cls == "tensorflow.TensorArray"]
    return found if len(found) == len(value.atoms) else []


def _as_tensor(frame: Frame, value: Value) -> Value:
    """What TensorFlow makes of each value."""
    result = BOTTOM
    for atom in value.atoms:
        one = value_of(atom)
        result = join(result, value_of(tensor("dense", value_dtype(frame, one), value_shape(frame, one))))
    return result


def _write(parameter: str, sliced: bool) -> Handler:
    """Stores into the array. TensorFlow gives a new handle to the same items, so the array itself stands for it."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
        arrays = _arrays(first(arguments))
        row = frame.machine.library.row(f"tensorflow.TensorArray.{parameter}")
        if not arrays or row is None:
            return None
        given = _as_tensor(frame, semantics.bind_row(row, arguments)["value"])
        items = containers.element(frame, given, position) if sliced else given
        for array in arrays:
            frame.machine.write(("e", array, "*"), items)
        return value_of(*arrays)

    return handler


def _items(frame: Frame, arguments: Arguments) -> list[Tensor]:
    """The tensors in the arrays a method is called on, of the dtype and shape the arrays were made for."""
    found: list[Tensor] = []
    for array in _arrays(first(arguments)):
        watch, reader = frame.machine.watch, frame.point
        dtype = as_dtype(watch(("a", array, "init dtype"), reader))
        declared = watch(("a", array, "init element_shape"), reader)
        shape = as_shape(frame, declared) if declared is not NONE else None
        stored = [a for a in watch(("e", array, "*"), reader).atoms if isinstance(a, Tensor)]
        found += [tensor("dense", dtype or a.dtype, a.shape if a.shape is not None else shape) for a in stored]
        if not stored:
            found.append(tensor("dense", dtype, shape))
    return found


def _read(axes: int) -> Handler:
    """Items of the array: one (0 axes more), or as many as there are (1)."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
        items = _items(frame, arguments)
        if not items:
            return None
        shapes = (None if a.shape is None else ((None,) * axes + a.shape) for a in items)
        return value_of(*(tensor("dense", a.dtype, shape) for a, shape in zip(items, shapes, strict=True)))

    return handler


def _concat(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    items = _items(frame, arguments)
    if not items:
        return None
    return value_of(*(tensor("dense", a.dtype, (None, *a.shape[1:]) if a.shape else None) for a in items))


# -- datasets ----------------------------------------------------------------------------------------------------------


def _from_generator(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """Elements are what the signature says, or the dtypes with the shapes given beside them."""
    row = frame.machine.library.row("tensorflow.data.Dataset.from_generator")
    assert row is not None
    args = semantics.bind_row(row, arguments)
    call_back(frame, args["generator"], Arguments(), position, "later")
    signature, shapes = args["output_signature"], args["output_shapes"]
    if signature is not NONE:
        element = structure(frame, signature, position)
    else:
        element = _typed(frame, args["output_types"], shapes, position)
    made = stream_of("dataset", element)
    frame.own(made)
    return value_of(made)


def _typed(frame: Frame, types: Value, shapes: Value, position: Position) -> Value:
    """Tensors of dtypes and shapes in the same structure."""
    parts = containers.exact_items(frame, types)
    if parts is not None:
        beside = containers.exact_items(frame, shapes)
        if beside is None or len(beside) != len(parts):
            beside = [NONE] * len(parts)
        inner = [_typed(frame, t, s, position) for t, s in zip(parts, beside, strict=True)]
        return value_of(tuple_of(tuple(inner), BOTTOM))

    def described(atom: Atom) -> Value:
        shape = as_shape(frame, shapes) if shapes is not NONE else None
        return value_of(tensor("dense", as_dtype(value_of(atom)), shape))

    return map_leaves(frame, types, described, position)


# -- gradients ---------------------------------------------------------------------------------------------------------


def _custom_gradient(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """A function that gives its result alone, without the gradient function."""
    target = arguments.get(0, "f")
    return None if target is None else value_of(wrapped_of("gradient", target))


# -- data written as text ----------------------------------------------------------------------------------------------


def _json_loads(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """The value of a text that is known."""
    text = constant_text(first(arguments))
    if text is None or len(arguments.keywords) > 0:
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return _data(frame, data, frame.site(position))


def _data(frame: Frame, data: Any, site: str) -> Value:
    if isinstance(data, list):
        made = frame.machine.allocate(frame.activation, "list", site)
        containers.fill_list(frame, made, [_data(frame, item, f"{site}.{i}") for i, item in enumerate(data)], True)
        return value_of(made)
    if isinstance(data, dict):
        made = frame.machine.allocate(frame.activation, "dict", site)
        for key, item in data.items():
            containers.put(frame, made, const_value(key), _data(frame, item, f"{site}.{key}"))
        return value_of(made)
    return const_value(data)


INTRINSICS: Final[dict[str, Handler]] = {
    "tensorflow.TensorArray.write": _write("write", sliced=False),
    "tensorflow.TensorArray.unstack": _write("unstack", sliced=True),
    "tensorflow.TensorArray.scatter": _write("scatter", sliced=True),
    "tensorflow.TensorArray.read": _read(0),
    "tensorflow.TensorArray.stack": _read(1),
    "tensorflow.TensorArray.gather": _read(1),
    "tensorflow.TensorArray.concat": _concat,
    "tensorflow.data.Dataset.from_generator": _from_generator,
    "tensorflow.custom_gradient": _custom_gradient,
    "json.loads": _json_loads,
}
"""Handlers by the library's name of what is called."""
