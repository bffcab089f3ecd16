"""`hybridize rule`: what a rule finds, why that is bad, and what to write instead."""

from __future__ import annotations

import sys

import click
import msgspec

from hybridize.rules import _registry
from hybridize.rules._base import Rule
from hybridize_bot import console
from hybridize_bot.render import _cells
from hybridize_bot.render._style import Style


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `rule`."""

    name: str | None = None
    everything: bool = False
    form: str = "text"
    color: str = "auto"


def run(options: Options) -> int:
    """Print the pages asked for, or the list of rules; return the exit code."""
    if options.name is not None and options.everything:
        raise click.UsageError("give a rule, or --all, not both")
    if options.name is not None:
        rule = _registry.find(options.name)
        if rule is None:
            raise click.UsageError(f"no rule is called {options.name!r}{_registry.suggestion(options.name)}")
        rules: tuple[Rule, ...] = (rule,)
    else:
        rules = _registry.rules()
    if options.form == "json":
        from hybridize_bot.render import _json

        console.emit(_json.encode([_fields(rule) for rule in rules]))
        return 0
    color = console.use_color(options.color, sys.stdout)
    if options.name is None and not options.everything:
        console.emit(_list(rules, Style(color)))
    elif color:
        console.emit(_painted("\n".join(page(rule) for rule in rules)))
    else:
        console.emit("\n".join(page(rule) for rule in rules))
    return 0


def page(rule: Rule) -> str:
    """The page of a rule, in Markdown."""
    summary, _blank, body = _registry.documentation(rule.code).strip().partition("\n\n")
    facts = f"severity: {rule.severity.value}, confidence: {rule.confidence.value}"
    return f"# {rule.slug} ({rule.code})\n\n{summary}\n\n*{facts}*\n\n{body}\n"


def _fields(rule: Rule) -> dict[str, str]:
    return {
        "code": rule.code,
        "slug": rule.slug,
        "severity": rule.severity.value,
        "confidence": rule.confidence.value,
        "summary": rule.summary,
        "documentation": page(rule),
    }


def _list(rules: tuple[Rule, ...], style: Style) -> str:
    slug = max(len(rule.slug) for rule in rules)
    lines = [
        f"{style.strong(rule.code)}  {style.severity(rule.severity, f'{rule.severity.value:7}')}  "
        f"{_cells.pad(rule.slug, slug)}  {rule.summary}"
        for rule in rules
    ]
    return "\n".join([*lines, "", "`hybridize rule CODE` explains one of them, `hybridize rule --all` all."]) + "\n"


def _painted(markdown: str) -> str:
    from io import StringIO

    from rich.console import Console
    from rich.markdown import Markdown

    target = StringIO()
    columns = min(console.width(sys.stdout) or 100, 100)
    Console(file=target, force_terminal=True, width=columns).print(Markdown(markdown, code_theme="ansi_dark"))
    return target.getvalue()
