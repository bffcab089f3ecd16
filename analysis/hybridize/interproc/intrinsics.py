"""Library callables whose meaning a row cannot express, because it depends on the program's own classes and functions.

Each handler gets the frame, the arguments and the position, and returns a value, or None to leave the call to the row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hybridize.domains.atoms import (
    Bound, Class, Const, Function, Lib, Object, PyType, Stream, Tensor, Tuple, Unknown, Wrapped, bound_of, class_of,
    const, lib_of, object_of, py_type, stream_of, tensor, tuple_of, wrapped_of,
)  # fmt: skip
from hybridize.domains.value import (
    BOTTOM, NONE, Value, const_value, has_unknown, join, join_all, type_value, unknown_value, value_of,
)  # fmt: skip
from hybridize.interproc import containers, hybridization, keras, operators, protocols, semantics
from hybridize.interproc.activation import Arguments
from hybridize.interproc.attributes import get_attribute, property_value, set_attribute
from hybridize.interproc.library_calls import make_partial
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

Handler = Callable[["Frame", Arguments, Position], "Value | None"]


def _first(arguments: Arguments) -> Value:
    return arguments.positional[0] if arguments.positional else arguments.rest


def _constant_text(value: Value | None) -> str | None:
    if value is not None and len(value.atoms) == 1 and isinstance(value.atoms[0], Const):
        constant = value.atoms[0].constant
        return constant if isinstance(constant, str) else None
    return None


# -- objects and classes -----------------------------------------------------------------------------------------------


def _super(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if len(arguments.positional) >= 2:
        classes, receiver = arguments.positional[0], arguments.positional[1]
        ids = [atom.id for atom in classes.atoms if isinstance(atom, Class)]
        if not ids:
            return unknown_value(Reason.UNKNOWN_RECEIVER)
        return value_of(*(wrapped_of("super", receiver, id) for id in ids))
    cls = frame.machine.program.enclosing_class(frame.code)
    code = frame.code
    while code.parent and not code.in_class:
        code = frame.machine.program.codes[code.parent]
    if cls is None or not code.parameters:
        return unknown_value(Reason.UNKNOWN_RECEIVER)
    name = code.parameters[0].name
    if code is frame.code:
        receiver = frame.activation.args.get(name, BOTTOM)
    else:
        receiver = frame.machine.read(("v", frame.cell_owner(1), name), frame.activation)
    return value_of(wrapped_of("super", receiver, cls.id))


def _isinstance(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    value, classes = arguments.positional
    answers = {protocols.is_instance(frame, atom, classes) for atom in value.atoms}
    if len(answers) == 1 and None not in answers:
        return value_of(const(answers.pop()))
    return type_value("bool")


def _getattr(frame: Frame, arguments: Arguments, position: Position) -> Value:
    name = _constant_text(arguments.get(1, "name"))
    default = arguments.positional[2] if len(arguments.positional) > 2 else BOTTOM
    if name is None:
        return join(unknown_value(Reason.DYNAMIC_CODE), default)
    found = get_attribute(frame, _first(arguments), name, position)
    return join(found, default)


def _setattr(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if len(arguments.positional) == 3:
        name = _constant_text(arguments.positional[1])
        if name is not None:
            set_attribute(frame, arguments.positional[0], name, arguments.positional[2], position, False)
            return NONE
    atoms = tuple(a for a in _first(arguments).atoms if isinstance(a, (Object, Class, Unknown)))
    frame.effect("writes-attribute", "sets an attribute by name", position, atoms)
    return NONE


def _hasattr(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return type_value("bool")


def _type(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if len(arguments.positional) != 1:
        return unknown_value(Reason.DYNAMIC_CODE)
    result = BOTTOM
    for atom in _first(arguments).atoms:
        if isinstance(atom, Object) and atom.cls in frame.machine.classes.infos:
            result = join(result, value_of(class_of(atom.cls)))
        elif isinstance(atom, Unknown):
            result = join(result, value_of(atom))
        else:
            result = join(result, type_value("type"))
    return result


def _property(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return property_value(arguments.get(0, "fget") or BOTTOM, arguments.get(1, "fset") or BOTTOM)


def _property_setter(frame: Frame, arguments: Arguments, position: Position) -> Value:
    for atom in _first(arguments).atoms:
        if isinstance(atom, Wrapped) and atom.kind == "property" and len(arguments.positional) > 1:
            pair = atom.target.atoms[0]
            assert isinstance(pair, Tuple) and pair.elements is not None
            return property_value(pair.elements[0], arguments.positional[1])
    return _first(arguments)


def _wrapping(kind: str) -> Handler:
    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        return value_of(wrapped_of(kind, _first(arguments)))

    return handler


def _object_method(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return NONE


def _object_new(frame: Frame, arguments: Arguments, position: Position) -> Value:
    result = BOTTOM
    for atom in _first(arguments).atoms:
        if isinstance(atom, Class):
            result = join(result, value_of(frame.machine.allocate(frame.activation, atom.id, frame.site(position))))
        else:
            result = join(result, unknown_value(Reason.UNKNOWN_CALLEE))
    return result


# -- functions ---------------------------------------------------------------------------------------------------------


def _partial(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if not arguments.positional:
        return unknown_value(Reason.UNKNOWN_CALLEE)
    rest = Arguments(arguments.positional[1:], arguments.keywords)
    return make_partial(frame, arguments.positional[0], rest, position)


def _identity(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """Decorators that give a callable which behaves like the decorated one."""
    return _first(arguments)


def _identity_factory(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """Decorator factories whose decorator does: ``@lru_cache(maxsize=None)``, ``@wraps(f)``."""
    return value_of(lib_of("hybridize.identity"))


def _cache(frame: Frame, arguments: Arguments, position: Position) -> Value:
    callables = (Function, Bound, Wrapped)
    if arguments.positional and all(isinstance(atom, callables) for atom in _first(arguments).atoms):
        return _first(arguments)
    return value_of(lib_of("hybridize.identity"))


def _dataclass(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if not arguments.positional:
        return value_of(lib_of("hybridize.identity"))
    for atom in _first(arguments).atoms:
        if isinstance(atom, Class) and atom.id in frame.machine.classes.infos:
            frame.machine.classes.infos[atom.id].dataclass = True
    return _first(arguments)


def _tf_function(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return hybridization.apply(frame, arguments, position)


def _dynamic(frame: Frame, arguments: Arguments, position: Position) -> Value:
    frame.effect("opaque", Reason.DYNAMIC_CODE.value, position)
    return unknown_value(Reason.DYNAMIC_CODE)


# -- iteration ---------------------------------------------------------------------------------------------------------


def _iter(frame: Frame, arguments: Arguments, position: Position) -> Value:
    result = BOTTOM
    for atom in _first(arguments).atoms:
        if isinstance(atom, Stream):
            kind = {"dataset": "iterator", "range": "iter"}.get(atom.kind, atom.kind)
            made = stream_of(kind, atom.element, atom.source)
            if made is not atom:
                frame.activation.allocated.add(made)
            result = join(result, value_of(made))
        elif isinstance(atom, Object) and protocols.has_method(frame, atom, "__iter__"):
            result = join(result, protocols.call_method(frame, atom, "__iter__", [], position))
        else:
            made = stream_of("iter", containers.element(frame, value_of(atom), position))
            frame.activation.allocated.add(made)
            result = join(result, value_of(made))
    return result


def _next(frame: Frame, arguments: Arguments, position: Position) -> Value:
    result = arguments.positional[1] if len(arguments.positional) > 1 else BOTTOM
    for atom in _first(arguments).atoms:
        if isinstance(atom, Object) and protocols.has_method(frame, atom, "__next__"):
            result = join(result, protocols.call_method(frame, atom, "__next__", [], position))
        elif isinstance(atom, Stream):
            result = join(result, atom.element)
        else:
            result = join(result, containers.element(frame, value_of(atom), position))
    return result


def _stream_with(make: Callable[[Any, Arguments, Position], Value]) -> Handler:
    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        for value in arguments.all_values():
            if any(isinstance(atom, Tensor) and atom.kind in ("dense", "variable") for atom in value.atoms):
                frame.use("unpacks-tensor", "hands a tensor to zip, map, enumerate or the like", position, value)
        made = stream_of("iter", make(frame, arguments, position))
        frame.activation.allocated.add(made)
        return value_of(made)

    return handler


def _zipped(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if arguments.rest is not BOTTOM:
        inner = containers.element(frame, arguments.rest, position)
        return value_of(tuple_of(None, inner))
    return containers.tuple_value([containers.element(frame, value, position) for value in arguments.positional])


def _enumerated(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return containers.tuple_value([type_value("int"), containers.element(frame, _first(arguments), position)])


def _reversed(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return containers.element(frame, _first(arguments), position)


def _mapped(frame: Frame, arguments: Arguments, position: Position) -> Value:
    from hybridize.interproc.library_calls import call_back

    items = [containers.element(frame, value, position) for value in arguments.positional[1:]]
    if any(item is BOTTOM for item in items):
        return BOTTOM
    return call_back(frame, _first(arguments), Arguments(items), position, "callback")


def _filtered(frame: Frame, arguments: Arguments, position: Position) -> Value:
    from hybridize.interproc.library_calls import call_back

    item = containers.element(frame, arguments.positional[1], position) if len(arguments.positional) > 1 else BOTTOM
    if item is not BOTTOM:
        call_back(frame, _first(arguments), Arguments([item]), position, "callback")
    return item


def _range(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return value_of(stream_of("range", type_value("int")))


def _list(kind: str) -> Handler:
    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        if not arguments.positional:
            atom = frame.machine.allocate(frame.activation, kind, frame.site(position))
            containers.fill_list(frame, atom, [], kind == "list")
            return value_of(atom)
        source = _first(arguments)
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
    items = containers.exact_items(frame, _first(arguments))
    if items is not None:
        return containers.tuple_value(items)
    return value_of(tuple_of(None, containers.element(frame, _first(arguments), position)))


def _dict(frame: Frame, arguments: Arguments, position: Position) -> Value:
    atom = frame.machine.allocate(frame.activation, "dict", frame.site(position))
    for source in arguments.positional:
        for item in source.atoms:
            if isinstance(item, Object) and item.cls in containers.DICTS:
                known, other = containers.mapping_items(frame, value_of(item))
                for key, value in known.items():
                    containers.put(frame, atom, const_value(key), value)
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


def _len(frame: Frame, arguments: Arguments, position: Position) -> Value:
    value = _first(arguments)
    items = containers.exact_items(frame, value)
    if items is not None:
        return value_of(const(len(items)))
    atom = value.atoms[0] if len(value.atoms) == 1 else None
    if isinstance(atom, Tensor) and atom.shape:
        return value_of(const(atom.shape[0])) if atom.shape[0] is not None else type_value("int")
    if isinstance(atom, Object) and protocols.has_method(frame, atom, "__len__"):
        protocols.call_method(frame, atom, "__len__", [], position)
    return type_value("int")


# -- numbers -----------------------------------------------------------------------------------------------------------


def _scalar(name: str) -> Handler:
    """``int(x)``, ``float(x)``, ``bool(x)``: a Python number, which a tensor can give only eagerly."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
        tensors = [a for a in _first(arguments).atoms if isinstance(a, Tensor) and a.kind not in ("ndarray",)]
        if tensors:
            frame.use("converts-tensor", f"{name}()", position, value_of(*tensors))
        atoms = _first(arguments).atoms
        if len(atoms) == 1 and isinstance(atoms[0], Const) and len(arguments.positional) == 1:
            try:
                return value_of(const({"int": int, "float": float, "bool": bool}[name](atoms[0].constant)))
            except (TypeError, ValueError, OverflowError):
                return type_value(name)
        return type_value(name)

    return handler


def _text(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    protocols.as_text(frame, _first(arguments), position)
    return None


def _globals(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return value_of(object_of("dict", f"{frame.path}:globals"))


def _abs(frame: Frame, arguments: Arguments, position: Position) -> Value:
    result = BOTTOM
    for atom in _first(arguments).atoms:
        if isinstance(atom, Tensor):
            if atom.kind != "ndarray":
                frame.use("op", "abs", position, value_of(atom))
            result = join(
                result, value_of(tensor("dense" if atom.kind == "variable" else atom.kind, atom.dtype, atom.shape))
            )
        elif isinstance(atom, Const) and isinstance(atom.constant, (int, float)):
            result = join(result, value_of(const(abs(atom.constant))))
        elif isinstance(atom, (PyType, Unknown)):
            result = join(result, value_of(atom))
        else:
            result = join(result, unknown_value(Reason.UNMODELED_LIBRARY))
    return result


def _sum(frame: Frame, arguments: Arguments, position: Position) -> Value:
    item = containers.element(frame, _first(arguments), position)
    start = arguments.get(1, "start") or const_value(0)
    if item is BOTTOM:
        return start
    total = operators.binary(frame, "+", start, item, position)
    return join(total, operators.binary(frame, "+", total, item, position))


def _extreme(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``min`` and ``max``: one of the arguments, or of the items of the only one."""
    from hybridize.interproc.library_calls import call_back

    if len(arguments.positional) == 1:
        items = containers.element(frame, arguments.positional[0], position)
    else:
        items = join_all([*arguments.positional, arguments.rest])
    key = arguments.keywords.get("key")
    if key is not None and items is not BOTTOM:
        call_back(frame, key, Arguments([items]), position, "callback")
    return join(items, arguments.keywords.get("default", BOTTOM))


# -- methods of containers ---------------------------------------------------------------------------------------------


def _appends(index: int) -> Handler:
    """``append``, ``add``, ``insert`` and their kind: one argument becomes an item."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        if len(arguments.positional) > index:
            for atom in _first(arguments).atoms:
                if isinstance(atom, Object):
                    containers.add_item(frame, atom, arguments.positional[index])
        return NONE

    return handler


def _extends(frame: Frame, arguments: Arguments, position: Position) -> Value:
    for source in arguments.positional[1:]:
        contents = containers.element(frame, source, position)
        for atom in _first(arguments).atoms:
            if isinstance(atom, Object) and contents is not BOTTOM:
                containers.add_item(frame, atom, contents)
    return NONE


def _takes(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``pop``, ``popleft``, ``popitem``."""
    result = BOTTOM
    for atom in _first(arguments).atoms:
        if isinstance(atom, Object):
            frame.machine.write(("e", atom, "#open"), NONE)
            result = join(result, frame.machine.watch(("e", atom, "*"), frame.activation))
    if len(arguments.positional) > 2:
        result = join(result, arguments.positional[2])
    return result if result is not BOTTOM else unknown_value(Reason.UNKNOWN_ELEMENT)


def _dict_get(frame: Frame, arguments: Arguments, position: Position) -> Value:
    default = arguments.get(2, "default") or NONE
    key = arguments.get(1, "key") or unknown_value(Reason.UNKNOWN_ELEMENT)
    found = BOTTOM
    for atom in _first(arguments).atoms:
        if isinstance(atom, Object):
            text = _constant_text(key)
            if text is not None:
                found = join(found, frame.machine.watch(("e", atom, text), frame.activation))
                found = join(found, frame.machine.watch(("e", atom, "?"), frame.activation))
            else:
                found = join(found, frame.machine.watch(("e", atom, "*"), frame.activation))
    return join(found, default)


def _dict_setdefault(frame: Frame, arguments: Arguments, position: Position) -> Value:
    value = arguments.positional[2] if len(arguments.positional) > 2 else NONE
    for atom in _first(arguments).atoms:
        if isinstance(atom, Object) and len(arguments.positional) > 1:
            containers.put(frame, atom, arguments.positional[1], value)
    return join(_dict_get(frame, Arguments(arguments.positional[:2]), position), value)


def _dict_update(frame: Frame, arguments: Arguments, position: Position) -> Value:
    made = _dict(
        frame, Arguments(arguments.positional[1:], arguments.keywords, BOTTOM, arguments.keyword_rest), position
    )
    known, other = containers.mapping_items(frame, made)
    for atom in _first(arguments).atoms:
        if isinstance(atom, Object):
            for key, value in known.items():
                containers.put(frame, atom, const_value(key), value)
            if other is not BOTTOM:
                containers.put(frame, atom, type_value("str"), other)
    return NONE


def _dict_parts(keys: bool, values: bool) -> Handler:
    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        key = item = BOTTOM
        for atom in _first(arguments).atoms:
            if isinstance(atom, Object):
                key = join(key, frame.machine.watch(("e", atom, "#keys"), frame.activation))
                item = join(item, frame.machine.watch(("e", atom, "*"), frame.activation))
        # A view, not an iterator: walking it takes nothing away.
        if keys and values:
            pair = containers.tuple_value([key, item]) if item is not BOTTOM else BOTTOM
            return value_of(stream_of("range", pair))
        return value_of(stream_of("range", key if keys else item))

    return handler


def _copies(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    value = _first(arguments)
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
    return _deeply(frame, _first(arguments), position, 0)


def _deeply(frame: Frame, value: Value, position: Position, depth: int) -> Value:
    """Fresh objects all the way down; below some depth (and for what is cyclic) their contents are not told apart."""
    machine, result = frame.machine, BOTTOM
    for atom in value.atoms:
        if isinstance(atom, Tuple) and depth < 4:
            if atom.elements is not None:
                parts = [_deeply(frame, part, position, depth + 1) for part in atom.elements]
                result = join(result, containers.tuple_value(parts))
            else:
                result = join(result, value_of(tuple_of(None, _deeply(frame, atom.element, position, depth + 1))))
            continue
        if not isinstance(atom, Object) or atom.site.startswith(frame.site(position)):
            result = join(result, value_of(atom))
            continue
        made = machine.allocate(frame.activation, atom.cls, f"{frame.site(position)}:{depth}")
        if depth < 4:
            for key in machine.keys_of(atom, frame.activation):
                held = machine.watch(key, frame.activation)
                machine.write((key[0], made, key[2]), _deeply(frame, held, position, depth + 1))
        result = join(result, value_of(made))
    return result


def _dataset_zip(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``Dataset.zip((a, b))`` and ``Dataset.zip(a, b)``: elements in the structure of the datasets."""
    given = arguments.positional
    datasets = given[0] if len(given) == 1 else arguments.keywords.get("datasets") or containers.tuple_value(given)

    def element(atom: Any) -> Value:
        return atom.element if isinstance(atom, Stream) else unknown_value(Reason.UNKNOWN_ELEMENT)

    return value_of(stream_of("dataset", semantics.map_leaves(frame, datasets, element, position)))


def _namedtuple(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``collections.namedtuple(name, fields)``: a class whose fields are known if they are written out."""
    fields = arguments.get(1, "field_names") or BOTTOM
    text = _constant_text(fields)
    if text is not None:
        names = text.replace(",", " ").split()
    else:
        texts = [_constant_text(item) for item in containers.exact_items(frame, fields) or [BOTTOM]]
        if any(item is None for item in texts):
            return unknown_value(Reason.DYNAMIC_CODE)
        names = [item for item in texts if item is not None]
    id = f"{frame.site(position)}::namedtuple"
    info = frame.machine.classes.define(id, [value_of(lib_of("typing.NamedTuple"))])
    info.fields = dict.fromkeys(names)
    return value_of(class_of(id))


def _import_module(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    from hybridize.interproc.imports import import_module

    name = _constant_text(arguments.get(0, "name"))
    if name is None or name.startswith("."):
        return unknown_value(Reason.DYNAMIC_CODE)
    return import_module(frame, name, True)


def _reveal(frame: Frame, arguments: Arguments, position: Position) -> Value:
    value = _first(arguments)
    key = (frame.path, position[0])
    frame.machine.reveals[key] = join(frame.machine.reveals.get(key, BOTTOM), value)
    return value


INTRINSICS: dict[str, Handler] = {
    "hybridize.reveal": _reveal, "collections.namedtuple": _namedtuple, "importlib.import_module": _import_module,
    "tensorflow.data.Dataset.zip": _dataset_zip,
    "hybridize.identity": _identity,
    "builtins.super": _super, "builtins.isinstance": _isinstance, "builtins.getattr": _getattr,
    "builtins.setattr": _setattr, "builtins.hasattr": _hasattr, "builtins.type": _type,
    "builtins.property": _property, "builtins.property.setter": _property_setter,
    "builtins.property.getter": _identity, "builtins.property.deleter": _identity,
    "abc.abstractproperty": _property, "functools.cached_property": _property, "tensorflow.autograph.experimental.do_not_convert": _identity,
    "builtins.staticmethod": _wrapping("staticmethod"), "builtins.classmethod": _wrapping("classmethod"),
    "builtins.object.__init__": _object_method, "builtins.object.__setattr__": _object_method,
    "builtins.object.__init_subclass__": _object_method, "builtins.object.__new__": _object_new,
    "builtins.object": _object_method,
    "functools.partial": _partial, "functools.partialmethod": _partial, "functools.wraps": _identity_factory,
    "functools.lru_cache": _cache, "functools.cache": _cache, "functools.update_wrapper": _identity,
    "contextlib.contextmanager": _identity, "abc.abstractmethod": _identity, "typing.overload": _identity,
    "typing.no_type_check": _identity, "typing.final": _identity,
    "dataclasses.dataclass": _dataclass, "functools.total_ordering": _identity,
    "typing.cast": lambda frame, arguments, position: arguments.get(1, "val"),
    "tensorflow.function": _tf_function, "tensorflow.Module.with_name_scope": _identity,
    "builtins.eval": _dynamic, "builtins.exec": _dynamic,
    "builtins.iter": _iter, "builtins.next": _next, "builtins.zip": _stream_with(_zipped),
    "builtins.enumerate": _stream_with(_enumerated), "builtins.reversed": _stream_with(_reversed),
    "builtins.map": _stream_with(_mapped), "builtins.filter": _stream_with(_filtered), "builtins.range": _range,
    "builtins.list": _list("list"), "builtins.set": _list("set"), "builtins.frozenset": _list("set"),
    "collections.deque": _list("collections.deque"), "builtins.tuple": _tuple, "builtins.dict": _dict,
    "collections.OrderedDict": _dict, "builtins.len": _len,
    "builtins.int": _scalar("int"), "builtins.float": _scalar("float"), "builtins.bool": _scalar("bool"),
    "builtins.str": _text, "builtins.repr": _text, "builtins.format": _text, "builtins.globals": _globals,
    "builtins.abs": _abs, "builtins.sum": _sum, "builtins.min": _extreme, "builtins.max": _extreme,
    "builtins.list.append": _appends(1), "builtins.set.add": _appends(1), "collections.deque.append": _appends(1),
    "collections.deque.appendleft": _appends(1), "builtins.list.insert": _appends(2),
    "builtins.list.extend": _extends, "builtins.set.update": _extends, "collections.deque.extend": _extends,
    "builtins.list.pop": _takes, "builtins.set.pop": _takes, "collections.deque.pop": _takes,
    "collections.deque.popleft": _takes, "builtins.dict.pop": _takes,
    "builtins.dict.get": _dict_get, "builtins.dict.setdefault": _dict_setdefault, "builtins.dict.update": _dict_update,
    "builtins.dict.items": _dict_parts(True, True), "builtins.dict.keys": _dict_parts(True, False),
    "builtins.dict.values": _dict_parts(False, True),
    "builtins.list.copy": _copies, "builtins.dict.copy": _copies, "builtins.set.copy": _copies, "copy.copy": _copies,
    "copy.deepcopy": _deep_copy,
    **keras.INTRINSICS,
}  # fmt: skip
