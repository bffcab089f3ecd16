"""Commands in which others host the tool: pull requests, editors, clusters."""

from __future__ import annotations

import sys
from typing import Any

import click

from hybridize_bot.cli.group import cli
from hybridize_bot.cli.options import configuration_options, evidence_options


@cli.command(short_help="Tell a pull request what it causes: comments, suggestions, a check.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--base", metavar="REV", help="Review what HEAD has since it left this commit, instead of a pull request."
)
@click.option("--head", metavar="REV", help="With --base: review this commit instead of HEAD.")
@click.option(
    "--event",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Payload of the event; default: $GITHUB_EVENT_PATH.",
)
@click.option(
    "--fail-level",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="Least severity of a new finding that makes the exit code 1; default: as configured, else error.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("--dry-run", is_flag=True, help="Print what would be posted, and post nothing.")
@click.option("--no-post", is_flag=True, help="Tell the log and the summary of the run only.")
@click.option("--report", type=click.Path(dir_okay=False), metavar="FILE", help="Write what was found to FILE (JSON).")
@click.option(
    "--from-report",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Analyze nothing; post what another run has written with --report. For pull requests from forks.",
)
@click.option(
    "--sarif", type=click.Path(dir_okay=False), metavar="FILE", help="Write all findings of the head as SARIF."
)
@evidence_options
@configuration_options
def review(**options: Any) -> None:
    """Tell a pull request what it causes: analyze its head and the commit it started from, and compare.

    PATHS (default: the whole repository) are analyzed together as one program, as they are in these commits; what is
    checked out does not matter. In GitHub Actions, with a token in $GITHUB_TOKEN, the result is a review on the pull
    request; with --base it is printed.
    """
    from hybridize_bot.commands import review as command

    sys.exit(command.run(command.Options(**{"form": "text", **options})))


@cli.command(short_help="Serve editors: findings while typing, fixes, types and verdicts (language server protocol).")
@click.option("--tcp", type=click.IntRange(1, 65535), metavar="PORT", help="Listen on this port, to debug the server.")
@click.option("--verbose", "-v", count=True, help="Log what is sent and received on stderr.")
def lsp(**options: Any) -> None:
    """Serve an editor on stdin and stdout, as the language server protocol has it.

    The editor starts this command; docs/editors.md tells how to set it up.
    """
    from hybridize_bot.commands import lsp as command

    sys.exit(command.run(command.Options(**options)))


class _Survey(click.Group):
    """`survey LIST` is `survey run LIST`: what is not the name of a command is the list."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Put in the name that users need not write."""
        named = args and (args[0] in self.commands or args[0] in context.help_option_names)
        return super().parse_args(context, args if named or not args else ["run", *args])

    def format_usage(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Both forms, as people write them."""
        formatter.write_usage(context.command_path, "LIST -o FOLDER [OPTIONS]")
        formatter.write_usage(context.command_path, "summary FOLDER [OPTIONS]", prefix="   or: ")


@cli.group(cls=_Survey, short_help="Analyze many repositories, or one huge one, on all cores or a cluster.")
def survey() -> None:
    """Analyze all that LIST names, and put a row for each function and finding into Parquet files in FOLDER.

    What is there already is kept: the same command goes on after an interruption, and takes up what has changed.
    `hybridize survey run --help` tells what a LIST may name, and all options.
    """


@survey.command("run", short_help="Survey a LIST: `survey run LIST` or just `survey LIST`.")
@click.argument("listed", metavar="LIST", type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(file_okay=False),
    required=True,
    metavar="FOLDER",
    help="Where the rows go, and where those of earlier runs are.",
)
@click.option("--workers", "-w", type=click.IntRange(min=1), help="Processes on this machine; default: one per core.")
@click.option("--scheduler", metavar="ADDRESS", help="Use the Dask cluster at this address, such as tcp://host:8786.")
@click.option(
    "--split/--no-split",
    "split",
    default=None,
    help="Divide every program, or none, into the parts that import nothing of one another.",
)
@click.option(
    "--split-above",
    type=click.FloatRange(min=0),
    default=200.0,
    show_default=True,
    metavar="KLOC",
    help="Without either: divide programs of so many thousand lines.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=1800.0,
    show_default=True,
    metavar="SECONDS",
    help="End what takes longer: fetching and analyzing one program, or one part of a divided one.",
)
@click.option(
    "--memory-limit",
    type=click.IntRange(min=100),
    default=4000,
    show_default=True,
    metavar="MB",
    help="Of each process that analyzes.",
)
@click.option(
    "--source-limit",
    type=click.IntRange(min=1),
    default=2000,
    show_default=True,
    metavar="MB",
    help="Of a fetched repository or archive.",
)
@click.option("--retry", is_flag=True, help="Try again what has failed.")
@click.option("--config", "config_file", type=click.Path(dir_okay=False), help="Settings for all subjects.")
@click.option("--quiet", "-q", count=True, help="No progress.")
def survey_run(**options: Any) -> None:
    """Analyze all that LIST names (`-`: standard input), one entry a line, and keep the rows in FOLDER.

    \b
    A line is one of
      path/to/project                      relative to the folder of LIST
      https://host/owner/name.git[@REV]    or ssh://, git://, file://, user@host:path
      pypi:NAME[==VERSION]                 the sdist; nothing of it is built or run
      # a comment

    What projects configure for themselves does not count. A project that cannot be fetched, crashes the analysis, or
    takes more than a limit is a row as well, and tried again with --retry or other limits.
    """  # noqa: D301 - \b is the character that click knows
    from hybridize_bot.commands import survey as command

    sys.exit(command.run(command.Options(**options)))


@survey.command(short_help="Print the evaluation table of a survey.")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option(
    "--format", "-f", "form", type=click.Choice(["text", "json", "csv", "markdown"]), default="text", show_default=True
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, writable=True), help="Write the table to a file.")
def summary(**options: Any) -> None:
    """Print the table of FOLDER, by subject and in total.

    KLOC, functions, candidates, refactorable ones, those of each precondition, time, and what the others fail for.
    A candidate is hybrid or has a tensor parameter; it is refactorable if one of the preconditions P1 to P6 holds.
    """
    from hybridize_bot.commands import survey as command

    sys.exit(command.summary(command.SummaryOptions(**options)))
