"""Data of Python that a trace puts into the graph."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.analyses.hazards.symbols import ARGUMENT
from hybridize.domains.atoms import Tensor
from hybridize.domains.value import Value
from hybridize.syntax.code import Instruction

LARGE = 1_000_000
"""Bytes of an array that weigh more than the graph around them."""
_BYTES = {
    "bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "float16": 2, "int32": 4, "uint32": 4, "float32": 4,
    "int64": 8, "uint64": 8, "float64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip


def embedded_operand(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``x * weights``, where ``weights`` is a large array."""
    for register, other in ((ins[3], ins[4]), (ins[4], ins[3])):
        if size_of(site.value(register)) >= LARGE and site.symbolic(other):
            yield from _embedded(site, block, register, ins)


def embedded_argument(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``tf.matmul(x, weights)`` and ``tf.constant(weights)``."""
    given = [register for register, starred in ins[3] if not starred] + [register for _, register in ins[4]]
    large = [register for register in given if size_of(site.value(register)) >= LARGE]
    if not large or not site.callee(ins).startswith("tensorflow."):
        return
    row = site.tracing.machine.library.row(site.callee(ins))
    if row is not None and "op" in row.does:
        for register in large:
            yield from _embedded(site, block, register, ins)


def _embedded(site: Site, block: int, register: int, ins: Instruction) -> Iterator[Seen]:
    if not site.symbols.of(site.activation, register) & ARGUMENT:
        text, size = site.text_of(register), f"{size_of(site.value(register)) / 1e6:.0f} MB"
        detail = f"`{text}` ({size})" if text and not text.startswith("%") else f"of {size}"
        yield Seen("embeds-array", ins[5], detail, block, site.value(register))


def size_of(value: Value) -> int:
    """The bytes of an array whose dtype and shape are known; else 0."""
    atoms = value.atoms
    if len(atoms) != 1:
        return 0
    atom = atoms[0]
    if not isinstance(atom, Tensor) or atom.kind != "ndarray" or atom.shape is None or None in atom.shape:
        return 0
    return _BYTES.get(atom.dtype or "", 0) * prod(axis or 0 for axis in atom.shape)
