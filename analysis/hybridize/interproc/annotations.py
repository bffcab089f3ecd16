"""What an annotation says of the values it admits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import (
    Atom,
    Class,
    Const,
    Generic,
    Lib,
    Tuple,
    Unknown,
    object_of,
    py_type,
    stream_of,
    tensor,
    tuple_of,
)
from hybridize.domains.value import BOTTOM, NONE, Value, join, unknown_value, value_of
from hybridize.reasons import Reason

if TYPE_CHECKING:
    from hybridize.interproc.machine import Machine

TENSORS: Final = {
    "tensorflow.Tensor": "dense", "tensorflow.Variable": "variable", "tensorflow.RaggedTensor": "ragged",
    "tensorflow.SparseTensor": "sparse", "numpy.ndarray": "ndarray", "keras.KerasTensor": "symbolic",
    "tensorflow.types.experimental.TensorLike": "dense", "tensorflow.types.experimental.RaggedTensor": "ragged",
    "tensorflow.experimental.numpy.ndarray": "dense", "tensorflow.compat.v1.Tensor": "dense",
    "tensorflow.EagerTensor": "dense",
}  # fmt: skip
SCALARS: Final = {"int", "float", "str", "bool", "bytes", "complex"}
UNIONS: Final = {"typing.Union", "typing.Optional", "typing_extensions.Union"}
TRANSPARENT: Final = {"typing.Annotated", "typing.Final", "typing.ClassVar", "typing.Required", "typing.NotRequired"}
SEQUENCES: Final = {
    "list", "typing.List", "typing.Sequence", "typing.MutableSequence", "collections.abc.Sequence", "typing.Iterable",
    "collections.abc.Iterable", "typing.Collection", "set", "typing.Set", "frozenset", "collections.deque",
}  # fmt: skip
MAPPINGS: Final = {"dict", "typing.Dict", "typing.Mapping", "typing.MutableMapping", "collections.abc.Mapping"}
ANNOTATED_SITE: Final = "annotated"


def value_of_annotation(machine: Machine, annotation: Value, depth: int = 0) -> Value | None:
    """Some value of the annotated type, or None if the annotation says too little."""
    result = BOTTOM
    for atom in annotation.atoms:
        one = _value(machine, atom, depth)
        if one is None:
            return None
        result = join(result, one)
    return None if result is BOTTOM else result


def _value(machine: Machine, atom: Atom, depth: int) -> Value | None:
    if depth > 4 or isinstance(atom, Unknown):
        return None
    if isinstance(atom, Const):
        return NONE if atom.constant is None else None
    if isinstance(atom, Class):
        return value_of(object_of(atom.id, "outside", False))
    if isinstance(atom, Lib):
        return _library_type(machine, atom.name)
    if isinstance(atom, Generic):
        return _generic(machine, atom, depth)
    return None


def _library_type(machine: Machine, name: str) -> Value | None:
    if name in TENSORS:
        return value_of(tensor(TENSORS[name]))
    plain = name.removeprefix("builtins.")
    if plain == "object":  # so is everything
        return None
    if plain in SCALARS:
        return value_of(py_type(plain))
    if plain == "typing.Text":
        return value_of(py_type("str"))
    if name == "tensorflow.data.Dataset":
        return value_of(stream_of("dataset", unknown_value(Reason.UNKNOWN_ELEMENT)))
    row = machine.library.row(name)
    if row is not None and row.class_ is not None and row.class_[0] == "instance":
        return value_of(object_of(name, ANNOTATED_SITE, False))
    return None


def _generic(machine: Machine, atom: Generic, depth: int) -> Value | None:
    base = atom.base.removeprefix("builtins.")
    if base in UNIONS:
        parts = [value_of_annotation(machine, arg, depth + 1) for arg in _flat(atom)]
        if any(part is None for part in parts):
            # `Union[tf.Tensor, TheirType]`: the part that is known still stands.
            parts = [part for part in parts if part is not None]
        result = NONE if base == "typing.Optional" else BOTTOM
        for part in parts:
            result = join(result, part)  # type: ignore[arg-type]
        return None if result in (BOTTOM, NONE) else result
    if base in TRANSPARENT:
        return value_of_annotation(machine, atom.args[0], depth + 1) if atom.args else None
    if base in ("tuple", "typing.Tuple"):
        parts = [value_of_annotation(machine, arg, depth + 1) for arg in atom.args if not _is_ellipsis(arg)]
        if any(part is None for part in parts) or not parts:
            return None
        if any(_is_ellipsis(arg) for arg in atom.args):
            return value_of(tuple_of(None, parts[0]))  # type: ignore[arg-type]
        return value_of(tuple_of(tuple(part for part in parts if part is not None), BOTTOM))
    if base in SEQUENCES or base in MAPPINGS:
        inner = value_of_annotation(machine, atom.args[-1], depth + 1) if atom.args else None
        if inner is None:
            return None
        # A container from outside is modeled as a tuple of any length: what it holds counts, not how it changes.
        return value_of(tuple_of(None, inner))
    return None


def _flat(atom: Generic) -> list[Value]:
    args: list[Value] = []
    for arg in atom.args:
        inner = arg.atoms[0] if len(arg.atoms) == 1 else None
        if isinstance(inner, Tuple) and inner.elements is not None:
            args.extend(inner.elements)
        else:
            args.append(arg)
    return args


def _is_ellipsis(value: Value) -> bool:
    return len(value.atoms) == 1 and isinstance(value.atoms[0], Const) and value.atoms[0].constant is Ellipsis
