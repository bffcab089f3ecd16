"""Lists, tuples, dicts, sets, tensors and streams: making, indexing, iterating, unpacking.

The contents of a list or dict live in cells of its object: one per small known index or key, ``"?"`` for what was
stored at a place nobody knows, ``"*"`` for everything, ``"#keys"`` for a dict's keys, and ``"#open"`` once the length
is no longer that of the literal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridize.domains.atoms import (
    DISTRIBUTED,
    Atom,
    Class,
    Const,
    Generic,
    Lib,
    Object,
    PyType,
    Stream,
    Tensor,
    Tuple,
    Unknown,
    generic_of,
    object_of,
    tensor,
    tuple_of,
)
from hybridize.domains.value import (
    BOTTOM,
    NONE,
    Value,
    const_value,
    join,
    join_all,
    type_value,
    unknown_value,
    value_of,
)
from hybridize.interproc import arrays, protocols, static_shapes
from hybridize.interproc.events import Edge
from hybridize.interproc.indexing import index_tensor
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

LISTS: Final = frozenset({"list", "set", "collections.deque", "frozenset"})
DICTS: Final = frozenset({"dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter"})
MAX_INDEX: Final = 16
"""Positions of a list that are kept apart."""

Items = tuple[tuple[int, bool], ...]


def make_tuple(frame: Frame, items: Items) -> Value:
    """A tuple display."""
    elements: list[Value] = []
    for register, starred in items:
        value = frame.registers[register]
        if not starred:
            elements.append(value)
            continue
        exact = exact_items(frame, value)
        if exact is None:
            whole = join_all([*elements, *(_spread(frame, item) for item in items)])
            return value_of(tuple_of(None, whole))
        elements.extend(exact)
    return tuple_value(elements)


def _spread(frame: Frame, item: tuple[int, bool]) -> Value:
    value = frame.registers[item[0]]
    return element(frame, value, NOWHERE) if item[1] else value


NOWHERE: Final[Position] = (0, 0, 0, 0)


def tuple_value(elements: list[Value]) -> Value:
    """A tuple of known length."""
    return value_of(tuple_of(tuple(elements), BOTTOM))


def make_list(frame: Frame, kind: str, items: Items, position: Position) -> Value:
    """A list or set display (also the container of a comprehension)."""
    atom = frame.machine.allocate(frame.activation, kind, frame.site(position))
    values: list[Value] = []
    exact = kind == "list"
    for register, starred in items:
        value = frame.registers[register]
        if starred:
            parts = exact_items(frame, value)
            if parts is None:
                exact = False
                parts = [element(frame, value, position)]
            values.extend(parts)
        else:
            values.append(value)
    fill_list(frame, atom, values, exact)
    return value_of(atom)


def fill_list(frame: Frame, atom: Object, values: list[Value], exact: bool) -> None:
    """Give a fresh list its contents."""
    write = frame.machine.write
    if exact and len(values) <= MAX_INDEX:
        for index, value in enumerate(values):
            write(("e", atom, index), value)
        write(("e", atom, "#length"), const_value(len(values)))
    else:
        write(("e", atom, "#open"), NONE)
        write(("e", atom, "?"), join_all(values))
    write(("e", atom, "*"), join_all(values))


def new_list(frame: Frame, kind: str, contents: Value, position: Position) -> Value:
    """A new list-like object with any number of ``contents``."""
    atom = frame.machine.allocate(frame.activation, kind, frame.site(position))
    add_item(frame, atom, contents)
    return value_of(atom)


def add_item(frame: Frame, atom: Object, value: Value) -> None:
    """Append to, or add to, a container."""
    write = frame.machine.write
    write(("e", atom, "#open"), NONE)
    write(("e", atom, "?"), value)
    write(("e", atom, "*"), value)


def make_dict(frame: Frame, pairs: tuple[tuple[int, int], ...], position: Position) -> Value:
    """A dict display."""
    atom = frame.machine.allocate(frame.activation, "dict", frame.site(position))
    for key, register in pairs:
        value = frame.registers[register]
        if key >= 0:
            put(frame, atom, frame.registers[key], value)
        else:
            known, other = mapping_items(frame, value)
            for name, item in known.items():
                put(frame, atom, const_value(name), item)
            if other is not BOTTOM:
                put(frame, atom, type_value("str"), other)
    return value_of(atom)


def put(frame: Frame, atom: Object, key: Value, value: Value) -> None:
    """Store into a list or dict, without recording an effect."""
    write = frame.machine.write
    if atom.cls in DICTS:
        write(("e", atom, "#keys"), key)
    constant = _constant(key)
    if constant is not None and (atom.cls in DICTS or isinstance(constant[0], int)):
        write(("e", atom, constant[0]), value)
    else:
        write(("e", atom, "?"), value)
    write(("e", atom, "*"), value)


def _constant(value: Value) -> tuple[Any] | None:
    """The one string or int a value is, in a 1-tuple."""
    if len(value.atoms) == 1 and isinstance(value.atoms[0], Const):
        constant = value.atoms[0].constant
        if isinstance(constant, (str, int)) and not isinstance(constant, bool):
            return (constant,)
    return None


def collect(frame: Frame, container: Value, key: Value | None, value: Value) -> None:
    """Add an item to the container of a comprehension."""
    for atom in container.atoms:
        if isinstance(atom, Object):
            if key is None:
                add_item(frame, atom, value)
            else:
                put(frame, atom, key, value)


def exact_items(frame: Frame, value: Value) -> list[Value] | None:
    """The items of a sequence of known length, or None."""
    if len(value.atoms) != 1:
        return None
    atom = value.atoms[0]
    if isinstance(atom, Tuple):
        return list(atom.elements) if atom.elements is not None else None
    if isinstance(atom, Object) and atom.cls == "list":
        watch, reader = frame.machine.watch, frame.point
        length = _constant(watch(("e", atom, "#length"), reader))
        if length is None or watch(("e", atom, "#open"), reader) is not BOTTOM:
            return None
        return [watch(("e", atom, index), reader) for index in range(length[0])]
    return None


def mapping_items(frame: Frame, value: Value) -> tuple[dict[str, Value], Value]:
    """(values by known string key, join of the others) of a mapping."""
    known: dict[str, Value] = {}
    other = BOTTOM
    for atom in value.atoms:
        if isinstance(atom, Object) and atom.cls in DICTS:
            read, reader = frame.machine.read, frame.point
            for key in frame.machine.watch(("e", atom, "#keys"), reader).atoms:
                if isinstance(key, Const) and isinstance(key.constant, str):
                    item = read(("e", atom, key.constant), reader)
                    known[key.constant] = join(known.get(key.constant, BOTTOM), item)
            other = join(other, frame.machine.watch(("e", atom, "?"), reader))
        else:
            other = join(other, unknown_value(Reason.UNKNOWN_ELEMENT))
    return known, other


def element(frame: Frame, value: Value, position: Position) -> Value:
    """What iterating a value gives."""
    result = BOTTOM
    for atom in value.atoms:
        result = join(result, _element(frame, atom, position))
    return result


def _element(frame: Frame, atom: Atom, position: Position) -> Value:
    machine, reader = frame.machine, frame.point
    if isinstance(atom, Tuple):
        return join_all(atom.elements) if atom.elements is not None else atom.element
    if isinstance(atom, Object):
        if atom.cls in LISTS:
            return machine.watch(("e", atom, "*"), reader)
        if atom.cls in DICTS:
            return machine.watch(("e", atom, "#keys"), reader)
        return protocols.iterate(frame, atom, position)
    if isinstance(atom, Stream):
        if atom.source and atom.source != DISTRIBUTED and position is not NOWHERE:
            # A generator's body runs when it is asked for elements, not when it is made.
            frame.note(Edge(machine.by_id[atom.source], position, "call"))
        if atom.kind in ("dataset", "iterator") and any(isinstance(inner, Object) for inner in atom.element.atoms):
            from hybridize.interproc.structures import map_leaves

            # Each element is made anew: a dict that comes out of a dataset belongs to who asked for it.
            return map_leaves(frame, atom.element, value_of, position)
        return atom.element
    if isinstance(atom, Tensor):
        kind = "ndarray" if atom.kind == "ndarray" else "dense"
        return value_of(tensor(kind, atom.dtype, atom.shape[1:] if atom.shape else None))
    if isinstance(atom, Const):
        return type_value("str") if isinstance(atom.constant, str) else _not_iterable(atom)
    if isinstance(atom, PyType):
        return {"str": type_value("str"), "bytes": type_value("int"), "TensorShape": type_value("int")}.get(
            atom.name, unknown_value(Reason.UNKNOWN_ELEMENT) if atom.name == "object" else BOTTOM
        )
    if isinstance(atom, Class):
        return value_of(object_of(atom.id, "member"))
    if isinstance(atom, Unknown):
        return value_of(atom)
    return unknown_value(Reason.UNKNOWN_ELEMENT)


def _not_iterable(atom: Const) -> Value:
    return type_value("int") if isinstance(atom.constant, bytes) else BOTTOM


def note_iteration(frame: Frame, value: Value, position: Position, inline: bool) -> None:
    """Record that a comprehension walks over a tensor, or that a loop takes from an iterator others may share."""
    if frame.machine.probing:
        static_shapes.needs_rank(frame, value, "iteration", position)
    for atom in value.atoms:
        if isinstance(atom, Tensor) and atom.kind in ("dense", "variable", "ragged"):
            if inline:
                frame.use("unpacks-tensor", "iterates a tensor in a comprehension", position, value_of(atom))
        elif isinstance(atom, Stream) and atom.kind in ("generator", "iter"):
            frame.effect("consumes", "iterates", position, (atom,))


def unpack(frame: Frame, value: Value, count: int, star: int, position: Position) -> list[Value]:
    """The parts of an unpacking into ``count`` targets, of which number ``star`` takes the rest (-1: none)."""
    parts = [BOTTOM] * count
    if frame.machine.probing:
        static_shapes.needs_rank(frame, value, "unpacking", position)
    for atom in value.atoms:
        items = exact_items(frame, value_of(atom))
        if items is None and isinstance(atom, Tensor) and atom.kind in ("dense", "variable"):
            frame.use("unpacks-tensor", "unpacks a tensor", position, value_of(atom))
        if items is None:
            items = protocols.fields_in_order(frame, atom)
        if items is not None and star < 0 and len(items) == count:
            parts = [join(part, item) for part, item in zip(parts, items, strict=True)]
        elif items is not None and star >= 0 and len(items) >= count - 1:
            after = count - star - 1
            middle = items[star : len(items) - after]
            spread = [*items[:star], new_list(frame, "list", join_all(middle), position), *items[len(items) - after :]]
            parts = [join(part, item) for part, item in zip(parts, spread, strict=True)]
        elif items is None:
            inner = _element(frame, atom, position)
            for index in range(count):
                taken = new_list(frame, "list", inner, position) if index == star else inner
                parts[index] = join(parts[index], taken)
    return parts


def get_item(frame: Frame, obj: Value, index: Value, position: Position) -> Value:
    """``obj[index]``."""
    result = BOTTOM
    for atom in obj.atoms:
        result = join(result, _get_item(frame, atom, index, position))
    return result


def _get_item(frame: Frame, atom: Atom, index: Value, position: Position) -> Value:
    machine = frame.machine
    if machine.probing:
        static_shapes.needs_number(frame, index, "an index", position)
    if machine.arrays_as_tensors:
        arrays.note_index(frame, atom, index, position)
    if isinstance(atom, Tuple):
        return _tuple_item(atom, index, _constant(index))
    if isinstance(atom, Object):
        if atom.cls in LISTS or atom.cls in DICTS:
            return _container_item(frame, atom, index, position)
        return protocols.call_method(frame, atom, "__getitem__", [index], position)
    if isinstance(atom, Tensor):
        if atom.kind != "ndarray":
            frame.use("index", "indexes a tensor", position, value_of(atom))
        return value_of(index_tensor(atom, index))
    if isinstance(atom, Const) and isinstance(atom.constant, (str, bytes)):
        return type_value(type(atom.constant).__name__)
    if isinstance(atom, PyType):
        if atom.name == "TensorShape":
            return value_of(atom) if _is_slice(index) else static_shapes.axis_of_unknown_rank(frame)
        return type_value("str") if atom.name == "str" else unknown_value(Reason.UNKNOWN_ELEMENT)
    if isinstance(atom, Lib):
        row = machine.library.row(atom.name)
        if row is not None and row.constant is not None and row.constant[1:] and row.constant[1] is not None:
            from hybridize.interproc import semantics

            return semantics.evaluate(frame, row.constant[1], semantics.Scope(row, {}, position))
        inner = index.atoms[0] if len(index.atoms) == 1 else None
        args = inner.elements if isinstance(inner, Tuple) and inner.elements is not None else (index,)
        return value_of(generic_of(atom.name, args))
    if isinstance(atom, (Class, Generic)):
        return value_of(atom)
    if isinstance(atom, Unknown):
        return value_of(atom)
    return unknown_value(Reason.UNKNOWN_ELEMENT)


def _container_item(frame: Frame, atom: Object, index: Value, position: Position) -> Value:
    machine, reader = frame.machine, frame.point
    constant = _constant(index)
    if atom.cls in LISTS:
        items = exact_items(frame, value_of(atom))
        if _is_slice(index):
            bounds = slice_bounds(index)
            if items is None and bounds is not None and bounds.stop == 0 and bounds.step is None:
                items = []
            if items is None or bounds is None:
                return new_list(frame, "list", machine.watch(("e", atom, "*"), reader), position)
            # What is sliced may be made by an expression that starts at the same place.
            made = machine.allocate(frame.activation, "list", f"{frame.site(position)}:slice")
            fill_list(frame, made, items[bounds], True)
            return value_of(made)
        if items is not None and constant is not None and constant[0] in range(-len(items), 0):
            constant = (constant[0] + len(items),)
    if constant is not None and machine.holds(("e", atom, constant[0])):
        own = machine.watch(("e", atom, constant[0]), reader)
        return join(own, machine.watch(("e", atom, "?"), reader))
    return machine.read(("e", atom, "*"), reader)


def _tuple_item(atom: Tuple, index: Value, constant: tuple[Any] | None) -> Value:
    if atom.elements is None:
        return value_of(atom) if _is_slice(index) else atom.element
    if constant is not None and isinstance(constant[0], int):
        inside = -len(atom.elements) <= constant[0] < len(atom.elements)
        return atom.elements[constant[0]] if inside else BOTTOM
    if _is_slice(index):
        bounds = slice_bounds(index)
        if bounds is not None:
            return tuple_value(list(atom.elements[bounds]))
        return value_of(tuple_of(None, join_all(atom.elements)))
    return join_all(atom.elements)


def _is_slice(index: Value) -> bool:
    return len(index.atoms) == 1 and isinstance(index.atoms[0], Generic) and index.atoms[0].base == "slice"


def slice_bounds(index: Value) -> slice | None:
    """The slice a value is, if all its parts are known."""
    atom = index.atoms[0]
    if not isinstance(atom, Generic):
        return None
    parts: list[int | None] = []
    for part in atom.args:
        if len(part.atoms) != 1 or not isinstance(part.atoms[0], Const):
            return None
        constant = part.atoms[0].constant
        if constant is not None and not isinstance(constant, int):
            return None
        parts.append(constant)
    return slice(*parts) if parts[2] != 0 else None


def set_item(
    frame: Frame, obj: Value, index: Value, value: Value, position: Position, origin: str | None = None
) -> None:
    """``obj[index] = value``; BOTTOM as the value deletes. ``origin``: see `origins.origin`."""
    for atom in obj.atoms:
        if frame.machine.arrays_as_tensors:
            arrays.note_store(frame, atom, position)
        if isinstance(atom, Object) and (atom.cls in LISTS or atom.cls in DICTS):
            if value is BOTTOM:
                frame.machine.write(("e", atom, "#open"), NONE)
            else:
                put(frame, atom, index, value)
            frame.effect("writes-item", "changes an item", position, (atom,))
        elif isinstance(atom, Object):
            protocols.call_method(frame, atom, "__setitem__", [index, value], position)
        elif isinstance(atom, Tensor) and atom.kind == "ndarray":
            if origin is not None:
                frame.effect("writes-array", "writes into a NumPy array", position, (atom,), cell=("origin", origin))
        elif isinstance(atom, Lib):
            kind = "env" if atom.name == "os.environ" else "library-state"
            frame.effect(kind, atom.name, position)
        elif isinstance(atom, Unknown):
            whose = None if origin is None else ("origin", origin)
            frame.effect("writes-item", "changes an item", position, (atom,), whose)
