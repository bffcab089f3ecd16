"""What must not differ between the two ways of a condition on a tensor: both become parts of the graph."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.control import Branch, branches, inside, is_loop_of_graph
from hybridize.analyses.hazards.flow import PARAMETER, UNBOUND, Flow
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import (
    Atom,
    Bound,
    Class,
    Const,
    Function,
    Lib,
    Object,
    Partial,
    PyType,
    Tensor,
    Tuple,
    Wrapped,
)
from hybridize.domains.value import BOTTOM, NONE, Value, join, join_all
from hybridize.syntax import code as ir

CALLABLES = (Function, Bound, Partial, Class, Wrapped)


def conditions(site: Site) -> Iterator[Seen]:
    """Everything about the conditions on tensors in a body that AutoGraph converts."""
    if not site.converted:
        return
    found = branches(site)
    flow = Flow(site.body, site.live) if found else None
    for branch in found:
        assert flow is not None
        yield from _raises(site, branch)
        if branch.kind == "if" and not _in_loop_of_graph(site, branch) and _returns(site, branch):
            if _returns_on_one_way(site, branch):
                yield Seen("return-in-branch", branch.position, "", branch.block, BOTTOM)
            continue
        yield from _merges(site, branch, flow)


def _in_loop_of_graph(site: Site, branch: Branch) -> bool:
    return any(is_loop_of_graph(site, region) for _, region in site.body.around(branch.block))


# -- raise -------------------------------------------------------------------------------------------------------------


def _raises(site: Site, branch: Branch) -> Iterator[Seen]:
    """A ``raise`` that the trace comes to, as it follows both ways."""
    for number in sorted(site.live):
        block = site.body.code.blocks[number]
        if _innermost(site, number, branch):
            for ins in block.instructions:
                if ins[0] == ir.RAISE and ins[2] is not None:
                    yield Seen("raise-in-branch", ins[2], site.text(branch.position), number, BOTTOM)


def _innermost(site: Site, number: int, branch: Branch) -> bool:
    """Whether a block stands in an arm, and in no statement inside of it but for ``with``."""
    for region, statement in site.body.around(number):
        if region in branch.arms:
            return True
        if statement.kind != "with":
            return False
    return False


# -- return ------------------------------------------------------------------------------------------------------------


def _returns(site: Site, branch: Branch) -> bool:
    return any(
        any(ins[0] == ir.RETURN for ins in site.body.code.blocks[number].instructions)
        for number in site.live
        if any(inside(site, number, arm) for arm in branch.arms)
    )


def _returns_on_one_way(site: Site, branch: Branch) -> bool:
    """Whether some way leaves the statements that the condition stands among without a ``return``."""
    blocks = site.body.code.blocks
    seen = {branch.block}
    stack = [branch.block]
    while stack:
        block = blocks[stack.pop()]
        if any(ins[0] in (ir.RETURN, ir.RAISE) for ins in block.instructions):
            continue
        if not block.targets:
            return True
        for target in block.targets:
            if target not in site.live or target in seen:
                continue
            if branch.parent >= 0 and not inside(site, target, branch.parent):
                return True
            seen.add(target)
            stack.append(target)
    return False


# -- names -------------------------------------------------------------------------------------------------------------


def _merges(site: Site, branch: Branch, flow: Flow) -> Iterator[Seen]:
    """Names that are bound on one of the ways at least, and read behind."""
    leaving: dict[int, list[int]] = {arm: [] for arm in branch.arms}
    behind: dict[int, None] = {}
    for number in sorted(site.live):
        arm = next((arm for arm in branch.arms if inside(site, number, arm)), None)
        if arm is None:
            continue
        for target in site.body.code.blocks[number].targets:
            if target in site.live and not any(inside(site, target, other) for other in branch.arms):
                leaving[arm].append(number)
                behind[target] = None
    if not all(leaving.values()) or len(behind) != 1:
        return  # a way ends in `break`, `continue` or `raise`
    after = next(iter(behind))
    names = dict.fromkeys(
        ins[1]
        for number in sorted(site.live)
        if any(inside(site, number, arm) for arm in branch.arms)
        for ins in site.body.code.blocks[number].instructions
        if ins[0] == ir.STORE
    )
    for name in names:
        if flow.is_read(name, after):
            ends = [frozenset().union(*(flow.at_end(name, number) for number in leaving[arm])) for arm in branch.arms]
            kind, value = _difference(site, *ends)
            if kind:
                detail = "" if name.startswith("%") else name
                yield Seen(kind, branch.position, detail, branch.block, value)


def _difference(site: Site, one: frozenset[int], other: frozenset[int]) -> tuple[str, Value]:
    """What a name's values at the ends of the two ways have that a graph cannot choose between."""
    if one == other or PARAMETER in one | other:
        return "", BOTTOM
    if {UNBOUND} in (one, other):
        return "undefined-in-branch", BOTTOM
    if UNBOUND in one | other:
        return "", BOTTOM
    values = [join_all([site.value(register) for register in side]) for side in (one, other)]
    if NONE in values:
        rest = values[1] if values[0] is NONE else values[0]
        graph = all(isinstance(atom, (Tensor, Const, PyType)) and atom not in NONE.atoms for atom in rest.atoms)
        return ("none-in-branch", rest) if rest.atoms and graph else ("", BOTTOM)
    both = join(*values)
    if all(value.atoms and all(_is_callable(atom) for atom in value.atoms) for value in values):
        return "object-in-branch", BOTTOM
    structures = [_structure(site, value) for value in values]
    if None not in structures and structures[0] != structures[1]:
        return "structure-in-branch", BOTTOM
    dtypes = [_dtype(value) for value in values]
    if None not in dtypes and dtypes[0] != dtypes[1]:
        return "dtype-in-branch", both
    return "", BOTTOM


def _is_callable(atom: Atom) -> bool:
    return isinstance(atom, CALLABLES) or (isinstance(atom, Lib) and "." in atom.name)


_OF_PYTHON = {"int": "int32", "float": "float32", "bool": "bool", "str": "string"}


def _dtype(value: Value) -> str | None:
    """The dtype of the tensor that AutoGraph makes of a value; None if it is not known."""
    found: set[str | None] = set()
    for atom in value.atoms:
        if isinstance(atom, Tensor) and atom.kind == "dense":
            found.add(atom.dtype)
        elif isinstance(atom, (Const, PyType)):
            name = type(atom.constant).__name__ if isinstance(atom, Const) else atom.name
            found.add(_OF_PYTHON.get(name))
        else:
            return None
    return found.pop() if len(found) == 1 else None


def _structure(site: Site, value: Value) -> str | None:
    """How a value is made up of tensors: a leaf, a list or a tuple of so many; None if it is not known."""
    found: set[str | None] = set()
    for atom in value.atoms:
        if isinstance(atom, (Tensor, Const, PyType)):
            found.add("leaf")
        elif isinstance(atom, Tuple) and atom.elements is not None:
            found.add(f"tuple {len(atom.elements)}")
        elif isinstance(atom, Object) and atom.cls == "list":
            length = site.length(atom)
            found.add(None if length is None else f"list {length}")
        else:
            found.add(None)
    return found.pop() if len(found) == 1 else None
