"""The command line: declares commands and options, and imports what a command needs only when it runs.

Exit codes: 0 clean, 1 findings at or above the fail level (with --diff: changes to make), 2 usage, configuration or
internal error or a file that could not be written, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from hybridize_bot.cli import checking, running, systems
from hybridize_bot.cli.group import PROGRAM, cli

__all__ = ["PROGRAM", "checking", "cli", "main", "running", "systems"]


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
