"""Items that a tensor does not have, behind a test that only runs with the graph."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.control import branches
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Atom, Const, Tensor
from hybridize.domains.value import NONE
from hybridize.syntax.code import Instruction


def out_of_bounds(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``x[4]`` under ``if tf.shape(x)[0] > 4``, where ``x`` has two items: both ways are built."""
    index = site.value(ins[3]).atoms
    if len(index) != 1 or not isinstance(index[0], Const) or type(index[0].constant) is not int:
        return
    if not _all_lack(site, ins[2], index[0].constant) or not site.symbolic(ins[2], ("dense",)):
        return
    if not site.converted or _is_generalized(site):
        return
    arms = {arm for branch in branches(site) for arm in branch.arms}
    if _is_operand(site, block) or any(number in arms for number, _ in site.body.around(block)):
        yield Seen("item-out-of-bounds", ins[4], str(index[0].constant), block, site.value(ins[2]))


def _is_generalized(site: Site) -> bool:
    """Whether the trace sees other shapes than calls pass: those of a signature."""
    start = list(site.traced.steps())[-1].activation.code.id
    return any(event.signature is not NONE for event in site.tracing.machine.hybridized.get(start, ()))


def _is_operand(site: Site, number: int) -> bool:
    """Whether a block belongs to an operand of ``and`` or ``or`` behind one that is a tensor."""
    before = [block for block in site.body.code.blocks if number in block.targets]
    return len(before) == 1 and before[0].test >= 0 and site.symbolic(before[0].test)


def _all_lack(site: Site, register: int, index: int) -> bool:
    """Whether no trace of the body has the item: `reduce_retracing` may make one of several shapes."""
    contexts = site.tracing.machine.by_code.get(site.body.code.id, ())
    values = [act.registers[register] for act in contexts if act in site.tracing.traced and act.registers]
    return all(_lacks(atom, index) for value in values for atom in value.atoms)


def _lacks(atom: Atom, index: int) -> bool:
    """Whether a tensor has no item of that index for sure."""
    if not isinstance(atom, Tensor) or not atom.shape or atom.shape[0] is None:
        return False
    return not -atom.shape[0] <= index < atom.shape[0]
