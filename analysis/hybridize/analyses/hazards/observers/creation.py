"""Things with variables that are made anew in every trace."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.control import decided_by_tensor
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Atom, Const, PyType
from hybridize.domains.value import BOTTOM
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction, Position

MAKERS = {
    "tensorflow.Variable": "variable",
    "keras.Variable": "variable",
    "keras.layers.Layer.add_weight": "variable",
    "keras.optimizers.": "optimizer",
    "keras.metrics.": "metric",
    "keras.random.SeedGenerator": "random generator",
    "tensorflow.random.Generator": "random generator",
    "keras.applications.": "model",
}
"""Names of what creates variables when it is made, or their prefixes, to what it is."""

LAYERS_WITH_WEIGHTS = frozenset({
    "BatchNormalization", "Bidirectional", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D",
    "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Dense", "DepthwiseConv1D", "DepthwiseConv2D",
    "EinsumDense", "Embedding", "GRU", "GRUCell", "GroupNormalization", "GroupQueryAttention", "LSTM", "LSTMCell",
    "LayerNormalization", "MultiHeadAttention", "PReLU", "SeparableConv1D", "SeparableConv2D", "SimpleRNN",
    "SimpleRNNCell", "SpectralNormalization",
})  # fmt: skip


def creation(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``tf.Variable(…)``, an optimizer, a metric, a generator, a layer with weights, where every trace comes by."""
    name = site.callee(ins)
    what = _made(site, name) if name.startswith(("tensorflow.", "keras.")) else ""
    if not what:
        return
    if site.certain(block):
        yield Seen("creates-variable", ins[5], what, block, BOTTOM)
    elif what == "variable" and _kept_by_key(site, block, ins[1]):
        yield Seen("creates-variable-later", _place(site, block, ins), "", block, BOTTOM)
    elif site.converted and decided_by_tensor(site, block):
        yield Seen("creates-variable", ins[5], f"{what} under a condition on a tensor", block, BOTTOM)


def _store(site: Site, block: int, register: int) -> Instruction | None:
    """The statement that puts what a register holds into a container, in the same block."""
    steps = site.body.code.blocks[block].instructions
    return next((ins for ins in steps if ins[0] == ir.SET_ITEM and ins[3] == register), None)


def _place(site: Site, block: int, ins: Instruction) -> Position:
    store = _store(site, block, ins[1])
    place: Position = store[4] if store is not None else ins[5]
    return place


def _kept_by_key(site: Site, block: int, register: int) -> bool:
    """``if key not in store: store[key] = tf.Variable(…)``, where an argument that is no tensor is the key."""
    store = _store(site, block, register)
    if store is None or site.traced.caller is not None or not _is_argument(site, store[2]):
        return False
    key = site.text_of(store[2])
    for _, region in site.body.around(block):
        tests = [site.body.made.get(read) for read in region.reads] if region.kind == "then" else []
        for test in tests:
            if test is not None and test[0] == ir.COMPARE and test[2] == "not in" and site.text_of(test[3]) == key:
                return True
    return False


def _is_argument(site: Site, register: int) -> bool:
    """Whether a register holds an argument for which calls pass several texts or numbers."""
    made = site.body.made.get(register)
    if made is None or made[0] != ir.LOAD or made[2] in site.body.stored:
        return False
    code = site.body.code
    received: dict[str, set[Atom]] = {}  # each object has a `tf.function` of its own
    for activation in site.tracing.machine.by_code.get(code.id, ()):
        atoms = activation.args.get(made[2], BOTTOM).atoms
        received.setdefault(activation.receiver_site, set()).update(atoms)
    mine = received.get(site.activation.receiver_site, set())
    return len(mine) > 1 and all(isinstance(atom, (Const, PyType)) for atom in mine)


def lazy_creation(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``self.v = tf.Variable(…)`` where ``self.v`` was None: the trace that makes it is not the one that is kept."""
    made = site.body.made.get(ins[3]) if ins[5] else None
    root = site.traced.root
    if made is None or made[0] != ir.CALL or root is None or root.by != "tf.function":
        return
    name = site.callee(made)
    what = _made(site, name) if name.startswith(("tensorflow.", "keras.")) else ""
    if what and not decided_by_tensor(site, block):
        yield Seen("lazy-variable", made[5], what, block, BOTTOM)


def _made(site: Site, name: str) -> str:
    if name.startswith("keras.layers.") and name.rpartition(".")[2] in LAYERS_WITH_WEIGHTS:
        return "layer"
    row = site.tracing.machine.library.row(name)
    if row is None or "creates-variable" not in row.does:
        return ""
    for start, what in MAKERS.items():
        of_family = start.endswith(".") and name.startswith(start)
        if name == start or (of_family and (row.class_ is not None or what == "model")):
            return what
    return "random generator" if name.startswith("tensorflow.random.Generator.from_") else ""
