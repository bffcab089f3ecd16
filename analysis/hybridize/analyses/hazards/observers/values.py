"""Tensors used as if they had a value: methods of eager tensors, truth, items."""

from __future__ import annotations

from collections.abc import Iterator

from hybridize.analyses.hazards.body import in_init_scope as leaves_graph
from hybridize.analyses.hazards.observers.modes import asks_numpy
from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Atom, Bound, Lib, Tensor
from hybridize.domains.value import BOTTOM, value_of
from hybridize.syntax import code as ir
from hybridize.syntax.code import Block, Instruction

EAGER_CLASSES = ("tensorflow.Tensor.", "tensorflow.Variable.", "tensorflow.RaggedTensor.")
TRUTH_TAKERS = frozenset({"builtins.bool", "builtins.any", "builtins.all"})
COMPARERS = frozenset({"builtins.min", "builtins.max"})
ITEM_TAKERS = frozenset(
    f"builtins.{name}"
    for name in (
        "list", "tuple", "set", "frozenset", "sum", "min", "max", "any", "all", "map", "filter", "zip", "enumerate",
        "reversed", "dict", "iter",
    )
)  # fmt: skip
TAKES_FUNCTION = frozenset({"builtins.map", "builtins.filter"})


def eager_method(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``x.numpy()`` of a symbolic tensor, or of a variable."""
    made = site.body.made.get(ins[2])
    if made is None or made[0] != ir.ATTR:
        return
    receivers: set[Atom] = set()
    for atom in site.value(ins[2]).atoms:
        row = _eager_row(site, atom)
        if row and isinstance(atom, Bound):
            receivers.update(atom.receiver.atoms)
    if not receivers or _asked_before(site, block):
        return
    variables = any(isinstance(atom, Tensor) and atom.kind == "variable" for atom in receivers)
    answer = True if variables and len(receivers) == 1 else site.symbolic(made[2])
    if answer:
        yield Seen("eager-method", ins[5], made[3], block, value_of(*receivers))


def _asked_before(site: Site, block: int) -> bool:
    """Whether the code asks ``hasattr(x, "numpy")`` first: a symbolic tensor answers no."""
    for _, region in site.body.around(block):
        tests = [site.body.made.get(read) for read in region.reads] if region.kind in ("then", "ternary") else []
        calls = [test for test in tests if test is not None and test[0] == ir.CALL]
        if any(site.library(call[2]) == "builtins.hasattr" and asks_numpy(site, call) for call in calls):
            return True
    return False


def _eager_row(site: Site, atom: Atom) -> bool:
    if not isinstance(atom, Bound) or not isinstance(atom.function, Lib):
        return False
    name = atom.function.name
    row = site.tracing.machine.library.row(name)
    return row is not None and "eager-only" in row.does and name.startswith(EAGER_CLASSES)


# -- truth -------------------------------------------------------------------------------------------------------------


def truth_in_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``bool(x > 0)``, ``any([x > 0])``, ``max(x, y)``."""
    name = site.library(ins[2])
    given = [register for register, starred in ins[3] if not starred]
    if name in COMPARERS and len(given) > 1:
        wanted = given
    elif name in TRUTH_TAKERS and len(given) == 1:
        wanted = given
    else:
        return
    for register in wanted:
        # What ``any`` and ``all`` ask is an item; a tensor that is asked for its items is another matter.
        of_items = name in ("builtins.any", "builtins.all")
        asked = site.items(register) if of_items else site.symbolic(register)
        if asked:
            value = site.item_value(register) if of_items else site.value(register)
            yield Seen("truth-of-tensor", ins[5], name.removeprefix("builtins."), block, value)
            return


def membership(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``x in [1.0, 2.0]`` asks whether the tensor equals an item; ``2.0 in x`` goes through the items of the tensor."""
    if ins[2] in ("in", "not in"):
        walked = site.symbolic(ins[4], ("dense",))
        if walked:
            yield Seen("iterates-tensor", ins[5], ins[2], block, site.value(ins[4]))
        answer = site.symbolic(ins[3])
        if answer and site.is_sequence(ins[4]):
            yield Seen("truth-of-tensor", ins[5], ins[2], block, site.value(ins[3]))


def negation(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``not x``, which AutoGraph converts."""
    if ins[2] == "not" and site.converted is False:
        answer = site.symbolic(ins[3])
        if answer:
            yield Seen("truth-of-tensor", ins[4], "not", block, site.value(ins[3]), unconverted=True)


def test(site: Site, number: int, block: Block) -> Iterator[Seen]:
    """``if``, ``while``, a conditional expression, ``and``, ``or``, ``assert``, the condition of a comprehension."""
    never = block.asks in ("assert", "comprehension", "guard")
    if never or site.converted is False:
        answer = site.symbolic(block.test)
        if answer:
            yield Seen("truth-of-tensor", block.at, block.asks, number, site.value(block.test), unconverted=not never)


# -- items -------------------------------------------------------------------------------------------------------------


def iteration_in_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``list(x)``, ``zip(x, y)``, ``f(*x)``."""
    name = site.library(ins[2])
    given = [register for register, starred in ins[3] if not starred]
    starred = [register for register, is_starred in ins[3] if is_starred]
    taken = starred
    if name in ITEM_TAKERS and not (name in COMPARERS and len(given) > 1):
        taken = starred + given[1 if name in TAKES_FUNCTION else 0 :]
    for register in taken:
        answer = site.symbolic(register, ("dense",))
        if answer:
            detail = "*" if register in starred else name.removeprefix("builtins.")
            yield Seen("iterates-tensor", ins[5], detail, block, site.value(register))
            return


def unpacking(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``a, b = x``."""
    answer = site.symbolic(ins[2], ("dense",))
    if answer:
        yield Seen("iterates-tensor", ins[4], "unpacking", block, site.value(ins[2]))


def comprehension(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``[… for v in x]``; a plain ``for`` where AutoGraph does not convert it."""
    if ins[4] or site.converted is False:
        answer = site.symbolic(ins[2], ("dense",))
        if answer:
            detail = "comprehension" if ins[4] else "for"
            yield Seen("iterates-tensor", ins[3], detail, block, site.value(ins[2]), unconverted=not ins[4])


def star(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``[*x]``."""
    for register, starred in ins[2]:
        answer = site.symbolic(register, ("dense",)) if starred else False
        if answer:
            yield Seen("iterates-tensor", ins[3], "*", block, site.value(register))


# -- init_scope --------------------------------------------------------------------------------------------------------


def in_init_scope(site: Site) -> Iterator[Seen]:
    """``x * 2`` under ``tf.init_scope()``, which is outside of the graph that ``x`` belongs to."""
    for number, block in enumerate(site.body.code.blocks):
        if not block.contexts or not leaves_graph(block, site.registers):
            continue
        for ins in block.instructions:
            if ins[0] in (ir.BINARY, ir.INPLACE, ir.COMPARE):
                used = [ins[3], ins[4]]
            elif ins[0] == ir.CALL and site.callee(ins).startswith("tensorflow."):
                used = [register for register, _ in ins[3]] + [register for _, register in ins[4]]
            else:
                continue
            if any(site.symbolic(register) for register in used):
                yield Seen("symbolic-in-init-scope", ins[5], "", number, BOTTOM)
