"""What a rule is. A rule file holds a docstring with fixed headings and one module-level ``RULE``.

A rule reads the facts of one function and yields findings; it never sees a syntax tree. Rules about the tool itself
(codes HYB0xx) have no ``check``: the engine raises them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from hybridize.finding import Confidence, Finding, Severity
from hybridize.report import FunctionReport

HEADINGS = ("What it does", "Why it is bad", "Example", "Use instead", "Fix safety", "Confidence", "References")
"""The headings every rule docstring has, in this order."""


class Project(msgspec.Struct, frozen=True):
    """What a rule may ask about the rest of the program."""

    functions: Mapping[tuple[str, str], FunctionReport]
    """(path, qualname) to report."""


class Rule(msgspec.Struct, frozen=True):
    """One rule. ``code`` is stable and never reused; ``slug`` names the pattern, not the cure.

    ``covers`` names the entries of the hazard catalogue (docs/rules/coverage.md) that the rule is about.
    """

    code: str
    slug: str
    severity: Severity
    confidence: Confidence
    summary: str
    check: Callable[[Rule, FunctionReport, Project], Iterable[Finding]] | None = None
    covers: tuple[str, ...] = ()
