"""Handlers of errors that happen when the graph runs, which is after the handler has gone."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Atom, Lib, Stream, Tuple
from hybridize.domains.value import BOTTOM
from hybridize.syntax import code as ir


def late_errors(site: Site) -> Iterator[Seen]:
    """``except tf.errors.InvalidArgumentError``, and ``except StopIteration`` around ``next`` of a dataset."""
    if site.traced.caller is not None:
        return  # what a traced function calls may serve eager code as well
    for region in site.body.code.regions:
        if region.kind != "handler" or not region.reads:
            continue
        block = site.body.homes.get(region.reads[0])
        if block is None or block not in site.live:
            continue
        names = {atom.name for atom in _leaves(site, region.reads[0]) if isinstance(atom, Lib)}
        late = sorted(name for name in names if name.startswith("tensorflow.errors."))
        if late:
            yield Seen("late-error", region.position, late[0], 0, BOTTOM)
        elif "builtins.StopIteration" in names and _takes_next(site, region.tried):
            yield Seen("late-error", region.position, "builtins.StopIteration", 0, BOTTOM)


def _leaves(site: Site, register: int) -> list[Atom]:
    found: list[Atom] = []
    work = list(site.value(register).atoms)
    while work:
        atom = work.pop()
        if isinstance(atom, Tuple):
            for element in atom.elements if atom.elements is not None else (atom.element,):
                work.extend(element.atoms)
        else:
            found.append(atom)
    return found


def _takes_next(site: Site, tried: int) -> bool:
    """Whether the statements that a handler guards ask an iterator of a dataset for the next element."""
    for number in site.live:
        if not any(region == tried for region, _ in site.body.around(number)):
            continue
        for ins in site.body.code.blocks[number].instructions:
            if ins[0] == ir.CALL and site.library(ins[2]) == "builtins.next" and ins[3]:
                atoms = site.value(ins[3][0][0]).atoms
                if atoms and all(isinstance(atom, Stream) and atom.kind == "iterator" for atom in atoms):
                    return True
    return False
