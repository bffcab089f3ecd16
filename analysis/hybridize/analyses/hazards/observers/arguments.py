"""Arguments of a traced function used as if the caller's own objects arrived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hybridize.analyses.hazards.definitions import is_unhashable
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.analyses.parameters import leaves
from hybridize.analyses.results import is_refused
from hybridize.domains.atoms import Atom, Const, Dtype, Lib, Object, PyType, Tensor, Tuple
from hybridize.domains.value import BOTTOM, Value
from hybridize.interproc import containers
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction


def changed_by_method(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``items.append(x)`` of an argument that is a list or a dict."""
    made = site.body.made.get(ins[2])
    if made is None or made[0] != ir.ATTR or not _is_container_argument(site, made[2]):
        return
    row = site.tracing.machine.library.row(site.callee(ins))
    if row is not None and "self" in row.mutates:
        yield Seen("argument-changed", ins[5], made[3], block, BOTTOM)


def changed_item(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``table[key] = x`` and ``del table[key]``."""
    if _is_container_argument(site, ins[1]):
        yield Seen("argument-changed", ins[4] if ins[0] == ir.SET_ITEM else ins[3], "[]", block, BOTTOM)


def _is_container_argument(site: Site, register: int) -> bool:
    traced = site.traced
    if traced.caller is not None or traced.root is None or traced.root.by != "tf.function":
        return False
    made = site.body.made.get(register)
    if made is None or made[0] != ir.LOAD or made[2] in site.body.stored:
        return False
    parameter = next((p for p in site.body.code.parameters if p.name == made[2]), None)
    atoms = site.value(register).atoms
    return (
        parameter is not None
        and not parameter.kind.startswith("var-")
        and bool(atoms)
        and all(isinstance(atom, Object) and atom.cls in containers.DICTS | {"list"} for atom in atoms)
    )


def array_test(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``isinstance(a, np.ndarray)`` of an argument that the caller passes as an array."""
    if site.library(ins[2]) != "builtins.isinstance" or len(ins[3]) != 2:
        return
    subject, classes = ins[3][0][0], site.value(ins[3][1][0]).atoms
    atoms = site.value(subject).atoms
    arrays = bool(atoms) and all(isinstance(atom, Tensor) and atom.kind == "ndarray" for atom in atoms)
    asked = any(isinstance(atom, Lib) and atom.name.startswith("numpy.") for atom in classes)
    if arrays and asked and site.symbolic(subject):
        yield Seen("array-test", ins[5], "", block, site.value(subject))


def symbolic_argument(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``step(keras.Input((3,)))``, where ``step`` is a `tf.function`."""
    callees = site.value(ins[2]).atoms
    if not callees or not all(map(site.tracing.is_hybrid, callees)):
        return
    passed = [register for register, _ in ins[3]] + [register for _, register in ins[4]]
    symbolic = [register for register in passed if _are_placeholders(site.value(register))]
    # What Keras calls with a placeholder, on its own or in a structure, gets a tensor for it, and hands that on. Lists
    # that the body fills are one for all of its contexts.
    machine = site.tracing.machine
    given = (value for activation in machine.by_code[site.activation.code.id] for value in activation.args.values())
    if symbolic and not any(_is_placeholder(atom) for value in given for atom in leaves(machine, value)):
        yield Seen("keras-symbolic", ins[5], "", block, site.value(symbolic[0]))


def _are_placeholders(value: Value) -> bool:
    return bool(value.atoms) and all(map(_is_placeholder, value.atoms))


def _is_placeholder(atom: Atom) -> bool:
    return isinstance(atom, Tensor) and atom.kind == "symbolic"


def unhashable_argument(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``step({1, 2}, x)``: an argument that is no tensor, no structure, and has no hash."""
    callees = site.value(ins[2]).atoms
    if not callees or not all(map(site.tracing.is_hybrid, callees)):
        return
    for register in [register for register, starred in ins[3] if not starred] + [register for _, register in ins[4]]:
        atoms = site.value(register).atoms
        if atoms and (all(_has_no_hash(site, atom) for atom in atoms) or _makes_set(site, register)):
            yield Seen("unhashable-argument", ins[5], site.text_of(register), block, BOTTOM)
            return


def _makes_set(site: Site, register: int) -> bool:
    """Whether a register, or what binds the name in it, is ``{1, 2}`` or ``set(...)``: no frozenset."""
    made = site.body.made.get(register)
    if made is None:
        return False
    if made[0] == ir.LOAD:
        stored = site.body.stored.get(made[2], [])
        passed = any(parameter.name == made[2] for parameter in site.body.code.parameters)
        return len(stored) == 1 and not passed and _makes_set(site, stored[0])
    return made[0] == ir.SET or (made[0] == ir.CALL and site.library(made[2]) == "builtins.set")


def _has_no_hash(site: Site, atom: Atom) -> bool:
    if not isinstance(atom, Object):
        return False
    if atom.cls == "collections.deque":
        return True
    info = site.tracing.machine.classes.infos.get(atom.cls)
    # Keras' and TensorFlow's own classes, and attrs, say themselves how they are traced.
    plain = info is not None and not set(site.tracing.machine.classes.library_bases(atom.cls)) - {"builtins.object"}
    return plain and atom.exact and is_unhashable(site.tracing, atom.cls)


def returned_variable(site: Site) -> Iterator[Seen]:
    """``return self.v``: the caller of a graph gets a tensor."""
    root = site.traced.root
    if site.traced.caller is not None or root is None or root.by != "tf.function":
        return
    for number in sorted(site.live):
        for ins in site.body.code.blocks[number].instructions:
            if ins[0] == ir.RETURN and _holds_variable(site, site.value(ins[1]), 0):
                yield Seen("returns-variable", ins[2], "", number, site.value(ins[1]))


MAX_NESTING: Final = 3
"""Structures in structures that are looked into."""


def _holds_variable(site: Site, value: Value, depth: int) -> bool:
    """Whether a value is a variable, or a structure with one in it, for sure."""
    return bool(value.atoms) and all(_is_variable(site, atom, depth) for atom in value.atoms)


def _is_variable(site: Site, atom: Atom, depth: int) -> bool:
    if isinstance(atom, Tensor):
        return atom.kind == "variable"
    if depth == MAX_NESTING:
        return False
    if isinstance(atom, Tuple):
        parts = atom.elements if atom.elements is not None else (atom.element,)
        return any(_holds_variable(site, part, depth + 1) for part in parts)
    if isinstance(atom, Object) and (atom.cls in containers.LISTS or atom.cls in containers.DICTS):
        return _holds_variable(site, site.tracing.machine.peek(("e", atom, "*")), depth + 1)
    return False


def escaping_tape(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``self.tape = tape``: a tape is of no use outside of the graph that it recorded."""
    if _is_tape(site, ins[3]):
        yield Seen("tape-escapes", ins[4], ins[2], block, BOTTOM)


def escaping_item(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``box["tape"] = tape``, where the container is not the function's own."""
    made = site.body.made.get(ins[1])
    if made is not None and made[0] in _OUTER and _is_tape(site, ins[3]):
        yield Seen("tape-escapes", ins[4], made[2 if made[0] == ir.LOAD_GLOBAL else 3], block, BOTTOM)


_OUTER = frozenset({ir.LOAD_GLOBAL, ir.LOAD_CELL, ir.ATTR})
"""Instructions whose names and attributes may outlive a call."""


def _is_tape(site: Site, register: int) -> bool:
    atoms = site.value(register).atoms
    return bool(atoms) and all(isinstance(atom, Object) and atom.cls == "tensorflow.GradientTape" for atom in atoms)


def refused_results(site: Site) -> Iterator[Seen]:
    """``return Result(x)`` from what starts a trace: a graph gives tensors and structures of them."""
    root = site.traced.root
    if site.traced.caller is not None or root is None or root.by != "tf.function" or site.body.code.is_generator:
        return
    for number in sorted(site.live):
        for ins in site.body.code.blocks[number].instructions:
            if ins[0] == ir.RETURN and is_refused(site.tracing.machine, site.value(ins[1])):
                yield Seen("refused-result", ins[2], "", number, BOTTOM)


def names(site: Site) -> Iterator[Seen]:
    """``tf.sqrt(x, 5)``: what stands where the name of the operation belongs is no text."""
    for use in site.activation.uses:
        if use.kind == "name-argument":
            homes = [number for number, _ in site.body.at.get(use.position, ())]
            atoms = use.value.atoms
            if (
                homes
                and homes[0] in site.live
                and all(isinstance(atom, (Const, Dtype, PyType, Tensor)) for atom in atoms)
            ):
                yield Seen("name-argument", use.position, use.detail, homes[0], use.value)
