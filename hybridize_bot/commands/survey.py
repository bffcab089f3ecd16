"""`hybridize survey`: many repositories into a folder of Parquet files; `hybridize survey summary`: the table of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from hybridize_bot import console
from hybridize_bot.config import ConfigError, load

_EXTRA = "needs the extra `survey`: pip install 'hybridize-bot[survey]'"
_NEEDED = ("dask", "distributed", "duckdb", "pyarrow", "packaging", "cryptography")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `survey`."""

    listed: str
    folder: str
    workers: int | None = None
    scheduler: str | None = None
    split: bool | None = None
    split_above: float = 200.0
    time_limit: float = 1800.0
    memory_limit: int = 4000
    source_limit: int = 2000
    retry: bool = False
    config_file: str | None = None
    quiet: int = 0


class SummaryOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `survey summary`."""

    folder: str
    form: str = "text"
    output: str | None = None


def run(options: Options) -> int:
    """Survey the list; return the exit code."""
    if options.scheduler is not None and options.workers is not None:
        raise click.UsageError("--workers are those of this machine; with --scheduler they are those of the cluster")
    _require()
    from hybridize_bot.survey import entries, index

    try:
        # What projects say of themselves does not count: all subjects are asked the same.
        explicit = Path(options.config_file) if options.config_file is not None else None
        config = load(Path(), explicit, isolated=explicit is None).config
        found = entries.read(_lines(options.listed), _base(options.listed))
    except (ConfigError, entries.ListError) as error:
        raise click.ClickException(str(error)) from error
    if not found:
        raise click.ClickException(f"{console.visible(options.listed)} names nothing to survey")
    from hybridize_bot.survey.driver import Driver, SurveyError, cluster
    from hybridize_bot.survey.folder import Folder, FolderError
    from hybridize_bot.survey.jobs import Limits, Terms, tool
    from hybridize_bot.survey.progress import Progress

    above = None if options.split is False else 0.0 if options.split else options.split_above
    terms = Terms(
        msgspec.structs.replace(config, jobs=1, folder=""),
        Limits(options.time_limit, options.memory_limit, options.source_limit),
        index.configured() if any(entry.kind == "pypi" for entry in found) else index.Indexes(),
        above,
        tool(),
    )
    folder, progress = Folder(options.folder), Progress(len(found), quiet=bool(options.quiet))
    try:
        with (
            _terminations_told(),
            folder.writing(),
            cluster(options.scheduler, options.workers or os.cpu_count() or 1) as client,
        ):
            Driver(folder, terms, progress, retry=options.retry).run(client, found)
            progress.close()
    except (FolderError, SurveyError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt as end:
        progress.close()
        console.note(
            f"interrupted; {progress.done:,} of {len(found):,} are done, and the same command goes on from there"
        )
        return 128 + (signal.SIGTERM if isinstance(end, _TerminatedError) else signal.SIGINT)
    if progress.failed and not options.quiet:
        console.note(f"{progress.failed:,} failed: `hybridize survey summary {options.folder}` says why")
    return 0


class _TerminatedError(KeyboardInterrupt):
    """The process is to end."""


@contextmanager
def _terminations_told() -> Iterator[None]:
    """What ends a container or a batch job leaves as little behind as Ctrl-C does."""

    def end(_number: int, _frame: object) -> None:
        raise _TerminatedError

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def summary(options: SummaryOptions) -> int:
    """Print the table of a survey; return the exit code."""
    _require()
    from hybridize_bot.survey import summary as table

    try:
        known = table.read(options.folder)
    except table.SummaryError as error:
        raise click.ClickException(str(error)) from error
    console.emit(table.RENDERERS[options.form](known), options.output, exact=options.form in ("json", "csv"))
    return 0


def _require() -> None:
    """End with one sentence where the extra is not installed."""
    import importlib.util

    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise click.ClickException(f"`hybridize survey` {_EXTRA} (missing: {', '.join(missing)})")
    if os.name != "posix":
        raise click.ClickException("`hybridize survey` bounds what processes take as POSIX has it: Linux or macOS")


def _lines(listed: str) -> list[str]:
    try:
        if listed == "-":
            return sys.stdin.buffer.read().decode("utf-8").splitlines()
        return Path(listed).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise click.ClickException(f"{console.visible(listed)}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{console.visible(listed)} is not UTF-8") from error


def _base(listed: str) -> str:
    """The folder that local paths of a list are relative to: its own."""
    return os.path.dirname(os.path.abspath(listed)) if listed != "-" else os.getcwd()
