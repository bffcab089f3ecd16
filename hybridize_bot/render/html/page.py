"""The page itself: one file that holds its style, its code and its data, and loads nothing.

Data are JSON, deflated and in base64, so that no text of a program can end an element or be markup; the page's code
puts them into text nodes only. The page forbids itself everything else: what it may run is named by its hash.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2
import msgspec

from hybridize_bot.evidence import Known
from hybridize_bot.render import _facts
from hybridize_bot.render._places import Places
from hybridize_bot.render.html import data
from hybridize_bot.render.html.build import Builder
from hybridize_bot.render.html.texts import shown
from hybridize_bot.selection import Selection, counts

SCRIPTS = ("base.js", "store.js", "source.js", "graph.js", "runs.js", "detail.js", "table.js", "main.js")
"""Put together in this order, as one script."""


_LEAST_WIDTH = 0.7


def render(selection: Selection, places: Places, evidence: Known | None = None, title: str = "") -> str:
    """The page of a report whose findings say the lines of notebooks within their cells."""

    @functools.cache
    def told(text: str) -> str:
        return shown(places.told(text))

    builder = Builder(selection, places, evidence)
    index = builder.index()
    details = [packed(data.sparse(builder.details(number), told)) for number in range(len(index.files))]
    return page(packed(data.sparse(index, told)), details, summary(index, selection, title))


def page(index: str, details: list[str], about: Mapping[str, Any]) -> str:
    """The page with packed data."""
    style, script = _read("page.css"), "".join(map(_read, SCRIPTS))
    script = f'"use strict";\n(() => {{\n{script}}})();\n'
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, loader=_Loader()
    )
    return environment.get_template("page.html").render(
        **about,
        policy=policy(style, script),
        style=style,
        script=script,
        index=index,
        details=details,
    )


def packed(value: Any) -> str:
    """``value`` as JSON, deflated, in base64; the same text for the same value."""
    return base64.b64encode(zlib.compress(msgspec.json.encode(value), 9)).decode("ascii")


def unpacked(text: str) -> Any:
    """The inverse of `packed`."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


def policy(style: str, script: str) -> str:
    """What the page allows itself: its own style and code, by their hashes, and nothing of any other place."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def summary(index: data.Index, selection: Selection, title: str) -> dict[str, Any]:
    """What the page says before any of its code has run."""
    report = selection.report
    packages = sorted(
        data.by_package(index).items(),
        key=lambda item: (-item[1]["unsafe"], -item[1]["convertible"], -sum(item[1].values()), item[0]),
    )
    total = data.counted(index.rows)
    severities = Counter(finding.severity.value for finding in report.findings)
    return {
        "title": shown(title),
        "version": report.version,
        "standings": data.STANDINGS,
        "total": total,
        "functions": sum(total.values()),
        "size": f"{sum(file.lines for file in report.files):,} lines in {_facts.count(len(report.files), 'file')}",
        "severities": severities,
        "findings": len(report.findings),
        "aside": counts(selection.aside),
        "broken": [shown(file.path) for file in index.files if file.broken],
        "packages": [
            {"name": shown(name), "counts": numbers, "sum": sum(numbers.values()), "bars": bars(numbers)}
            for name, numbers in packages
        ],
        "bars": bars(total),
        "outcomes": sum(row.run is not None and row.run.outcome != "recorded" for row in index.rows),
    }


def bars(numbers: Counter[data.Standing]) -> list[tuple[data.Standing, float, float]]:
    """(standing, start, width) of the parts of a bar that is 100 long; the least of them can be seen."""
    total = sum(numbers.values()) or 1
    widths = {name: max(_LEAST_WIDTH, 100 * numbers[name] / total) for name in data.STANDINGS if numbers[name]}
    scale, at, parts = 100 / (sum(widths.values()) or 1), 0.0, []
    for name, width in widths.items():
        parts.append((name, round(at, 3), round(scale * width, 3)))
        at += scale * width
    return parts


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(f"files/{name}").read_text("utf-8")


class _Loader(jinja2.BaseLoader):
    """Templates of this package."""

    def get_source(self, _environment: jinja2.Environment, template: str) -> tuple[str, None, None]:
        return _read(template), None, None
