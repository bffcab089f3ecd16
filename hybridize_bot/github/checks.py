"""Where remarks go that no review can hold: a check run with annotations, and commands to the runner of a workflow."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from hybridize_bot.config import Level
from hybridize_bot.console import visible
from hybridize_bot.github.client import AmbiguousError, Client, RejectedError
from hybridize_bot.github.comments import Links, count
from hybridize_bot.github.markdown import cut
from hybridize_bot.github.remarks import Remark, Reviewed, encoded, rank
from hybridize_bot.github.summary import step_summary
from hybridize_bot.render.github import data, properties

NAME = "hybridize"
PAGE = 50
"""Annotations in one request."""
MOST = 500
"""Annotations of a check run: its summary has the rest."""
SHOWN = 10
"""Annotations of each kind that GitHub shows of one step."""
ROUNDS = 3
_CHARACTERS = 16_000
"""Of a message: GitHub takes 64 KB."""
_SUMMARY_BYTES = 60_000

_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "info": "notice"}
_LEVELS: dict[Level, str] = {"error": "failure", "warning": "warning", "info": "notice"}


def ordered(reviewed: Reviewed) -> list[Remark]:
    """The remarks, the most severe first; of equals, those first that are on lines of the diff."""
    return sorted(reviewed.remarks, key=lambda one: (-rank(one.severity), one.lines is None))


# The check run


def check(client: Client, reviewed: Reviewed, links: Links) -> int:
    """Make a check run of this commit, or complete the one that says the same; return the number of annotations.

    Raises:
        GitHubError: there is none now, or not all of it.
    """
    annotations = [_annotation(one) for one in ordered(reviewed)[:MOST]]
    content = {
        "name": NAME,
        "head_sha": reviewed.head,
        "status": "completed",
        "conclusion": _conclusion(reviewed),
        "external_id": hashlib.sha256(encoded(reviewed)).hexdigest(),
    }
    output = {"title": _title(reviewed), "summary": step_summary(reviewed, links, {}, _SUMMARY_BYTES)}
    trouble = None
    for attempt in range(1, ROUNDS + 1):
        try:
            _complete(client, f"/repos/{reviewed.repository}", content, output, annotations)
        except AmbiguousError as error:
            trouble = error
            client.wait(2.0**attempt, error)
        else:
            return len(annotations)
    assert trouble is not None
    raise trouble


def _complete(
    client: Client, repository: str, content: dict[str, Any], output: dict[str, Any], annotations: Sequence[Any]
) -> None:
    """Write what is missing of the check run."""
    listed = client.read(f"{repository}/commits/{content['head_sha']}/check-runs?check_name={NAME}&per_page=100")
    runs = (one for one in listed["check_runs"] if one["external_id"] == content["external_id"])
    found = next(runs, None)
    done = found["output"]["annotations_count"] if found is not None else 0
    if found is None:
        first = {**output, "annotations": annotations[:PAGE]}
        found = client.write("POST", f"{repository}/check-runs", {**content, "output": first})
        done = PAGE
        if not isinstance(found, dict) or "id" not in found:
            raise RejectedError("GitHub did not say that the check run is there")
    for start in range(done, len(annotations), PAGE):
        more = {**output, "annotations": annotations[start : start + PAGE]}
        client.write("PATCH", f"{repository}/check-runs/{found['id']}", {"output": more})


def _conclusion(reviewed: Reviewed) -> str:
    if reviewed.failed:
        return "failure"
    return "neutral" if reviewed.remarks else "success"


def _title(reviewed: Reviewed) -> str:
    return count(len(reviewed.remarks), "finding") if reviewed.remarks else "No findings"


def _annotation(remark: Remark) -> dict[str, Any]:
    annotation = {
        "path": remark.path,
        "start_line": remark.line,
        "end_line": max(remark.line, remark.end_line),
        "annotation_level": _LEVELS[remark.severity],
        "title": f"{remark.code} {remark.slug}",
        "message": cut("\n".join(_said(remark)), _CHARACTERS),
    }
    grounds = [*_steps(remark), *(f"assuming: {visible(one)}" for one in remark.assumptions)]
    return {**annotation, "raw_details": cut("\n".join(grounds), _CHARACTERS)} if grounds else annotation


def _said(remark: Remark) -> list[str]:
    lines = [
        remark.message,
        remark.cause,
        f"proven: {remark.proof}" if remark.proof else "",
        f"help: {remark.help}" if remark.help else "",
    ]
    return [visible(line) for line in lines if line]


def _steps(remark: Remark) -> list[str]:
    return [visible(f"{step.path}:{step.line}: {step.message}") for step in remark.chain]


# Commands


def commands(reviewed: Reviewed) -> str:
    """Lines for the log of a workflow that GitHub shows as annotations: as many as it shows, and a count of others."""
    lines = []
    remarks = ordered(reviewed)
    for level in _COMMANDS:
        lines += [_command(one) for one in [one for one in remarks if one.severity == level][:SHOWN]]
    rest = len(remarks) - len(lines)
    return "".join([*lines, f"and {count(rest, 'more finding')}\n" if rest else ""])


def _command(remark: Remark) -> str:
    values = {"file": remark.path, "line": str(remark.line)}
    if remark.end_line > remark.line:
        values["endLine"] = str(remark.end_line)
    values["title"] = f"{remark.code} {remark.slug}"
    text = cut("\n".join([*_said(remark), *_steps(remark)]), _CHARACTERS)
    return f"::{_COMMANDS[remark.severity]} {properties(values)}::{data(text)}\n"
