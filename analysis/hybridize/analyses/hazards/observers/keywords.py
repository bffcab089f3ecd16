"""Keyword arguments: a traced function gets those of ``**named`` sorted by name."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.analyses.hazards.tracing import Tracing
from hybridize.domains.value import BOTTOM
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction

IN_ORDER = frozenset({"builtins.list", "builtins.tuple", "tensorflow.concat", "tensorflow.stack"})
"""What makes a sequence of the items, in their order."""
VIEWS = frozenset({"keys", "values", "items"})


def sorted_keywords(site: Site) -> Iterator[Seen]:
    """``tf.stack(list(named.values()))`` of ``**named``, where a call passes them in another order."""
    last = site.body.code.parameters[-1] if site.body.code.parameters else None
    root = site.traced.root
    if last is None or last.kind != "var-keyword" or site.traced.caller is not None or root is None:
        return
    if root.by != "tf.function" or last.name in site.body.stored:
        return
    found = list(_ordered(site, last.name))
    call = _unsorted_call(site.tracing, site.body.code) if found else ""
    if call:
        for number, ins in found:
            yield Seen("sorted-keywords", ins[5] if ins[0] == ir.CALL else ins[3], call, number, BOTTOM)


def _ordered(site: Site, name: str) -> Iterator[tuple[int, Instruction]]:
    """What makes a sequence of ``**name`` in the order of its items."""
    for number in sorted(site.live):
        for ins in site.body.code.blocks[number].instructions:
            if ins[0] == ir.CALL and ins[3] and site.library(ins[2]) in IN_ORDER:
                taken = [ins[3][0][0]]
            elif ins[0] == ir.CALL:
                taken = [register for register, starred in ins[3] if starred]
            elif ins[0] == ir.LIST:
                taken = [register for register, starred in ins[2] if starred]
            else:
                continue
            if any(_is_view(site, register, name) for register in taken):
                yield number, ins


def _is_view(site: Site, register: int, name: str) -> bool:
    """Whether a register holds the mapping, or its keys, values or items."""
    made = site.body.made.get(register)
    if made is not None and made[0] == ir.CALL and not made[3]:
        method = site.body.made.get(made[2])
        made = site.body.made.get(method[2]) if method and method[0] == ir.ATTR and method[3] in VIEWS else None
    return made is not None and made[0] == ir.LOAD and made[2] == name


def _unsorted_call(tracing: Tracing, code: Code) -> str:
    """A call of the traced function whose keywords are not in the order of their names; its keywords."""
    own = {parameter.name for parameter in code.parameters}
    for source in tracing.machine.by_id.values():
        for edge in source.edges:
            if edge.kind == "traced" and edge.target.code is code and source.registers:
                call = tracing.call_at(source, edge.position)
                given = [name for name, _ in call[4] if name and name not in own] if call is not None else []
                if given != sorted(given):
                    return ", ".join(given)
    return ""
