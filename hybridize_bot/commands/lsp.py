"""`hybridize lsp`: the language server, on stdin and stdout, or on a port for those who look for mistakes."""

from __future__ import annotations

import logging
import os
import signal
import sys

import click
import msgspec

from hybridize_bot.console import note


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `lsp`."""

    tcp: int | None = None
    verbose: int = 0


def run(options: Options) -> int:
    """Serve until the editor goes; return the exit code."""
    try:
        from hybridize_bot.lsp.server import server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise click.ClickException("the language server needs pygls: pip install 'hybridize-bot[lsp]'") from error
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if options.verbose else logging.ERROR)
    made = server()
    if options.tcp is not None:
        note(f"listening on 127.0.0.1:{options.tcp}")
        try:
            made.start_tcp("127.0.0.1", options.tcp)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error
            raise click.ClickException(f"cannot listen on 127.0.0.1:{options.tcp}: {reason}") from error
        return 0
    if sys.stdin.isatty():
        click.echo(
            "This is for editors, which start it themselves: docs/editors.md tells how. Ctrl+C ends it.", err=True
        )
    # Nothing is lost by an interruption, and a thread that reads stdin could not be ended otherwise.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The protocol has stdout for itself: what anything prints goes to stderr.
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        made.start_io(sys.stdin.buffer, outgoing)
    finally:
        made.close()
    return 0
