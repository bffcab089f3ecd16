"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Whether to color what is printed; auto: in a terminal.",
)


def configuration_options(command: Command) -> Command:
    """Add the options that say where settings come from and how to run."""
    for option in reversed(
        (
            click.option(
                "--exclude",
                multiple=True,
                metavar="PATTERN",
                help="Leave out files that match, in the syntax of .gitignore; repeatable.",
            ),
            click.option(
                "--force-exclude",
                is_flag=True,
                hidden=True,
                help="Accepted for hooks; excludes hold for named files anyway.",
            ),
            click.option(
                "--jobs",
                "-j",
                type=click.IntRange(min=0),
                default=None,
                metavar="N",
                help="Processes to use; 0, the default: one per core. The answer does not depend on it.",
            ),
            click.option(
                "--config",
                "config_file",
                type=click.Path(dir_okay=False),
                metavar="FILE",
                help="Read settings from FILE; default: the nearest .hybridize.yaml or pyproject.toml.",
            ),
            click.option("--isolated", is_flag=True, help="Read no configuration file."),
            click.option(
                "--output",
                "-o",
                type=click.Path(dir_okay=False, writable=True),
                metavar="FILE",
                help="Write the result to FILE, in one step, instead of to stdout.",
            ),
            color_option,
            click.option("--no-cache", is_flag=True, help="Neither read nor write cached results."),
            click.option("--quiet", "-q", count=True, help="Print the result only; -qq: nothing but the exit code."),
            click.option("--verbose", "-v", count=True, help="Tell counts and times on stderr; -vv: tracebacks too."),
        )
    ):
        command = option(command)
    return command


def evidence_options(command: Command) -> Command:
    """Add the options of what goes by evidence of runs: `check`, `inspect` and `review`."""
    for option in (
        click.option("--no-evidence", is_flag=True, help="Ignore what `hybridize verify` and `trace` have found out."),
        click.option(
            "--evidence",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Go by what `hybridize verify` has kept in FILE; default: the project's .hybridize/evidence.json.",
        ),
    ):
        command = option(command)
    return command


def execution_options(command: Command) -> Command:
    """Add the options of the commands that run something, and those that say where settings come from."""
    command = configuration_options(command)
    for option in reversed(
        (
            click.option(
                "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", default=1800.0,
                help="End a run of COMMAND that takes longer; default: 1800.",
            ),
            click.option(
                "--evidence", type=click.Path(dir_okay=False), metavar="FILE",
                help="Where to keep what was found out; default: the project's .hybridize/evidence.json.",
            ),
            click.option("--no-evidence", is_flag=True, help="Keep nothing of it."),
        )
    ):  # fmt: skip
        command = option(command)
    return command
