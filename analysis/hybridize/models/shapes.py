"""Named functions on shapes, as rows use them.

A shape is a tuple of dimensions, each an int or None (unknown); a shape that is None has unknown rank. Constants are
Python values, or `UNKNOWN`. A function never raises for bad input: what TensorFlow would refuse has no shape: None.
"""

from __future__ import annotations

from hybridize.models import array_shapes, composite_shapes, image_shapes, item_shapes, layer_shapes
from hybridize.models.shape_base import FUNCTIONS, UNKNOWN, Dim, Shape, ShapeFunction

__all__ = [
    "FUNCTIONS",
    "UNKNOWN",
    "Dim",
    "Shape",
    "ShapeFunction",
    "array_shapes",
    "composite_shapes",
    "image_shapes",
    "item_shapes",
    "layer_shapes",
]
