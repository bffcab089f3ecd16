"""Shapes of image operations: images are [height, width, channels], alone or with a batch axis in front."""

from __future__ import annotations

from hybridize.models.layer_shapes import window
from hybridize.models.shape_base import Dim, Shape, ints, is_int, shape_function


@shape_function("shape", "value")
def rotated(shape: Shape, quarters: object) -> Shape:
    """Turned by a number of right angles: height and width change places when it is odd."""
    if shape is None or len(shape) < 3:
        return None
    height, width = shape[-3], shape[-2]
    if not is_int(quarters):
        height = width = height if height == width else None
    elif quarters % 2:
        height, width = width, height
    return (*shape[:-3], height, width, shape[-1])


@shape_function("shape")
def image_transposed(shape: Shape) -> Shape:
    """Height and width swapped."""
    return rotated(shape, 1)


@shape_function("shape")
def any_height_and_width(shape: Shape) -> Shape:
    """Images of other sizes."""
    return None if shape is None or len(shape) < 3 else (*shape[:-3], None, None, shape[-1])


@shape_function("shape", "value", "value", "value", "value")
def patches(shape: Shape, sizes: object, strides: object, rates: object, padding: object) -> Shape:
    """``tf.image.extract_patches``: each place holds the pixels of its window."""
    if shape is None or len(shape) != 4:
        return None
    size, stride, rate = ints(sizes), ints(strides), ints(rates)
    places: list[Dim] = [None, None]
    depth = None
    if size is not None and stride is not None and rate is not None and len(size) == len(stride) == len(rate) == 4:
        places = [window(shape[1 + i], size[1 + i], stride[1 + i], padding, rate[1 + i]) for i in range(2)]
        depth = None if shape[3] is None else size[1] * size[2] * shape[3]
    return (shape[0], *places, depth)


@shape_function("shape", "shape", "value")
def crops(images: Shape, boxes: Shape, size: object) -> Shape:
    """One crop of a size for each box."""
    wanted = ints(size)
    height, width = wanted if wanted is not None and len(wanted) == 2 else (None, None)
    return (boxes[0] if boxes else None, height, width, images[-1] if images else None)


@shape_function("value")
def decoded(channels: object) -> Shape:
    """A decoded picture; 0 channels are as many as the file has."""
    return (None, None, channels if is_int(channels) and channels > 0 else None)
