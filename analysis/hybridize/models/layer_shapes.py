"""Shapes of neural network layers: convolution, pooling, padding, cropping, upsampling."""

from __future__ import annotations

from hybridize.models.array_shapes import broadcast, reduced
from hybridize.models.shape_base import UNKNOWN, Dim, Shape, is_int, shape_function


def channels_first(data_format: object) -> bool | None:
    """Whether channels come before space; None when not known. No format given is ``channels_last``."""
    if data_format is None:
        return False
    if isinstance(data_format, str):
        return data_format == "channels_first" or (data_format.startswith("NC") and data_format != "NC")
    return None


def each_axis(value: object, rank: int) -> tuple[Dim, ...]:
    """A setting for each spatial axis, from one for all, or from the four of ``tf.nn`` ops in NHWC order."""
    if is_int(value):
        return (value,) * rank
    if isinstance(value, (tuple, list)):
        if len(value) == 1:
            value = tuple(value) * rank
        if len(value) == rank + 2:
            value = value[1:-1]
        if len(value) == rank:
            return tuple(v if is_int(v) else None for v in value)
    return (None,) * rank


def window(size: Dim, kernel: Dim, stride: Dim, padding: object, dilation: Dim) -> Dim:
    """How many places a sliding window has on one axis."""
    if size is None or stride is None or not stride or not isinstance(padding, str):
        return None
    if padding.lower() in {"same", "causal"}:
        return -(-size // stride)
    if padding.lower() != "valid" or kernel is None or dilation is None:
        return None
    return max(0, -(-(size - (kernel - 1) * dilation) // stride))


def _layout(shape: Shape, data_format: object) -> tuple[Dim, tuple[Dim, ...], Dim, bool] | None:
    """Batch, space, channels, and whether channels are first."""
    first = channels_first(data_format)
    if shape is None or len(shape) < 3 or first is None:
        return None
    return (shape[0], shape[2:], shape[1], True) if first else (shape[0], shape[1:-1], shape[-1], False)


def _joined(batch: Dim, space: tuple[Dim, ...], channels: Dim, first: bool) -> Shape:
    return (batch, channels, *space) if first else (batch, *space, channels)


@shape_function("shape", "value", "value", "value", "value", "value", "value", least=4)
def conv(
    shape: Shape,
    filters: object,
    kernel: object,
    strides: object,
    padding: object = "valid",
    data_format: object = None,
    dilation: object = 1,
) -> Shape:
    """A convolution of any number of spatial axes. Strides of None follow the layer's default of 1."""
    layout = _layout(shape, data_format)
    if layout is None:
        return None if shape is None else (None,) * len(shape)
    batch, space, _, first = layout
    rank = len(space)
    settings = zip(
        space,
        each_axis(kernel, rank),
        each_axis(1 if strides is None else strides, rank),
        each_axis(1 if dilation is None else dilation, rank),
        strict=True,
    )
    sizes = tuple(window(d, k, s, padding, r) for d, k, s, r in settings)
    return _joined(batch, sizes, filters if is_int(filters) else None, first)


@shape_function("shape", "shape", "value", "value", "value", "value", least=4)
def conv_filters(
    shape: Shape, filters: Shape, strides: object, padding: object, data_format: object = None, dilations: object = None
) -> Shape:
    """``tf.nn.conv2d`` and the like: the filter tensor gives kernel and channels."""
    if filters is None or len(filters) < 3:
        return None if shape is None else (None,) * len(shape)
    return conv(
        shape,
        filters[-1] if filters[-1] is not None else UNKNOWN,
        filters[:-2],
        strides,
        padding,
        data_format,
        dilations,
    )


@shape_function("shape", "value", "value", "value", "value", "value", "value", least=4)
def depthwise_conv(
    shape: Shape,
    multiplier: object,
    kernel: object,
    strides: object,
    padding: object = "valid",
    data_format: object = None,
    dilation: object = 1,
) -> Shape:
    """A convolution of each channel alone."""
    layout = _layout(shape, data_format)
    channels = layout[2] if layout else None
    filters = channels * multiplier if channels is not None and is_int(multiplier) else UNKNOWN
    return conv(shape, filters, kernel, strides, padding, data_format, dilation)


@shape_function("shape", "value", "value", "value", "value", "value", "value", "value", least=4)
def conv_transpose(
    shape: Shape,
    filters: object,
    kernel: object,
    strides: object,
    padding: object = "valid",
    output_padding: object = None,
    data_format: object = None,
    dilation: object = 1,
) -> Shape:
    """The transposed convolution of Keras."""
    layout = _layout(shape, data_format)
    if layout is None or not isinstance(padding, str) or output_padding is not None:
        return None if shape is None else (None,) * len(shape)
    batch, space, _, first = layout
    rank = len(space)
    sizes: list[Dim] = []
    settings = zip(space, each_axis(kernel, rank), each_axis(strides, rank), each_axis(dilation, rank), strict=True)
    for dim, size, stride, step in settings:
        if dim is None or size is None or stride is None or step is None:
            sizes.append(None)
        else:
            extent = (size - 1) * step + 1
            sizes.append(dim * stride + (max(extent - stride, 0) if padding.lower() == "valid" else 0))
    return _joined(batch, tuple(sizes), filters if is_int(filters) else None, first)


@shape_function("shape", "value", "value", "value", "value", least=3)
def pool(shape: Shape, size: object, strides: object, padding: object = "valid", data_format: object = None) -> Shape:
    """Pooling with a window: strides of None are the window's size."""
    layout = _layout(shape, data_format)
    if layout is None:
        return None if shape is None else (None,) * len(shape)
    batch, space, channels, first = layout
    windows = each_axis(size, len(space))
    steps = windows if strides is None else each_axis(strides, len(space))
    sizes = tuple(window(d, k, s, padding, 1) for d, k, s in zip(space, windows, steps, strict=True))
    return _joined(batch, sizes, channels, first)


@shape_function("shape", "value", "value", least=1)
def global_pool(shape: Shape, keepdims: object = False, data_format: object = None) -> Shape:
    """Pooling over all of space."""
    layout = _layout(shape, data_format)
    if layout is None:
        return None
    batch, space, channels, first = layout
    if keepdims is True:
        return _joined(batch, (1,) * len(space), channels, first)
    return (batch, channels) if keepdims is False else None


def _pairs(value: object, rank: int) -> tuple[Dim, ...]:
    """The total added or removed on each spatial axis: one number for both sides of all, one each, or pairs."""
    if is_int(value):
        return (2 * value,) * rank
    if not isinstance(value, (tuple, list)):
        return (None,) * rank
    if rank == 1 and len(value) == 2 and all(is_int(v) for v in value):
        return (value[0] + value[1],)
    if len(value) != rank:
        return (None,) * rank
    totals: list[Dim] = []
    for item in value:
        if is_int(item):
            totals.append(2 * item)
        elif isinstance(item, (tuple, list)) and len(item) == 2 and all(is_int(v) for v in item):
            totals.append(item[0] + item[1])
        else:
            totals.append(None)
    return tuple(totals)


@shape_function("shape", "value", "value", least=2)
def zero_padded(shape: Shape, padding: object, data_format: object = None) -> Shape:
    """Keras ``ZeroPadding``."""
    layout = _layout(shape, data_format)
    if layout is None:
        return None if shape is None else (None,) * len(shape)
    batch, space, channels, first = layout
    sizes = tuple(
        d + p if d is not None and p is not None else None
        for d, p in zip(space, _pairs(padding, len(space)), strict=True)
    )
    return _joined(batch, sizes, channels, first)


@shape_function("shape", "value", "value", least=2)
def cropped(shape: Shape, cropping: object, data_format: object = None) -> Shape:
    """Keras ``Cropping``."""
    layout = _layout(shape, data_format)
    if layout is None:
        return None if shape is None else (None,) * len(shape)
    batch, space, channels, first = layout
    sizes = tuple(
        max(0, d - p) if d is not None and p is not None else None
        for d, p in zip(space, _pairs(cropping, len(space)), strict=True)
    )
    return _joined(batch, sizes, channels, first)


@shape_function("shape", "value", "value", least=2)
def upsampled(shape: Shape, size: object, data_format: object = None) -> Shape:
    """Keras ``UpSampling``."""
    layout = _layout(shape, data_format)
    if layout is None:
        return None if shape is None else (None,) * len(shape)
    batch, space, channels, first = layout
    sizes = tuple(
        d * s if d is not None and s is not None else None
        for d, s in zip(space, each_axis(size, len(space)), strict=True)
    )
    return _joined(batch, sizes, channels, first)


@shape_function("shape", "value", "value", "value", least=2)
def recurrent(shape: Shape, units: object, return_sequences: object = False, return_state: object = False) -> Shape:
    """The output of an RNN over (batch, time, features): the last step, or all; with states it is no single tensor."""
    if return_state is not False or shape is None or len(shape) != 3 or not isinstance(return_sequences, bool):
        return None
    size = units if is_int(units) else None
    return (shape[0], shape[1], size) if return_sequences else (shape[0], size)


@shape_function("value")
def summed_loss(reduction: object) -> Shape:
    """A Keras loss object's result: one number, unless it keeps the loss of each example."""
    return () if isinstance(reduction, str) and reduction in {"sum_over_batch_size", "sum", "mean"} else None


@shape_function("shape", "shape", "value", least=2)
def row_loss(y_true: Shape, y_pred: Shape, axis: object = -1) -> Shape:
    """A Keras loss function: the mean over one axis of labels and predictions of one rank."""
    if y_true is None or y_pred is None or len(y_true) != len(y_pred) or len(y_pred) < 2:
        return None
    return reduced(broadcast(y_true, y_pred), axis) if is_int(axis) else None


@shape_function("shape", "value")
def attended(query: Shape, output: object) -> Shape:
    """Keras ``MultiHeadAttention``: as the query, the last axis replaced by the output shape asked for."""
    if output is None or not query:
        return query or None
    if is_int(output):
        return (*query[:-1], output)
    return (*query[:-1], *output) if isinstance(output, tuple) and all(map(is_int, output)) else None


@shape_function("shape", "value")
def repeated_rows(shape: Shape, count: object) -> Shape:
    """Keras ``RepeatVector``: vectors repeated along a new axis."""
    return (shape[0], count if is_int(count) else None, shape[1]) if shape is not None and len(shape) == 2 else None


@shape_function("shape", "value")
def permuted(shape: Shape, dims: object) -> Shape:
    """Keras ``Permute``: axes from 1, the batch stays."""
    if not shape:
        return None
    if not isinstance(dims, (tuple, list)) or sorted(d if is_int(d) else -1 for d in dims) != list(
        range(1, len(shape))
    ):
        return (None,) * len(shape)
    return (shape[0], *(shape[d] for d in dims))


@shape_function("shape", "value", "value")
def image_size(shape: Shape, height: object, width: object) -> Shape:
    """Images with another height and width."""
    if shape is None or len(shape) not in (3, 4):
        return None
    return (*shape[:-3], height if is_int(height) else None, width if is_int(width) else None, shape[-1])
