"""Types of tensors as reports, signatures and fixes write them."""

from __future__ import annotations

from typing import Literal, Union

import msgspec


class Spec(msgspec.Struct, frozen=True):
    """One tensor type. ``shape`` None is unknown rank, a None dimension unknown or varying; ``dtype`` None unknown."""

    spec: Literal["TensorSpec", "RaggedTensorSpec", "SparseTensorSpec"]
    dtype: str | None
    shape: tuple[int | None, ...] | None


Specs = Union[Spec, list["Specs"]]
