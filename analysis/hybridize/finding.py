"""What the tool says about a place in the code: plain data that sorts, serializes and renders without the engine.

Terms: a *span* is a region of one file; a *finding* is a rule that fired at a span; a *fix* is a set of text edits
with a statement of how safe they are. Lines are 1-based. Columns are 0-based and count code points, not bytes.
"""

from __future__ import annotations

import enum
import hashlib
import re

import msgspec

from hybridize.intention import Applicability, Proposal
from hybridize.span import Span

__all__ = [
    "Applicability",
    "Confidence",
    "Edit",
    "Finding",
    "Fix",
    "Proposal",
    "Related",
    "Severity",
    "Span",
    "Suppressed",
]

_AT = r"(?::cell \d+)?:\d+"
_LINE_NUMBERS = re.compile(rf"(?:(?<=\.py)|(?<=\.ipynb)){_AT}(?: and \d+)*|{_AT}(?=\))")


class Severity(str, enum.Enum):
    """How bad a finding is; the order is ``ERROR`` > ``WARNING`` > ``INFO``."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return ("info", "warning", "error").index(self.value)


class Confidence(str, enum.Enum):
    """How far a static match proves the claim (the scale of the hazard catalogue)."""

    CERTAIN = "certain"
    LIKELY = "likely"
    HEURISTIC = "heuristic"


class Related(msgspec.Struct, frozen=True, order=True):
    """Another place a finding rests on, with what happens there: one step of its call chain, or the decorator."""

    span: Span
    message: str


class Edit(msgspec.Struct, frozen=True, order=True):
    """Replace the text of ``span`` by ``replacement``."""

    span: Span
    replacement: str


class Fix(msgspec.Struct, frozen=True):
    """A proposed change; ``edits`` do not overlap."""

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...]


class Finding(msgspec.Struct, frozen=True):
    """A rule that fired.

    ``chain`` lists the calls that lead from ``span`` to the line that proves the finding, nearest first; the last
    entry is the proof itself. ``assumptions`` lists what the finding rests on without proof.
    """

    code: str
    slug: str
    severity: Severity
    span: Span
    message: str
    function: str = ""
    confidence: Confidence = Confidence.CERTAIN
    help: str = ""
    chain: tuple[Related, ...] = ()
    assumptions: tuple[str, ...] = ()
    proposal: Proposal | None = None
    """What would mend it; `hybridize.fixing` makes a fix of it, or says why not."""
    fix: Fix | None = None
    rank: int = 0
    """Lists for people show those of a rule with a higher rank first."""
    cause: str = ""
    """Where two states of a program were compared: what of the difference the finding comes from."""
    proof: str = ""
    """What came of running the program with the change that the finding asks for: a clause."""

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order by place, then code, then text: the one order of every output."""
        return (self.span.path, self.span.line, self.span.column, self.code, self.message)

    @property
    def lasting_message(self) -> str:
        """The message without line numbers: it may name places, as in "calls `log` (train.py:41)"."""
        return _LINE_NUMBERS.sub("", self.message)

    @property
    def fingerprint(self) -> str:
        """Identity that survives moved lines: code, path, function and message, no positions (16 hex digits)."""
        text = "\0".join((self.code, self.span.path, self.function, self.lasting_message))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Suppressed(msgspec.Struct, frozen=True):
    """A finding that a comment in the code says to live with, and the reason that it gives, if any."""

    finding: Finding
    reason: str = ""
