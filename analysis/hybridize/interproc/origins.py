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
    work = [register]
    seen: set[int] = set()
    while work and len(seen) < MAX_STEPS:
        current = work.pop()
        if current in seen:
            continue
        seen.add(current)
        made = definitions.get(current)
        if made is None:
            continue
        if made[0] == ir.LOAD:
            if made[2] in parameters and made[2] not in stores:
                return "writes-parameter"
            work.extend(stores.get(made[2], ()))
        elif made[0] == ir.ITEM:
            work.append(made[2])
        elif made[0] == ir.LOAD_CELL:
            return "writes-nonlocal" if made[2] else None
        else:
            return _DEFINING[made[0]]
    return None


_DEFINING = {
    ir.LOAD: "", ir.ITEM: "", ir.LOAD_CELL: "", ir.LOAD_GLOBAL: "writes-global", ir.ATTR: "writes-attribute",
}  # fmt: skip
