"""Types of tensors as reports, signatures and fixes write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Union

import msgspec


class Spec(msgspec.Struct, frozen=True):
    """One tensor type. ``shape`` None is unknown rank, a None dimension unknown or varying; ``dtype`` None unknown."""

    spec: Literal["TensorSpec", "RaggedTensorSpec", "SparseTensorSpec"]
    dtype: str | None
    shape: tuple[int | None, ...] | None


if TYPE_CHECKING:
    Specs = Union[Spec, list["Specs"]]
else:
    # msgspec decodes no alias that names itself: structures that are deeper than this cannot be read back.
    Specs = Spec
    for _ in range(12):
        Specs = Union[Spec, list[Specs]]

FUNCTION_PARAMETERS = (
    "func",
    "input_signature",
    "autograph",
    "jit_compile",
    "reduce_retracing",
    "experimental_implements",
    "experimental_autograph_options",
    "experimental_attributes",
    "experimental_relax_shapes",
    "experimental_compile",
    "experimental_follow_type_hints",
)
"""The parameters of `tf.function` in order, those of old versions among them (TensorFlow 2.9 to 2.21)."""
