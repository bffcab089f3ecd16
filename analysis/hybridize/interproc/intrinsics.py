"""Library callables whose meaning no row can express, because it depends on the program's classes and functions."""

from __future__ import annotations

from typing import Final

from hybridize.interproc import (
    intrinsics_containers,
    intrinsics_datasets,
    intrinsics_numbers,
    intrinsics_objects,
    intrinsics_tensors,
    keras,
    pytest_calls,
    static_shapes,
)
from hybridize.interproc.intrinsics_base import Handler

INTRINSICS: Final[dict[str, Handler]] = {
    **intrinsics_objects.INTRINSICS,
    **intrinsics_numbers.INTRINSICS,
    **intrinsics_containers.INTRINSICS,
    **intrinsics_tensors.INTRINSICS,
    **intrinsics_datasets.INTRINSICS,
    **keras.INTRINSICS,
    **pytest_calls.INTRINSICS,
    **static_shapes.INTRINSICS,
}
"""Handlers by the library's name of what is called."""
