"""`check --format junit`: a test suite for each file and a failed test for each finding, for CI systems.

The document keeps to the schema that Jenkins validates with (junit-10.xsd). XML has no way to write most control
characters and halves of surrogate pairs, so they are written out, as on a terminal.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from hybridize.finding import Finding
from hybridize.report import Report
from hybridize_bot.render import _notes, _tool
from hybridize_bot.render._places import Places

_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, places: Places) -> str:
    """Return the XML document; a clean run is one test that passed."""
    files: dict[str, list[Finding]] = {}
    for finding in report.findings:
        files.setdefault(finding.span.path, []).append(finding)
    count = str(len(report.findings))
    root = ET.Element(
        "testsuites", name=_tool.NAME, tests=str(max(1, len(report.findings))), failures=count, errors="0"
    )
    for path, findings in files.items():
        root.append(_suite(path, findings, places))
    if not files:
        suite = ET.SubElement(root, "testsuite", name=_tool.NAME, tests="1", failures="0", errors="0")
        ET.SubElement(suite, "testcase", name="no findings", classname=_tool.NAME)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(path: str, findings: Sequence[Finding], places: Places) -> ET.Element:
    name, count = _text(places.shown(path)), str(len(findings))
    suite = ET.Element("testsuite", name=name, tests=count, failures=count, errors="0", file=name)
    # Jenkins makes a tree of packages of the dots.
    classname = re.sub(r"\.(py|ipynb)$", "", name).strip("/").replace("/", ".")
    for finding in findings:
        position = places.position(finding.span)
        place = position.removeprefix(places.shown(path) + ":")
        function = f" {finding.function}" if finding.function else ""
        case = ET.SubElement(
            suite, "testcase", name=_text(f"{finding.code} {finding.slug}{function} ({place})"), classname=classname
        )
        failure = ET.SubElement(
            case, "failure", type=finding.severity.value, message=_text(" ".join(finding.message.split()))
        )
        lines = [f"{position}: {finding.message}", *_notes.steps(finding, places), *_notes.advice(finding)]
        failure.text = _text("\n".join(lines))
    return suite


def _text(text: str) -> str:
    return _NOT_XML.sub(lambda hit: hit[0].encode("unicode_escape").decode("ascii"), text)
