"""Library callables that iterate, and that make, change and copy containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hybridize.domains.atoms import Atom, Const, Function, Object, Stream, Tensor, Tuple, Unknown, stream_of, tuple_of
from hybridize.domains.value import BOTTOM, NONE, Value, const_value, is_py, join, type_value, unknown_value, value_of
from hybridize.interproc import containers, protocols
from hybridize.interproc.activation import Arguments
from hybridize.interproc.intrinsics_base import Handler, constant_text, first
from hybridize.interproc.library_calls import call_back
from hybridize.interproc.structures import leaf_atoms, map_leaves
from hybridize.interproc.tensors import leaves
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame


# -- iteration ---------------------------------------------------------------------------------------------------------


def _iter(frame: Frame, arguments: Arguments, position: Position) -> Value:
    result = BOTTOM
    for atom in first(arguments).atoms:
        if isinstance(atom, Stream):
            kind = {"dataset": "iterator", "range": "iter"}.get(atom.kind, atom.kind)
            made = stream_of(kind, atom.element, atom.source)
            if made is not atom:
                frame.own(made)
            result = join(result, value_of(made))
        elif isinstance(atom, Object) and protocols.has_method(frame, atom, "__iter__"):
            result = join(result, protocols.call_method(frame, atom, "__iter__", [], position))
        elif isinstance(atom, Unknown):
            # It may give a `tf.data` iterator, whose state is part of the graph, as well as one of Python's.
            result = join(result, value_of(atom))
        elif isinstance(atom, Object) and "." in atom.cls and atom.cls not in containers.LISTS | containers.DICTS:
            result = join(result, unknown_value(Reason.UNKNOWN_ELEMENT))
        elif _may_iterate(atom):
            made = stream_of("iter", containers.element(frame, value_of(atom), position))
            frame.own(made)
            result = join(result, value_of(made))
    return result


def _may_iterate(atom: Atom) -> bool:
    """Whether ``iter`` does not raise for it; numbers, None and functions have no items."""
    return is_py(atom, "str", "bytes") if isinstance(atom, Const) else not isinstance(atom, Function)


def _next(frame: Frame, arguments: Arguments, position: Position) -> Value:
    result = arguments.positional[1] if len(arguments.positional) > 1 else BOTTOM
    for atom in first(arguments).atoms:
        if isinstance(atom, Object) and (atom.cls in containers.LISTS or atom.cls in containers.DICTS):
            continue  # no iterator: that call raises, whatever else comes by
        if isinstance(atom, Stream):
            if atom.kind == "iterator":
                frame.use("graph-state", "next", position, value_of(atom))
            elif atom.kind in ("generator", "iter"):
                frame.effect("consumes", "builtins.next", position, (atom,))
        elif isinstance(atom, (Object, Unknown)):
            frame.effect("mutates", "builtins.next", position, (atom,))
        if isinstance(atom, Object) and protocols.has_method(frame, atom, "__next__"):
            result = join(result, protocols.call_method(frame, atom, "__next__", [], position))
        else:
            result = join(result, containers.element(frame, value_of(atom), position))
    return result


def _stream_with(make: Callable[[Any, Arguments, Position], Value]) -> Handler:
    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        for value in arguments.all_values():
            if any(isinstance(atom, Tensor) and atom.kind in ("dense", "variable") for atom in value.atoms):
                frame.use("unpacks-tensor", "hands a tensor to zip, map, enumerate or the like", position, value)
        made = stream_of("iter", make(frame, arguments, position))
        frame.own(made)
        return value_of(made)

    return handler


def _zipped(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if arguments.rest is not BOTTOM:
        inner = containers.element(frame, arguments.rest, position)
        return value_of(tuple_of(None, inner))
    return containers.tuple_value([containers.element(frame, value, position) for value in arguments.positional])


def _enumerated(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return containers.tuple_value([type_value("int"), containers.element(frame, first(arguments), position)])


def _reversed(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return containers.element(frame, first(arguments), position)


def _mapped(frame: Frame, arguments: Arguments, position: Position) -> Value:
    items = [containers.element(frame, value, position) for value in arguments.positional[1:]]
    if any(item is BOTTOM for item in items):
        return BOTTOM
    return call_back(frame, first(arguments), Arguments(items), position, "callback")


def _nest_mapped(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """`tf.nest.map_structure`: the structure of the first argument with what the function makes of each leaf.

    What is not known may be a structure, and stays so. Where there are more leaves than contexts are kept apart, the
    function is called once for all of them.
    """
    structures = arguments.positional[1:]
    if not structures or arguments.rest is not BOTTOM:
        return None
    if any(value is BOTTOM for value in structures):
        return BOTTOM
    others = [value_of(*leaves(frame, value)) for value in structures[1:]]

    results: dict[Atom, Value] = {}

    def called(leaf: Value) -> Value:
        return call_back(frame, first(arguments), Arguments([leaf, *others]), position, "callback")

    def mapped(atom: Atom) -> Value:
        found = results.get(atom)
        if found is None:
            found = results[atom] = open_ended(atom, called(value_of(atom)))
        return found

    def together(atom: Atom) -> Value:
        return open_ended(atom, joined)

    def open_ended(atom: Atom, result: Value) -> Value:
        return join(result, value_of(atom)) if isinstance(atom, Unknown) and result is not BOTTOM else result

    every = leaf_atoms(frame, structures[0], position)
    if len(every) <= frame.machine.limits.contexts:
        return map_leaves(frame, structures[0], mapped, position)
    joined = called(value_of(*every))
    return map_leaves(frame, structures[0], together, position)


def _filtered(frame: Frame, arguments: Arguments, position: Position) -> Value:
    item = containers.element(frame, arguments.positional[1], position) if len(arguments.positional) > 1 else BOTTOM
    if item is not BOTTOM:
        call_back(frame, first(arguments), Arguments([item]), position, "callback")
    return item


def _range(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """Numbers; a tensor among the bounds is read, or makes it a loop of the graph."""
    for value in arguments.positional:
        tensors = [atom for atom in value.atoms if isinstance(atom, Tensor) and atom.kind != "ndarray"]
        if tensors:
            frame.use("converts-tensor", "range()", position, value_of(*tensors))
    return value_of(stream_of("range", type_value("int")))


def _dataset_zip(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``Dataset.zip((a, b))`` and ``Dataset.zip(a, b)``: elements in the structure of the datasets."""
    given = arguments.positional
    datasets = given[0] if len(given) == 1 else arguments.keywords.get("datasets") or containers.tuple_value(given)

    def element(atom: Any) -> Value:
        return atom.element if isinstance(atom, Stream) else unknown_value(Reason.UNKNOWN_ELEMENT)

    return value_of(stream_of("dataset", map_leaves(frame, datasets, element, position)))


# -- construction ------------------------------------------------------------------------------------------------------


def _list(kind: str) -> Handler:
    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        if not arguments.positional:
            atom = frame.machine.allocate(frame.activation, kind, frame.site(position))
            containers.fill_list(frame, atom, [], kind == "list")
            return value_of(atom)
        source = first(arguments)
        items = containers.exact_items(frame, source)
        if items is not None and kind == "list":
            atom = frame.machine.allocate(frame.activation, kind, frame.site(position))
            containers.fill_list(frame, atom, items, True)
            return value_of(atom)
        if any(isinstance(a, Tensor) and a.kind in ("dense", "variable") for a in source.atoms):
            frame.use("unpacks-tensor", "makes a list of a tensor", position, source)
        return containers.new_list(frame, kind, containers.element(frame, source, position), position)

    return handler


def _tuple(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if not arguments.positional:
        return containers.tuple_value([])
    items = containers.exact_items(frame, first(arguments))
    if items is not None:
        return containers.tuple_value(items)
    return value_of(tuple_of(None, containers.element(frame, first(arguments), position)))


def _dict(frame: Frame, arguments: Arguments, position: Position) -> Value:
    atom = frame.machine.allocate(frame.activation, "dict", frame.site(position))
    for source in arguments.positional:
        for item in source.atoms:
            if isinstance(item, Object) and item.cls in containers.DICTS:
                known, other = containers.mapping_items(frame, value_of(item))
                for name, value in known.items():
                    containers.put(frame, atom, const_value(name), value)
                if other is not BOTTOM:
                    containers.put(frame, atom, containers.element(frame, value_of(item), position), other)
            else:
                pair = containers.element(frame, value_of(item), position)
                if pair is not BOTTOM:
                    key, value = containers.unpack(frame, pair, 2, -1, position)
                    containers.put(frame, atom, key, value)
    for name, value in arguments.keywords.items():
        containers.put(frame, atom, const_value(name), value)
    if arguments.keyword_rest is not BOTTOM:
        containers.put(frame, atom, type_value("str"), arguments.keyword_rest)
    return value_of(atom)


# -- methods -----------------------------------------------------------------------------------------------------------


def _appends(index: int) -> Handler:
    """``append``, ``add``, ``insert`` and their kind: one argument becomes an item."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        if len(arguments.positional) > index:
            for atom in first(arguments).atoms:
                if isinstance(atom, Object):
                    containers.add_item(frame, atom, arguments.positional[index])
        return NONE

    return handler


def _extends(frame: Frame, arguments: Arguments, position: Position) -> Value:
    for source in arguments.positional[1:]:
        contents = containers.element(frame, source, position)
        for atom in first(arguments).atoms:
            if isinstance(atom, Object) and contents is not BOTTOM:
                containers.add_item(frame, atom, contents)
    return NONE


def _takes(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``pop``, ``popleft``, ``popitem``."""
    result = BOTTOM
    for atom in first(arguments).atoms:
        if isinstance(atom, Object):
            frame.machine.write(("e", atom, "#open"), NONE)
            result = join(result, frame.machine.watch(("e", atom, "*"), frame.point))
    if len(arguments.positional) > 2:
        result = join(result, arguments.positional[2])
    return result if result is not BOTTOM else unknown_value(Reason.UNKNOWN_ELEMENT)


def _dict_get(frame: Frame, arguments: Arguments, position: Position) -> Value:
    default = arguments.get(2, "default") or NONE
    key = arguments.get(1, "key") or unknown_value(Reason.UNKNOWN_ELEMENT)
    found = BOTTOM
    for atom in first(arguments).atoms:
        if isinstance(atom, Object):
            text = constant_text(key)
            if text is not None:
                found = join(found, frame.machine.watch(("e", atom, text), frame.point))
                found = join(found, frame.machine.watch(("e", atom, "?"), frame.point))
            else:
                found = join(found, frame.machine.watch(("e", atom, "*"), frame.point))
    return join(found, default)


def _dict_setdefault(frame: Frame, arguments: Arguments, position: Position) -> Value:
    value = arguments.positional[2] if len(arguments.positional) > 2 else NONE
    for atom in first(arguments).atoms:
        if isinstance(atom, Object) and len(arguments.positional) > 1:
            containers.put(frame, atom, arguments.positional[1], value)
    return join(_dict_get(frame, Arguments(arguments.positional[:2]), position), value)


def _dict_update(frame: Frame, arguments: Arguments, position: Position) -> Value:
    made = _dict(
        frame, Arguments(arguments.positional[1:], arguments.keywords, BOTTOM, arguments.keyword_rest), position
    )
    known, other = containers.mapping_items(frame, made)
    for atom in first(arguments).atoms:
        if isinstance(atom, Object):
            for key, value in known.items():
                containers.put(frame, atom, const_value(key), value)
            if other is not BOTTOM:
                containers.put(frame, atom, type_value("str"), other)
    return NONE


def _dict_parts(keys: bool, values: bool) -> Handler:
    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        key = item = BOTTOM
        for atom in first(arguments).atoms:
            if isinstance(atom, Object):
                key = join(key, frame.machine.watch(("e", atom, "#keys"), frame.point))
                item = join(item, frame.machine.watch(("e", atom, "*"), frame.point))
        # A view, not an iterator: walking it takes nothing away.
        if keys and values:
            pair = containers.tuple_value([key, item]) if item is not BOTTOM else BOTTOM
            return value_of(stream_of("range", pair))
        return value_of(stream_of("range", key if keys else item))

    return handler


# -- copies ------------------------------------------------------------------------------------------------------------


def _copies(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    value = first(arguments)
    result = BOTTOM
    for atom in value.atoms:
        if isinstance(atom, Object) and atom.cls in containers.LISTS:
            result = join(
                result,
                containers.new_list(frame, atom.cls, containers.element(frame, value_of(atom), position), position),
            )
        elif isinstance(atom, Object) and atom.cls in containers.DICTS:
            result = join(result, _dict(frame, Arguments([value_of(atom)]), position))
        elif isinstance(atom, Object):
            # A copy of an object is modeled by the object itself for what it holds, and by a fresh site for writes.
            return value
        else:
            result = join(result, value_of(atom))
    return result


def _deep_copy(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return _deeply(frame, first(arguments), position, {}, 0)


def _deeply(frame: Frame, value: Value, position: Position, copies: dict[Object, Object], depth: int) -> Value:
    """Fresh objects all the way down; ``copies`` holds those made already, as ``memo`` does in Python."""
    machine, result = frame.machine, BOTTOM
    for atom in value.atoms:
        if isinstance(atom, Tuple) and depth < 4:
            if atom.elements is not None:
                parts = [_deeply(frame, part, position, copies, depth + 1) for part in atom.elements]
                result = join(result, containers.tuple_value(parts))
            else:
                inner = _deeply(frame, atom.element, position, copies, depth + 1)
                result = join(result, value_of(tuple_of(None, inner)))
            continue
        if not isinstance(atom, Object) or atom.site.startswith(frame.site(position)):
            result = join(result, value_of(atom))
            continue
        made = copies.get(atom)
        if made is None:
            # One site per class and depth: a copy of a large structure need not keep all its parts apart.
            made = copies[atom] = machine.allocate(frame.activation, atom.cls, f"{frame.site(position)}:{depth}")
            for key in machine.keys_of(atom, frame.point) if depth < 4 else ():
                held = machine.watch(key, frame.point)
                machine.write((key[0], made, key[2]), _deeply(frame, held, position, copies, depth + 1))
        result = join(result, value_of(made))
    return result


INTRINSICS: Final[dict[str, Handler]] = {
    "tensorflow.data.Dataset.zip": _dataset_zip,
    "tensorflow.nest.map_structure": _nest_mapped,
    "builtins.iter": _iter,
    "builtins.next": _next,
    "builtins.zip": _stream_with(_zipped),
    "builtins.enumerate": _stream_with(_enumerated),
    "builtins.reversed": _stream_with(_reversed),
    "builtins.map": _stream_with(_mapped),
    "builtins.filter": _stream_with(_filtered),
    "builtins.range": _range,
    "builtins.list": _list("list"),
    "builtins.set": _list("set"),
    "builtins.frozenset": _list("set"),
    "collections.deque": _list("collections.deque"),
    "builtins.tuple": _tuple,
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "builtins.list.append": _appends(1),
    "builtins.set.add": _appends(1),
    "collections.deque.append": _appends(1),
    "collections.deque.appendleft": _appends(1),
    "builtins.list.insert": _appends(2),
    "builtins.list.extend": _extends,
    "builtins.set.update": _extends,
    "collections.deque.extend": _extends,
    "builtins.list.pop": _takes,
    "builtins.set.pop": _takes,
    "collections.deque.pop": _takes,
    "collections.deque.popleft": _takes,
    "builtins.dict.pop": _takes,
    "builtins.dict.get": _dict_get,
    "builtins.dict.setdefault": _dict_setdefault,
    "builtins.dict.update": _dict_update,
    "builtins.dict.items": _dict_parts(True, True),
    "builtins.dict.keys": _dict_parts(True, False),
    "builtins.dict.values": _dict_parts(False, True),
    "builtins.list.copy": _copies,
    "builtins.dict.copy": _copies,
    "builtins.set.copy": _copies,
    "copy.copy": _copies,
    "copy.deepcopy": _deep_copy,
}
