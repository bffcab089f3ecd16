"""Where the object in a register comes from, for values that have no allocation site of their own (NumPy arrays).

The answer is syntactic: it follows names and registers inside one body. An array that comes out of a call or an
operator is the function's own.
"""

from __future__ import annotations

from hybridize.syntax import code as ir
from hybridize.syntax.code import Code

MAX_STEPS = 40


def origin(code: Code, register: int) -> str | None:
    """``writes-parameter``, ``writes-global``, ``writes-nonlocal`` or ``writes-attribute``: whose the object is.

    None: the function made it.
    """
    definitions = {ins[1]: ins for block in code.blocks for ins in block.instructions if ins[0] in _DEFINING}
    stores: dict[str, list[int]] = {}
    for block in code.blocks:
        for ins in block.instructions:
            if ins[0] == ir.STORE:
                stores.setdefault(ins[1], []).append(ins[2])
    parameters = {parameter.name for parameter in code.parameters}
    work, seen = [register], set()
    while work and len(seen) < MAX_STEPS:
        current = work.pop()
        if current in seen:
            continue
        seen.add(current)
        ins = definitions.get(current)
        if ins is None:
            continue
        if ins[0] == ir.LOAD:
            if ins[2] in parameters and ins[2] not in stores:
                return "writes-parameter"
            work.extend(stores.get(ins[2], ()))
        elif ins[0] == ir.ITEM:
            work.append(ins[2])
        elif ins[0] == ir.LOAD_CELL:
            return "writes-nonlocal" if ins[2] else None
        else:
            return _DEFINING[ins[0]]
    return None


_DEFINING = {
    ir.LOAD: "", ir.ITEM: "", ir.LOAD_CELL: "", ir.LOAD_GLOBAL: "writes-global", ir.ATTR: "writes-attribute",
}  # fmt: skip
