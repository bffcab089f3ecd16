"""`Draft`: what one proposal does to one file, while it is worked out."""

from __future__ import annotations

import libcst as cst

from hybridize.intention import Applicability
from hybridize.rewrite.document import Document
from hybridize.rewrite.edits import CODE, TextEdit
from hybridize.rewrite.imports import imports_tensorflow, insertion
from hybridize.rewrite.names import tensorflow_name


class Draft:
    """The edits so far. ``removed`` are ranges whose names lose a use, ``used`` names that new text relies on."""

    def __init__(self, document: Document, applicability: Applicability) -> None:
        self.document = document
        self.applicability = applicability
        self.edits: list[TextEdit] = []
        self.removed: list[tuple[int, int]] = []
        self.used: set[str] = set()

    def replace(self, range: tuple[int, int], text: str) -> None:
        """Put ``text`` in place of what is there."""
        self.edits.append(TextEdit(*range, CODE, text))

    def insert(self, offset: int, text: str) -> None:
        """Put ``text`` before what is at ``offset``."""
        self.edits.append(TextEdit(offset, offset, CODE, text))

    def tensorflow(self, at: cst.CSTNode, symbol: str, *, now: bool = False) -> str:
        """How `tf.symbol` is written at ``at``, importing TensorFlow where that is missing.

        Raises:
            Refused: it cannot be written there.
        """
        name = tensorflow_name(self.document, at, symbol, now=now)
        self.used.add(name.text.partition(".")[0])
        if name.missing:
            edit = insertion(self.document, name.missing)
            if edit not in self.edits:
                self.edits.append(edit)
            if imports_tensorflow(self.document):
                # Imported in functions only, or under a condition: perhaps for a reason.
                self.at_most(Applicability.UNSAFE)
        return name.text

    def at_most(self, applicability: Applicability) -> None:
        """The fix is no safer than that."""
        if applicability.rank > self.applicability.rank:
            self.applicability = applicability
