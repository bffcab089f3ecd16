"""`check --format sarif`: SARIF 2.1.0, for GitHub code scanning, editors and everything else that reads it.

Paths are percent-encoded and relative to ``SRCROOT``, columns count UTF-16 code units from 1. The calls that a finding
rests on are its code flow. Rules are described where results refer to them, and only there. Places in notebooks are
those in the file, which is JSON; their fixes are left out.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from hybridize.finding import Confidence, Edit, Finding, Fix, Severity, Span
from hybridize.report import Report
from hybridize.rules import _registry, parse_failure
from hybridize.rules._base import Rule
from hybridize_bot.render import _json, _notes, _tool
from hybridize_bot.render._places import Places
from hybridize_bot.render._positions import Positions, utf16
from hybridize_bot.render._source import Sources
from hybridize_bot.selection import SetAside

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
FINGERPRINT = "hybridizeFinding/v1"
"""The name and version of what the fingerprint is made of."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PRECISIONS = {Confidence.CERTAIN: "very-high", Confidence.LIKELY: "high", Confidence.HEURISTIC: "medium"}
_FAMILIES = {"HYB0": "maintainability", "HYB1": "correctness", "HYB2": "performance", "HYB3": "performance",
             "HYB4": "maintainability", "HYB5": "correctness"}  # fmt: skip
_PLACES = {"suppressed": "inSource", "baseline": "external"}
"""Where it is written down that a finding is accepted."""
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def render(report: Report, places: Places, *, exit_code: int = 0, aside: Sequence[SetAside] = ()) -> str:
    """Return the log of one run that ended with ``exit_code``."""
    return _json.encode(_Log(report, places, exit_code, aside).document())


class _Log:
    def __init__(self, report: Report, places: Places, exit_code: int, aside: Sequence[SetAside]) -> None:
        self._report = report
        self._places = places
        self._exit_code = exit_code
        self._suppressed = [one for one in aside if one.kind in _PLACES]
        self._positions = Positions(Sources(places), utf16)
        findings = (*report.findings, *(one.finding for one in self._suppressed))
        codes = sorted({finding.code for finding in findings})
        self._rules = {code: number for number, code in enumerate(codes)}
        """The index of each rule that a result refers to."""

    def document(self) -> dict[str, Any]:
        run = {
            "tool": {"driver": self._driver()},
            "invocations": [self._invocation()],
            "originalUriBaseIds": {ROOT: {"description": _message("The folder that the paths are relative to.")}},
            "columnKind": "utf16CodeUnits",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "results": [
                *map(self._result, self._report.findings),
                *(self._suppressed_result(one) for one in self._suppressed),
            ],
        }
        return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}

    # -- the tool --------------------------------------------------------------------------------------------------

    def _driver(self) -> dict[str, Any]:
        rules = (_registry.find(code) for code in self._rules)
        return {
            "name": _tool.NAME,
            "organization": "hybridize-bot",
            "version": self._report.version,
            "semanticVersion": self._report.version,
            "informationUri": _tool.HOME,
            "rules": [self._rule(rule) for rule in rules if rule is not None],
        }

    def _rule(self, rule: Rule) -> dict[str, Any]:
        home = f"{_tool.HOME}/blob/v{self._report.version}/docs/"
        page = _registry.documentation(rule.code).strip().replace("](../", f"]({home}")
        uri = _tool.page(rule.code, self._report.version)
        return {
            "id": rule.code,
            "name": "".join(word.capitalize() for word in rule.slug.split("-")),
            "shortDescription": _message(_sentence(rule.summary[:1].upper() + rule.summary[1:])),
            "fullDescription": _message(_sentence(_what_it_does(page))),
            "help": {"text": _literal(page), "markdown": _literal(f"# {rule.slug} ({rule.code})\n\n{page}\n")},
            "helpUri": uri,
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            "properties": {
                "tags": ["tensorflow", "tf.function", _FAMILIES[rule.code[:4]]],
                "precision": _PRECISIONS[rule.confidence],
                "problem.severity": _PROBLEMS[rule.severity],
            },
        }

    def _invocation(self) -> dict[str, Any]:
        unread = [finding for finding in self._report.findings if finding.code == parse_failure.RULE.code]
        return {
            "executionSuccessful": True,
            "exitCode": self._exit_code,
            "toolExecutionNotifications": [
                {
                    "associatedRule": {"id": finding.code, "index": self._rules[finding.code]},
                    "level": _LEVELS[finding.severity],
                    "message": _message(finding.message),
                    "locations": [self._location(finding.span)],
                }
                for finding in unread
            ],
        }

    # -- results ---------------------------------------------------------------------------------------------------

    def _result(self, finding: Finding) -> dict[str, Any]:
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": self._rules[finding.code],
            "level": _LEVELS[finding.severity],
            "message": _message("\n".join([_sentence(finding.message), *_notes.advice(finding)])),
            "locations": [self._location(finding.span, finding.function)],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        }
        if finding.chain:
            result["codeFlows"] = [{"threadFlows": [{"locations": self._flow(finding)}]}]
        if finding.fix is not None and not any(edit.span.path in self._places.notebooks for edit in finding.fix.edits):
            result["fixes"] = [self._fix(finding.fix)]
        return result

    def _suppressed_result(self, one: SetAside) -> dict[str, Any]:
        suppression = {"kind": _PLACES[one.kind], "status": "accepted"}
        if one.justification:
            suppression["justification"] = one.justification
        return {**self._result(one.finding), "suppressions": [suppression]}

    def _flow(self, finding: Finding) -> list[dict[str, Any]]:
        steps = [(finding.span, "here"), *((step.span, step.message) for step in finding.chain)]
        return [{"location": {**self._location(span), "message": _message(text)}} for span, text in steps]

    def _location(self, span: Span, function: str = "") -> dict[str, Any]:
        place = {"artifactLocation": self._artifact(span.path), "region": self._region(span)}
        location: dict[str, Any] = {"physicalLocation": place}
        if function:
            location["logicalLocations"] = [{"fullyQualifiedName": function, "kind": "function"}]
        return location

    def _artifact(self, path: str) -> dict[str, str]:
        uri = self._places.uri(path)
        return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": ROOT}

    def _region(self, span: Span) -> dict[str, int]:
        line, column, end_line, end_column = self._positions.region(span)
        return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}

    def _fix(self, fix: Fix) -> dict[str, Any]:
        by_path = itertools.groupby(sorted(fix.edits), key=lambda edit: edit.span.path)
        return {
            "description": _message(f"{fix.title} ({fix.applicability.value} fix)"),
            "artifactChanges": [
                {"artifactLocation": self._artifact(path), "replacements": self._replacements(edits)}
                for path, edits in by_path
            ],
        }

    def _replacements(self, edits: Iterable[Edit]) -> list[dict[str, Any]]:
        return [
            {"deletedRegion": self._region(edit.span), "insertedContent": {"text": edit.replacement}} for edit in edits
        ]


def _what_it_does(page: str) -> str:
    """The first section of a rule's page, as plain text on one line."""
    section = page.partition("## What it does\n")[2].partition("\n## ")[0]
    return " ".join(section.split())


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _message(text: str) -> dict[str, str]:
    """``text`` such that readers neither fill in arguments nor make a link of `f[0](x)`."""
    return {"text": _literal(text).replace("](", r"\](")}


def _literal(text: str) -> str:
    return _PLACEHOLDER.sub(r"{{\1}}", text)
