"""Commands about what is known of a program: findings, functions, the page of them, rules, settings."""

from __future__ import annotations

import sys
from typing import Any

import click

from hybridize_bot.cli.group import cli, complete_rule
from hybridize_bot.cli.options import color_option, configuration_options, evidence_options

_FORMATS = ("text", "full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "rdjson", "csv")
"""Of `check`; `hybridize_bot.commands.check` has a module for each."""


@cli.command(short_help="Report findings; the exit code says whether they matter.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="text, full and concise are for people: text lists missed opportunities in one line each, full shows the "
    "source of all findings, concise of none. The others are for programs.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="CODES",
    help="Report these rules only: codes, prefixes, names; several with commas.",
    shell_complete=complete_rule,
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODES",
    help="Do not report these rules, whatever --select says.",
    shell_complete=complete_rule,
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option(
    "--fail-level",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="Least severity that makes the exit code 1; default: as configured, else error.",
)
@click.option("--fix", is_flag=True, help="Apply the safe fixes, each proven by a new analysis first.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="With --fix or --diff: also the fixes that may change what the code does."
)
@click.option(
    "--diff", is_flag=True, help="Show what --fix would change, and change nothing; the exit code is 1 if anything."
)
@click.option("--show-fixes", is_flag=True, help="Work out a fix for each finding, prove it, and show it.")
@click.option("--show-settings", is_flag=True, help="Show the settings that apply and where they come from, and stop.")
@click.option("--add-ignore", is_flag=True, help="Add a suppression comment for each finding; changes files.")
@click.option("--reason", metavar="TEXT", default="", help="With --add-ignore: the reason to give in the comments.")
@click.option("--baseline", type=click.Path(dir_okay=False), metavar="FILE", help="Do not report what FILE accepts.")
@click.option(
    "--write-baseline",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Accept all that is found now: it is kept in FILE, and reported no more.",
)
@click.option("--prune-baseline", is_flag=True, help="Remove from the baseline what is no longer found.")
@click.option("--no-baseline", is_flag=True, help="Report what a baseline accepts, too.")
@click.option(
    "--diff-against",
    metavar="REF",
    help="Report only what has to do with lines that changed since HEAD left REF.",
)
@click.option(
    "--new-since",
    metavar="REF",
    help="Report only what was not found where HEAD left REF, in whatever file it shows; analyzes both.",
)
@click.option(
    "--hook",
    is_flag=True,
    help="For pre-commit: PATHS are the files to report on; the whole project around them is analyzed.",
)
@evidence_options
@configuration_options
def check(**options: Any) -> None:
    """Report findings in PATHS (default: the current folder), analyzed together as one program.

    Nothing in them is imported or executed. Only --fix and --add-ignore change files.

    The exit code is 1 if there are findings at or above the fail level, 0 if not, 2 for wrong options and settings,
    130 if interrupted.
    """
    from hybridize_bot.commands import check as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(short_help="Show all that is known of every function: types, facts, verdicts.")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="json has everything that is known; csv has a row for each function, with the value of each fact.",
)
@click.option(
    "--infer-input-signatures/--no-infer-input-signatures",
    "infer",
    default=None,
    help="Whether to infer input signatures; default: as configured.",
)
@evidence_options
@configuration_options
def inspect(**options: Any) -> None:
    """Show all that is known of every function in PATHS: parameters, facts with their proof, verdicts."""
    from hybridize_bot.commands import inspect as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(short_help="Write an HTML page to look at: verdicts, sources, call graph, fixes, evidence.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--title", metavar="TEXT", help="What the page is called (default: the name of the analyzed folder).")
@click.option("--fixes/--no-fixes", default=True, help="Work out and prove fixes, and show them (default: yes).")
@click.option("--baseline", type=click.Path(dir_okay=False), help="Set aside what this file accepts.")
@click.option("--no-baseline", is_flag=True, help="Count what a baseline accepts, too.")
@evidence_options
@configuration_options
def report(**options: Any) -> None:
    """Write one HTML page about PATHS (default: the current folder): `hybridize report -o report.html`.

    It shows how every function stands and why, with its source, types, calls and fixes, and what runs showed of it. The
    page is one file that loads nothing; it can be mailed, or kept as an artifact of a build.
    """
    from hybridize_bot.commands import report as command

    sys.exit(command.run(command.Options(**{"form": "html", **options})))


@cli.command(short_help="Set a repository up: settings, pre-commit hook, workflow.")
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--preset",
    type=click.Choice(["recommended", "strict", "advisory"]),
    default="recommended",
    show_default=True,
    help="What to start from: strict also fails on warnings, advisory never fails.",
)
@click.option("--pre-commit/--no-pre-commit", default=True, help="Whether to write .pre-commit-config.yaml.")
@click.option("--workflow/--no-workflow", default=True, help="Whether to write .github/workflows/hybridize.yml.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def init(**options: Any) -> None:
    """Write `.hybridize.yaml`, the pre-commit entry and the GitHub workflow into FOLDER (default: the current one).

    Files that are there are kept.
    """
    from hybridize_bot.commands import init as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(short_help="Explain a rule, or list them.")
@click.argument("name", required=False, metavar="[CODE|NAME]", shell_complete=complete_rule)
@click.option("--all", "everything", is_flag=True, help="Explain every rule.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json has the page, and what it says of severity and confidence as data.",
)
@color_option
def rule(**options: Any) -> None:
    """Explain a rule: what it finds, why that is bad, and what to write instead. Without one, list all rules."""
    from hybridize_bot.commands import rule as command

    sys.exit(command.run(command.Options(**options)))
