"""Static shape and kind of ``tensor[index]`` (TensorFlow's and NumPy's basic indexing)."""

from __future__ import annotations

from hybridize.domains.atoms import Const, Generic, PyType, Shape, Tensor, Tuple, tensor
from hybridize.domains.value import Value


def index_tensor(source: Tensor, index: Value) -> Tensor:
    """The tensor that indexing gives. The shape is unknown where the index is not basic or not known."""
    kind = source.kind if source.kind in ("ndarray", "ragged", "symbolic") else "dense"
    return tensor(kind, source.dtype, _indexed(source.shape, index) if source.kind != "ragged" else None)


def _indexed(shape: Shape | None, index: Value) -> Shape | None:
    if shape is None or len(index.atoms) != 1:
        return None
    atom = index.atoms[0]
    parts = list(atom.elements) if isinstance(atom, Tuple) and atom.elements is not None else [index]
    if any(len(part.atoms) != 1 for part in parts):
        return None
    kinds = [part.atoms[0] for part in parts]
    consumed = sum(not (isinstance(k, Const) and (k.constant is None or k.constant is Ellipsis)) for k in kinds)
    if consumed > len(shape):
        return None
    result: list[int | None] = []
    axis = 0
    for kind in kinds:
        if isinstance(kind, Const) and kind.constant is None:
            result.append(1)
        elif isinstance(kind, Const) and kind.constant is Ellipsis:
            skipped = len(shape) - consumed
            result.extend(shape[axis : axis + skipped])
            axis += skipped
        elif (isinstance(kind, Const) and type(kind.constant) is int) or (
            isinstance(kind, PyType) and kind.name == "int"
        ):
            axis += 1
        elif isinstance(kind, Generic) and kind.base == "slice":
            result.append(_sliced(shape[axis], kind))
            axis += 1
        elif isinstance(kind, Tensor) and kind.shape == () and kind.dtype != "bool":
            axis += 1
        else:
            return None
    return (*result, *shape[axis:])


def _sliced(size: int | None, bounds: Generic) -> int | None:
    parts: list[int | None] = []
    for part in bounds.args:
        atom = part.atoms[0] if len(part.atoms) == 1 else None
        if not isinstance(atom, Const) or not (atom.constant is None or isinstance(atom.constant, int)):
            return None
        parts.append(atom.constant)
    if parts[:2] == [None, None] and parts[2] in (None, 1):
        return size
    if size is None or parts[2] == 0:
        return None
    return len(range(*slice(*parts).indices(size)))
