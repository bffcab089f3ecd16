"""Options and collection of the whole test suite: Markdown cases are tests (see ``caselib.plugin``)."""

from __future__ import annotations

from caselib.plugin import pytest_addoption, pytest_collect_file, pytest_configure

__all__ = ["pytest_addoption", "pytest_collect_file", "pytest_configure"]
