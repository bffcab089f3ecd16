"""Markdown cases: programs with their expected analysis written on the line it speaks of.

A case is a headed section of a Markdown file that holds fenced Python. ``tests/cases/README.md`` is the manual of the
format. `parse` reads a file, `check` runs the analysis on one case and compares, `rewrite` brings a file up to date.
"""

from __future__ import annotations

from caselib.compare import Mismatch
from caselib.expectations import Expectation
from caselib.markdown import Case, CaseError, CaseFile, parse
from caselib.run import check
from caselib.update import rewrite

__all__ = ["Case", "CaseError", "CaseFile", "Expectation", "Mismatch", "check", "parse", "rewrite"]
