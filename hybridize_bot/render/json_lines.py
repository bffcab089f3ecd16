"""`check --format json-lines`: the findings of `--format json`, one on each line, for programs that read streams."""

from __future__ import annotations

from hybridize.report import Report
from hybridize_bot.render import _json
from hybridize_bot.render._places import Places
from hybridize_bot.render.check_json import fields


def render(report: Report, places: Places) -> str:
    """Return one JSON object for each finding, each followed by a newline; nothing for a clean run."""
    return "".join(_json.line(fields(finding, places)) for finding in report.findings)
