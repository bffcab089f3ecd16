"""What Keras calls of a program's classes: ``__call__`` leads to ``build`` and ``call``, ``fit`` to ``train_step``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hybridize.domains.atoms import Atom, Bound, Class, Function, Object, Partial, Tensor, Tuple, tensor
from hybridize.domains.value import BOTTOM, NONE, Value, const_value, join, join_all, unknown_value, value_of
from hybridize.interproc import containers, protocols, static_shapes
from hybridize.interproc.activation import Arguments
from hybridize.interproc.structures import map_leaves
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame


def call_layer(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """``layer(*arguments)`` where the program's class leaves ``__call__`` to Keras."""
    result = BOTTOM
    handled = False
    for atom in arguments.positional[0].atoms if arguments.positional else ():
        if not isinstance(atom, Object):
            continue
        frame.use("calls-layer", atom.cls, position, value_of(atom))
        if atom.cls in LIBRARY_MODELS:
            handled = True
            frame.use("op", atom.cls, position)
            result = join(result, _library_model(frame, atom, arguments, position))
        if atom.cls not in frame.machine.classes.infos:
            continue
        handled = True
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest, arguments.keyword_rest)
        result = join(result, _call_one(frame, atom, rest, position, frame.kind))
    return result if handled else None


LIBRARY_MODELS: Final = frozenset({"keras.Sequential", "keras.Model"})
CHANGED: Final = "layers changed"


def _library_model(frame: Frame, atom: Object, arguments: Arguments, position: Position) -> Value:
    """A call of `Sequential`, which gives one tensor, or of a functional model, which gives what its outputs are."""
    kind = "symbolic" if _symbolic(arguments) else "dense"
    if atom.cls == "keras.Sequential":
        return _through_layers(frame, atom, arguments, position) or value_of(tensor(kind))
    outputs = frame.machine.watch(("a", atom, "init outputs"), frame.point)
    if outputs is BOTTOM:
        inits = containers.exact_items(frame, frame.machine.watch(("a", atom, "init args"), frame.point))
        outputs = inits[1] if inits and len(inits) > 1 else unknown_value(Reason.UNKNOWN_CALLEE)

    def computed(leaf: Atom) -> Value:
        return value_of(tensor(kind, leaf.dtype, leaf.shape)) if isinstance(leaf, Tensor) else value_of(leaf)

    return map_leaves(frame, outputs, computed, position)


def _through_layers(frame: Frame, atom: Object, arguments: Arguments, position: Position) -> Value | None:
    """What the layers of a `Sequential` make of the inputs; None where not all of them are in the list it was given."""
    from hybridize.interproc.calls import call

    layers = containers.exact_items(frame, frame.machine.watch(("a", atom, "init layers"), frame.point))
    if not layers or frame.machine.watch(("a", atom, CHANGED), frame.point) is not BOTTOM:
        return None
    value = arguments.get(1, "inputs")
    for layer in layers:
        if all(_is_input(item) for item in layer.atoms):
            continue
        if value is None or value is BOTTOM or not all(isinstance(item, Object) for item in layer.atoms):
            return None
        value = call(frame, layer, Arguments([value]), position, frame.kind)
    return value


def _is_input(atom: Atom) -> bool:
    """Whether an item of a list of layers only says what goes in."""
    if isinstance(atom, Object):
        return atom.cls == "keras.layers.InputLayer"
    return isinstance(atom, Tensor) and atom.kind == "symbolic"


def _changes(frame: Frame, arguments: Arguments, position: Position) -> None:
    """``Sequential.add`` and ``pop``: the layers are no longer those of the constructor."""
    for atom in arguments.positional[0].atoms if arguments.positional else ():
        if isinstance(atom, Object):
            frame.machine.write(("a", atom, CHANGED), NONE)


def _call_one(frame: Frame, atom: Object, arguments: Arguments, position: Position, kind: str = "call") -> Value:
    from hybridize.interproc.attributes import bind
    from hybridize.interproc.calls import call

    machine = frame.machine
    built, where = machine.classes.lookup(atom.cls, "build", frame.point)
    if isinstance(where, Class):
        shape = static_shapes.input_shape(frame, arguments, position)
        call(frame, bind(frame, built, atom, position), Arguments([shape]), position, "lifecycle")
    found, owner = machine.classes.lookup(atom.cls, "call", frame.point)
    if not isinstance(owner, Class):
        if machine.classes.unknown_base(atom.cls) is None:
            return value_of(tensor("symbolic" if _symbolic(arguments) else "dense"))
        return unknown_value(Reason.UNKNOWN_BASE)
    method = bind(frame, found, atom, position)
    return call(frame, method, arguments, position, kind)


def _symbolic(arguments: Arguments) -> bool:
    return any(isinstance(a, Tensor) and a.kind == "symbolic" for v in arguments.all_values() for a in v.atoms)


def _element_of_data(frame: Frame, arguments: Arguments, position: Position) -> Value:
    """What one step of ``fit`` or ``evaluate`` gets, from ``x`` and ``y``."""
    x = arguments.get(1, "x") or NONE
    y = arguments.get(2, "y") or NONE
    one = _batch(frame, x, position)
    if y is NONE:
        return one
    return containers.tuple_value([one, _batch(frame, y, position)])


def _batch(frame: Frame, value: Value, position: Position) -> Value:
    result = BOTTOM
    for atom in value.atoms:
        if isinstance(atom, Tensor):
            result = join(
                result, value_of(tensor("dense", _kept(atom.dtype), (None, *atom.shape[1:]) if atom.shape else None))
            )
        elif atom is NONE.atoms[0]:
            continue
        else:
            result = join(result, containers.element(frame, value_of(atom), position))
    return result if result is not BOTTOM else unknown_value(Reason.UNKNOWN_ELEMENT)


def _kept(dtype: str | None) -> str | None:
    """Keras casts floating data to its own float type, which is float32 unless configured."""
    return "float32" if dtype == "float64" else dtype


COMPILED: Final = "compiled functions"
"""An attribute of a model that no program can name: the losses and metrics that its graphs call."""
_COMPILE: Final = (("loss", 2), ("metrics", 4), ("weighted_metrics", 5), ("run_eagerly", 6))
"""Arguments of ``compile``, with their positions."""


def _compiles(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """``compile``: functions given as losses and metrics become part of the graphs of ``fit`` and ``evaluate``."""
    given = {name: arguments.get(index, name) for name, index in _COMPILE}
    eagerly = given.pop("run_eagerly")
    if eagerly is not None and eagerly not in (NONE, const_value(False)):
        return None  # they run, or may run, as Python
    functions = BOTTOM
    for value in given.values():
        functions = join(functions, _functions(frame, value, position) if value is not None else BOTTOM)
    for atom in arguments.positional[0].atoms if arguments.positional else ():
        if isinstance(atom, Object) and functions is not BOTTOM:
            frame.machine.write(("a", atom, COMPILED), functions)
    return None


def _functions(frame: Frame, value: Value, position: Position, depth: int = 2) -> Value:
    """Functions of the program in a loss, or in lists and dicts of losses."""
    found = BOTTOM
    for atom in value.atoms:
        if isinstance(atom, (Function, Bound, Partial)):
            found = join(found, value_of(atom))
        elif depth and (isinstance(atom, Tuple) or (isinstance(atom, Object) and atom.cls in _CONTAINERS)):
            items = _items(frame, atom, position)
            found = join(found, _functions(frame, items, position, depth - 1))
    return found


_CONTAINERS: Final = containers.DICTS | containers.LISTS


def _items(frame: Frame, atom: Atom, position: Position) -> Value:
    value = value_of(atom)
    if isinstance(atom, Object) and atom.cls in containers.DICTS:
        known, other = containers.mapping_items(frame, value)
        return join_all((*known.values(), other))
    exact = containers.exact_items(frame, value)
    return join_all(exact) if exact is not None else containers.element(frame, value, position)


def _calls_compiled(frame: Frame, atom: Object, truth: Value, predicted: Value, position: Position) -> None:
    """The losses and metrics of a model, as its graph calls them."""
    from hybridize.interproc.calls import call

    functions = frame.machine.watch(("a", atom, COMPILED), frame.point)
    for function in functions.atoms:
        call(frame, value_of(function), Arguments([truth, predicted]), position, "traced")


def _runs(step: str) -> Callable[[Frame, Arguments, Position], Value | None]:
    """``fit``, ``evaluate`` or ``predict``: calls the model's own step or ``call`` in a graph of its own."""

    def handler(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
        from hybridize.interproc.attributes import bind
        from hybridize.interproc.calls import call

        _calls_model(frame, arguments, position)
        for atom in arguments.positional[0].atoms if arguments.positional else ():
            if not isinstance(atom, Object):
                continue
            own = atom.cls in frame.machine.classes.infos
            if not own and (step == "predict_step" or atom.cls not in LIBRARY_MODELS):
                continue
            data = _element_of_data(frame, arguments, position)
            found, where = frame.machine.classes.lookup(atom.cls, step, frame.point) if own else (BOTTOM, None)
            if isinstance(where, Class):
                call(frame, bind(frame, found, atom, position), Arguments([data]), position, "traced")
                continue
            x = arguments.get(1, "x") or NONE
            inputs, truth = data, unknown_value(Reason.UNKNOWN_ELEMENT)
            items = containers.exact_items(frame, data)
            if items and (arguments.get(2, "y") is not None or not any(isinstance(a, Tensor) for a in x.atoms)):
                inputs = items[0]
                truth = items[1] if len(items) > 1 else truth
            if not own:
                if frame.machine.watch(("a", atom, COMPILED), frame.point) is BOTTOM:
                    continue
                predicted = _library_model(frame, atom, Arguments([value_of(atom), inputs]), position)
            elif protocols.has_method(frame, atom, "__call__"):
                predicted = protocols.call_object(frame, atom, Arguments([inputs]), position)
            else:
                predicted = _call_one(frame, atom, Arguments([inputs]), position, "traced")
            if step != "predict_step":
                _calls_compiled(frame, atom, truth, predicted, position)
        return None  # what it returns and does besides, the row says

    return handler


def _calls_model(frame: Frame, arguments: Arguments, position: Position) -> Value | None:
    """A method that calls the model it belongs to; the rest, the row says."""
    for atom in arguments.positional[0].atoms if arguments.positional else ():
        frame.use("calls-layer", "keras.Model", position, value_of(atom))
    return None


INTRINSICS: Final = {
    "keras.layers.Layer.__call__": call_layer,
    "keras.Layer.__call__": call_layer,
    "keras.Model.__call__": call_layer,
    "keras.Sequential.__call__": call_layer,
    "keras.Sequential.add": _changes,
    "keras.Sequential.pop": _changes,
    "keras.Model.compile": _compiles,
    "keras.Model.fit": _runs("train_step"),
    "keras.Model.evaluate": _runs("test_step"),
    "keras.Model.predict": _runs("predict_step"),
    **dict.fromkeys((f"keras.Model.{name}_on_batch" for name in ("train", "test", "predict")), _calls_model),
    **dict.fromkeys((f"keras.Model.{name}_generator" for name in ("fit", "evaluate", "predict")), _calls_model),
}
