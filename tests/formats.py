"""What the consumers of report formats accept: by their schemas, and by what the schemas cannot say."""

from __future__ import annotations

import csv
import functools
import io
import json
import os
import re
import shutil
import subprocess
import urllib.parse
import xml.etree.ElementTree as ET
from importlib import import_module
from pathlib import Path

import jsonschema
import xmlschema

from hybridize_bot.commands.check import FOR_PROGRAMS
from hybridize_bot.render._places import Places

SCHEMAS = Path(__file__).parent / "bot" / "schemas"
COMMAND = re.compile(r"::(error|warning|notice) ([^\n:]*)::([^\r\n]*)\n")


def rendered(form, report, places: Places, **arguments) -> str:
    """The report as it leaves the program."""
    text = import_module(f"hybridize_bot.render.{FOR_PROGRAMS[form]}").render(report, places, **arguments)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def read(form: str, text: str) -> list:
    """The findings in a document, once it is known to be valid."""
    return READERS[form](text)


@functools.cache
def _schema(name: str):
    schema = json.loads((SCHEMAS / name).read_text("utf-8"))
    return jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())


def _json(text: str) -> list:
    return json.loads(text)["findings"]


def _json_lines(text: str) -> list:
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def _sarif(text: str) -> list:
    log = json.loads(text)
    _schema("sarif-2.1.0.json").validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({result["ruleId"] for result in run["results"]})
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for place in _values(log, "artifactLocation"):
        uri = urllib.parse.urlsplit(place["uri"])
        assert re.fullmatch(r"(?:[\w.~!$&'()*+,;=@:/-]|%[0-9A-F]{2})*", place["uri"], re.ASCII)
        assert (uri.scheme, place.get("uriBaseId")) in (("", "SRCROOT"), ("file", None))
    for region in [*_values(log, "region"), *_values(log, "deletedRegion")]:
        start, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
        assert (1, 1) <= start <= end
    return run["results"]


def _values(value, key):
    if isinstance(value, dict):
        yield from (one for name, one in value.items() if name == key)
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _values(one, key)


def _github(text: str) -> list:
    """The annotations as GitHub's runner reads workflow commands."""
    commands = COMMAND.findall(text)
    assert sum(len(f"::{kind} {listed}::{message}\n") for kind, listed, message in commands) == len(text)
    read = []
    for kind, listed, message in commands:
        properties = dict(one.split("=", 1) for one in listed.split(","))
        assert {"file", "line", "title"} <= properties.keys()
        read.append({"kind": kind, "message": message, **{k: urllib.parse.unquote(v) for k, v in properties.items()}})
    return read


def _gitlab(text: str) -> list:
    issues = json.loads(text)
    _schema("gitlab-code-quality.json").validate(issues)
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(set(fingerprints)) == len(fingerprints)
    return issues


@functools.cache
def _junit_schema():
    return xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))


def _junit(text: str) -> list:
    root = ET.fromstring(text)
    _junit_schema().validate(text)
    for suite in [root, *root.iter("testsuite")]:
        assert int(suite.get("tests")) == len(list(suite.iter("testcase")))
        assert int(suite.get("failures")) == len(list(suite.iter("failure")))
    return [case for case in root.iter("testcase") if case.find("failure") is not None]


def _rdjson(text: str) -> list:
    result = json.loads(text)
    _schema("rdjson.json").validate(result)
    return result["diagnostics"]


def _csv(text: str) -> list:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows = list(reader)
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, reader.fieldnames, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    assert target.getvalue() == text
    return rows


READERS = {
    "json": _json,
    "json-lines": _json_lines,
    "sarif": _sarif,
    "github": _github,
    "gitlab": _gitlab,
    "junit": _junit,
    "rdjson": _rdjson,
    "csv": _csv,
}


def multitool() -> str | None:
    """Microsoft's SARIF validator, where it is installed: the npm package `@microsoft/sarif-multitool`."""
    return os.environ.get("SARIF_MULTITOOL") or shutil.which("sarif-multitool")


def complaints(command: str, log: Path) -> list[str]:
    """What the validator says of a file, by its own rules and those for GitHub; its exit code says nothing."""
    found = log.with_suffix(".found.sarif")
    subprocess.run(
        [command, "validate", str(log), "--rule-kind", "Sarif;Ghas", "--output", str(found), "--log", "ForceOverwrite"],
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}, check=True, capture_output=True,
    )  # fmt: skip
    (run,) = json.loads(found.read_text("utf-8-sig"))["runs"]
    return [f"{result['ruleId']}: {result['message']}" for result in run["results"]]
