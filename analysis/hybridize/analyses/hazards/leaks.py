"""Symbolic tensors that Python keeps beyond the trace that made them.

What is written to something that outlives the call is an effect; here are those that put a symbolic tensor there, and
those that AutoGraph turns into one: what a loop of the graph, or a condition on a tensor, binds.
"""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.effects import EffectAnalysis, Occurrence
from hybridize.analyses.hazards.control import decided_by_tensor, is_loop_of_graph
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.analyses.hazards.symbols import Symbols
from hybridize.analyses.hazards.tracing import Traced, Tracing
from hybridize.domains.atoms import Const, PyType, Tensor
from hybridize.domains.value import BOTTOM, Value
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction

KEEPS = frozenset({
    "builtins.list.append", "builtins.list.extend", "builtins.list.insert", "builtins.set.add", "builtins.setattr",
    "builtins.dict.setdefault", "collections.deque.append", "collections.deque.appendleft",
})  # fmt: skip
"""What keeps its arguments in the object that it is called on."""
DROPS = frozenset({"clear", "pop", "popitem", "popleft", "remove"})
"""Methods by which a body may take out again what it put in."""
_WRITES = frozenset({"writes-global", "writes-nonlocal", "writes-attribute"})
_SOURCE = {ir.SET_ATTR: 3, ir.SET_ITEM: 3, ir.STORE_GLOBAL: 2, ir.STORE_CELL: 3, ir.INPLACE: 4}
"""Where instructions that keep something have its register."""
_NAME = {ir.SET_ATTR: 2, ir.STORE_GLOBAL: 1, ir.STORE_CELL: 2}
_PLACE = {ir.SET_ATTR: 4, ir.SET_ITEM: 4, ir.STORE_GLOBAL: 3, ir.STORE_CELL: 4, ir.INPLACE: 5, ir.CALL: 5}
_NUMBERS = (bool, float, int)


def leaks(tracing: Tracing, symbols: Symbols, analysis: EffectAnalysis) -> Iterator[tuple[Traced, Seen]]:
    """The places that keep a symbolic tensor, of what is under `tf.function` or given to `tf.data`."""
    done: set[str] = set()
    for several in list(tracing.traced.values()):
        for traced in several:
            code, root = traced.activation.code, traced.root
            if traced.caller is not None or root is None or root.by == "keras" or code.id in done:
                continue
            done.add(code.id)
            for one in analysis.occurrences(code.id):
                if one.kind in _WRITES and not one.effect.for_trace and one.certain:
                    yield from _kept(tracing, symbols, traced, one, analysis)


def cached(tracing: Tracing, symbols: Symbols) -> Iterator[tuple[Traced, Seen]]:
    """Calls in traces of functions whose result a cache of `functools` keeps, and which is a symbolic tensor."""
    if not tracing.machine.cached:
        return
    for activation, several in list(tracing.traced.items()):
        if activation.code.id not in tracing.machine.cached:
            continue
        inner = Site(tracing, symbols, several[0])
        if not any(_holds(inner, register) for register in inner.body.returned):
            continue
        for caller, edge in tracing.callers.get(activation, ()):
            if any(isinstance(atom, Tensor) for value in edge.passed for atom in value.atoms):
                continue  # has no hash
            for traced in tracing.traced[caller]:
                site = Site(tracing, symbols, traced)
                for number, ins in site.body.at.get(edge.position, ()):
                    if ins[0] == ir.CALL or (ins[0] == ir.ATTR and _is_from_outside(site, ins[2])):
                        yield traced, Seen("caches-symbolic", edge.position, activation.code.name, number, BOTTOM)


def _is_from_outside(site: Site, register: int) -> bool:
    """Whether an object is that of a method, or comes from a global, an attribute, a variable of another function."""
    made = site.body.made.get(register)
    if made is None or made[0] != ir.LOAD:
        return made is not None and made[0] in (ir.LOAD_GLOBAL, ir.LOAD_CELL, ir.ATTR)
    return site.body.stored.get(made[2]) is None and site.traced.caller is None


def _kept(
    tracing: Tracing, symbols: Symbols, root: Traced, one: Occurrence, analysis: EffectAnalysis
) -> Iterator[tuple[Traced, Seen]]:
    """Whether what an effect writes is a symbolic tensor, or becomes one."""
    if not one.chain:
        sites = [traced for activation in tracing.machine.by_code[root.activation.code.id]
                 for traced in tracing.traced.get(activation, ())]  # fmt: skip
    else:
        sites = tracing.traced.get(one.chain[-1][0], [])
    for traced in sites:
        site = Site(tracing, symbols, traced)
        for number in sorted(site.live):
            for ins in site.body.code.blocks[number].instructions:
                if _PLACE.get(ins[0]) is None or ins[_PLACE[ins[0]]] != one.effect.position:
                    continue
                how = _how(site, number, ins)
                if (
                    how == "tensor"
                    and ins[0] == ir.SET_ATTR
                    and (
                        _is_scratch(tracing, traced, one, ins[2])
                        or analysis.scratch.is_unread(one.effect.objects, ins[2])
                    )
                ):
                    how = "scratch"
                if how and not _taken_out(site, ins):
                    yield traced, Seen("keeps-symbolic", one.effect.position, how, number, BOTTOM)
                    return


def _is_scratch(tracing: Tracing, traced: Traced, one: Occurrence, name: str) -> bool:
    """Whether nobody reads an attribute outside of the trace, or without writing it just before."""
    return one.effect.scratch or _stays_inside(tracing, traced, one, name)


def _stays_inside(tracing: Tracing, traced: Traced, one: Occurrence, name: str) -> bool:
    """Whether an attribute is read, and by bodies of the same trace alone."""
    cells = [tracing.machine.cells.get(("a", atom, name)) for atom in one.effect.objects]
    readers = {point.activation for cell in cells if cell is not None for point in cell.readers}
    return bool(readers) and all(
        reader in tracing.traced and all(_includes(other, traced) for other in tracing.traced[reader])
        for reader in readers
    )


def _includes(reader: Traced, writer: Traced) -> bool:
    """Whether a trace of the reader is one in which the writer runs."""
    writers = writer.activation.code
    return reader.root == writer.root or any(step.activation.code is writers for step in reader.steps())


def _how(site: Site, number: int, ins: Instruction) -> str:
    """What an instruction that writes keeps: a ``tensor``, or what becomes one in a ``loop`` or a ``branch``.

    What nobody reads but the trace itself is ``scratch`` to it.
    """
    if ins[0] == ir.CALL:
        kept = [register for register, _ in ins[3]] + [register for _, register in ins[4]]
        return "tensor" if site.callee(ins) in KEEPS and any(_holds(site, one) for one in kept) else ""
    source = ins[_SOURCE[ins[0]]]
    if source < 0 or (ins[0] == ir.INPLACE and not _is_display(site, source)):
        return ""
    if _holds(site, source):
        return "tensor"
    if not site.converted or not _is_number(site.value(source)):
        return ""
    if any(is_loop_of_graph(site, region) for _, region in site.body.around(number)):
        made = site.body.made.get(source)
        counts = made is not None and made[0] in (ir.INPLACE, ir.BINARY)
        return "loop" if counts and (ins[0] != ir.SET_ITEM or _is_constant(site, ins[2])) else ""
    lasting = ins[0] == ir.SET_ATTR or (ins[0] == ir.SET_ITEM and _is_constant(site, ins[2]))
    return "branch" if lasting and decided_by_tensor(site, number) else ""


def _holds(site: Site, register: int) -> bool:
    """Whether a register holds a symbolic tensor, or a display with one."""
    if site.symbolic(register):
        return True
    made = site.body.made.get(register)
    if made is None:
        return False
    if made[0] in (ir.TUPLE, ir.LIST):
        return any(_holds(site, item) for item, _ in made[2])
    return made[0] == ir.DICT and any(_holds(site, item) for _, item in made[2])


def _is_display(site: Site, register: int) -> bool:
    made = site.body.made.get(register)
    return made is not None and made[0] in (ir.TUPLE, ir.LIST)


def _is_constant(site: Site, register: int) -> bool:
    made = site.body.made.get(register)
    return made is not None and made[0] == ir.CONST


def _is_number(value: Value) -> bool:
    return bool(value.atoms) and all(
        (isinstance(atom, Const) and isinstance(atom.constant, _NUMBERS))
        or (isinstance(atom, PyType) and atom.name in ("bool", "float", "int"))
        for atom in value.atoms
    )


def _taken_out(site: Site, ins: Instruction) -> bool:
    """Whether the body itself also puts something else there, or takes things out of containers."""
    name = ins[_NAME[ins[0]]] if ins[0] in _NAME else ""
    for block in site.body.code.blocks:
        for other in block.instructions:
            if name and other[0] == ins[0] and other[_NAME[ins[0]]] == name:
                source = other[_SOURCE[ins[0]]]
                if source < 0 or not (_holds(site, source) or _is_number(site.value(source))):
                    return True
            if not name and other[0] == ir.ATTR and other[3] in DROPS:
                return True
            if not name and other[0] == ir.DEL_ITEM:
                return True
    return False
