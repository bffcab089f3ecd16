"""What does not survive a loop of the graph: its body is traced once, and becomes a function of its variables."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.control import branches, inside, is_loop_of_graph, is_loop_of_python
from hybridize.analyses.hazards.flow import UNBOUND, Flow
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import DISTRIBUTED, Atom, Const, Stream, Tensor
from hybridize.domains.value import BOTTOM, NONE, Value
from hybridize.interproc.tensors import type_name
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction

GROWING = frozenset({"builtins.list.append", "builtins.list.insert", "builtins.list.extend"})


def loops(site: Site) -> Iterator[Seen]:
    """Everything about loops of the graph, and about loops of Python that a tensor wants to end."""
    if not site.converted or not any(region.kind in ("for", "while") for region in site.body.code.regions):
        return
    graph = {n for n, region in enumerate(site.body.code.regions) if is_loop_of_graph(site, region)}
    python = {n for n, region in enumerate(site.body.code.regions) if is_loop_of_python(site, region)}
    if graph:
        flow = Flow(site.body, site.live)
        for number in sorted(site.live):
            loop = next((region for region, _ in site.body.around(number) if region in graph), None)
            if loop is not None:
                yield from _returns(site, number, loop)
                yield from _sentinels(site, number, loop, flow)
        for loop in sorted(graph):
            yield from _changes_type(site, loop, flow)
            yield from _reads_too_early(site, loop, flow)
    if python:
        yield from _breaks(site, python)


def _returns(site: Site, number: int, loop: int) -> Iterator[Seen]:
    """A ``return`` under a condition; one that the first turn always comes to happens to work."""
    if site.body.code.blocks[number].region == loop:
        return
    for ins in site.body.code.blocks[number].instructions:
        if ins[0] == ir.RETURN:
            yield Seen("return-in-loop", ins[2], "", number, BOTTOM)


def _sentinels(site: Site, number: int, loop: int, flow: Flow) -> Iterator[Seen]:
    """``if best is None`` in a loop that binds ``best``, which is None before it."""
    for ins in site.body.code.blocks[number].instructions:
        if ins[0] != ir.COMPARE or ins[2] not in ("is", "is not") or site.value(ins[4]) is not NONE:
            continue
        made = site.body.made.get(ins[3])
        if made is None or made[0] != ir.LOAD:
            continue
        name = made[2]
        if _bound_in(site, name, loop) and _before(site, name, loop, flow) is NONE:
            yield Seen("none-before-loop", ins[5], name, number, BOTTOM)


def _bound_in(site: Site, name: str, loop: int) -> list[int]:
    """The registers that a loop binds a name to."""
    return [
        ins[2]
        for number in sorted(site.live)
        if inside(site, number, loop)
        for ins in site.body.code.blocks[number].instructions
        if ins[0] == ir.STORE and ins[1] == name
    ]


def _before(site: Site, name: str, loop: int, flow: Flow) -> Value | None:
    """What a name holds before a loop; None if that is no single value."""
    region = site.body.code.regions[loop]
    entry = site.body.homes.get(region.reads[0]) if region.kind == "for" and region.reads else None
    if entry is None:
        entry = min((n for n in site.live if inside(site, n, loop)), default=None)
        heads = [p for p in flow.before.get(entry or 0, ()) if not inside(site, p, loop)]
        outside = [p for head in heads for p in flow.before.get(head, ()) if not inside(site, p, loop)]
        ends = frozenset().union(*(flow.at_end(name, p) for p in outside)) if outside else frozenset()
    else:
        ends = flow.at_end(name, entry)
    if len(ends) != 1 or min(ends) < 0:
        return None
    return site.value(min(ends))


def _names(site: Site, loop: int) -> list[str]:
    """The names that a loop binds."""
    return list(
        dict.fromkeys(
            ins[1]
            for number in sorted(site.live)
            if inside(site, number, loop)
            for ins in site.body.code.blocks[number].instructions
            if ins[0] == ir.STORE and not ins[1].startswith("%")
        )
    )


def _changes_type(site: Site, loop: int, flow: Flow) -> Iterator[Seen]:
    """``s = 0`` before the loop and ``s = s + 0.5`` in it; ``t = tf.concat([t, x], 0)``."""
    for name in _names(site, loop):
        before = _before(site, name, loop, flow)
        if before is None or len(before.atoms) != 1:
            continue
        atom = before.atoms[0]
        for register in _bound_in(site, name, loop):
            made = site.body.made.get(register)
            if made is None:
                continue
            block = site.body.homes[register]
            if isinstance(atom, Const) and type(atom.constant) is int and made[0] in (ir.BINARY, ir.INPLACE):
                other = _other(site, made, name) if _reads(site, made, name) else BOTTOM
                if other.atoms and all(map(_is_float, other.atoms)):
                    yield Seen("loop-changes-dtype", made[5], name, block, BOTTOM)
            elif isinstance(atom, Tensor) and _is_static(atom) and made[0] == ir.CALL and _joins(site, made, name):
                yield Seen("loop-changes-shape", made[5], name, block, before)


JOINS = frozenset({"tensorflow.concat", "tensorflow.stack"})


def _is_static(atom: Tensor) -> bool:
    return atom.shape is not None and None not in atom.shape


def _joins(site: Site, call: Instruction, name: str) -> bool:
    """Whether a call puts what a name holds together with more, and nothing says that its shape may change."""
    if site.callee(call) not in JOINS or not call[3]:
        return False
    made = site.body.made.get(call[3][0][0])
    items = [register for register, _ in made[2]] if made is not None and made[0] in (ir.LIST, ir.TUPLE) else []
    own = [r for r in items if (m := site.body.made.get(r)) is not None and m[0] == ir.LOAD and m[2] == name]
    free = any(site.callee(other) == "tensorflow.autograph.experimental.set_loop_options" for other in site.body.calls)
    return bool(own) and len(items) > 1 and not free


def _reads_too_early(site: Site, loop: int, flow: Flow) -> Iterator[Seen]:
    """A name that a turn reads before it, or any code before the loop, has bound it."""
    region = site.body.code.regions[loop]
    entry = site.body.homes.get(region.reads[0]) if region.kind == "for" and region.reads else None
    start = min((number for number in site.live if inside(site, number, loop)), default=None)
    if entry is None or start is None:
        return
    for name in _names(site, loop):
        register = flow.first_read(name, start, loop) if flow.at_end(name, entry) == {UNBOUND} else None
        if register is not None:
            place = site.body.use_of(register) or region.position
            yield Seen("loop-reads-unbound", place, name, start, BOTTOM)


def changed_by_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``add(v)`` in a loop of the graph, where ``add`` is nested in the body and binds a ``nonlocal`` of it."""
    if not site.converted or not any(is_loop_of_graph(site, region) for _, region in site.body.around(block)):
        return
    for edge in site.activation.edges:
        code = edge.target.code
        if edge.position == ins[5] and edge.kind == "call" and code.parent == site.body.code.id:
            stores = (i for b in code.blocks for i in b.instructions if i[0] == ir.STORE_CELL and i[1] == 1)
            found = next(stores, None)
            if found is not None:
                yield Seen("nonlocal-in-loop", ins[5], found[2], block, BOTTOM)


def changed_entry(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``table[key] += v`` in a loop of the graph, of a dict made before it, where ``key`` is no constant."""
    key = site.body.made.get(ins[2])
    if not site.converted or key is None or key[0] == ir.CONST or not site.symbolic(ins[3]):
        return
    homes = _made_in(site, ins[1], ir.DICT)
    for number, region in site.body.around(block):
        if not homes or all(inside(site, home, number) for home in homes):
            return
        if is_loop_of_graph(site, region):
            yield Seen("grows-list", ins[4], "dict", block, BOTTOM)
            return


def distributed(site: Site) -> Iterator[Seen]:
    """``break`` out of a loop over a distributed dataset."""
    for number in sorted(site.live) if site.converted else ():
        block = site.body.code.blocks[number]
        if block.leaves is None:
            continue
        loop = next((region for _, region in site.body.around(number) if region.kind in ("for", "while")), None)
        atoms = site.value(loop.reads[0]).atoms if loop is not None and loop.kind == "for" and loop.reads else ()
        if atoms and all(isinstance(atom, Stream) and atom.source == DISTRIBUTED for atom in atoms):
            yield Seen("leaves-distributed-loop", block.leaves, "", number, BOTTOM)


def _reads(site: Site, ins: Instruction, name: str) -> bool:
    return any((made := site.body.made.get(r)) and made[0] == ir.LOAD and made[2] == name for r in ins[3:5])


def _other(site: Site, ins: Instruction, name: str) -> Value:
    for register in ins[3:5]:
        made = site.body.made.get(register)
        if not (made and made[0] == ir.LOAD and made[2] == name):
            return site.value(register)
    return BOTTOM


def _is_float(atom: Atom) -> bool:
    if isinstance(atom, Tensor):
        return atom.dtype in ("float16", "bfloat16", "float32", "float64")
    return type_name(atom) == "float"


def _breaks(site: Site, python: set[int]) -> Iterator[Seen]:
    """``break`` under a condition on a tensor, out of a loop that Python runs."""
    deciding = {arm for branch in branches(site) for arm in branch.arms}
    for number in sorted(site.live):
        block = site.body.code.blocks[number]
        if block.leaves is None:
            continue
        on_tensor = False
        for region, statement in site.body.around(number):
            if statement.kind in ("for", "while"):
                if on_tensor and region in python:
                    yield Seen("break-on-tensor", block.leaves, statement.kind, number, BOTTOM)
                break
            on_tensor = on_tensor or region in deciding


# -- lists -------------------------------------------------------------------------------------------------------------


def growing(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``out.append(v)`` in a loop of the graph or under a condition on a tensor, of a list made outside of it."""
    if not site.converted or site.callee(ins) not in GROWING:
        return
    made = site.body.made.get(ins[2])
    if made is None or made[0] != ir.ATTR:
        return
    homes = _made_in(site, made[2])
    if not homes:
        return
    deciding = {arm for branch in branches(site) if branch.kind == "if" for arm in branch.arms}
    for number, region in site.body.around(block):
        if all(inside(site, home, number) for home in homes):
            return  # the list belongs to this turn, or to this way
        if is_loop_of_graph(site, region):
            yield Seen("grows-list", ins[5], "loop", block, _item(site, ins))
            return
        if number in deciding:
            yield Seen("grows-list", ins[5], "if", block, BOTTOM)
            return


def _item(site: Site, ins: Instruction) -> Value:
    """What a call gives to the list, where that is one item."""
    arguments = ins[3]
    return site.value(arguments[0][0]) if len(arguments) == 1 and not arguments[0][1] else BOTTOM


def _made_in(site: Site, register: int, display: int = ir.LIST) -> list[int]:
    """The blocks in which the body itself makes the list or dict in a register; none if others may make it."""
    made = site.body.made.get(register)
    if made is None or made[0] != ir.LOAD or any(p.name == made[2] for p in site.body.code.parameters):
        return []
    homes = []
    for stored in site.body.stored.get(made[2], ()):
        origin = site.body.part(stored)
        source = site.body.made.get(origin)
        if source is None or source[0] != display:
            return []
        homes.append(site.body.homes[origin])
    return homes


# -- TensorArray -------------------------------------------------------------------------------------------------------

WRITES = frozenset(f"tensorflow.TensorArray.{name}" for name in ("write", "scatter", "split", "unstack"))


def forgotten_write(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``array.write(i, v)`` whose result nobody keeps."""
    name = site.callee(ins)
    if name in WRITES and ins[1] not in site.body.read:
        yield Seen("write-forgotten", ins[5], name.rpartition(".")[2], block, BOTTOM)
