"""Lambdas that see other values in a graph than in Python, threads that leave it, and tricks that look inside."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.control import inside, is_loop_of_graph
from hybridize.analyses.hazards.observers.loops import GROWING
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.value import BOTTOM
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction

POOLS = frozenset({
    "asyncio.run", "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.ThreadPoolExecutor",
    "multiprocessing.Pool",
})  # fmt: skip
"""What starts threads or processes at once."""
STARTS = frozenset({"multiprocessing.Process.start", "threading.Thread.start"})
WAITS = frozenset({"multiprocessing.Process.join", "threading.Thread.join"})


def thread(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``threading.Thread(target=work).start()``."""
    name = site.callee(ins)
    waits = name in WAITS and any(site.callee(call) in STARTS for call in site.body.calls)
    if name in POOLS or name in STARTS or waits:
        yield Seen("thread", ins[5], name, block, BOTTOM)


def internals(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``locals()``, which holds AutoGraph's own names as well."""
    name = site.library(ins[2])
    if site.converted and name in ("builtins.locals", "builtins.vars") and not ins[3]:
        yield Seen("sees-internals", ins[5], name.removeprefix("builtins."), block, BOTTOM)


def late_binding(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``fns.append(lambda: i)`` in a loop over ``i``: each turn has an ``i`` of its own in a graph."""
    if not site.converted or site.callee(ins) not in GROWING:
        return
    loops = [n for n, region in site.body.around(block) if region.kind == "for" and not is_loop_of_graph(site, region)]
    for register, _ in ins[3]:
        child = _lambda(site, register)
        for name in _captured(child) if child is not None else ():
            if any(_is_item(site, name, loop) for loop in loops):
                yield Seen("late-binding", ins[5], name, block, BOTTOM)
                return


def before_loop(site: Site) -> Iterator[Seen]:
    """``get = lambda: a`` before a loop of the graph that binds ``a``, and ``get()`` behind it."""
    if not site.converted:
        return
    graph = [n for n, region in enumerate(site.body.code.regions) if is_loop_of_graph(site, region)]
    for register, made in site.body.made.items() if graph else ():
        child = _lambda(site, register) if made[0] == ir.FUNCTION else None
        home = site.body.homes[register]
        if child is None or home not in site.live:
            continue
        for name in _captured(child):
            loop = next((loop for loop in graph if not inside(site, home, loop) and _binds(site, name, loop)), None)
            if loop is not None and _called_behind(site, register, loop):
                yield Seen("closure-before-loop", made[5], name, home, BOTTOM)
                break


def _lambda(site: Site, register: int) -> Code | None:
    made = site.body.made.get(register)
    if made is None or made[0] != ir.FUNCTION:
        return None
    child = site.tracing.machine.program.codes[site.body.code.children[made[2]]]
    return child if child.kind == "lambda" else None


def _captured(child: Code) -> list[str]:
    """The variables of the function around it that a lambda reads when it is called."""
    return [ins[3] for block in child.blocks for ins in block.instructions if ins[0] == ir.LOAD_CELL and ins[2] == 1]


def _is_item(site: Site, name: str, loop: int) -> bool:
    """Whether a loop binds a name to its items."""
    made = site.body.made
    for register in site.body.stored.get(name, ()):
        item = made.get(register)
        walk = made.get(item[2]) if item is not None and item[0] == ir.NEXT else None
        if walk is not None and walk[2] in site.body.code.regions[loop].reads:
            return True
    return False


def _binds(site: Site, name: str, loop: int) -> bool:
    return any(
        ins[0] == ir.STORE_CELL and ins[1] == 0 and ins[2] == name
        for number in site.live
        if inside(site, number, loop)
        for ins in site.body.code.blocks[number].instructions
    )


def _called_behind(site: Site, register: int, loop: int) -> bool:
    names = {name for name, stored in site.body.stored.items() if register in stored}
    end = site.body.code.regions[loop].position
    for call in site.body.calls:
        made = site.body.made.get(call[2])
        if made is not None and made[0] == ir.LOAD and made[2] in names and call[5] > end:
            return not inside(site, site.body.homes[call[1]], loop)
    return False
