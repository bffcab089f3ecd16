"""Commands that run something of the user's: what comes after ``--``."""

from __future__ import annotations

import sys
from typing import Any

import click

from hybridize_bot.cli.group import cli
from hybridize_bot.cli.options import execution_options

_TABLE_OR_JSON = click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="json is for programs, with everything that was recorded or measured.",
)


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


@cli.command(cls=_WithCommand, short_help="Run your tests eagerly and as graphs: same results? how much faster?")
@click.argument("paths", nargs=-1, type=click.Path())
@_TABLE_OR_JSON
@click.option("--removals", is_flag=True, help="Also take `tf.function` away where the verdict is against it.")
@execution_options
def verify(**options: Any) -> None:
    """Prove suggestions by execution: run COMMAND as it is, then with functions of PATHS as graphs.

    COMMAND is yours, such as `pytest -q tests/` or `python train.py --epochs 1`, and runs in your environment; the
    working tree stays as it is. The exit code is 1 if a function comes out different, raises, or is traced over and
    over.
    """
    from hybridize_bot.commands import verify as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(cls=_WithCommand, short_help="Run your tests once and note what functions receive.")
@click.argument("paths", nargs=-1, type=click.Path())
@_TABLE_OR_JSON
@execution_options
def trace(**options: Any) -> None:
    """Run COMMAND once and note what the parameters of all functions of PATHS receive, at low cost.

    What was seen goes where `verify` puts its evidence.
    """
    from hybridize_bot.commands import trace as command

    sys.exit(command.run(command.Options(**options)))


@cli.command(cls=_WithCommand, short_help="Time functions: Python, graph and XLA on the same arguments.")
@click.argument("paths", nargs=-1, type=click.Path())
@_TABLE_OR_JSON
@click.option(
    "--rounds",
    type=click.IntRange(min=5),
    default=30,
    metavar="N",
    show_default=True,
    help="How often to time each variant; 5 at least.",
)
@click.option(
    "--skip",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    show_default=True,
    help="Calls to let pass before the one whose arguments are taken.",
)
@execution_options
def bench(**options: Any) -> None:
    """Time functions as Python, as graphs and compiled by XLA, in turns, on arguments that COMMAND calls them with.

    PATHS are functions, `train.py::Trainer.step`, or files and folders, whose functions that could be graphs are meant.
    """
    from hybridize_bot.commands import bench as command

    sys.exit(command.run(command.Options(**options)))
