"""Library callables that look into objects, classes and functions, or make them of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import (
    Bound,
    Class,
    Function,
    Object,
    Tuple,
    Unknown,
    Wrapped,
    class_of,
    const,
    lib_of,
    object_of,
    wrapped_of,
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
from hybridize.interproc import arrays, containers, hybridization, protocols
from hybridize.interproc.activation import Arguments
from hybridize.interproc.attributes import SUBCLASSES, get_attribute, property_value, set_attribute
from hybridize.interproc.imports import import_module
from hybridize.interproc.intrinsics_base import Handler, constant_text, first
from hybridize.interproc.library_calls import call_back, make_partial
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame


# -- objects -----------------------------------------------------------------------------------------------------------


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
        receiver = frame.argument(name)
    else:
        receiver = frame.machine.read(("v", frame.cell_owner(1), name), frame.point)
    return value_of(wrapped_of("super", receiver, cls.id))


def _isinstance(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    value, classes = arguments.positional
    if frame.machine.arrays_as_tensors:
        arrays.note_isinstance(frame, value, classes, position)
    answers = {protocols.is_instance(frame, atom, classes) for atom in value.atoms}
    if len(answers) == 1 and None not in answers:
        return value_of(const(answers.pop()))
    return type_value("bool")


def _getattr(frame: Frame, arguments: Arguments, position: Position) -> Value:
    name = constant_text(arguments.get(1, "name"))
    default = arguments.positional[2] if len(arguments.positional) > 2 else BOTTOM
    if name is None:
        return join(unknown_value(Reason.DYNAMIC_CODE), default)
    found = get_attribute(frame, first(arguments), name, position)
    return join(found, default)


def _setattr(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if len(arguments.positional) == 3:
        name = constant_text(arguments.positional[1])
        if name is not None:
            set_attribute(frame, arguments.positional[0], name, arguments.positional[2], position, False)
            return NONE
    atoms = tuple(a for a in first(arguments).atoms if isinstance(a, (Object, Class, Unknown)))
    frame.effect("writes-attribute", "sets an attribute by name", position, atoms)
    return NONE


def _hasattr(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return type_value("bool")


def _object_method(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return NONE


def _object_new(frame: Frame, arguments: Arguments, position: Position) -> Value:
    result = BOTTOM
    for atom in first(arguments).atoms:
        if isinstance(atom, Class):
            result = join(result, value_of(frame.machine.allocate(frame.activation, atom.id, frame.site(position))))
        else:
            result = join(result, unknown_value(Reason.UNKNOWN_CALLEE))
    return result


# -- classes -----------------------------------------------------------------------------------------------------------


def _type(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if len(arguments.positional) != 1:
        return unknown_value(Reason.DYNAMIC_CODE)
    result = BOTTOM
    for atom in first(arguments).atoms:
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
    for atom in first(arguments).atoms:
        if isinstance(atom, Wrapped) and atom.kind == "property" and len(arguments.positional) > 1:
            pair = atom.target.atoms[0]
            assert isinstance(pair, Tuple)
            assert pair.elements is not None
            return property_value(pair.elements[0], arguments.positional[1])
    return first(arguments)


def _wrapping(kind: str) -> Handler:
    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        return value_of(wrapped_of(kind, first(arguments)))

    return handler


def _dataclass(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if not arguments.positional:
        return value_of(lib_of("hybridize.identity"))
    for atom in first(arguments).atoms:
        if isinstance(atom, Class) and atom.id in frame.machine.classes.infos:
            frame.machine.classes.infos[atom.id].dataclass = True
    return first(arguments)


def _subclasses(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``Class.__subclasses__()``: the direct ones."""
    found = join_all(
        frame.machine.watch(("s", atom.id), frame.point) for atom in first(arguments).atoms if isinstance(atom, Class)
    )
    return containers.new_list(frame, "list", found, position)


def _namedtuple(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``collections.namedtuple(name, fields)``: a class whose fields are known if they are written out."""
    fields = arguments.get(1, "field_names") or BOTTOM
    text = constant_text(fields)
    if text is not None:
        names = text.replace(",", " ").split()
    else:
        texts = [constant_text(item) for item in containers.exact_items(frame, fields) or [BOTTOM]]
        if any(item is None for item in texts):
            return unknown_value(Reason.DYNAMIC_CODE)
        names = [item for item in texts if item is not None]
    return _tuple_class(frame, names, position)


def _typed_namedtuple(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """``typing.NamedTuple(name, [(field, type), …])``."""
    fields = arguments.get(1, "fields")
    pairs = [containers.exact_items(frame, pair) for pair in containers.exact_items(frame, fields or BOTTOM) or ()]
    names = [constant_text(pair[0]) if pair else None for pair in pairs] or list(arguments.keywords)
    known = [name for name in names if name is not None]
    return _tuple_class(frame, known, position) if len(known) == len(names) else unknown_value(Reason.DYNAMIC_CODE)


def _tuple_class(frame: Frame, fields: list[str], position: Position) -> Value:
    id = f"{frame.site(position)}::namedtuple"
    info = frame.machine.classes.define(id, [value_of(lib_of("typing.NamedTuple"))])
    info.fields = dict.fromkeys(fields)
    return value_of(class_of(id))


# -- functions ---------------------------------------------------------------------------------------------------------


def _partial(frame: Frame, arguments: Arguments, position: Position) -> Value:
    if not arguments.positional:
        return unknown_value(Reason.UNKNOWN_CALLEE)
    rest = Arguments(arguments.positional[1:], arguments.keywords)
    return make_partial(frame, arguments.positional[0], rest, position)


def _identity(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """Decorators that give a callable which behaves like the decorated one."""
    return first(arguments)


def _do_not_convert(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """The function as it is, for AutoGraph to leave alone; without a function, the decorator."""
    target = arguments.get(0, "func")
    if target is None or target is NONE:
        return value_of(lib_of("tensorflow.autograph.experimental.do_not_convert"))
    for atom in target.atoms:
        frame.machine.unconverted.update(dict.fromkeys(hybridization.bodies(frame, atom)))
    return target


def _identity_factory(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """Decorator factories whose decorator does: ``@lru_cache(maxsize=None)``, ``@wraps(f)``."""
    return value_of(lib_of("hybridize.identity"))


def _cache(frame: Frame, arguments: Arguments, position: Position) -> Value:
    callables = (Function, Bound, Wrapped)
    if arguments.positional and all(isinstance(atom, callables) for atom in first(arguments).atoms):
        return _cached(frame, arguments, position)
    return value_of(lib_of("hybridize.cache"))


def _cached(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """The function as it is: a cache hands back what it gave."""
    for atom in first(arguments).atoms:
        frame.machine.cached.update(dict.fromkeys(hybridization.bodies(frame, atom)))
    return first(arguments)


def _cached_property(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return _property(frame, Arguments([_cached(frame, arguments, position)]), position)


def _tf_function(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return hybridization.apply(frame, arguments, position)


# -- names and code ----------------------------------------------------------------------------------------------------


def _globals(frame: Frame, arguments: Arguments, position: Position) -> Value:
    return value_of(object_of("dict", f"{frame.path}:globals"))


def _import_module(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    name = constant_text(arguments.get(0, "name"))
    if name is None or name.startswith("."):
        return unknown_value(Reason.DYNAMIC_CODE)
    return import_module(frame, name, True)


def _dynamic(frame: Frame, arguments: Arguments, position: Position) -> Value:
    frame.effect("opaque", Reason.DYNAMIC_CODE.value, position)
    return unknown_value(Reason.DYNAMIC_CODE)


def _reveal(frame: Frame, arguments: Arguments, position: Position) -> Value:
    value = first(arguments)
    key = (frame.path, position[0])
    frame.machine.reveals[key] = join(frame.machine.reveals.get(key, BOTTOM), value)
    return value


def _executing_eagerly(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """In an ``init_scope``, which leaves the graph being traced, always; elsewhere as the row says, either."""
    return const_value(True) if protocols.inside(frame, "tensorflow.init_scope") else None


def _expects_failure(error: int, before: int) -> Handler:
    """``pytest.raises(Error)``: what stands in a ``with`` statement over it raises, or a call that it makes.

    ``error``: which argument says what is raised. ``before``: how many stand before the function to call.
    """

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value:
        expected = arguments.get(error, "expected_exception") or BOTTOM
        if len(arguments.positional) > before:
            passed = Arguments(arguments.positional[before + 1 :], arguments.keywords)
            passed.rest, passed.keyword_rest = arguments.rest, arguments.keyword_rest
            outer, frame.fails = frame.fails, expected
            call_back(frame, arguments.positional[before], passed, position, "call")
            frame.fails = outer
        manager = frame.machine.allocate(frame.activation, protocols.EXPECTED_FAILURE, frame.site(position))
        frame.machine.write(("a", manager, "expected"), expected)
        return value_of(manager)

    return handler


INTRINSICS: Final[dict[str, Handler]] = {
    "tensorflow.executing_eagerly": _executing_eagerly,
    "pytest.raises": _expects_failure(0, 1),
    "unittest.TestCase.assertRaises": _expects_failure(1, 2),
    "unittest.TestCase.assertRaisesRegex": _expects_failure(1, 3),
    "hybridize.reveal": _reveal,
    "collections.namedtuple": _namedtuple,
    "typing.NamedTuple": _typed_namedtuple,
    "importlib.import_module": _import_module,
    "hybridize.identity": _identity,
    "hybridize.cache": _cached,
    "builtins.super": _super,
    "builtins.isinstance": _isinstance,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.hasattr": _hasattr,
    "builtins.type": _type,
    "builtins.property": _property,
    "builtins.property.setter": _property_setter,
    "builtins.property.getter": _identity,
    "builtins.property.deleter": _identity,
    "abc.abstractproperty": _property,
    "functools.cached_property": _cached_property,
    "tensorflow.autograph.experimental.do_not_convert": _do_not_convert,
    "builtins.staticmethod": _wrapping("staticmethod"),
    "builtins.classmethod": _wrapping("classmethod"),
    "builtins.object.__init__": _object_method,
    "builtins.object.__setattr__": _object_method,
    "builtins.object.__init_subclass__": _object_method,
    "builtins.object.__new__": _object_new,
    "builtins.object": _object_method,
    SUBCLASSES: _subclasses,
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.wraps": _identity_factory,
    "functools.lru_cache": _cache,
    "functools.cache": _cache,
    "functools.update_wrapper": _identity,
    "contextlib.contextmanager": _identity,
    "abc.abstractmethod": _identity,
    "typing.overload": _identity,
    "typing.no_type_check": _identity,
    "typing.final": _identity,
    "dataclasses.dataclass": _dataclass,
    "functools.total_ordering": _identity,
    "typing.cast": lambda frame, arguments, position: arguments.get(1, "val"),
    "tensorflow.function": _tf_function,
    "tensorflow.Module.with_name_scope": _identity,
    "builtins.eval": _dynamic,
    "builtins.exec": _dynamic,
    "builtins.globals": _globals,
}
