"""Tensors made into text by Python: the text has the symbol's name in it, and a format for numbers raises."""

from __future__ import annotations

import string
from collections.abc import Iterator

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Bound, Const, Tuple
from hybridize.syntax import code as ir
from hybridize.syntax.code import Instruction

_NUMBERS = frozenset("diouxXeEfFgGcb%")


def f_string(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``f"{x}"`` and ``f"{x:.2f}"``."""
    for register in ins[2]:
        yield from _formatted(site, block, ins, ins[3], "f-string", register, specified=register in ins[4])


def formatting_call(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``str(x)``, ``repr(x)``, ``"{}".format(x)``."""
    name = site.library(ins[2])
    given = [register for register, starred in ins[3] if not starred] + [register for _, register in ins[4]]
    if name in ("builtins.str", "builtins.repr", "builtins.format") and given:
        specified = name == "builtins.format" and len(given) > 1
        yield from _formatted(site, block, ins, ins[5], name.removeprefix("builtins."), given[0], specified)
    elif site.callee(ins) == "builtins.str.format":
        text = _receiver_text(site, ins)
        for register in given:
            yield from _formatted(site, block, ins, ins[5], "format", register, specified=_has_specification(text))


def percent(site: Site, block: int, ins: Instruction) -> Iterator[Seen]:
    """``"%s" % x`` and ``"%d" % x``."""
    if ins[2] != "%":
        return
    texts = [a.constant for a in site.value(ins[3]).atoms if isinstance(a, Const) and isinstance(a.constant, str)]
    if len(texts) != 1 or len(site.value(ins[3]).atoms) != 1:
        return
    conversions = _conversions(texts[0])
    made = site.body.made.get(ins[4])
    tuples = any(isinstance(atom, Tuple) for atom in site.value(ins[4]).atoms)
    parts = [register for register, _ in made[2]] if tuples and made and made[0] == ir.TUPLE else [ins[4]]
    if len(parts) == len(conversions):
        for register, conversion in zip(parts, conversions, strict=True):
            yield from _formatted(site, block, ins, ins[5], "%", register, specified=conversion in _NUMBERS)


def _formatted(
    site: Site, block: int, ins: Instruction, where: ir.Position, how: str, register: int, specified: bool
) -> Iterator[Seen]:
    if not site.symbolic(register):
        return
    if specified:
        yield Seen("number-of-tensor", where, how, block, site.value(register))
    elif not site.body.raises(site.body.code.blocks[block]) and not _only_logged(site, ins[1]):
        yield Seen("text-of-tensor", where, how, block, site.value(register))


LOGS = (
    "builtins.print",
    "logging.",
    "absl.logging.",
    "warnings.",
    "tensorflow.get_logger",
    "tensorflow.compat.v1.logging.",
)


def _only_logged(site: Site, text: int) -> bool:
    """Whether a text is made for a message that is written while tracing: that is a matter of its own."""
    users = [call for call in site.body.calls if any(register == text for register, _ in call[3])]
    return bool(users) and all(site.callee(call).startswith(LOGS) for call in users)


def _receiver_text(site: Site, ins: Instruction) -> str:
    for atom in site.value(ins[2]).atoms:
        if isinstance(atom, Bound):
            for receiver in atom.receiver.atoms:
                if isinstance(receiver, Const) and isinstance(receiver.constant, str):
                    return receiver.constant
    return ""


def _has_specification(text: str) -> bool:
    try:
        return any(spec and not conversion for _, _, spec, conversion in string.Formatter().parse(text))
    except ValueError:
        return False  # no format: it raises eagerly, too


def _conversions(text: str) -> list[str]:
    """The conversion characters of a ``%`` format, without ``%%``."""
    found: list[str] = []
    index = 0
    while (index := text.find("%", index)) >= 0:
        index += 1
        while index < len(text) and text[index] in "#0- +.*123456789hlL":
            index += 1
        if index < len(text) and text[index] != "%":
            found.append(text[index])
        index += 1
    return found
