"""What library rows mean: value expressions evaluated on abstract arguments (the nodes are listed in `models.rows`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hybridize.domains.atoms import (
    Atom,
    Const,
    Object,
    PyType,
    Stream,
    Tensor,
    Tuple,
    Unknown,
    dtype_of,
    lib_of,
    stream_of,
    tensor,
    tuple_of,
)
from hybridize.domains.value import (
    BOTTOM,
    NONE,
    Value,
    absorb,
    const_value,
    join,
    join_all,
    type_value,
    unknown_value,
    value_of,
)
from hybridize.interproc import arrays, containers
from hybridize.interproc.activation import Arguments
from hybridize.interproc.structures import map_leaves, of_data, structure
from hybridize.interproc.tensors import (
    PLAIN,
    alternatives,
    as_dtype,
    as_shape,
    item_shapes,
    known_int,
    leaves,
    note_coercion,
    python_constant,
    strength,
    value_dtype,
    value_shape,
)
from hybridize.models import dtypes, shapes
from hybridize.models.library import Library
from hybridize.models.rows import Ast, Row
from hybridize.reasons import Reason
from hybridize.syntax.code import Position

if TYPE_CHECKING:
    from hybridize.interproc.frame import Frame

KINDS: Final = {
    "tensor": "dense",
    "dense": "dense",
    "variable": "variable",
    "ragged": "ragged",
    "ragged_or_dense": "ragged",
    "sparse": "sparse",
    "symbolic": "symbolic",
    "ndarray": "ndarray",
}


class Scope:
    """What names in an expression stand for during one call."""

    __slots__ = ("args", "init", "it", "numpy", "position", "results", "row")

    def __init__(self, row: Row, args: dict[str, Value], position: Position) -> None:
        self.row = row
        self.args = args
        self.position = position
        self.results: dict[str, Value] = {}
        self.it: Value = BOTTOM
        self.numpy = row.name.startswith("numpy.")


def bind_row(row: Row, arguments: Arguments) -> dict[str, Value]:
    """The arguments of a library call by parameter name; starred ones cover what they may."""
    bound: dict[str, Value] = {}
    if row.params is None:
        return bound
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    for name, kind, has_default in row.params:
        if kind == "args":
            whole = (
                tuple_of(tuple(positional), BOTTOM)
                if arguments.rest is BOTTOM
                else tuple_of(None, join(arguments.rest, join_all(positional)))
            )
            bound[name] = value_of(whole)
            positional = []
        elif kind in ("kwargs", "rest"):
            continue
        elif kind in ("pos", "posonly") and positional:
            bound[name] = positional.pop(0)
        elif kind != "posonly" and name in keywords:
            bound[name] = keywords.pop(name)
        elif name in row.defaults and arguments.rest is BOTTOM and arguments.keyword_rest is BOTTOM:
            bound[name] = literal(row.defaults[name])
        elif has_default and arguments.rest is BOTTOM and arguments.keyword_rest is BOTTOM:
            bound[name] = unknown_value(Reason.UNMODELED_LIBRARY)
        else:
            covering = join(arguments.rest, arguments.keyword_rest)
            bound[name] = covering if covering is not BOTTOM else unknown_value(Reason.UNKNOWN_ELEMENT)
    return bound


def bind_bases(library: Library, row: Row, arguments: Arguments) -> dict[str, Value]:
    """What constructors of the bases get of the keyword arguments, where a class hands on those it has no names for.

    What it does not name and nobody passes has the default of the base.
    """
    if not any(kind in ("kwargs", "rest") for _, kind, _ in row.params or ()):
        return {}
    given = Arguments([], arguments.keywords, BOTTOM, join(arguments.rest, arguments.keyword_rest))
    bases = [base for name in reversed(library.mro(row.name)[1:]) if (base := library.row(name)) is not None]
    return {name: value for base in bases for name, value in bind_row(base, given).items()}


def literal(constant: Any) -> Value:
    """The value of a literal in a row."""
    if isinstance(constant, (tuple, list)):
        return value_of(tuple_of(tuple(literal(part) for part in constant), BOTTOM))
    return const_value(constant)


def record(frame: Frame, row: Row, arguments: Arguments, position: Position) -> None:
    """Write down what the row says the call does."""
    name = row.name
    for effect in sorted(row.does):
        if effect in ("op", "op-effect", "eager-only", "graph-state", "creates-variable", "random"):
            receiver = arguments.positional[0] if row.is_method and arguments.positional else BOTTOM
            frame.use(effect, name, position, receiver if effect == "graph-state" else BOTTOM)
        elif effect == "env" and "library-state" not in row.does:
            frame.use(effect, name, position)  # reading the environment changes nothing
        elif effect == "rng" and (row.class_ is not None or (row.returns or ("",))[0] == "instance"):
            if not arguments.positional and not arguments.keywords:
                frame.effect(effect, name, position)  # seeded by the system
        elif effect == "rng" and row.is_method:
            receiver = arguments.positional[0] if arguments.positional else BOTTOM
            objects = tuple(atom for atom in receiver.atoms if isinstance(atom, (Object, Unknown)))
            frame.effect("draws", name, position, objects)
        elif effect == "library-state" and ("rng" in row.does or "env" in row.does):
            continue  # said already
        elif effect in ("io", "rng", "library-state", "time", "env"):
            frame.effect(effect, name, position)
    if row.mutates:
        args = bind_row(row, arguments)
        for parameter in sorted(row.mutates):
            if parameter == "self" and "rng" in row.does:
                continue
            for atom in args.get(parameter, BOTTOM).atoms:
                if isinstance(atom, (Object, Unknown)):
                    frame.effect("mutates", name, position, (atom,))
                elif isinstance(atom, Tensor) and atom.kind == "ndarray":
                    frame.effect("writes-array", name, position, (atom,))
                elif isinstance(atom, Stream) and atom.kind in ("generator", "iter"):
                    frame.effect("consumes", name, position, (atom,))


def library_value(frame: Frame, name: str, row: Row | None, position: Position) -> Value:
    """What a library's name stands for: the value of a constant, else the symbol itself.

    A library's own mutable objects (`os.environ`) stay symbols, so that writing to them is seen.
    """
    if row is None or row.constant is None or row.constant[0] in ("dict", "list", "set"):
        return value_of(lib_of(name))
    return evaluate(frame, row.constant, Scope(row, {}, position))


# -- values ------------------------------------------------------------------------------------------------------------


def result_of(frame: Frame, node: Ast, scope: Scope) -> Value:
    """What a call gives. An op on one of several tensors gives one of several results."""
    if (node[0] not in KINDS and node[0] != "tensor_as") or all(len(v.atoms) < 2 for v in scope.args.values()):
        return evaluate(frame, node, scope)
    result = BOTTOM
    for chosen in alternatives(scope.args, scope.row):
        scope.args = chosen
        result = join(result, evaluate(frame, node, scope))
    return absorb(result)


def evaluate(frame: Frame, node: Ast, scope: Scope) -> Value:
    """The value an expression stands for."""
    return _VALUES[node[0]](frame, node, scope)


def _tensor(frame: Frame, node: Ast, scope: Scope) -> Value:
    kind = KINDS[node[0]]
    numpy, scope.numpy = scope.numpy, kind == "ndarray"
    dtype, shape = dtype_node(frame, node[1], scope), shape_node(frame, node[2], scope)
    scope.numpy = numpy
    if node[0] == "tensor" and "op" in scope.row.does:
        kinds = {
            leaf.kind for value in scope.args.values() for leaf in leaves(frame, value) if isinstance(leaf, Tensor)
        }
        if "symbolic" in kinds:
            kind = "symbolic"
        elif "ragged" in kinds or "sparse" in kinds:
            kind, shape = ("ragged" if "ragged" in kinds else "sparse"), None
    if node[0] == "ragged_or_dense" and (shape is None or len(shape) < 2):
        dense = value_of(tensor("dense", dtype, shape))  # no axis is inside another, or nobody knows
        return dense if shape is not None else join(dense, value_of(tensor("ragged", dtype, None)))
    return value_of(
        tensor(kind, dtype, None if shape is None else tuple(None if d is not None and d < 0 else d for d in shape))
    )


def _tensor_as(frame: Frame, node: Ast, scope: Scope) -> Value:
    dtype, shape = dtype_node(frame, node[2], scope), shape_node(frame, node[3], scope)
    kinds = {atom.kind for atom in leaves(frame, evaluate(frame, node[1], scope)) if isinstance(atom, Tensor)}
    kind = next((k for k in ("symbolic", "ragged", "sparse") if k in kinds), "dense")
    return value_of(tensor(kind, dtype, shape))


def _plain(frame: Frame, node: Ast, scope: Scope) -> Value:
    return type_value(node[0])


def _parameter(frame: Frame, node: Ast, scope: Scope) -> Value:
    return scope.args.get(node[1], unknown_value(Reason.UNMODELED_LIBRARY))


def _init(frame: Frame, node: Ast, scope: Scope) -> Value:
    """An argument the receiver was constructed with."""
    result = BOTTOM
    for atom in scope.args.get("self", BOTTOM).atoms:
        if isinstance(atom, Object):
            result = join(result, frame.machine.watch(("a", atom, f"init {node[1]}"), frame.point))
    return result if result is not BOTTOM else unknown_value(Reason.UNMODELED_LIBRARY)


def _attribute(frame: Frame, node: Ast, scope: Scope) -> Value:
    from hybridize.interproc.attributes import get_attribute

    return get_attribute(frame, evaluate(frame, node[1], scope), node[2], scope.position)


def _container(frame: Frame, node: Ast, scope: Scope) -> Value:
    inner = evaluate(frame, node[1], scope) if node[1] is not None else unknown_value(Reason.UNKNOWN_ELEMENT)
    if node[0] == "dict":
        atom = frame.machine.allocate(frame.activation, "dict", frame.site(scope.position))
        containers.put(frame, atom, type_value("str"), inner)
        return value_of(atom)
    return containers.new_list(frame, node[0], inner, scope.position)


def _tuple(frame: Frame, node: Ast, scope: Scope) -> Value:
    return containers.tuple_value([evaluate(frame, part, scope) for part in node[1:]])


def _element(frame: Frame, node: Ast, scope: Scope) -> Value:
    return containers.element(frame, evaluate(frame, node[1], scope), scope.position)


def _drawn(frame: Frame, node: Ast, scope: Scope) -> Value:
    """What a dataset gives; TensorFlow takes nothing else for one, a dict of datasets, say, and raises."""
    value = evaluate(frame, node[1], scope)
    datasets = value_of(*(atom for atom in value.atoms if not _is_plain(atom)))
    nothing = value.atoms and not datasets.atoms
    return unknown_value(Reason.UNKNOWN_ELEMENT) if nothing else containers.element(frame, datasets, scope.position)


def _is_plain(atom: Atom) -> bool:
    container = isinstance(atom, Object) and atom.cls in {*containers.LISTS, *containers.DICTS}
    return container or isinstance(atom, (Tuple, Tensor, Const, PyType))


def _item(frame: Frame, node: Ast, scope: Scope) -> Value:
    return containers.get_item(frame, evaluate(frame, node[1], scope), const_value(node[2]), scope.position)


def _slice(frame: Frame, node: Ast, scope: Scope) -> Value:
    """The items of tensors along their first axis; a list becomes one tensor, a tuple is a structure."""
    source = evaluate(frame, node[1], scope)
    return map_leaves(frame, source, lambda atom: _sliced(frame, atom, scope), scope.position, lists=False)


def _sliced(frame: Frame, atom: Atom, scope: Scope) -> Value:
    if isinstance(atom, Tensor):
        kind = "dense" if atom.kind in ("ndarray", "variable") else atom.kind
        return value_of(tensor(kind, atom.dtype, atom.shape[1:] if atom.shape else None))
    if isinstance(atom, Object):
        dtype, shape = value_dtype(frame, value_of(atom), scope.numpy), value_shape(frame, value_of(atom))
        return value_of(tensor("dense", dtype, shape[1:] if shape else None))
    return value_of(atom) if isinstance(atom, Unknown) else value_of(tensor())


def _structure(frame: Frame, node: Ast, scope: Scope) -> Value:
    return structure(frame, evaluate(frame, node[1], scope), scope.position)


def _result(frame: Frame, node: Ast, scope: Scope) -> Value:
    return scope.results.get(node[1], unknown_value(Reason.UNKNOWN_CALLEE))


def _like(frame: Frame, node: Ast, scope: Scope) -> Value:
    def dense(atom: Atom) -> Value:
        if isinstance(atom, Tensor):
            return value_of(
                tensor("dense" if atom.kind in ("ndarray", "variable") else atom.kind, atom.dtype, atom.shape)
            )
        if atom is NONE.atoms[0]:
            return NONE
        dtype, shape = value_dtype(frame, value_of(atom), scope.numpy), value_shape(frame, value_of(atom))
        return value_of(tensor("dense", dtype, shape))

    return map_leaves(frame, evaluate(frame, node[1], scope), dense, scope.position)


def _converted(frame: Frame, node: Ast, scope: Scope) -> Value:
    return of_data(frame, evaluate(frame, node[1], scope), scope.position)


def _each(frame: Frame, node: Ast, scope: Scope) -> Value:
    def replaced(atom: Atom) -> Value:
        before, scope.it = scope.it, value_of(atom)
        result = evaluate(frame, node[2], scope)
        scope.it = before
        return result

    return map_leaves(frame, evaluate(frame, node[1], scope), replaced, scope.position, tag="each")


def _it(frame: Frame, node: Ast, scope: Scope) -> Value:
    return scope.it


def _stream(frame: Frame, node: Ast, scope: Scope) -> Value:
    kind = node[0] if scope.row.name.startswith(("tensorflow.", "keras.")) else "iter"
    atom = stream_of(kind, evaluate(frame, node[1], scope))
    frame.own(atom)
    return value_of(atom)


def _instance(frame: Frame, node: Ast, scope: Scope) -> Value:
    cls = node[1] or scope.row.name
    atom = frame.machine.allocate(frame.activation, cls, frame.site(scope.position))
    for name, value in scope.args.items():
        frame.machine.write(("a", atom, f"init {name}"), value)
    return value_of(atom)


def _union(frame: Frame, node: Ast, scope: Scope) -> Value:
    return join_all(evaluate(frame, part, scope) for part in node[1:])


def _choice(frame: Frame, node: Ast, scope: Scope) -> Value:
    from hybridize.interproc.operators import truth

    answer = truth(evaluate(frame, node[1], scope))
    yes = BOTTOM if answer is False else evaluate(frame, node[2], scope)
    return yes if answer is True else join(yes, evaluate(frame, node[3], scope))


def _given(frame: Frame, node: Ast, scope: Scope) -> Value:
    value = evaluate(frame, node[1], scope)
    if value is NONE:
        return const_value(False)
    unsure = any(atom is NONE.atoms[0] or isinstance(atom, Unknown) for atom in value.atoms)
    return type_value("bool") if unsure else const_value(True)


def _shape_value(frame: Frame, node: Ast, scope: Scope) -> Value:
    from hybridize.interproc.static_shapes import shape_of

    return shape_of(frame, evaluate(frame, node[1], scope), scope.position)


_VALUES: Final[dict[str, Callable[[Any, Ast, Scope], Value]]] = {
    **dict.fromkeys(KINDS, _tensor),
    **dict.fromkeys(PLAIN, _plain),
    "tensor_as": _tensor_as,
    "none": lambda frame, node, scope: NONE,
    "operation": lambda frame, node, scope: type_value("Operation"),
    "unknown": lambda frame, node, scope: unknown_value(Reason.UNMODELED_LIBRARY),
    "const": lambda frame, node, scope: literal(node[1]),
    "dtype": lambda frame, node, scope: value_of(dtype_of(dtype_node(frame, node[1], scope))),
    "shape_of": _shape_value,
    "tuple": _tuple, "list": _container, "dict": _container, "set": _container,
    "param": _parameter, "init": _init, "attr": _attribute, "element": _element, "item": _item, "slice": _slice,
    "structure": _structure, "drawn": _drawn, "result": _result, "like": _like, "converted": _converted,
    "each": _each, "it": _it,
    "dataset": _stream, "iterator": _stream, "instance": _instance, "union": _union, "choice": _choice, "given": _given,
}  # fmt: skip


# -- dtypes ------------------------------------------------------------------------------------------------------------


def dtype_node(frame: Frame, node: Ast | None, scope: Scope) -> str | None:
    """The dtype an expression stands for."""
    if node is None:
        return None
    head = node[0]
    if head == "dtype_name":
        return str(node[1])
    if head == "dtype_of":
        return value_dtype(frame, evaluate(frame, node[1], scope), scope.numpy)
    if head == "as_dtype":
        return as_dtype(evaluate(frame, node[1], scope), scope.numpy)
    if head == "dtype_or":
        for part in node[1:]:
            # An argument that is given but unknown must not be taken for its default.
            if part[0] in ("as_dtype", "dtype_of") and evaluate(frame, part[1], scope) is NONE:
                continue
            if part[0] == "promote" and all(evaluate(frame, inner, scope) is NONE for inner in part[1:]):
                continue
            return dtype_node(frame, part, scope)
        return None
    if head == "promote":
        operands = []
        met: list[Atom] = []
        for part in node[1:]:
            value = evaluate(frame, part, scope)
            if value is NONE:
                continue
            atoms = leaves(frame, value)
            met += atoms
            strengths = {strength(atom) for atom in atoms}
            operands.append((value_dtype(frame, value, scope.numpy), max(strengths, default=dtypes.STRONG)))
        if not scope.numpy:
            note_coercion(frame, met, scope.row.name, scope.position)
            if frame.machine.arrays_as_tensors:
                arrays.note_mixture(frame, operands, f"`{scope.row.name}`", scope.position)
        return (dtypes.promote_numpy if scope.numpy else dtypes.promote_tensorflow)(operands)
    return dtypes.FUNCTIONS[node[1]](*(dtype_node(frame, part, scope) for part in node[2]))


# -- shapes ------------------------------------------------------------------------------------------------------------


def shape_node(frame: Frame, node: Ast | None, scope: Scope) -> tuple[int | None, ...] | None:
    """The shape an expression stands for."""
    if node is None:
        return None
    head = node[0]
    if head == "dims":
        return tuple(_dims_item(frame, part, scope) for part in node[1])
    if head == "shape":
        return value_shape(frame, evaluate(frame, node[1], scope))
    if head == "as_shape":
        return as_shape(frame, evaluate(frame, node[1], scope))
    if head == "shape_or":
        for part in node[1:]:
            if part[0] == "as_shape" and evaluate(frame, part[1], scope) is NONE:
                continue
            found = shape_node(frame, part, scope)
            if found is not None:
                return found
        return None
    arguments: list[Any] = []
    for part in node[2]:
        if part[0] == "const":
            arguments.append(part[1])
        elif part[0] == "value":
            arguments.append(python_constant(frame, evaluate(frame, part[1], scope)))
        elif part[0] == "shapes":
            arguments.append(item_shapes(frame, evaluate(frame, part[1], scope)))
        else:
            arguments.append(shape_node(frame, part, scope))
    return shapes.FUNCTIONS[node[1]].run(*arguments)


def _dims_item(frame: Frame, part: Any, scope: Scope) -> int | None:
    if part is None or isinstance(part, int):
        return part
    if part[0] == "first":
        candidates = (evaluate(frame, inner, scope) for inner in part[1:])
        return next((known_int(value) for value in candidates if value is not NONE), None)
    return known_int(evaluate(frame, part, scope))
