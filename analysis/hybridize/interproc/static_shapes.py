"""Static shapes as Python values: `x.shape` and what is read from it.

A shape of known rank is a tuple of ints; an axis of unknown size is ``int | None``, since it depends on the call
whether the program sees a number. A shape of unknown rank is a ``TensorShape``.

In a probe (`interproc.probe`), which evaluates a body as TensorFlow traces it under an input signature, such an axis is
`OPEN`: certainly None. Using it where only a number will do is recorded as a use ``needs-axis``; so is asking for the
axes of a shape of unknown rank. What TensorFlow does then is proven in ``tests/runtime/test_static_axes.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import Atom, Generic, Object, PyType, Tensor, Tuple, py_type
from hybridize.domains.value import BOTTOM, NONE, Value, const_value, join, type_value, value_of
from hybridize.interproc import containers, tensors
from hybridize.interproc.activation import Arguments
from hybridize.interproc.intrinsics_base import Handler, first
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

OPEN: Final = py_type("open axis")
"""The None that the shape of a symbolic Keras tensor holds, or one under the signature of a probe."""
RANKS: Final = frozenset({"rank", "ndims"})
UNKNOWN_RANK: Final = py_type("TensorShape")


def shape_of(frame: Frame, value: Value, position: Position) -> Value:
    """The static shape of tensors, or of what becomes a tensor."""
    result = BOTTOM
    for atom in value.atoms:
        shape = tensors.value_shape(frame, value_of(atom))
        certain = frame.machine.probing or (isinstance(atom, Tensor) and atom.kind == "symbolic")
        if isinstance(atom, Tensor):
            frame.use("reads-shape", "", position, value_of(atom))
        if shape is None:
            result = join(result, value_of(UNKNOWN_RANK))
        else:
            result = join(result, containers.tuple_value([_axis(size, certain) for size in shape]))
    return result if result is not BOTTOM else value_of(UNKNOWN_RANK)


def input_shape(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """What Keras passes to ``build``. Outside of probes the sizes do not count: each would be a context of its own."""
    inputs = first(arguments)
    if frame.machine.probing and inputs.atoms and all(isinstance(atom, Tensor) for atom in inputs.atoms):
        return shape_of(frame, inputs, position)
    for atom in inputs.atoms:
        if isinstance(atom, Tensor):
            frame.use("reads-shape", "", position, value_of(atom))
    return value_of(UNKNOWN_RANK)


def _axis(size: int | None, certain: bool) -> Value:
    """One axis; ``certain``: if its size is not known, then it is None."""
    if size is not None:
        return const_value(size)
    return value_of(OPEN) if certain else join(type_value("int"), NONE)


def rank_of(frame: Frame, shape: Atom) -> Value:
    """``shape.rank`` and ``shape.ndims``."""
    if isinstance(shape, Tuple) and shape.elements is not None:
        return const_value(len(shape.elements))
    return _axis(None, frame.machine.probing)


def axis_of_unknown_rank(frame: Frame) -> Value:
    """``shape[i]`` where not even the rank is known."""
    return value_of(OPEN) if frame.machine.probing else type_value("int")


# -- what needs a number, or a rank ------------------------------------------------------------------------------------


def has_open(frame: Frame, arguments: Arguments) -> bool:
    """Whether some argument holds a size that is None."""
    return any(_is_open(frame, value) for value in arguments.all_values())


def needs_number(frame: Frame, value: Value, what: str, position: Position) -> None:
    """``value`` is used as a number, an index or the like."""
    if frame.machine.probing and _is_open(frame, value):
        frame.use("needs-axis", what, position)


def as_number(value: Value) -> Value:
    """``value`` as if an open axis were a number."""
    return value_of(*(py_type("int") if atom is OPEN else atom for atom in value.atoms))


def needs_rank(frame: Frame, value: Value, what: str, position: Position) -> None:
    """The axes in ``value`` are asked for one by one, or counted."""
    if frame.machine.probing and UNKNOWN_RANK in value.atoms:
        frame.use("needs-axis", what, position)


def _is_open(frame: Frame, value: Value) -> bool:
    for atom in tensors.leaves(frame, value):
        if atom is OPEN or (isinstance(atom, Generic) and any(_is_open(frame, part) for part in atom.args)):
            return True
    return False


_NUMBER_BUILTINS: Final = frozenset(
    f"builtins.{name}"
    for name in ("range", "int", "float", "complex", "abs", "sum", "min", "max", "sorted", "pow", "divmod", "round")
)
_RANK_BUILTINS: Final = frozenset(
    f"builtins.{name}"
    for name in ("len", "list", "tuple", "zip", "enumerate", "iter", "reversed", "sum", "min", "max", "sorted", "map")
)
_RANK_METHODS: Final = frozenset({"tensorflow.TensorShape.as_list"})
_ADMITS_NONE: Final = (
    "builtins.", "logging.", "warnings.", "copy.", "functools.", "absl.logging.",
    "tensorflow.TensorShape", "tensorflow.TensorSpec", "tensorflow.RaggedTensorSpec", "tensorflow.SparseTensorSpec",
    "tensorflow.Tensor.set_shape", "tensorflow.ensure_shape", "tensorflow.print", "tensorflow.debugging.",
    "tensorflow.compat.v1.placeholder", "keras.Input", "keras.layers.Input",
)  # fmt: skip
"""Beginnings of the names of functions that take None for a size."""


def note_call(frame: Frame, name: str, arguments: Arguments, receiver: Value | None, position: Position) -> None:
    """A library function gets arguments, in a probe."""
    if receiver is not None and name.startswith("keras.") and name.endswith(".__call__"):
        for atom in receiver.atoms:
            if isinstance(atom, Object) and atom.cls.startswith("keras.layers."):
                _note_layer(frame, atom, arguments, position)
    for value in arguments.all_values():
        if name in _NUMBER_BUILTINS or not name.startswith(_ADMITS_NONE):
            needs_number(frame, value, name, position)
        if name in _RANK_BUILTINS or name in _RANK_METHODS or not name.startswith(_ADMITS_NONE):
            needs_rank(frame, value, name, position)


ANY_RANK: Final = frozenset(
    f"keras.layers.{name}"
    for name in (
        "Activation", "ActivityRegularization", "Dropout", "ELU", "GaussianDropout", "GaussianNoise", "Identity",
        "LeakyReLU", "ReLU",
    )
)  # fmt: skip
"""Layers that take tensors of unknown rank."""
SIZED_BY_LAST_AXIS: Final = frozenset(
    f"keras.layers.{name}"
    for name in (
        "BatchNormalization", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose",
        "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "GRU", "LSTM", "LayerNormalization", "SeparableConv1D",
        "SeparableConv2D", "SimpleRNN",
    )
)  # fmt: skip
"""Layers that make weights by the size of the last axis."""


def _note_layer(frame: Frame, layer: Object, arguments: Arguments, position: Position) -> None:
    """A layer of Keras is called, in a probe."""
    inputs = first(Arguments(arguments.positional[1:], arguments.keywords, arguments.rest))
    for atom in tensors.leaves(frame, inputs):
        if not isinstance(atom, Tensor) or atom.kind not in ("dense", "variable"):
            continue
        unknown_rank = atom.shape is None and layer.cls not in ANY_RANK
        open_size = bool(atom.shape) and atom.shape[-1] is None and layer.cls in SIZED_BY_LAST_AXIS  # type: ignore[index]
        if unknown_rank or open_size:
            frame.use("reads-shape", "", position, value_of(atom))
            frame.use("needs-axis", layer.cls, position)


# -- methods of shapes -------------------------------------------------------------------------------------------------


def _as_list(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    shapes = [containers.exact_items(frame, value_of(atom)) for atom in first(arguments).atoms]
    if not shapes or None in shapes:
        return None
    made = frame.machine.allocate(frame.activation, "list", frame.site(position))
    ranks = {len(items) for items in shapes if items is not None}
    for items in shapes:
        containers.fill_list(frame, made, items or [], len(ranks) == 1)
    return value_of(made)


def _itself(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """``shape.with_rank(2)`` and the like raise, or give the shape."""
    return None if containers.exact_items(frame, first(arguments)) is None else first(arguments)


def _element_count(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    shape = value_of(*(a for a in first(arguments).atoms if isinstance(a, (Tuple, PyType))))
    if frame.machine.probing and (_is_open(frame, shape) or UNKNOWN_RANK in shape.atoms):
        return value_of(OPEN)
    return None


INTRINSICS: Final[dict[str, Handler]] = {
    "tensorflow.TensorShape.as_list": _as_list,
    "tensorflow.TensorShape.with_rank": _itself,
    "tensorflow.TensorShape.with_rank_at_least": _itself,
    "tensorflow.TensorShape.with_rank_at_most": _itself,
    "tensorflow.TensorShape.num_elements": _element_count,
}
