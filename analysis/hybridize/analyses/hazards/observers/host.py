"""Library functions that only work outside of a graph: Keras' loops, saving, datasets made into lists."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.observers.values import ITEM_TAKERS
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.analyses.hazards.tracing import KERAS_OBJECTS
from hybridize.domains.atoms import Stream, Tensor
from hybridize.domains.value import BOTTOM
from hybridize.syntax.code import Instruction

RAISING = frozenset({
    "keras.Model.fit", "keras.Model.evaluate", "keras.Model.predict", "keras.Model.save", "keras.Model.save_weights",
    "keras.Model.export", "keras.models.save_model", "keras.layers.Layer.get_weights",
    "tensorflow.train.Checkpoint.save", "tensorflow.train.CheckpointManager.save",
    "tensorflow.data.Dataset.as_numpy_iterator", "keras.ops.convert_to_numpy",
})  # fmt: skip
"""What raises for every input while tracing."""

_KEPT_BY_KERAS = frozenset({"keras.layers.Layer.add_loss", "keras.layers.Layer.add_metric"})

NEVER_ENDS = ITEM_TAKERS - {
    "builtins.enumerate",
    "builtins.zip",
    "builtins.map",
    "builtins.filter",
    "builtins.iter",
    "builtins.reversed",
    "builtins.any",
    "builtins.all",
} | {"builtins.sorted"}


def host_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``model.predict(x)``, ``checkpoint.save(path)``."""
    name = site.callee(ins)
    if name in RAISING:
        yield Seen("host-call", ins[5], name, block, BOTTOM)


def kept_by_keras(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``self.add_loss(loss)`` in a ``call`` with a graph of its own: Keras reads it when that graph is done.

    What Keras calls has to be that graph, by a decorator: it empties the list before a call, so that nobody reads what
    ``tf.function(layer.call)`` leaves there.
    """
    traced, code = site.traced, site.activation.code
    if traced.caller is not None or traced.root is None or traced.root.by != "tf.function" or code.name != "call":
        return
    events = site.tracing.machine.hybridized.get(code.id, ())
    if events and all(event.form == "call" for event in events):
        return
    if site.callee(ins) in _KEPT_BY_KERAS and site.tracing.machine.classes.has_library_base(
        code.parent, *KERAS_OBJECTS
    ):
        kept = [register for register, _ in ins[3]] + [register for _, register in ins[4]]
        if any(map(site.symbolic, kept)):
            yield Seen("keeps-symbolic", ins[5], "tensor", block, BOTTOM)


def environment_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``os.getenv("SCALE")``, ``factor.get()`` of a context variable."""
    if site.callee(ins) in ("os.getenv", "os.environ.get", "contextvars.ContextVar.get"):
        yield Seen("reads-environment", ins[5], "", block, BOTTOM)


def environment_item(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``os.environ["SCALE"]``."""
    if site.library(ins[2]) == "os.environ":
        yield Seen("reads-environment", ins[4], "", block, BOTTOM)


def unused(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``tf.ensure_shape(x, [3])`` as a statement: an operation without a use is not part of the graph."""
    name = site.callee(ins)
    if ins[1] in site.body.read or not name.startswith("tensorflow.") or name.startswith("tensorflow.random."):
        return
    row = site.tracing.machine.library.row(name)
    atoms = site.value(ins[1]).atoms
    if (
        row is None or row.does - {"random"} != {"op"} or row.calls
    ):  # what `map_fn` calls may have effects that are kept
        return
    if atoms and all(isinstance(atom, Tensor) for atom in atoms):
        yield Seen("unused-operation", ins[5], name, block, BOTTOM)


def materialization_in_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``list(dataset)``."""
    if site.library(ins[2]) in NEVER_ENDS and len(ins[3]) == 1 and _is_dataset(site, ins[3][0][0]):
        yield Seen("endless-dataset", ins[5], site.library(ins[2]).removeprefix("builtins."), block, BOTTOM)


def comprehension(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``[v for v in dataset]``."""
    if ins[4] and _is_dataset(site, ins[2]):
        yield Seen("endless-dataset", ins[3], "comprehension", block, BOTTOM)


def _is_dataset(site: Site, register: int) -> bool:
    atoms = site.value(register).atoms
    return bool(atoms) and all(isinstance(atom, Stream) and atom.kind == "dataset" for atom in atoms)
