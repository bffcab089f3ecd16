"""Options and collection of the whole test suite: Markdown cases are tests (see ``caselib.plugin``)."""

from __future__ import annotations

import hypothesis
from caselib.plugin import pytest_addoption, pytest_collect_file, pytest_configure

__all__ = ["pytest_addoption", "pytest_collect_file", "pytest_configure"]

# How long an example takes says something about the machine, which the suite shares with others, and nothing else.
hypothesis.settings.register_profile("suite", suppress_health_check=[hypothesis.HealthCheck.too_slow], deadline=None)
hypothesis.settings.load_profile("suite")
