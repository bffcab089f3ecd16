"""Functions under `tf.function` as objects of Python: kept by pickle, made of text, under a cache, without a graph."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.analyses.hazards.tracing import Tracing, name_of
from hybridize.domains.atoms import Atom, Bound, Const, Function, Tensor, Wrapped
from hybridize.domains.value import BOTTOM, Value
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction

PICKLES = frozenset({"pickle.dump", "pickle.dumps"})
COPIES = PICKLES | {"copy.deepcopy"}
GRAPHS = (
    "tensorflow.Graph", "tensorflow.compat.v1.Graph", "tensorflow.compat.v1.Session",
    "tensorflow.compat.v1.disable_eager_execution", "tensorflow.compat.v1.disable_v2_behavior",
    "tensorflow.compat.v1.wrap_function", "tensorflow.estimator.", "tensorflow.compat.v1.estimator.",
)  # fmt: skip
CACHES = frozenset({"functools.cache", "functools.lru_cache"})


def copied_tensor(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``copy.deepcopy(x)`` of a symbolic tensor."""
    if site.library(ins[2]) in COPIES and ins[3] and site.symbolic(ins[3][0][0]):
        yield Seen("copies-tensor", ins[5], site.library(ins[2]), block, site.value(ins[3][0][0]))


def pickled_function(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``pickle.dumps(step)``: pickle looks for the plain function by its name, and finds the decorated one."""
    if site.library(ins[2]) in PICKLES and ins[3] and _is_decorated(site, site.value(ins[3][0][0])):
        yield Seen("pickles-function", ins[5], "", block, BOTTOM)


def _is_decorated(site: Site, value: Value) -> bool:
    """Whether a value is sure to be a function that a decorator at the top level of a module makes hybrid."""
    for atom in value.atoms:
        inner = atom.target.atoms if isinstance(atom, Wrapped) and atom.kind == "hybrid" else ()
        if len(inner) != 1 or not isinstance(inner[0], Function):
            return False
        code = site.tracing.machine.program.codes[inner[0].code]
        events = site.tracing.machine.hybridized.get(code.id, ())
        if any(event.form != "decorator" for event in events) or "." in code.qualname:
            return False
    return bool(value.atoms)


def symbolic_gradients(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``tf.gradients(y, x)`` where Python runs it: it needs a graph."""
    if site.library(ins[2]) == "tensorflow.gradients" and not _makes_graphs(site.tracing):
        yield Seen("needs-graph", ins[5], "tf.gradients", block, BOTTOM)


def _makes_graphs(tracing: Tracing) -> bool:
    """Whether the program has graphs without `tf.function`: who runs in which cannot be told."""
    bodies = (activation for activation in tracing.machine.by_id.values() if activation.registers)
    return any(
        name_of(atom).startswith(GRAPHS)
        for activation in bodies
        for call in tracing.body(activation).calls
        for atom in activation.registers[call[2]].atoms
    )


def without_source(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``tf.function(space["f"])`` after ``exec(text, space)``: AutoGraph has no source to convert."""
    if site.library(ins[2]) != "tensorflow.function" or not ins[3]:
        return
    made = site.body.made.get(ins[3][0][0])
    if made is None:
        return
    if made[0] == ir.CALL and site.library(made[2]) == "builtins.eval" and _has_text(site, made, "lambda"):
        yield Seen("without-source", ins[5], "eval", block, BOTTOM)
    elif made[0] == ir.ITEM:
        spaces = [call[3][1][0] for call in site.body.calls if _executes(site, call)]
        if any(site.text_of(space) == site.text_of(made[2]) != "" for space in spaces):
            yield Seen("without-source", ins[5], "exec", block, BOTTOM)


def _executes(site: Site, call: Instruction) -> bool:
    return site.library(call[2]) == "builtins.exec" and len(call[3]) > 1 and _has_text(site, call, "def")


def _has_text(site: Site, call: Instruction, start: str) -> bool:
    """Whether a call gets a text that is known and begins so: what a text only names may have source code."""
    atoms = site.value(call[3][0][0]).atoms if call[3] else ()
    text = atoms[0].constant if len(atoms) == 1 and isinstance(atoms[0], Const) else ""
    return isinstance(text, str) and text.lstrip().startswith(start)


def cached(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``@functools.lru_cache`` over a function that callers pass tensors, which have no hash."""
    decorator = ins[2]
    made = site.body.made.get(decorator)
    if made is not None and made[0] == ir.CALL:
        decorator = made[2]
    if site.library(decorator) not in CACHES:
        return
    for code in _codes(site, site.value(ins[3])):
        names = [parameter.name for parameter in code.parameters]
        activations = [act for act in site.tracing.machine.by_code.get(code.id, ()) if act.evaluated]
        if any(_is_tensor(act.args.get(name, BOTTOM)) for act in activations for name in names):
            yield Seen("caches-tensor", ins[4], code.name, block, BOTTOM)


def _codes(site: Site, value: Value) -> Iterator[Code]:
    for atom in value.atoms:
        inner: Atom = atom
        while isinstance(inner, (Bound, Wrapped)):
            if isinstance(inner, Wrapped) and len(inner.target.atoms) != 1:
                break
            inner = inner.function if isinstance(inner, Bound) else inner.target.atoms[0]
        if isinstance(inner, Function):
            yield site.tracing.machine.program.codes[inner.code]


def _is_tensor(value: Value) -> bool:
    """Whether a value is sure to be a tensor."""
    return bool(value.atoms) and all(
        isinstance(atom, Tensor) and atom.kind in ("dense", "ragged") for atom in value.atoms
    )
