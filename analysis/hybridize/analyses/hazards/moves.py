"""How values move through one body: which variables its instructions bind and read, what is passed, what may change."""

from __future__ import annotations

from hybridize.domains.atoms import Bound, Class, Const, Dtype, Function, Lib, PyType, Tensor, Wrapped
from hybridize.domains.value import Value
from hybridize.syntax import code as ir
from hybridize.syntax.code import Code, Instruction

CELL_NAME = {ir.LOAD_CELL: 3, ir.STORE_CELL: 2}
"""Where the instructions of variables that nested functions share have the name."""
SOURCE = {ir.STORE_GLOBAL: 2, ir.STORE_CELL: 3, ir.STORE_NAME: 2, ir.STORE: 2}
"""Where instructions that bind a variable have the register."""


def comes_again(code: Code, number: int) -> bool:
    """Whether a block may run after itself, errors aside."""
    stack, seen = list(code.blocks[number].targets), set(code.blocks[number].targets)
    while stack:
        for target in code.blocks[stack.pop()].targets:
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return number in seen


def stored(ins: Instruction) -> tuple[str, int]:
    """The variable of the body itself that an instruction binds, and the register."""
    if ins[0] in (ir.STORE, ir.STORE_NAME):
        return ins[1], ins[2]
    return (ins[2], ins[3]) if ins[0] == ir.STORE_CELL and ins[1] == 0 else ("", -1)


def loaded(ins: Instruction) -> str:
    """The variable of the body itself that an instruction reads."""
    if ins[0] in (ir.LOAD, ir.LOAD_NAME):
        return str(ins[2])
    return str(ins[3]) if ins[0] == ir.LOAD_CELL and ins[2] == 0 else ""


def passed(ins: Instruction) -> tuple[int, ...]:
    """The registers of the arguments of a call."""
    return (*(register for register, _ in ins[3]), *(register for _, register in ins[4]))


def is_hybrid(value: Value) -> bool:
    """Whether a value may be a function under `tf.function`."""
    return any(isinstance(atom, Wrapped) and atom.kind == "hybrid" for atom in value.atoms)


def codes(value: Value) -> set[str]:
    """The bodies of the project that a call of a value runs."""
    inner = [atom.function if isinstance(atom, Bound) else atom for atom in value.atoms]
    return {atom.code for atom in inner if isinstance(atom, Function)}


def is_plain(value: Value) -> bool:
    """Whether a value could as well be an argument, or is the same all the time."""
    atoms = value.atoms
    if len(atoms) == 1 and isinstance(atoms[0], (Const, Lib, Class, Dtype)):
        return True
    return bool(atoms) and all(
        (isinstance(atom, Tensor) and atom.kind != "variable")
        or (isinstance(atom, PyType) and atom.name in ("int", "float", "bool"))
        for atom in atoms
    )


def is_one(value: Value) -> bool:
    """Whether a value is one thing that is known."""
    return len(value.atoms) == 1 and isinstance(value.atoms[0], (Function, Const, Lib, Class))
