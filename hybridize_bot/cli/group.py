"""The command `hybridize` itself, which holds all others."""

from __future__ import annotations

from typing import Any

import click

PROGRAM = "hybridize"


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from hybridize_bot.installed import compiled, version

        click.echo(f"{PROGRAM} {version()}{' (compiled)' if compiled() else ''}")
        context.exit()


def complete_rule(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[Any]:
    """Codes and names of rules that begin so, for the shell; behind a comma, another one."""
    from click.shell_completion import CompletionItem

    from hybridize.rules import _registry

    rules = _registry.rules()
    start = incomplete.rpartition(",")[0]
    lead, typed = (start + ",", incomplete[len(start) + 1 :]) if start else ("", incomplete)
    hits = [(rule.code, rule.summary) for rule in rules if rule.code.startswith(typed.upper())]
    hits += [(rule.slug, rule.summary) for rule in rules if typed and rule.slug.startswith(typed.lower())]
    return [CompletionItem(lead + value, help=text) for value, text in hits]


@click.group(name=PROGRAM, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    "-V",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version.",
)
def cli() -> None:
    """Tell which functions of a TensorFlow program should run as graphs, which should not, and why.

    Start with `hybridize check` in the folder of your project. `hybridize COMMAND --help` says more of a command,
    `hybridize rule HYB101` of a rule.
    """
