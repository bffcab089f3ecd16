"""Things with variables that are made anew in every trace."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.control import decided_by_tensor
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.value import BOTTOM
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction

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
    elif site.converted and decided_by_tensor(site, block):
        yield Seen("creates-variable", ins[5], f"{what} under a condition on a tensor", block, BOTTOM)


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
