"""Where the object in a register comes from, if its atoms do not say: NumPy arrays, and what is not known.

The answer is syntactic: it follows names and registers inside one body. An array that comes out of a call or an
operator is the function's own.
"""

from __future__ import annotations

from typing import Final

from hybridize.syntax import code as ir
from hybridize.syntax.code import Code

MAX_STEPS: Final = 40


def origin(code: Code, register: int) -> str | None:
    """``writes-parameter``, ``writes-global``, ``writes-nonlocal`` or ``writes-attribute``: whose the object is.

    None: the function made it.
    """
    definitions = {ins[1]: ins for block in code.blocks for ins in block.instructions if ins[0] in _DEFINING}
    changed = {ins[1] for block in code.blocks for ins in block.instructions if ins[0] == ir.INPLACE}
    stores: dict[str, list[int]] = {}
    for block in code.blocks:
        for ins in block.instructions:
            if ins[0] == ir.STORE and ins[2] not in changed:  # `x += y` leaves an array the object that it was
                stores.setdefault(ins[1], []).append(ins[2])
    parameters = {parameter.name for parameter in code.parameters}
    work: list[tuple[int, bool]] = [(register, False)]
    seen: set[int] = set()
    while work and len(seen) < MAX_STEPS:
        current, held = work.pop()  # held: by an attribute of what the register holds
        made = definitions.get(current)
        if current in seen or made is None:
            continue
        seen.add(current)
        if made[0] == ir.LOAD:
            if made[2] in parameters and made[2] not in stores:
                return "writes-attribute" if held else "writes-parameter"
            work.extend((store, held) for store in stores.get(made[2], ()))
        elif made[0] == ir.ITEM:
            work.append((made[2], held))
        elif made[0] == ir.ATTR:
            work.append((made[2], True))
        elif made[0] == ir.LOAD_CELL:
            return ("writes-attribute" if held else "writes-nonlocal") if made[2] else None
        else:
            return "writes-attribute" if held else "writes-global"
    return None


_DEFINING: Final = frozenset({ir.LOAD, ir.ITEM, ir.ATTR, ir.LOAD_CELL, ir.LOAD_GLOBAL})
