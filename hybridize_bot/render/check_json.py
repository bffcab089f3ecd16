"""`check --format json`: findings as data, for other programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from hybridize.finding import Finding, Severity
from hybridize.report import Report
from hybridize_bot.render import _json
from hybridize_bot.render._notebooks import told
from hybridize_bot.render._places import Places
from hybridize_bot.selection import SetAside

SCHEMA = 1
"""Version of this document; renaming or removing a key raises it."""


def render(report: Report, places: Places, aside: Sequence[SetAside] = ()) -> str:
    """Return indented JSON with a final newline. Paths are relative to ``root``, and that to the current folder."""
    document = {
        "schema": SCHEMA,
        "version": report.version,
        "root": places.shown(""),
        "findings": [fields(finding, places) for finding in report.findings],
        "summary": {
            **{
                severity.value: sum(finding.severity is severity for finding in report.findings)
                for severity in Severity
            },
            "files": len(report.files),
            "functions": report.function_count,
            "not_shown": Counter(one.kind for one in aside),
        },
    }
    return _json.encode(document)


def fields(finding: Finding, places: Places) -> dict[str, Any]:
    """One finding. Places in notebooks have a ``cell``; ``file`` is the path of its span from the current folder."""
    known: dict[str, Any] = told(msgspec.to_builtins(finding), places)
    del known["proposal"]  # what a rule would like to have done: fixes are public, not how they come about
    return {**known, "file": places.shown(finding.span.path), "fingerprint": finding.fingerprint}
