"""What of a report is shown, what is set aside and why, and what that makes the exit code: one place for all of it.

A *filter* looks at the findings that are left and says which of them it sets aside. Filters run one after the other, so
that a finding is set aside for the first reason there is, and counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from hybridize.finding import Finding, Severity
from hybridize.report import Report

Kind = Literal["suppressed", "baseline", "unchanged", "before", "elsewhere"]
"""By a comment; by the baseline; not on a changed line; there before the change; in a file that was not named."""

_NOTES: dict[Kind, str] = {
    "suppressed": "suppressed by comments",
    "baseline": "in the baseline not shown",
    "unchanged": "on unchanged lines not shown",
    "before": "from before the change not shown",
    "elsewhere": "in other files not shown",
}


class SetAside(msgspec.Struct, frozen=True):
    """A finding that is not shown, and why."""

    finding: Finding
    kind: Kind
    justification: str = ""
    """In somebody's words: the reason in a comment, the file of the baseline."""


class Selection(msgspec.Struct, frozen=True):
    """``report`` has the findings to show; ``aside`` those that were left out, in the order of the report."""

    report: Report
    aside: tuple[SetAside, ...] = ()


Filter = Callable[[Report], Selection]
"""Takes a report, and returns it with fewer findings, and those that it set aside."""


def select(report: Report, filters: Sequence[Filter]) -> Selection:
    """The report after all ``filters``."""
    aside = [SetAside(one.finding, "suppressed", one.reason) for one in report.suppressed]
    for one in filters:
        selection = one(report)
        report = selection.report
        aside += selection.aside
    return Selection(report, tuple(sorted(aside, key=lambda one: one.finding.sort_key)))


def divide(report: Report, why: Callable[[Finding], SetAside | None]) -> Selection:
    """Set aside the findings for which ``why`` has an answer."""
    answers = [(finding, why(finding)) for finding in report.findings]
    kept = tuple(finding for finding, answer in answers if answer is None)
    return Selection(with_findings(report, kept), tuple(answer for _, answer in answers if answer is not None))


def with_findings(report: Report, findings: Sequence[Finding]) -> Report:
    """The report with these findings instead of its own."""
    return msgspec.structs.replace(report, findings=tuple(findings))


def counts(aside: Sequence[SetAside]) -> list[str]:
    """In words, how many findings were set aside for each reason: ``12 findings in the baseline not shown``."""
    numbers = Counter(one.kind for one in aside)
    parts = ((numbers[kind], note) for kind, note in _NOTES.items())
    return [f"{number} finding{'s' * (number > 1)} {note}" for number, note in parts if number]


def exit_code(findings: Sequence[Finding], fail_level: str) -> int:
    """1 where a finding is at least as severe as ``fail_level``."""
    if fail_level == "never":
        return 0
    least = Severity(fail_level).rank
    return int(any(finding.severity.rank >= least for finding in findings))
