"""Reading and writing attributes of every kind of value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import (
    SEVERAL,
    Atom,
    Bound,
    Class,
    Const,
    Dtype,
    Function,
    Lib,
    Module,
    Object,
    Partial,
    PyType,
    Stream,
    Tensor,
    Tuple,
    Unknown,
    Wrapped,
    bound_of,
    class_of,
    lib_of,
    object_of,
    tuple_of,
    wrapped_of,
)
from hybridize.domains.value import BOTTOM, Value, join, join_all, type_value, unknown_value, value_of
from hybridize.interproc import arrays, protocols, semantics, static_shapes
from hybridize.interproc.activation import Arguments
from hybridize.models.rows import Row
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

TENSOR_CLASSES: Final = {
    "dense": ("tensorflow.Tensor",),
    "variable": ("tensorflow.Variable", "tensorflow.Tensor"),
    "ragged": ("tensorflow.RaggedTensor", "tensorflow.Tensor"),
    "sparse": ("tensorflow.SparseTensor", "tensorflow.Tensor"),
    "symbolic": ("keras.KerasTensor", "tensorflow.Tensor"),
    "ndarray": ("numpy.ndarray",),
}
STREAM_CLASSES: Final = {
    "dataset": "tensorflow.data.Dataset", "iterator": "tensorflow.data.Iterator", "generator": "builtins.generator",
    "iter": "builtins.iterator", "range": "builtins.range",
}  # fmt: skip
VARIABLE_LISTS: Final = frozenset(
    {"trainable_variables", "trainable_weights", "variables", "weights", "non_trainable_variables"}
)
"""What a Keras object lists of its variables; before the first call the list is not complete."""
SUBCLASSES: Final = "builtins.type.__subclasses__"
FUNCTION_TEXTS: Final = frozenset({"__name__", "__qualname__", "__doc__", "__module__", "name"})


def get_attribute(frame: Frame, obj: Value, name: str, position: Position) -> Value:
    """``obj.name``."""
    if len(obj.atoms) == 1:
        return attribute_of(frame, obj.atoms[0], name, position)
    return join_all([attribute_of(frame, atom, name, position) for atom in obj.atoms])


def attribute_of(frame: Frame, atom: Atom, name: str, position: Position) -> Value:
    """The attribute of one atom."""
    if isinstance(atom, Object):
        return _object_attribute(frame, atom, name, position)
    if isinstance(atom, Lib):
        return _library_attribute(frame, atom, name, position)
    if isinstance(atom, Module):
        return module_attribute(frame, atom.path, name)
    if isinstance(atom, Unknown):
        return value_of(atom)
    if isinstance(atom, Tensor):
        return _tensor_attribute(frame, atom, name, position)
    if isinstance(atom, Class):
        return _class_attribute(frame, atom, name, position)
    if isinstance(atom, Wrapped):
        return _wrapped_attribute(frame, atom, name, position)
    if isinstance(atom, (Stream, Dtype)):
        cls = STREAM_CLASSES[atom.kind] if isinstance(atom, Stream) else "tensorflow.DType"
        return from_row_of(frame, cls, name, atom, position)
    if isinstance(atom, (Const, PyType)):
        return _scalar_attribute(frame, atom, name, position)
    if isinstance(atom, Tuple):
        return _tuple_attribute(frame, atom, name, position)
    if isinstance(atom, Function):
        return _function_attribute(frame, atom, name)
    if isinstance(atom, Bound):
        return _bound_attribute(frame, atom, name)
    if isinstance(atom, Partial):
        return atom.function if name == "func" else unknown_value(Reason.UNKNOWN_ATTRIBUTE)
    return unknown_value(Reason.UNKNOWN_ATTRIBUTE)


def _tuple_attribute(frame: Frame, atom: Tuple, name: str, position: Position) -> Value:
    """An attribute of a tuple, or of the static shape that it stands for."""
    if name in static_shapes.RANKS:
        return static_shapes.rank_of(frame, atom)
    for cls in ("builtins.tuple", "tensorflow.TensorShape"):
        row = frame.machine.library.method(cls, name)
        if row is not None:
            return from_row(frame, row, atom, position)
    return unknown_value(Reason.UNKNOWN_ATTRIBUTE)


def _tensor_attribute(frame: Frame, atom: Tensor, name: str, position: Position) -> Value:
    if name.startswith("assign") and atom.kind == "dense":  # a slice of a variable can be assigned to
        return from_row_of(frame, "tensorflow.Variable", name, atom, position)
    for cls in TENSOR_CLASSES[atom.kind]:
        row = frame.machine.library.method(cls, name)
        if row is not None:
            return from_row(frame, row, atom, position)
    if frame.machine.arrays_as_tensors:
        arrays.note_attribute(frame, atom, name, position)
    return unknown_value(Reason.UNMODELED_LIBRARY)


def _function_attribute(frame: Frame, atom: Function, name: str) -> Value:
    if name in FUNCTION_TEXTS:
        return type_value("str")
    return frame.machine.read(("a", atom, name), frame.point)


def from_row_of(frame: Frame, cls: str, name: str, receiver: Atom, position: Position) -> Value:
    """The attribute that the rows of a class give."""
    row = frame.machine.library.method(cls, name)
    return from_row(frame, row, receiver, position) if row else unknown_value(Reason.UNMODELED_LIBRARY)


def from_row(frame: Frame, row: Row, receiver: Atom, position: Position) -> Value:
    """What a library row says of an attribute of an instance: a value, or a bound method."""
    if row.attribute is not None:
        if row.name.startswith("keras.") and row.name.rpartition(".")[2] in VARIABLE_LISTS:
            frame.use("reads-variables", row.name, position, value_of(receiver))
        if row.does:
            semantics.record(frame, row, Arguments([value_of(receiver)]), position)
        return semantics.evaluate(frame, row.attribute, semantics.Scope(row, {"self": value_of(receiver)}, position))
    if row.is_class_method and isinstance(receiver, Object):
        known = receiver.cls in frame.machine.classes.infos
        return _of_class(row, class_of(receiver.cls) if known else lib_of(receiver.cls))
    return value_of(bound_of(lib_of(row.name), value_of(receiver)))


def _scalar_attribute(frame: Frame, atom: Const | PyType, name: str, position: Position) -> Value:
    kind = type(atom.constant).__name__ if isinstance(atom, Const) else atom.name
    if kind == "NoneType":
        return BOTTOM  # raises; the branch on which this happens is not the one that matters
    if kind == "object":
        return unknown_value(Reason.UNKNOWN_ATTRIBUTE)
    if kind == "TensorShape" and name in static_shapes.RANKS:
        return static_shapes.rank_of(frame, atom)
    cls = "tensorflow.TensorShape" if kind == "TensorShape" else f"builtins.{kind}"
    row = frame.machine.library.method(cls, name)
    if row is not None:
        return from_row(frame, row, atom, position)
    return unknown_value(Reason.UNMODELED_LIBRARY)


def module_attribute(frame: Frame, path: str, name: str) -> Value:
    """A name of a module of the project, or a module inside a package."""
    from hybridize.interproc import imports

    return imports.module_name(frame.machine, path, name, frame.point)


def _library_attribute(frame: Frame, atom: Lib, name: str, position: Position) -> Value:
    library = frame.machine.library
    dotted = library.canonical(f"{atom.name}.{name}")
    row = library.row(dotted)
    if row is None and (found := library.method(atom.name, name)) is not None:
        if found.is_class_method:
            return _of_class(found, atom)
        row, dotted = found, found.name
    return semantics.library_value(frame, dotted, row, position)


def _class_attribute(frame: Frame, atom: Class, name: str, position: Position) -> Value:
    if name in ("__name__", "__qualname__", "__doc__", "__module__"):
        return type_value("str")
    own = frame.machine.watch(("a", atom, name), frame.point)
    found, where = frame.machine.classes.lookup(atom.id, name, frame.point)
    if isinstance(where, Lib):
        row = frame.machine.library.method(where.name, name)
        return join(own, _of_class(row, atom)) if row else own
    if name == "__subclasses__":
        return join(own, value_of(bound_of(lib_of(SUBCLASSES), value_of(atom))))
    result = own
    for item in found.atoms:
        if isinstance(item, Wrapped) and item.kind == "classmethod":
            result = join(result, _bound_all(item.target, value_of(atom)))
        elif isinstance(item, Wrapped) and item.kind == "staticmethod":
            result = join(result, item.target)
        else:
            result = join(result, value_of(item))
    if result is not BOTTOM:
        return result
    return _missing(frame, atom.id, name)


def _of_class(row: Row, cls: Class | Lib) -> Value:
    """A library's function as an attribute of a class: class methods are bound to it."""
    function = lib_of(row.name)
    return value_of(bound_of(function, value_of(cls)) if row.is_class_method else function)


def _missing(frame: Frame, cls: str, name: str) -> Value:
    base = frame.machine.classes.unknown_base(cls)
    if base is not None:
        return value_of(base)
    return BOTTOM


def _bound_all(functions: Value, receiver: Value) -> Value:
    return value_of(*(bound_of(atom, receiver) for atom in functions.atoms))


def _object_attribute(frame: Frame, atom: Object, name: str, position: Position) -> Value:
    machine = frame.machine
    if atom.cls not in machine.classes.infos:
        return _library_object_attribute(frame, atom, name, position)
    if name == "__class__":
        return value_of(class_of(atom.cls))
    found, where = machine.classes.lookup(atom.cls, name, frame.point)
    result = BOTTOM if atom.exact else _of_subclasses(frame, atom, name, found, position)
    if isinstance(where, Lib):
        row = machine.library.method(where.name, name)
        if row is not None:
            result = join(result, from_row(frame, row, atom, position))
    else:
        result = join(result, bind(frame, found, atom, position))
    key = ("a", atom, name)
    if result is BOTTOM:
        own = machine.read(key, frame.point)
        if own is not BOTTOM:
            return own
        if protocols.has_method(frame, atom, "__getattr__") and name not in ("__getattr__", "__call__"):
            return protocols.call_method(frame, atom, "__getattr__", [type_value("str")], position)
        return _missing(frame, atom.cls, name)
    return join(result, machine.watch(key, frame.point))


def _of_subclasses(frame: Frame, atom: Object, name: str, found: Value, position: Position) -> Value:
    """An object from outside may be of a subclass: what subclasses define counts where the class itself is abstract.

    There, the object is one of the subclass, and what it calls in turn is that of the subclass.
    """
    if found is not BOTTOM and not protocols.is_abstract(frame, found):
        return BOTTOM
    result = BOTTOM
    for child in frame.machine.classes.descendants(atom.cls):
        if name in frame.machine.classes.infos[child].names:
            own = frame.machine.read(("k", child, name), frame.point)
            result = join(result, bind(frame, own, object_of(child, atom.site, False), position))
    return result


def bind(frame: Frame, found: Value, receiver: Object, position: Position) -> Value:
    """Class attributes as seen through an instance (the descriptor protocol)."""
    key = (found, receiver)
    known = _bound.get(key)
    if known is not None:
        return known
    result = BOTTOM
    own = value_of(receiver)
    plain = True
    for item in found.atoms:
        if isinstance(item, Function) or (isinstance(item, Wrapped) and item.kind in ("hybrid", "gradient")):
            result = join(result, value_of(bound_of(item, own)))
        elif isinstance(item, Wrapped) and item.kind == "classmethod":
            result = join(result, _bound_all(item.target, value_of(class_of(receiver.cls))))
        elif isinstance(item, Wrapped) and item.kind == "staticmethod":
            result = join(result, item.target)
        elif isinstance(item, Wrapped) and item.kind == "property":
            from hybridize.interproc.calls import call

            plain = False
            getter = item.target.atoms[0]
            assert isinstance(getter, Tuple)
            assert getter.elements is not None
            result = join(result, call(frame, getter.elements[0], Arguments([own]), position))
        elif isinstance(item, Object) and protocols.has_method(frame, item, "__get__"):
            arguments = [own, unknown_value(Reason.UNKNOWN_RECEIVER)]
            plain = False
            result = join(result, protocols.call_method(frame, item, "__get__", arguments, position))
        else:
            plain = plain and not isinstance(item, Object)
            result = join(result, value_of(item))
    if plain:
        _bound[key] = result
    return result


_bound: Final[dict[tuple[Value, Object], Value]] = {}
"""What binding gives where it is a matter of the two alone: methods, but no properties."""


def _library_object_attribute(frame: Frame, atom: Object, name: str, position: Position) -> Value:
    machine = frame.machine
    cls = atom.cls if "." in atom.cls else f"builtins.{atom.cls}"
    row = machine.library.method(cls, name)
    own = machine.watch(("a", atom, name), frame.point)
    if row is not None:
        return join(from_row(frame, row, atom, position), own)
    return own if own is not BOTTOM else unknown_value(Reason.UNMODELED_LIBRARY)


def _wrapped_attribute(frame: Frame, atom: Wrapped, name: str, position: Position) -> Value:
    if atom.kind == "super":
        return _super_attribute(frame, atom, name, position)
    if atom.kind == "property":
        return value_of(bound_of(lib_of(f"builtins.property.{name}"), value_of(atom)))
    if atom.kind == "hybrid":
        if name == "python_function":
            return atom.target
        if name in FUNCTION_TEXTS:
            return type_value("str")
        return value_of(bound_of(lib_of(f"tensorflow.types.experimental.PolymorphicFunction.{name}"), value_of(atom)))
    return get_attribute(frame, atom.target, name, position)


def _super_attribute(frame: Frame, atom: Wrapped, name: str, position: Position) -> Value:
    result = BOTTOM
    for receiver in atom.target.atoms:
        if isinstance(receiver, Unknown):
            result = join(result, value_of(receiver))
        if not isinstance(receiver, (Object, Class)):
            continue
        start = receiver.cls if isinstance(receiver, Object) else receiver.id
        order = frame.machine.classes.order(start)
        if not any(isinstance(item, Class) and item.id == atom.note for item in order):
            start = atom.note
        found, where = frame.machine.classes.lookup(start, name, frame.point, after=atom.note)
        if isinstance(where, Lib):
            row = frame.machine.library.method(where.name, name)
            if row is not None and isinstance(receiver, Object):
                result = join(result, from_row(frame, row, receiver, position))
            elif row is not None and isinstance(receiver, Class):
                result = join(result, _of_class(row, receiver))
        elif isinstance(receiver, Object):
            bound = bind(frame, found, receiver, position)
            result = join(result, bound if bound is not BOTTOM else _object_method(name, frame, start))
        else:
            result = join(result, _bound_all(found, value_of(receiver)))
    return result


def _object_method(name: str, frame: Frame, cls: str) -> Value:
    """What ``object`` itself has, which every class inherits; else an unknown base may define it."""
    base = frame.machine.classes.unknown_base(cls)
    if base is not None:
        return value_of(base)
    return value_of(lib_of(f"builtins.object.{name}"))


def _bound_attribute(frame: Frame, atom: Bound, name: str) -> Value:
    if name == "__self__":
        return atom.receiver
    if name == "__func__":
        return value_of(atom.function)
    if name in FUNCTION_TEXTS:
        return type_value("str")
    return get_attribute(frame, value_of(atom.function), name, (0, 0, 0, 0))


def set_attribute(
    frame: Frame,
    obj: Value,
    name: str,
    value: Value,
    position: Position,
    lazy: bool,
    origin: str | None = None,
) -> None:
    """``obj.name = value``; BOTTOM as the value deletes. ``origin``: whose the object is, see `origins.origin`."""
    machine = frame.machine
    stored = value if lazy else None
    for atom in obj.atoms:
        if isinstance(atom, (Object, Class, Function)):
            if isinstance(atom, Object) and _set_property(frame, atom, name, value, position):
                continue
            if isinstance(atom, Object) and atom.site == SEVERAL:
                machine.instances.store(atom, name, value)
            else:
                machine.write(("a", atom, name), value)
            frame.effect("writes-attribute", f"sets the attribute `{name}`", position, (atom,), None, stored, name)
        elif isinstance(atom, Module):
            machine.write(("g", atom.path, name), value)
            frame.effect("writes-global", f"rebinds `{name}` of a module", position, cell=(atom.path, name))
        elif isinstance(atom, Lib):
            frame.effect("writes-global", f"sets `{atom.name}.{name}`", position, cell=(atom.name, name))
        elif isinstance(atom, Unknown):
            whose = ("origin", "writes-attribute") if origin is not None else None
            frame.effect("writes-attribute", f"sets the attribute `{name}`", position, (atom,), whose, stored)


def _set_property(frame: Frame, atom: Object, name: str, value: Value, position: Position) -> bool:
    if atom.cls not in frame.machine.classes.infos:
        return False
    found, _ = frame.machine.classes.lookup(atom.cls, name, frame.point)
    for item in found.atoms:
        if isinstance(item, Wrapped) and item.kind == "property":
            from hybridize.interproc.calls import call

            pair = item.target.atoms[0]
            assert isinstance(pair, Tuple)
            assert pair.elements is not None
            if len(pair.elements) > 1 and pair.elements[1] is not BOTTOM:
                call(frame, pair.elements[1], Arguments([value_of(atom), value]), position)
            return True
    if protocols.has_method(frame, atom, "__setattr__"):
        protocols.call_method(frame, atom, "__setattr__", [type_value("str"), value], position)
        return True
    return False


def property_value(getter: Value, setter: Value) -> Value:
    """A property object."""
    return value_of(wrapped_of("property", value_of(tuple_of((getter, setter), BOTTOM))))
