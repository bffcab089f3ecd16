"""Python's protocols on objects: special methods, calling, iterating, context managers, `isinstance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import (
    Atom,
    Class,
    Const,
    Function,
    Lib,
    Object,
    PyType,
    Stream,
    Tensor,
    Tuple,
    Unknown,
    Wrapped,
)
from hybridize.domains.value import BOTTOM, Value, join, join_all, unknown_value, value_of
from hybridize.interproc.activation import Arguments
from hybridize.reasons import Reason
from hybridize.syntax.code import CONST, RAISE, Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame


def has_method(frame: Frame, atom: Object, name: str) -> bool:
    """Whether a class of the project gives the object that method."""
    if atom.cls not in frame.machine.classes.infos:
        return False
    found, where = frame.machine.classes.lookup(atom.cls, name, frame.point)
    return found is not BOTTOM and isinstance(where, Class)


def call_method(frame: Frame, atom: Object, name: str, values: list[Value], position: Position) -> Value:
    """``atom.name(*values)``; an unknown value where the object has no such method in sight."""
    from hybridize.interproc.attributes import attribute_of
    from hybridize.interproc.calls import call

    if atom.cls in frame.machine.classes.infos and not has_method(frame, atom, name):
        row = next(
            (
                r
                for b in frame.machine.classes.library_bases(atom.cls)
                if (r := frame.machine.library.row(f"{b}.{name}"))
            ),
            None,
        )
        if row is None:
            frame.effect("opaque", Reason.UNKNOWN_ATTRIBUTE.value, position)
            return unknown_value(Reason.UNKNOWN_ATTRIBUTE)
    method = attribute_of(frame, atom, name, position)
    return call(frame, method, Arguments(list(values)), position)


def call_object(frame: Frame, atom: Object, arguments: Arguments, position: Position, kind: str = "call") -> Value:
    """``atom(*arguments)``: ``__call__``, by way of Keras for its layers and models."""
    from hybridize.interproc.attributes import attribute_of
    from hybridize.interproc.calls import call

    outer, frame.kind = frame.kind, kind
    result = call(frame, attribute_of(frame, atom, "__call__", position), arguments, position, kind)
    frame.kind = outer
    return result


def iterate(frame: Frame, atom: Object, position: Position) -> Value:
    """What iterating an object gives."""
    from hybridize.interproc import containers

    if has_method(frame, atom, "__iter__"):
        iterator = call_method(frame, atom, "__iter__", [], position)
        result = BOTTOM
        for item in iterator.atoms:
            if isinstance(item, Object) and has_method(frame, item, "__next__"):
                result = join(result, call_method(frame, item, "__next__", [], position))
            elif item is not atom:
                result = join(result, containers.element(frame, value_of(item), position))
        return result
    if has_method(frame, atom, "__getitem__"):
        return call_method(frame, atom, "__getitem__", [unknown_value(Reason.UNKNOWN_ELEMENT)], position)
    fields = fields_in_order(frame, atom)
    if fields is not None:
        return join_all(fields)
    names = (
        [atom.cls, *frame.machine.classes.library_bases(atom.cls)]
        if atom.cls in frame.machine.classes.infos
        else [atom.cls if "." in atom.cls else f"builtins.{atom.cls}"]
    )
    for name in names:
        row = frame.machine.library.method(name, "__iter__")
        if row is not None and row.returns is not None:
            from hybridize.interproc import semantics

            # What a class of the project yields is no row's to say: `element(self)` would be this very question.
            itself = unknown_value(Reason.UNKNOWN_ELEMENT)
            got = semantics.evaluate(frame, row.returns, semantics.Scope(row, {"self": itself}, position))
            return join_all(
                containers.element(frame, value_of(item), position) for item in got.atoms if item is not atom
            )
    return unknown_value(Reason.UNKNOWN_ELEMENT)


def fields_in_order(frame: Frame, atom: Atom) -> list[Value] | None:
    """The fields of a named tuple of the project, which unpacks like a tuple."""
    if not isinstance(atom, Object):
        return None
    classes = frame.machine.classes
    if atom.cls not in classes.infos or not classes.is_named_tuple(atom.cls):
        return None
    return [frame.machine.read(("a", atom, name), frame.point) for name in classes.fields(atom.cls)] or None


def is_abstract(frame: Frame, functions: Value) -> bool:
    """Whether a method has no body to speak of: it only raises, or does nothing."""
    for atom in functions.atoms:
        if isinstance(atom, Wrapped):
            if not is_abstract(frame, atom.target):
                return False
            continue
        if not isinstance(atom, Function):
            return False
        block = frame.machine.program.codes[atom.code].blocks[0]
        if block.targets or any(ins[0] == RAISE for ins in block.instructions):
            if not any(ins[0] == RAISE for ins in block.instructions):
                return False
        elif any(ins[0] != CONST for ins in block.instructions):
            return False
    return bool(functions.atoms)


def enter_context(frame: Frame, value: Value, position: Position) -> Value:
    """What ``with value as name`` binds."""
    result = BOTTOM
    for atom in value.atoms:
        if isinstance(atom, Object) and atom.cls in frame.machine.classes.infos:
            result = join(result, call_method(frame, atom, "__enter__", [], position))
        elif isinstance(atom, Stream) and atom.kind == "generator":
            from hybridize.interproc import containers

            result = join(result, containers.element(frame, value_of(atom), position))
        elif isinstance(atom, Object):
            row = frame.machine.library.method(atom.cls if "." in atom.cls else f"builtins.{atom.cls}", "__enter__")
            if row is not None:
                from hybridize.interproc.library_calls import call_library

                result = join(
                    result, call_library(frame, row.name, Arguments([value_of(atom)]), position, value_of(atom))
                )
            else:
                result = join(result, value_of(atom))
        else:
            result = join(result, value_of(atom))
    return result


def exit_context(frame: Frame, value: Value, position: Position) -> None:
    """The end of a ``with`` block."""
    for atom in value.atoms:
        if isinstance(atom, Object) and has_method(frame, atom, "__exit__"):
            none = unknown_value(Reason.DEPENDS_ON_INPUT)
            call_method(frame, atom, "__exit__", [none, none, none], position)


EXPECTED_FAILURE: Final = "unittest.case._AssertRaisesContext"
"""Class of the context managers, pytest's included, whose ``with`` statements expect what stands inside to raise."""


def is_expected_to_fail(frame: Frame) -> bool:
    """Whether the call being made is expected to raise."""
    return frame.fails is not None or (bool(frame.block.contexts) and inside(frame, EXPECTED_FAILURE))


def expected_errors(frame: Frame) -> list[Atom]:
    """The classes of errors that are expected of the call being made."""
    if frame.fails is not None:
        found = [frame.fails]
    else:
        managers = [atom for register in frame.block.contexts for atom in frame.registers[register].atoms]
        found = [frame.machine.peek(("a", atom, "expected")) for atom in managers if isinstance(atom, Object)]
    atoms = [atom for value in found for atom in value.atoms]
    several = [part for atom in atoms if isinstance(atom, Tuple) for part in atom.elements or (atom.element,)]
    return [*atoms, *(atom for part in several for atom in part.atoms)]


def inside(frame: Frame, cls: str) -> bool:
    """Whether what is being evaluated stands in a ``with`` statement over a library object of that class."""
    return any(
        bool(managers.atoms) and all(isinstance(atom, Object) and atom.cls == cls for atom in managers.atoms)
        for managers in (frame.registers[register] for register in frame.block.contexts)
    )


def as_text(frame: Frame, value: Value, position: Position) -> None:
    """``str(value)``: an object of the project may have a say in it."""
    for atom in value.atoms:
        if isinstance(atom, Object):
            name = next((n for n in ("__format__", "__str__", "__repr__") if has_method(frame, atom, n)), None)
            if name is not None:
                call_method(frame, atom, name, [], position)


# -- isinstance --------------------------------------------------------------------------------------------------------

_TENSOR_TYPES: Final = {
    "tensorflow.Tensor": ("dense", "variable"),
    "tensorflow.Variable": ("variable",),
    "tensorflow.RaggedTensor": ("ragged",),
    "tensorflow.SparseTensor": ("sparse",),
    "numpy.ndarray": ("ndarray",),
    "keras.KerasTensor": ("symbolic",),
}
_SCALARS: Final = {"int": ("int", "bool"), "float": ("float",), "str": ("str",), "bool": ("bool",), "bytes": ("bytes",)}
_CONTAINERS: Final = frozenset({"list", "tuple", "dict", "set"})
_PLAIN: Final = frozenset({*_SCALARS, *_CONTAINERS})


def class_atoms(classes: Value) -> list[Atom] | None:
    """The classes an ``isinstance`` test names, or None if they are not all known."""
    found: list[Atom] = []
    work = list(classes.atoms)
    while work:
        atom = work.pop()
        if isinstance(atom, Tuple) and atom.elements is not None:
            for element in atom.elements:
                work.extend(element.atoms)
        elif isinstance(atom, (Class, Lib)):
            found.append(atom)
        else:
            return None
    return found or None


_FUNCTION_TYPES: Final = frozenset(
    {
        "builtins.object",
        "types.FunctionType",
        "types.LambdaType",
        "typing.Callable",
        "typing.Hashable",
        "collections.abc.Callable",
        "collections.abc.Hashable",
    }
)
"""Classes of the libraries that a function is an instance of."""


def is_instance(frame: Frame, atom: Atom, classes: Value) -> bool | None:
    """Whether ``isinstance(atom, classes)`` holds: yes, no, or nobody knows.

    One member of a tuple that matches is enough, whatever the others are; of a value that may be several classes
    all have to agree.
    """
    if isinstance(atom, Unknown):
        return None
    answers = {_matches(frame, atom, cls) for cls in classes.atoms}
    return answers.pop() if len(answers) == 1 else None


def _matches(frame: Frame, atom: Atom, cls: Atom) -> bool | None:
    if isinstance(cls, Tuple):
        if cls.elements is None:  # it may be empty
            return False if is_instance(frame, atom, cls.element) is False else None
        answers = {is_instance(frame, atom, element) for element in cls.elements}
        return True if True in answers else None if None in answers else False
    return _is_instance(frame, atom, cls) if isinstance(cls, (Class, Lib)) else None


def _is_instance(frame: Frame, atom: Atom, cls: Atom) -> bool | None:
    if isinstance(cls, Class):
        if isinstance(atom, Object) and atom.cls in frame.machine.classes.infos:
            if any(item is cls for item in frame.machine.classes.order(atom.cls)):
                return True
            return None if not atom.exact or frame.machine.classes.unknown_base(atom.cls) else False
        return False if isinstance(atom, (Const, PyType, Tensor, Tuple)) else None
    assert isinstance(cls, Lib)
    if isinstance(atom, Function):
        return _is_function_of(frame, cls)
    if cls.name in _TENSOR_TYPES:
        if isinstance(atom, Tensor):
            return atom.kind in _TENSOR_TYPES[cls.name] or (None if atom.kind == "symbolic" else False)
        return False if isinstance(atom, (Const, PyType, Tuple, Function, Class)) else None
    plain = cls.name.removeprefix("builtins.")
    if isinstance(atom, Const) or (isinstance(atom, PyType) and atom.name in _SCALARS):
        kind = type(atom.constant).__name__ if isinstance(atom, Const) else atom.name
        if plain in _SCALARS:
            return kind in _SCALARS[plain]
        return False if plain in _CONTAINERS else None
    if isinstance(atom, Tensor):
        return False if plain in _PLAIN else None
    if isinstance(atom, Tuple):
        return plain == "tuple" if plain in _PLAIN else None
    if isinstance(atom, Object):
        if atom.cls in frame.machine.classes.infos:
            return True if frame.machine.classes.has_library_base(atom.cls, cls.name) else None
        if "." not in atom.cls:
            return atom.cls == plain if plain in _PLAIN else None
        return True if cls.name in frame.machine.library.mro(atom.cls) else None
    return None


def _is_function_of(frame: Frame, cls: Lib) -> bool | None:
    row = frame.machine.library.row(cls.name)
    return None if cls.name in _FUNCTION_TYPES or row is None or row.class_ is None else False


def instances_of(frame: Frame, classes: Value) -> Value | None:
    """Some instance of the named classes, where that says something."""
    from hybridize.interproc.annotations import value_of_annotation

    named = class_atoms(classes)
    if named is None:
        return None
    result = BOTTOM
    for atom in named:
        one = value_of_annotation(frame.machine, value_of(atom))
        if one is None:
            return None
        result = join(result, one)
    return result
