"""Code that asks how it is run, or that leaves the graph to change state, and seeds that mean less in a graph."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.body import in_init_scope
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Const, Tensor
from hybridize.domains.value import BOTTOM
from hybridize.syntax import code as ir
from hybridize.syntax.code import Block, Instruction

SOURCES = {ir.STORE: 2, ir.STORE_CELL: 3, ir.RETURN: 1}
"""Where instructions that bind or give something have the register."""
ACCUMULATES = frozenset({"tensorflow.Variable.assign_add", "tensorflow.Variable.assign_sub"})


def accumulation(site: Site) -> Iterator[Seen]:
    """``count.assign_add(1)`` under ``tf.init_scope()``, which adds once per trace; ``assign`` sets something up."""
    for number, block in enumerate(site.body.code.blocks):
        if block.contexts and in_init_scope(block, site.registers):
            for ins in block.instructions:
                if ins[0] == ir.CALL and site.callee(ins) in ACCUMULATES:
                    yield Seen("accumulates-in-init-scope", ins[5], "", number, BOTTOM)


def probe(site: Site, number: int, block: Block) -> Iterator[Seen]:
    """``if tf.executing_eagerly():`` and ``if hasattr(x, "numpy"):`` before something else than the graph does."""
    if block.asks not in ("if", "ternary") or len(block.targets) != 2:
        return
    register, eager = block.test, block.targets[0]
    made = site.body.made.get(register)
    while made is not None and made[0] == ir.UNARY and made[2] == "not":
        made, eager = site.body.made.get(made[3]), block.targets[1 - block.targets.index(eager)]
    if made is None or made[0] != ir.CALL:
        return
    name = site.library(made[2])
    asks = name == "tensorflow.executing_eagerly" or (name == "builtins.hasattr" and asks_numpy(site, made))
    if asks and _computes(site, eager, block):
        yield Seen("asks-mode", made[5], name, number, BOTTOM)


def asks_numpy(site: Site, call: Instruction) -> bool:
    """Whether a call of ``hasattr`` asks a symbolic tensor for ``numpy``, which it has not."""
    if len(call[3]) != 2 or not site.symbolic(call[3][0][0]):
        return False
    atoms = site.value(call[3][1][0]).atoms
    return len(atoms) == 1 and isinstance(atoms[0], Const) and atoms[0].constant == "numpy"


def _computes(site: Site, start: int, test: Block) -> bool:
    """Whether the way of eager execution gives or binds a tensor or a number, with means that a graph has as well.

    What raises, logs, takes values out of tensors or gives an empty list is there for one mode, and meant to be.
    """
    code = site.body.code
    around = code.blocks[start].region
    if around < 0 or around == test.region or len(code.regions[around].reads) != 1:
        return False  # there is another way to get there
    inside = [b for n, b in enumerate(code.blocks) if any(r == around for r, _ in site.body.around(n))]
    steps = [ins for block in inside for ins in block.instructions]
    gives = any(ins[0] in SOURCES and _is_computed(site, ins[SOURCES[ins[0]]]) for ins in steps)
    bare = any(ins[0] == ir.RAISE or (ins[0] == ir.ATTR and ins[3] == "numpy") for ins in steps)
    return gives and not bare


def _is_computed(site: Site, register: int) -> bool:
    """Whether a register is sure to hold a tensor or a number."""
    atoms = site.value(register).atoms
    return bool(atoms) and all(
        isinstance(atom, Tensor) or (isinstance(atom, Const) and type(atom.constant) in (int, float)) for atom in atoms
    )


def equal_seeds(site: Site) -> Iterator[Seen]:
    """``tf.random.uniform([], seed=5)`` twice: in a graph, both draw the same numbers."""
    drawn: set[tuple[str, int]] = set()
    for number in sorted(site.live):
        for ins in site.body.code.blocks[number].instructions:
            seed = next((register for name, register in ins[4] if name == "seed"), -1) if ins[0] == ir.CALL else -1
            atoms = site.value(seed).atoms if seed >= 0 else ()
            if len(atoms) != 1 or not isinstance(atoms[0], Const) or type(atoms[0].constant) is not int:
                continue
            name = site.callee(ins)
            if not name.startswith("tensorflow.random.") or "stateless" in name or not site.certain(number):
                continue
            if (name, atoms[0].constant) in drawn:
                yield Seen("equal-seeds", ins[5], str(atoms[0].constant), number, BOTTOM)
            drawn.add((name, atoms[0].constant))
