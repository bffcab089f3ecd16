"""Statements whose course a tensor decides: what AutoGraph makes conditions and loops of the graph."""

from __future__ import annotations

from typing import NamedTuple

from hybridize.analyses.hazards.site import Site
from hybridize.analyses.hazards.tracing import name_of
from hybridize.domains.atoms import Stream
from hybridize.syntax import code as ir
from hybridize.syntax.code import Position, Region

_OVER_ITEMS = frozenset({"builtins.enumerate", "builtins.zip", "builtins.range"})


class Branch(NamedTuple):
    """A condition on a tensor: an ``if`` or a conditional expression."""

    position: Position
    arms: tuple[int, int]
    """Numbers of its two regions."""
    parent: int
    block: int
    """The block that its first test ends."""
    kind: str


def branches(site: Site) -> list[Branch]:
    """The conditions on tensors of a converted body."""
    pairs: dict[tuple[Position, tuple[int, ...], int], list[int]] = {}
    for number, region in enumerate(site.body.code.regions):
        if region.kind in ("then", "else", "ternary"):
            pairs.setdefault((region.position, region.reads, region.parent), []).append(number)
    found: list[Branch] = []
    for (position, reads, parent), arms in pairs.items():
        homes = [site.body.tests[read] for read in reads if read in site.body.tests]
        if len(arms) == 2 and homes and set(homes) <= site.live and any(site.symbolic(read) for read in reads):
            kind = "ternary" if site.body.code.regions[arms[0]].kind == "ternary" else "if"
            found.append(Branch(position, (arms[0], arms[1]), parent, homes[0], kind))
    return found


def is_loop_of_graph(site: Site, region: Region) -> bool:
    """Whether AutoGraph makes a loop of the graph of a ``for`` or ``while``."""
    if region.kind == "while":
        return any(site.symbolic(read) for read in region.reads)
    return region.kind == "for" and _gives_items_of_graph(site, region.reads[0])


def is_loop_of_python(site: Site, region: Region) -> bool:
    """Whether Python runs a ``for`` or ``while`` for sure: no tensor decides how often."""
    if region.kind == "while":
        return all(not site.symbolic(read) and site.is_python(read) for read in region.reads)
    return region.kind == "for" and not _gives_items_of_graph(site, region.reads[0]) and site.is_python(region.reads[0])


def _gives_items_of_graph(site: Site, register: int) -> bool:
    if site.symbolic(register, ("dense",)) or is_dataset(site, register):
        return True
    made = site.body.made.get(register)
    if made is None or made[0] != ir.CALL:
        return False
    names = {name_of(atom) for atom in site.value(made[2]).atoms}
    if len(names) != 1 or not names <= _OVER_ITEMS:
        return False
    given = [argument for argument, _ in made[3]]
    if names == {"builtins.range"}:
        return any(site.symbolic(argument) for argument in given)
    return bool(given) and all(
        is_dataset(site, argument) for argument in given[: 1 if "enumerate" in str(names) else None]
    )


def is_dataset(site: Site, register: int) -> bool:
    """Whether a register holds a dataset for sure."""
    atoms = site.value(register).atoms
    return bool(atoms) and all(isinstance(atom, Stream) and atom.kind == "dataset" for atom in atoms)


def inside(site: Site, block: int, region: int) -> bool:
    """Whether a block stands in a region."""
    return any(number == region for number, _ in site.body.around(block))


def decided_by_tensor(site: Site, block: int) -> bool:
    """Whether a block stands under a condition on a tensor or in a loop of the graph."""
    arms = {arm for branch in branches(site) for arm in branch.arms}
    return any(number in arms or is_loop_of_graph(site, region) for number, region in site.body.around(block))
