"""What a rule is. A rule file holds a docstring with fixed headings and one module-level ``RULE``.

A rule reads the facts of one function, or one observation, and yields findings; it never sees a syntax tree. Rules
about the tool itself (codes HYB0xx) have neither ``check`` nor ``observe``: the engine raises them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport, Observation

HEADINGS = ("What it does", "Why it is bad", "Example", "Use instead", "Fix safety", "Confidence", "References")
"""The headings every rule docstring has, in this order."""


class Project(msgspec.Struct, frozen=True):
    """What a rule may ask about the rest of the program."""

    functions: Mapping[tuple[str, str], FunctionReport]
    """(path, qualname) to report."""
    observations: tuple[Observation, ...] = ()
    """What was observed in all traced code, by place."""
    tensorflow: tuple[int, int] | None = None
    """The newest version that the program's requirements admit, if they say."""


class Rule(msgspec.Struct, frozen=True):
    """One rule. ``code`` is stable and never reused; ``slug`` names the pattern, not the cure."""

    code: str
    slug: str
    severity: Severity
    confidence: Confidence
    summary: str
    check: Callable[[Rule, FunctionReport, Project], Iterable[Finding]] | None = None
    """Asked for each function."""
    observe: Callable[[Rule, Observation, Project], Iterable[Finding]] | None = None
    """Asked for each observation of one of ``kinds``."""
    kinds: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    """Entries of the hazard catalogue (docs/rules/hazards.yaml) that the rule finds."""
    follows: tuple[str, ...] = ()
    """Codes of rules after whose fix this one may speak of the same function: it tells what is still to be gained."""
