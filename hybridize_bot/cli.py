"""The command line: declares commands and options, and imports what a command needs only when it runs.

Exit codes: 0 clean, 1 findings at or above the fail level (with --diff: changes to make), 2 usage, configuration or
internal error or a file that could not be written, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click

PROGRAM = "hybridize"

_FORMATS = ("text", "full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "rdjson", "csv")
"""Of `check`; `hybridize_bot.commands.check` has a module for each."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from hybridize_bot.installed import compiled, version

        click.echo(f"{PROGRAM} {version()}{' (compiled)' if compiled() else ''}")
        context.exit()


def _complete_rule(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    from hybridize.rules import _registry

    rules = _registry.rules()
    start = incomplete.rpartition(",")[0]
    lead, typed = (start + ",", incomplete[len(start) + 1 :]) if start else ("", incomplete)
    hits = [(rule.code, rule.summary) for rule in rules if rule.code.startswith(typed.upper())]
    hits += [(rule.slug, rule.summary) for rule in rules if typed and rule.slug.startswith(typed.lower())]
    return [CompletionItem(lead + value, help=text) for value, text in hits]


def _configuration_options(command: _Command) -> _Command:
    """Add the options that say where settings come from and how to run; shared by `check` and `inspect`."""
    for option in reversed(
        (
            click.option(
                "--exclude",
                multiple=True,
                metavar="PATTERN",
                help="Leave out files that match (.gitignore syntax); repeatable.",
            ),
            click.option(
                "--force-exclude",
                is_flag=True,
                help="Accepted for hooks; excludes hold for named files anyway.",
            ),
            click.option(
                "--jobs",
                "-j",
                type=click.IntRange(min=0),
                default=None,
                help="Processes for reading files; 0: one per core.",
            ),
            click.option(
                "--config", "config_file", type=click.Path(dir_okay=False), help="Read settings from this file."
            ),
            click.option("--isolated", is_flag=True, help="Ignore every configuration file."),
            click.option(
                "--output", "-o", type=click.Path(dir_okay=False, writable=True), help="Write the result to a file."
            ),
            click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True),
            click.option("--no-cache", is_flag=True, help="Neither read nor write cached results."),
            click.option("--quiet", "-q", count=True, help="Findings only; twice: nothing but the exit code."),
            click.option("--verbose", "-v", count=True, help="Counters and timings on stderr; twice: tracebacks too."),
        )
    ):
        command = option(command)
    return command


def _evidence_options(command: _Command) -> _Command:
    """Add the options of what goes by evidence of runs: `check`, `inspect` and `review`."""
    for option in (
        click.option("--no-evidence", is_flag=True, help="Go by no evidence of runs."),
        click.option(
            "--evidence",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Go by this evidence of runs (`hybridize verify`); default: the project's .hybridize/evidence.json.",
        ),
    ):
        command = option(command)
    return command


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
    """Tell which functions of a TensorFlow program should run as graphs, which should not, and why."""


@cli.command(short_help="Report findings; the exit code says whether they matter.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="text lists missed opportunities compactly, full shows every finding with its source; docs/output-formats.md "
    "tells what reads the others.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="CODES",
    help="Report these rules only (codes, prefixes, names).",
    shell_complete=_complete_rule,
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODES",
    help="Do not report these rules; wins over --select.",
    shell_complete=_complete_rule,
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option(
    "--fail-level",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="Least severity that makes the exit code 1.",
)
@click.option("--fix", is_flag=True, help="Apply the safe fixes, each proven by a new analysis first.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="With --fix or --diff: those that may change what the code does, too."
)
@click.option(
    "--diff", is_flag=True, help="Show what --fix would change, and change nothing; exits with 1 if anything."
)
@click.option("--show-fixes", is_flag=True, help="Work out and prove a fix for each finding, and report it with it.")
@click.option("--show-settings", is_flag=True, help="Show the settings that apply and where they come from, and stop.")
@click.option("--add-ignore", is_flag=True, help="Add a suppression comment for each finding; changes files.")
@click.option("--reason", metavar="TEXT", default="", help="With --add-ignore: the reason to give in the comments.")
@click.option("--baseline", type=click.Path(dir_okay=False), help="Do not report what this file accepts.")
@click.option(
    "--write-baseline",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Accept all that is found, in FILE, and report it no more.",
)
@click.option("--prune-baseline", is_flag=True, help="Remove from the baseline what is found no more.")
@click.option("--no-baseline", is_flag=True, help="Report what a baseline accepts, too.")
@click.option(
    "--diff-against", metavar="REF", help="Report only what has to do with lines changed since the merge base with REF."
)
@click.option(
    "--new-since",
    metavar="REF",
    help="Report only what was not there at the merge base with REF, wherever the change shows.",
)
@click.option(
    "--hook",
    is_flag=True,
    help="For pre-commit: PATHS are the files to report on; the whole project around them is analyzed.",
)
@_evidence_options
@_configuration_options
def check(**options: Any) -> None:
    """Report findings in PATHS (default: the current folder), analyzed together as one program.

    Nothing in them is imported or executed. Only --fix and --add-ignore change files.
    """
    from hybridize_bot.commands import check as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(short_help="Show all that is known of every function.")
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--format", "-f", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option(
    "--infer-input-signatures/--no-infer-input-signatures",
    "infer",
    default=None,
    help="Infer input signatures (default: as configured).",
)
@_evidence_options
@_configuration_options
def inspect(**options: Any) -> None:
    """Show all that is known of every function in PATHS: parameters, facts with their proof, verdicts."""
    from hybridize_bot.commands import inspect as command

    sys.exit(command.run(command.Options(**options)))


class _WithCommand(click.Command):
    """A command of ours that ends in one of the user's, after ``--``."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Set aside what stands after the first ``--``."""
        own, _, theirs = _split(args)
        rest = super().parse_args(context, own)
        context.params["command"] = tuple(theirs)
        return rest

    def collect_usage_pieces(self, context: click.Context) -> list[str]:
        """Say where the user's command goes."""
        return [*super().collect_usage_pieces(context), "-- COMMAND..."]


def _split(args: list[str]) -> tuple[list[str], str, list[str]]:
    at = args.index("--") if "--" in args else len(args)
    return args[:at], "--", args[at + 1 :]


def _execution_options(command: _Command) -> _Command:
    """Add the options of the commands that run something, and those that say where settings come from."""
    for option in reversed(
        (
            click.option(
                "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", default=1800.0,
                show_default=True, help="End each run of COMMAND after so long.",
            ),
            click.option(
                "--evidence", type=click.Path(dir_okay=False), metavar="FILE",
                help="Where to keep what was found out; default: .hybridize/evidence.json.",
            ),
            click.option("--no-evidence", is_flag=True, help="Keep nothing."),
        )
    ):  # fmt: skip
        command = option(command)
    return _configuration_options(command)


@cli.command(cls=_WithCommand, short_help="Run a command eagerly and as graphs: same results? how much faster?")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--removals", is_flag=True, help="Also take `tf.function` away where the verdict is against it.")
@_execution_options
def verify(**options: Any) -> None:
    """Prove suggestions by execution: run COMMAND as it is, then with functions of PATHS as graphs.

    COMMAND is yours, such as `pytest -q tests/` or `python train.py --epochs 1`, and runs in your environment; the
    working tree stays as it is. The exit code is 1 if a function comes out different, raises, or is traced over and
    over.
    """
    from hybridize_bot.commands import verify as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(cls=_WithCommand, short_help="Run a command and note what functions receive.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@_execution_options
def trace(**options: Any) -> None:
    """Run COMMAND once and note what the parameters of all functions of PATHS receive, at low cost.

    What was seen goes where `verify` puts its evidence.
    """
    from hybridize_bot.commands import trace as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(cls=_WithCommand, short_help="Time functions: Python, graph and XLA on the same arguments.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--rounds", type=click.IntRange(min=5), default=30, show_default=True, help="Repetitions of each variant."
)
@click.option(
    "--skip", type=click.IntRange(min=0), default=0, help="Take the arguments of a later call than the first."
)
@_execution_options
def bench(**options: Any) -> None:
    """Time functions as Python, as graphs and compiled by XLA, in turns, on arguments that COMMAND calls them with.

    PATHS are functions, `train.py::Trainer.step`, or files and folders, whose functions that could be graphs are meant.
    """
    from hybridize_bot.commands import bench as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(short_help="Review a pull request: comments, suggestions, and a check that fails on unsafe decorators.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--base", metavar="REV", help="Review what HEAD has since it left this commit, instead of a pull request."
)
@click.option("--head", metavar="REV", help="With --base: review this commit instead of HEAD.")
@click.option("--event", type=click.Path(dir_okay=False), help="The event's payload; default: $GITHUB_EVENT_PATH.")
@click.option(
    "--fail-level",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="Least severity of a new finding that makes the exit code 1.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("--dry-run", is_flag=True, help="Print what would be posted, and post nothing.")
@click.option("--no-post", is_flag=True, help="Tell the log and the summary of the run only.")
@click.option("--report", type=click.Path(dir_okay=False), metavar="FILE", help="Write what was found to FILE (JSON).")
@click.option(
    "--from-report",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Post what another run has written with --report; for pull requests from forks.",
)
@click.option(
    "--sarif", type=click.Path(dir_okay=False), metavar="FILE", help="Write all findings of the head as SARIF."
)
@_evidence_options
@_configuration_options
def review(**options: Any) -> None:
    """Tell a pull request what it causes: analyze its head and the commit it started from, and compare.

    PATHS (default: the whole repository) are analyzed together as one program, as they are in these commits; what is
    checked out does not matter. In GitHub Actions, with a token in $GITHUB_TOKEN, the result is a review on the pull
    request; with --base it is printed.
    """
    from hybridize_bot.commands import review as command

    sys.exit(command.run(command.Options(**{"form": "text", **options})))


@cli.command(short_help="Set a repository up: settings, pre-commit hook, workflow.")
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--preset", type=click.Choice(["recommended", "strict", "advisory"]), default="recommended", show_default=True
)
@click.option("--pre-commit/--no-pre-commit", default=True, help="Write .pre-commit-config.yaml, too.")
@click.option("--workflow/--no-workflow", default=True, help="Write .github/workflows/hybridize.yml, too.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def init(**options: Any) -> None:
    """Write `.hybridize.yaml`, the pre-commit entry and the GitHub workflow into FOLDER (default: the current one).

    Files that are there are kept.
    """
    from hybridize_bot.commands import init as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(short_help="Explain a rule, or list them.")
@click.argument("name", required=False, metavar="CODE|NAME", shell_complete=_complete_rule)
@click.option("--all", "everything", is_flag=True, help="Explain every rule.")
@click.option("--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def rule(**options: Any) -> None:
    """Explain a rule: what it finds, why that is bad, and what to write instead."""
    from hybridize_bot.commands import rule as command

    sys.exit(command.run(command.Options(**options)))


def _internal_error(error: BaseException) -> NoReturn:
    """One clear line, how to report it, and the traceback where it was asked for."""
    if _asked_for_tracebacks(sys.argv[1:]):
        import traceback

        traceback.print_exception(error)
    from hybridize_bot.installed import version

    text = " ".join(str(error).split())[:300]
    click.echo(f"{PROGRAM}: internal error: {type(error).__name__}{': ' if text else ''}{text}", err=True)
    click.echo(
        f"This is a bug in {PROGRAM} {version()}, not in your code. Please open an issue with this command, "
        "what it prints with -vv, and the code it stumbles over.",
        err=True,
    )
    sys.exit(2)


def _asked_for_tracebacks(arguments: list[str]) -> bool:
    """Whether ``-v`` was given twice; read without click, which may be what failed."""
    short = sum(word.count("v") for word in arguments if word[:1] == "-" and word[1:].strip("vq") == "")
    return short + arguments.count("--verbose") > 1


def _leave(code: int) -> NoReturn:
    """Exit without taking the whole analysis apart object by object first, which takes longer than printing it."""
    if "hybridize.engine" not in sys.modules:
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)
    os._exit(code)


def main() -> NoReturn:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        result = cli.main(prog_name=PROGRAM, standalone_mode=False)
        _leave(result if isinstance(result, int) else 0)
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"{PROGRAM}: interrupted", err=True)
        sys.exit(130)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"{PROGRAM}: {error.format_message()}", err=True)
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 - the last resort
        _internal_error(error)


if __name__ == "__main__":
    main()
