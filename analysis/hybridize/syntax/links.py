"""What a file has to do with the rest of its program: what its imports name, and what it says of the whole.

It is all that has to be known of a file to tell which other files an analysis of it needs.
"""

from __future__ import annotations

import msgspec

from hybridize.syntax.code import CONST, IMPORT, IMPORT_FROM, IMPORT_STAR, ModuleFacts

STAR = "*"
"""Among imported names: all of them."""
LEGACY = "TF_USE_LEGACY_KERAS"
"""The environment variable that makes `tf.keras` Keras 2."""


class Import(msgspec.Struct, frozen=True, array_like=True):
    """An import statement, or one name of a ``from … import``."""

    level: int
    """Leading dots."""
    module: str
    name: str | None
    """What is taken from the module, `STAR` for everything; None for ``import module``."""


class Links(msgspec.Struct, frozen=True, array_like=True):
    """What a file has to do with others."""

    imports: tuple[Import, ...]
    """Each once, in the order of the file."""
    idle: bool
    """Whether the module does nothing and has nothing: it may have a docstring."""
    legacy_keras: bool
    """Whether it asks for Keras 2."""


def links_of(facts: ModuleFacts) -> Links:
    """The links of a file."""
    imports: dict[Import, None] = {}
    for code in facts.codes.values():
        for block in code.blocks:
            for instruction in block.instructions:
                if instruction[0] == IMPORT:
                    imports[Import(0, instruction[2], None)] = None
                elif instruction[0] == IMPORT_FROM:
                    imports[Import(*instruction[2:5])] = None
                elif instruction[0] == IMPORT_STAR:
                    imports[Import(instruction[1], instruction[2], STAR)] = None
    return Links(tuple(imports), _is_idle(facts), _asks_for_legacy(facts))


def _is_idle(facts: ModuleFacts) -> bool:
    (body, *others) = facts.codes.values()
    return not others and all(instruction[0] == CONST for block in body.blocks for instruction in block.instructions)


def _asks_for_legacy(facts: ModuleFacts) -> bool:
    """Whether some code imports `tf_keras`, or names the variable that asks for it."""
    for code in facts.codes.values():
        for block in code.blocks:
            for ins in block.instructions:
                if ins[0] == IMPORT and ins[2].partition(".")[0] == "tf_keras":
                    return True
                if ins[0] == IMPORT_FROM and not ins[2] and ins[3].partition(".")[0] == "tf_keras":
                    return True
                if ins[0] == CONST and ins[2] == LEGACY:
                    return True
    return False
